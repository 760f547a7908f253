//! RTMP handshakes.
