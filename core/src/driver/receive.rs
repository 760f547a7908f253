use bytes::BytesMut;

/// The block of a quiet connection.
const MIN_BLOCK_BYTES: usize = 2 * 1024;
/// The block of a busy one: what is split off it pins no more than this.
const MAX_BLOCK_BYTES: usize = 64 * 1024;
/// Reads that leave most of the block empty before it shrinks.
const SMALL_READS: u8 = 8;

/// Bytes read and not taken by the machine, in a block whose size follows the traffic.
#[derive(Debug)]
pub(super) struct ReceiveBuffer {
    data: BytesMut,
    /// How large the block under `data` was made; split-off units may hold parts of it.
    allocated: usize,
    block_bytes: usize,
    small_reads: u8,
    is_fresh: bool,
}

impl Default for ReceiveBuffer {
    fn default() -> Self {
        Self {
            data: BytesMut::new(),
            allocated: 0,
            block_bytes: MIN_BLOCK_BYTES,
            small_reads: 0,
            is_fresh: false,
        }
    }
}

impl ReceiveBuffer {
    pub(super) fn data(&mut self) -> &mut BytesMut {
        &mut self.data
    }

    pub(super) fn len(&self) -> usize {
        self.data.len()
    }

    /// The machine has not seen all of it yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// What is left is worth showing to the machine again.
    pub(super) fn set_fresh(&mut self, is_fresh: bool) {
        self.is_fresh = is_fresh && !self.data.is_empty();
    }

    pub(super) fn replace(&mut self, data: BytesMut) {
        self.allocated = data.capacity();
        self.data = data;
        self.set_fresh(true);
    }

    pub(super) fn clear(&mut self) {
        self.data.clear();
        self.is_fresh = false;
    }

    pub(super) fn into_inner(self) -> BytesMut {
        self.data
    }

    /// Makes room for the next read, at least a quarter of a block, and tells how much. An incomplete
    /// unit doubles its block, so that it is copied a constant number of times however long it is; it
    /// is not meant to outgrow `max_len`.
    pub(super) fn make_room(&mut self, max_len: usize) -> usize {
        let len = self.data.len();
        let outgrown = self.allocated > MAX_BLOCK_BYTES && len < self.allocated / 4;
        let enough = self.block_bytes / 4;
        if outgrown || self.spare() < enough {
            // A block that nobody else holds is used again.
            let reclaimed = !outgrown
                && self.allocated >= self.block_bytes
                && self.data.try_reclaim(self.block_bytes / 2);
            if !reclaimed {
                self.reallocate(len, max_len);
            }
        }
        self.spare()
    }

    fn reallocate(&mut self, len: usize, max_len: usize) {
        let doubled = len
            .saturating_mul(2)
            .min(max_len.max(len))
            .max(len.saturating_add(self.block_bytes / 4))
            .max(self.block_bytes);
        let mut block = BytesMut::with_capacity(doubled);
        block.extend_from_slice(&self.data);
        self.data = block;
        self.allocated = doubled;
    }

    fn spare(&self) -> usize {
        self.data.capacity().saturating_sub(self.data.len())
    }

    /// `read` bytes came into `spare` of room: the next block is larger after a full read, and smaller
    /// after many small ones.
    pub(super) fn note_read(&mut self, read: usize, spare: usize) {
        self.is_fresh = true;
        if read >= spare {
            self.block_bytes = self.block_bytes.saturating_mul(2).min(MAX_BLOCK_BYTES);
            self.small_reads = 0;
        } else if read < self.block_bytes / 8 {
            self.small_reads = self.small_reads.saturating_add(1);
            if self.small_reads >= SMALL_READS {
                self.small_reads = 0;
                self.block_bytes = (self.block_bytes / 2).max(MIN_BLOCK_BYTES);
            }
        } else {
            self.small_reads = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(buffer: &mut ReceiveBuffer, len: usize, max_len: usize) -> usize {
        let spare = buffer.make_room(max_len);
        let len = len.min(spare);
        buffer.data().extend_from_slice(&vec![7; len]);
        buffer.note_read(len, spare);
        len
    }

    #[test]
    fn blocks_follow_the_traffic_both_ways() {
        let mut buffer = ReceiveBuffer::default();
        assert_eq!(buffer.make_room(1 << 20), MIN_BLOCK_BYTES);
        for _ in 0..20 {
            read(&mut buffer, usize::MAX, 1 << 20);
            buffer.data().split().freeze();
        }
        assert_eq!(buffer.allocated, MAX_BLOCK_BYTES);
        let kept: Vec<_> = (0..5000)
            .map(|_| {
                read(&mut buffer, 100, 1 << 20);
                buffer.data().split().freeze()
            })
            .collect();
        assert_eq!(buffer.allocated, MIN_BLOCK_BYTES);
        assert!(kept.iter().all(|unit| unit.len() == 100));
    }

    #[test]
    fn a_released_block_is_used_again() {
        let mut buffer = ReceiveBuffer::default();
        let mut addresses = std::collections::HashSet::new();
        for _ in 0..1000 {
            read(&mut buffer, 300, 1 << 20);
            addresses.insert(buffer.data().as_ptr() as usize / MIN_BLOCK_BYTES);
            drop(buffer.data().split());
        }
        assert!(addresses.len() <= 2, "{}", addresses.len());
    }

    #[test]
    fn a_long_unit_is_copied_a_constant_number_of_times_and_leaves_no_large_block() {
        let mut buffer = ReceiveBuffer::default();
        let (mut total, mut blocks, mut copied) = (0, 0, 0);
        while total < 4 << 20 {
            let before = buffer.allocated;
            total += read(&mut buffer, 1000, 8 << 20);
            if buffer.allocated != before {
                blocks += 1;
                copied += total;
            }
        }
        assert!(blocks < 20, "{blocks}");
        assert!(copied < 3 * total, "{copied}");
        assert!(buffer.allocated <= 8 << 20);
        let unit = buffer.data().split();
        read(&mut buffer, 1000, 8 << 20);
        assert!(buffer.allocated <= MAX_BLOCK_BYTES);
        assert_eq!(unit.len(), total);
    }

    #[test]
    fn nothing_grows_beyond_the_limit_by_more_than_a_block() {
        let mut buffer = ReceiveBuffer::default();
        while buffer.len() < 100_000 {
            read(&mut buffer, usize::MAX, 100_000);
        }
        assert!(buffer.allocated <= 100_000 + MAX_BLOCK_BYTES);
    }
}
