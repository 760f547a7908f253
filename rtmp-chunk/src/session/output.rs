//! What waits to be written: answers, which always fit, and media, which is bounded.

use std::collections::VecDeque;

use bytes::Bytes;

use super::SendError;

#[derive(Debug)]
struct Segment {
    data: Bytes,
    is_media: bool,
}

/// An ordered queue of segments, each written as it is.
#[derive(Debug)]
pub(crate) struct Output {
    segments: VecDeque<Segment>,
    control_bytes: usize,
    media_bytes: usize,
    max_media_bytes: usize,
    /// Media was refused since the queue was last below half its limit.
    is_blocked: bool,
}

impl Output {
    pub(crate) const fn new(max_media_bytes: usize) -> Self {
        Self {
            segments: VecDeque::new(),
            control_bytes: 0,
            media_bytes: 0,
            max_media_bytes,
            is_blocked: false,
        }
    }

    /// Whether media of this length may be queued. A message longer than the whole queue goes out when it is its
    /// turn.
    pub(crate) fn admit(&mut self, length: usize) -> Result<(), SendError> {
        let after = self.media_bytes.saturating_add(length);
        if self.media_bytes > 0 && after > self.max_media_bytes {
            self.is_blocked = true;
            return Err(SendError::QueueFull {
                queued_bytes: self.media_bytes,
            });
        }
        Ok(())
    }

    /// Where the segments of an answer go.
    pub(crate) const fn control(&mut self) -> Sink<'_> {
        Sink {
            output: self,
            is_media: false,
        }
    }

    /// Where the segments of media go.
    pub(crate) const fn media(&mut self) -> Sink<'_> {
        Sink {
            output: self,
            is_media: true,
        }
    }

    /// The next segment to write.
    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let Segment { data, is_media } = self.segments.pop_front()?;
        let count = if is_media {
            &mut self.media_bytes
        } else {
            &mut self.control_bytes
        };
        *count = count.saturating_sub(data.len());
        Some(data)
    }

    /// True once after media was refused and half the queue has been written.
    pub(crate) const fn take_writable(&mut self) -> bool {
        let is_writable = self.is_blocked && self.media_bytes <= self.max_media_bytes / 2;
        if is_writable {
            self.is_blocked = false;
        }
        is_writable
    }

    pub(crate) const fn queued_bytes(&self) -> usize {
        self.control_bytes.saturating_add(self.media_bytes)
    }

    /// Bytes of answers alone.
    pub(crate) const fn control_bytes(&self) -> usize {
        self.control_bytes
    }
}

/// One end of the queue, for what writes segments.
#[derive(Debug)]
pub(crate) struct Sink<'a> {
    output: &'a mut Output,
    is_media: bool,
}

impl Extend<Bytes> for Sink<'_> {
    fn extend<I: IntoIterator<Item = Bytes>>(&mut self, segments: I) {
        let is_media = self.is_media;
        for data in segments.into_iter().filter(|data| !data.is_empty()) {
            let count = if is_media {
                &mut self.output.media_bytes
            } else {
                &mut self.output.control_bytes
            };
            *count = count.saturating_add(data.len());
            self.output.segments.push_back(Segment { data, is_media });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(length: usize) -> Bytes {
        Bytes::from(vec![7; length])
    }

    #[test]
    fn media_is_bounded_answers_are_not_and_writable_comes_once() {
        let mut output = Output::new(100);
        for _ in 0..2 {
            output.admit(50).unwrap();
            output.media().extend([bytes(20), Bytes::new(), bytes(30)]);
        }
        assert_eq!(
            output.admit(1),
            Err(SendError::QueueFull { queued_bytes: 100 })
        );
        output.control().extend([bytes(8)]);
        assert_eq!((output.queued_bytes(), output.control_bytes()), (108, 8));
        assert!(!output.take_writable());
        output.pop();
        assert!(!output.take_writable());
        output.pop();
        assert!(output.take_writable());
        assert!(!output.take_writable());
        let rest: usize = core::iter::from_fn(|| output.pop())
            .map(|data| data.len())
            .sum();
        assert_eq!((rest, output.queued_bytes()), (58, 0));
    }

    #[test]
    fn what_is_longer_than_the_queue_goes_when_it_is_its_turn() {
        let mut output = Output::new(100);
        output.admit(1000).unwrap();
        output.media().extend([bytes(1000)]);
        assert!(output.admit(1).is_err());
        output.pop();
        assert!(output.take_writable());
        output.admit(1000).unwrap();
    }
}
