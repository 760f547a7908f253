//! Protocol control and user control messages (RTMP 1.0 §5.4, §7.1.7).
