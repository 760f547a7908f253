//! Tracks and frames as tags, and back.
