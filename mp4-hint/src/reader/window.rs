//! The stretch of the file that is held while a box is being read.

use bytes::{Bytes, BytesMut};

/// What came from the file, from one offset on, in as many answers as it took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    offset: u64,
    held: Held,
}

#[derive(Debug, Clone)]
enum Held {
    /// One answer, shared with who gave it.
    Whole(Bytes),
    /// Several short answers, joined.
    Joined(BytesMut),
}

impl Default for Held {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl Window {
    /// An empty window at `offset`.
    pub(crate) fn at(offset: u64) -> Self {
        Self {
            offset,
            held: Held::default(),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.held {
            Held::Whole(bytes) => bytes,
            Held::Joined(bytes) => bytes,
        }
    }

    /// Where the next answer should begin.
    pub(crate) fn end(&self) -> u64 {
        self.offset.saturating_add(self.bytes().len() as u64)
    }

    /// Takes an answer: what of it continues the window, if anything.
    pub(crate) fn push(&mut self, offset: u64, answer: Bytes) -> bool {
        let end = self.end();
        let Some(known) = end
            .checked_sub(offset)
            .and_then(|known| usize::try_from(known).ok())
        else {
            return false;
        };
        if known >= answer.len() {
            return false;
        }
        let news = answer.slice(known..);
        match &mut self.held {
            Held::Joined(bytes) => bytes.extend_from_slice(&news),
            Held::Whole(bytes) if bytes.is_empty() => self.held = Held::Whole(news),
            Held::Whole(bytes) => {
                let mut joined = BytesMut::from(&**bytes);
                joined.extend_from_slice(&news);
                self.held = Held::Joined(joined);
            }
        }
        true
    }

    /// The first `len` bytes, without a copy when they came in one answer.
    pub(crate) fn front(&mut self, len: usize) -> Option<Bytes> {
        if self.bytes().len() < len {
            return None;
        }
        if let Held::Joined(bytes) = &mut self.held {
            self.held = Held::Whole(core::mem::take(bytes).freeze());
        }
        match &self.held {
            Held::Whole(bytes) => Some(bytes.slice(..len)),
            Held::Joined(_) => None,
        }
    }

    /// Moves the window's start to `offset`, keeping what is held from there on.
    pub(crate) fn move_to(&mut self, offset: u64) {
        let passed = offset
            .checked_sub(self.offset)
            .and_then(|passed| usize::try_from(passed).ok());
        match passed.filter(|passed| *passed < self.bytes().len()) {
            Some(passed) => {
                let len = self.bytes().len();
                let whole = self.front(len).unwrap_or_default();
                self.held = Held::Whole(whole.slice(passed..));
                self.offset = offset;
            }
            None => *self = Self::at(offset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_is_shared_and_several_are_joined() {
        let answer = Bytes::from_static(b"abcdef");
        let mut window = Window::at(10);
        assert!(
            window.push(8, answer.clone()),
            "an answer may begin before the question"
        );
        assert_eq!(window.bytes(), b"cdef");
        assert_eq!(window.front(4).unwrap().as_ptr(), answer[2..].as_ptr());
        assert!(window.push(13, Bytes::from_static(b"fgh")));
        assert_eq!((window.bytes(), window.end()), (&b"cdefgh"[..], 16));
        assert_eq!(window.front(7), None);
        assert_eq!(&window.front(6).unwrap()[..], b"cdefgh");
    }

    #[test]
    fn answers_to_other_questions_are_dropped() {
        let mut window = Window::at(10);
        assert!(!window.push(11, Bytes::from_static(b"x")));
        assert!(!window.push(2, Bytes::from_static(b"12345678")));
        assert!(!window.push(10, Bytes::new()));
        assert_eq!(window.end(), 10);
    }

    #[test]
    fn moves_inside_and_beyond() {
        let mut window = Window::at(0);
        window.push(0, Bytes::from_static(b"abc"));
        window.push(3, Bytes::from_static(b"def"));
        window.move_to(4);
        assert_eq!((window.bytes(), window.end()), (&b"ef"[..], 6));
        window.move_to(100);
        assert_eq!((window.bytes(), window.end()), (&b""[..], 100));
        window.move_to(1);
        assert_eq!(window.end(), 1);
    }
}
