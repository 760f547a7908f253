//! H.264 / AVC (ITU-T H.264, ISO/IEC 14496-10; carriage in ISO/IEC 14496-15).

mod access_unit;
mod nal_unit;
mod parameters;
mod sequence;
mod vui;

pub use access_unit::{RandomAccess, RecoveryPoint, is_keyframe, random_access};
pub use nal_unit::{NalUnitType, is_parameter_set};
pub use parameters::H264Parameters;
pub use sequence::SequenceParameters;
