use alloc::collections::BTreeMap;
use alloc::vec::Vec;

const DIRECT: usize = 64;

/// State per chunk stream: one look-up by index for ids below 64, which is what nearly everyone uses.
#[derive(Debug, Clone)]
pub(super) struct Table<T> {
    /// Where the state of a small id is, plus one.
    direct: [u32; DIRECT],
    others: BTreeMap<u32, u32>,
    states: Vec<T>,
}

impl<T: Default> Table<T> {
    pub(super) const fn new() -> Self {
        Self {
            direct: [0; DIRECT],
            others: BTreeMap::new(),
            states: Vec::new(),
        }
    }

    #[inline]
    fn position(&self, chunk_stream_id: u32) -> Option<usize> {
        let place = match self.direct.get(chunk_stream_id as usize) {
            Some(&place) => place,
            None => self.others.get(&chunk_stream_id).copied()?,
        };
        (place as usize).checked_sub(1)
    }

    #[inline]
    pub(super) fn find(&mut self, chunk_stream_id: u32) -> Option<&mut T> {
        let position = self.position(chunk_stream_id)?;
        self.states.get_mut(position)
    }

    /// The state of a chunk stream, made if need be; `None` when that would be more than `limit` of them.
    pub(super) fn find_or_insert(&mut self, chunk_stream_id: u32, limit: usize) -> Option<&mut T> {
        let position = match self.position(chunk_stream_id) {
            Some(position) => position,
            None => self.insert(chunk_stream_id, limit)?,
        };
        self.states.get_mut(position)
    }

    fn insert(&mut self, chunk_stream_id: u32, limit: usize) -> Option<usize> {
        let position = self.states.len();
        if position >= limit {
            return None;
        }
        let place = u32::try_from(position).ok()?.checked_add(1)?;
        match self.direct.get_mut(chunk_stream_id as usize) {
            Some(slot) => *slot = place,
            None => {
                self.others.insert(chunk_stream_id, place);
            }
        }
        self.states.push(T::default());
        Some(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_put_in_and_stops_at_the_limit() {
        let mut table = Table::<u32>::new();
        for id in [2, 63, 64, 65_599] {
            assert!(table.find(id).is_none());
            *table.find_or_insert(id, 4).unwrap() = id;
        }
        assert!(table.find_or_insert(3, 4).is_none());
        for id in [2, 63, 64, 65_599] {
            assert_eq!(table.find(id), Some(&mut { id }));
            assert_eq!(table.find_or_insert(id, 4), Some(&mut { id }));
        }
    }
}
