/// How samples map to light: code points of ITU-T H.273, which H.264, H.265, AV1 and VP9 share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ColorDescription {
    /// `ColourPrimaries`; 1 is BT.709, 2 unspecified, 9 BT.2020.
    pub primaries: u8,
    /// `TransferCharacteristics`; 1 is BT.709, 16 PQ, 18 HLG.
    pub transfer: u8,
    /// `MatrixCoefficients`; 0 is identity (RGB).
    pub matrix: u8,
    /// Samples use the full range, not the studio range.
    pub full_range: bool,
}

impl ColorDescription {
    /// From the three code points and the range flag.
    #[must_use]
    pub const fn new(primaries: u8, transfer: u8, matrix: u8, full_range: bool) -> Self {
        Self {
            primaries,
            transfer,
            matrix,
            full_range,
        }
    }

    /// Nothing said: all code points 2, studio range.
    pub const UNSPECIFIED: Self = Self::new(2, 2, 2, false);

    /// Unspecified or BT.709 in studio range: what codec strings leave out.
    pub(crate) const fn is_usual(&self) -> bool {
        matches!(
            (self.primaries, self.transfer, self.matrix, self.full_range),
            (1 | 2, 1 | 2, 1 | 2, false)
        )
    }
}
