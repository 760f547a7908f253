//! Data messages and shared objects (RTMP 1.0 §7.1.2, §7.1.3).
