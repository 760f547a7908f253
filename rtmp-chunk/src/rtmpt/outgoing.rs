use std::collections::VecDeque;

use bytes::Bytes;

use super::SendError;

/// Bytes that wait for their turn, in order, never copied.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    segments: VecDeque<Bytes>,
    len: usize,
}

impl Outgoing {
    pub(super) fn push(&mut self, bytes: Bytes, max_bytes: usize) -> Result<(), SendError> {
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.len() > max_bytes.saturating_sub(self.len) {
            return Err(SendError::QueueFull);
        }
        self.len = self.len.saturating_add(bytes.len());
        self.segments.push_back(bytes);
        Ok(())
    }

    /// The first `max_bytes` of them, or all; added to what is in `body`.
    pub(super) fn take(&mut self, max_bytes: usize, body: &mut Vec<Bytes>) {
        let mut room = max_bytes;
        while let Some(first) = self.segments.front_mut().filter(|_| room > 0) {
            let piece = first.split_to(first.len().min(room));
            if first.is_empty() {
                self.segments.pop_front();
            }
            room = room.saturating_sub(piece.len());
            self.len = self.len.saturating_sub(piece.len());
            body.push(piece);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }
}
