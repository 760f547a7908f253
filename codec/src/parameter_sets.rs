use bytes::Bytes;
use smallvec::SmallVec;

use crate::{ParseError, annexb::strip_start_code};

/// A parameter set larger than this is refused ([`ParseError::LimitExceeded`]): real ones have some
/// tens of bytes, and the configuration records give 16 bits for the length.
pub const MAX_PARAMETER_SET_BYTES: usize = 16 * 1024;

/// The parameter sets of one kind (SPS, say) of one track: copies, so that they never pin the buffer
/// they were read from.
pub type ParameterSets = SmallVec<[Bytes; 1]>;

/// Which kinds of parameter sets a frame brought that were not known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ParameterSetChanges {
    /// A video parameter set is new or differs (H.265).
    pub vps: bool,
    /// A sequence parameter set is new or differs: size, frame rate or profile may have changed.
    pub sps: bool,
    /// A picture parameter set is new or differs.
    pub pps: bool,
}

impl ParameterSetChanges {
    /// Anything at all.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.vps || self.sps || self.pps
    }
}

/// What a kind of parameter set looks like, to keep sets apart by their ids.
#[derive(Clone, Copy)]
pub(crate) struct SetKind {
    /// What the set is called in errors.
    pub(crate) name: &'static str,
    /// How many are kept.
    pub(crate) limit: usize,
    /// Reads a set's own id.
    pub(crate) id: fn(&[u8]) -> Result<u32, ParseError>,
}

impl SetKind {
    /// Adds a set, or replaces the one of the same id; true when that changed anything. What changed
    /// goes to the front.
    pub(crate) fn insert(self, sets: &mut ParameterSets, set: &[u8]) -> Result<bool, ParseError> {
        let set = strip_start_code(set);
        if set.is_empty() || sets.iter().any(|known| known == set) {
            return Ok(false);
        }
        self.check_size(set)?;
        let id = (self.id)(set)?;
        match sets.iter().position(|known| (self.id)(known) == Ok(id)) {
            Some(index) => {
                sets.remove(index);
            }
            None if sets.len() >= self.limit => return Err(self.too_many()),
            None => {}
        }
        sets.insert(0, Bytes::copy_from_slice(set));
        Ok(true)
    }

    /// Adds sets in their order, as configuration records and SDP list them.
    pub(crate) fn extend<'a>(
        self,
        sets: &mut ParameterSets,
        more: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), ParseError> {
        for set in more {
            let set = strip_start_code(set);
            if set.is_empty() || sets.iter().any(|known| known == set) {
                continue;
            }
            self.check_size(set)?;
            if sets.len() >= self.limit {
                return Err(self.too_many());
            }
            sets.push(Bytes::copy_from_slice(set));
        }
        Ok(())
    }

    const fn check_size(self, set: &[u8]) -> Result<(), ParseError> {
        if set.len() > MAX_PARAMETER_SET_BYTES {
            return Err(ParseError::LimitExceeded {
                offset: 0,
                what: "bytes in a parameter set",
                limit: MAX_PARAMETER_SET_BYTES,
            });
        }
        Ok(())
    }

    const fn too_many(self) -> ParseError {
        ParseError::LimitExceeded {
            offset: 0,
            what: self.name,
            limit: self.limit,
        }
    }
}
