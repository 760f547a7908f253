//! Chunk streams (RTMP 1.0 §5.3).
