//! AAC (ISO/IEC 14496-3).

mod adts;
mod config;
mod parameters;
mod program;

pub use adts::{AdtsFrame, AdtsFrames, AdtsHeader, adts_frames};
pub use config::{AudioObjectType, AudioSpecificConfig, SbrExtension, SbrSignalling};
pub use parameters::AacParameters;
pub use program::{ChannelElement, ProgramConfig};
