//! AV1 (bitstream specification v1.0.0 with errata 1; ISO BMFF binding v1.2.0).

mod obu;
mod parameters;
mod sequence;

pub use obu::{
    MAX_LEB128_BYTES, Obu, ObuExtension, ObuType, Obus, is_keyframe, obus, write_leb128,
};
pub use parameters::{Av1Parameters, Configuration};
pub use sequence::SequenceHeader;
