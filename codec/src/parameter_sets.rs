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
    /// Tells a set of this kind by its NAL unit header.
    pub(crate) is_kind: fn(&[u8]) -> bool,
    /// How many are kept.
    pub(crate) limit: usize,
    /// Reads a set's own id.
    pub(crate) id: fn(&[u8]) -> Result<u32, ParseError>,
}

impl SetKind {
    /// Puts a set in the place of the one with the same id, or at the end; true when that changed
    /// anything.
    pub(crate) fn insert(self, sets: &mut ParameterSets, set: &[u8]) -> Result<bool, ParseError> {
        Ok(self.replace(sets, set)?.is_some())
    }

    /// As [`insert`](Self::insert), but what changed goes to the front: it is what comes next.
    pub(crate) fn insert_first(
        self,
        sets: &mut ParameterSets,
        set: &[u8],
    ) -> Result<bool, ParseError> {
        let changed = self.replace(sets, set)?;
        if let Some(up_to) = changed.and_then(|index| sets.get_mut(..=index)) {
            up_to.rotate_right(1);
        }
        Ok(changed.is_some())
    }

    /// Where the set now is, when that is news.
    fn replace(self, sets: &mut ParameterSets, set: &[u8]) -> Result<Option<usize>, ParseError> {
        let set = strip_start_code(set);
        if !(self.is_kind)(set) || sets.iter().any(|known| known == set) {
            return Ok(None);
        }
        self.check_size(set)?;
        let id = (self.id)(set)?;
        let copy = Bytes::copy_from_slice(set);
        let same_id = sets
            .iter_mut()
            .enumerate()
            .find(|(_, known)| (self.id)(known) == Ok(id));
        if let Some((index, known)) = same_id {
            *known = copy;
            return Ok(Some(index));
        }
        if sets.len() >= self.limit {
            return Err(self.too_many());
        }
        sets.push(copy);
        Ok(Some(sets.len().saturating_sub(1)))
    }

    /// Adds sets in their order, as configuration records and SDP list them. What is not of this kind
    /// is passed over.
    pub(crate) fn extend<'a>(
        self,
        sets: &mut ParameterSets,
        more: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), ParseError> {
        for set in more {
            let set = strip_start_code(set);
            if !(self.is_kind)(set) || sets.iter().any(|known| known == set) {
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
