//! RTMPT: RTMP in HTTP requests.
