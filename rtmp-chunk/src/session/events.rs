//! Events that wait for the application, counted and weighed.

use std::collections::VecDeque;

use super::Limits;

/// What a queued event is counted for besides its media.
const EVENT_BYTES: usize = 64;

/// An ordered queue that knows how many bytes of media it holds.
#[derive(Debug)]
pub(crate) struct Events<E> {
    queue: VecDeque<(E, usize)>,
    bytes: usize,
}

impl<E> Events<E> {
    pub(crate) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            bytes: 0,
        }
    }

    /// An event without media.
    pub(crate) fn push(&mut self, event: E) {
        self.push_weighed(event, 0);
    }

    /// An event that holds so many bytes.
    pub(crate) fn push_weighed(&mut self, event: E, bytes: usize) {
        let bytes = bytes.saturating_add(EVENT_BYTES);
        self.bytes = self.bytes.saturating_add(bytes);
        self.queue.push_back((event, bytes));
    }

    pub(crate) fn pop(&mut self) -> Option<E> {
        let (event, bytes) = self.queue.pop_front()?;
        self.bytes = self.bytes.saturating_sub(bytes);
        Some(event)
    }

    /// True while another message may be read.
    pub(crate) fn has_room(&self, limits: &Limits) -> bool {
        self.queue.len() < limits.max_queued_events && self.bytes < limits.max_queued_event_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_by_count_and_by_weight() {
        let limits = Limits {
            max_queued_events: 3,
            max_queued_event_bytes: 1000,
            ..Limits::default()
        };
        let mut events = Events::new();
        for number in 0..3 {
            assert!(events.has_room(&limits));
            events.push(number);
        }
        assert!(!events.has_room(&limits));
        assert_eq!(events.pop(), Some(0));
        assert!(events.has_room(&limits));
        events.push_weighed(3, 1000);
        assert_eq!((events.pop(), events.pop()), (Some(1), Some(2)));
        assert!(!events.has_room(&limits));
        assert_eq!((events.pop(), events.pop()), (Some(3), None));
        assert_eq!(events.bytes, 0);
    }
}
