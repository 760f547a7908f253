/// `nal_unit_type`: the low five bits of a NAL unit's first byte (Table 7-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "an open registry")]
pub struct NalUnitType(pub u8);

impl NalUnitType {
    /// Coded slice of a picture that is not IDR.
    pub const SLICE: Self = Self(1);
    /// Slice data partition A.
    pub const PARTITION_A: Self = Self(2);
    /// Slice data partition B.
    pub const PARTITION_B: Self = Self(3);
    /// Slice data partition C.
    pub const PARTITION_C: Self = Self(4);
    /// Coded slice of an IDR picture.
    pub const IDR: Self = Self(5);
    /// Supplemental enhancement information.
    pub const SEI: Self = Self(6);
    /// Sequence parameter set.
    pub const SPS: Self = Self(7);
    /// Picture parameter set.
    pub const PPS: Self = Self(8);
    /// Access unit delimiter.
    pub const ACCESS_UNIT_DELIMITER: Self = Self(9);
    /// End of sequence.
    pub const END_OF_SEQUENCE: Self = Self(10);
    /// End of stream.
    pub const END_OF_STREAM: Self = Self(11);
    /// Filler data.
    pub const FILLER: Self = Self(12);
    /// Sequence parameter set extension.
    pub const SPS_EXTENSION: Self = Self(13);
    /// Prefix NAL unit (Annex F).
    pub const PREFIX: Self = Self(14);
    /// Subset sequence parameter set (Annexes F and G).
    pub const SUBSET_SPS: Self = Self(15);

    /// The type of a NAL unit; `None` of an empty one.
    #[must_use]
    pub fn of(unit: &[u8]) -> Option<Self> {
        unit.first().map(|header| Self(header & 0x1f))
    }

    /// A slice or slice partition: the unit carries picture samples (types 1 to 5).
    #[must_use]
    pub const fn is_slice(self) -> bool {
        matches!(self.0, 1..=5)
    }

    /// SPS, PPS, SPS extension or subset SPS.
    #[must_use]
    pub const fn is_parameter_set(self) -> bool {
        matches!(
            self,
            Self::SPS | Self::PPS | Self::SPS_EXTENSION | Self::SUBSET_SPS
        )
    }
}

/// The NAL unit is an SPS, PPS, SPS extension or subset SPS.
#[must_use]
pub fn is_parameter_set(unit: &[u8]) -> bool {
    NalUnitType::of(unit).is_some_and(NalUnitType::is_parameter_set)
}
