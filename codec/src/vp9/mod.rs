//! VP9 (bitstream specification v0.6; ISO BMFF binding v1.0).

mod frame_header;
mod parameters;

pub use frame_header::{FrameHeader, KeyframeFacts, is_keyframe};
pub use parameters::Vp9Parameters;
