use crate::nal_units;

/// `nal_unit_type`: six bits of a NAL unit's first byte (Table 7-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "an open registry")]
pub struct NalUnitType(pub u8);

impl NalUnitType {
    /// Trailing picture, not a reference in its sub-layer.
    pub const TRAIL_N: Self = Self(0);
    /// Trailing picture.
    pub const TRAIL_R: Self = Self(1);
    /// Random access decodable leading picture, not a reference in its sub-layer.
    pub const RADL_N: Self = Self(6);
    /// Random access decodable leading picture.
    pub const RADL_R: Self = Self(7);
    /// Random access skipped leading picture, not a reference in its sub-layer.
    pub const RASL_N: Self = Self(8);
    /// Random access skipped leading picture.
    pub const RASL_R: Self = Self(9);
    /// Broken link access, with leading pictures.
    pub const BLA_W_LP: Self = Self(16);
    /// Broken link access, with decodable leading pictures.
    pub const BLA_W_RADL: Self = Self(17);
    /// Broken link access, without leading pictures.
    pub const BLA_N_LP: Self = Self(18);
    /// Instantaneous decoding refresh, with decodable leading pictures.
    pub const IDR_W_RADL: Self = Self(19);
    /// Instantaneous decoding refresh, without leading pictures.
    pub const IDR_N_LP: Self = Self(20);
    /// Clean random access.
    pub const CRA: Self = Self(21);
    /// Video parameter set.
    pub const VPS: Self = Self(32);
    /// Sequence parameter set.
    pub const SPS: Self = Self(33);
    /// Picture parameter set.
    pub const PPS: Self = Self(34);
    /// Access unit delimiter.
    pub const ACCESS_UNIT_DELIMITER: Self = Self(35);
    /// End of sequence.
    pub const END_OF_SEQUENCE: Self = Self(36);
    /// End of bitstream.
    pub const END_OF_BITSTREAM: Self = Self(37);
    /// Filler data.
    pub const FILLER: Self = Self(38);
    /// Supplemental enhancement information before the picture.
    pub const PREFIX_SEI: Self = Self(39);
    /// Supplemental enhancement information after the picture.
    pub const SUFFIX_SEI: Self = Self(40);

    /// The type of a NAL unit; `None` of an empty one.
    #[must_use]
    pub fn of(unit: &[u8]) -> Option<Self> {
        unit.first().map(|header| Self(header >> 1 & 0x3f))
    }

    /// The unit carries picture samples (types 0 to 31).
    #[must_use]
    pub const fn is_slice(self) -> bool {
        self.0 < 32
    }

    /// Intra random access point (types 16 to 23): IDR, CRA, BLA.
    #[must_use]
    pub const fn is_irap(self) -> bool {
        matches!(self.0, 16..=23)
    }

    /// VPS, SPS or PPS.
    #[must_use]
    pub const fn is_parameter_set(self) -> bool {
        matches!(self, Self::VPS | Self::SPS | Self::PPS)
    }
}

/// The NAL unit is a VPS, SPS or PPS.
#[must_use]
pub fn is_parameter_set(unit: &[u8]) -> bool {
    NalUnitType::of(unit).is_some_and(NalUnitType::is_parameter_set)
}

/// A receiver can start with this access unit (canonical form): it is an intra random access point.
/// After a CRA or BLA, leading pictures (RASL) must be dropped.
#[must_use]
pub fn is_keyframe(data: &[u8]) -> bool {
    // All slices of a picture have the same type as far as IRAP goes (clause 7.4.2.2).
    nal_units(data)
        .map_while(Result::ok)
        .filter_map(NalUnitType::of)
        .find(|kind| kind.is_slice())
        .is_some_and(NalUnitType::is_irap)
}
