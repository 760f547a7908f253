//! What both session roles share.
