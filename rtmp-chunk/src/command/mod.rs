//! Commands of NetConnection and NetStream (RTMP 1.0 §7.2).
