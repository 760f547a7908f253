//! H.265 / HEVC (ITU-T H.265, ISO/IEC 23008-2; carriage in ISO/IEC 14496-15).

mod hrd;
mod hvcc;
mod nal_unit;
mod parameters;
mod profile;
mod reference_pictures;
mod sequence;
mod video;
mod vui;

pub use nal_unit::{NalUnitType, is_keyframe, is_parameter_set};
pub use parameters::H265Parameters;
pub use profile::ProfileTierLevel;
pub use sequence::SequenceParameters;
pub use video::VideoParameters;
