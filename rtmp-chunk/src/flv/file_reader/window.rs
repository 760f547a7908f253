//! The stretch of the file that is held.

use bytes::{Bytes, BytesMut};

/// One request's answer. It is shared with who gave it where it came at once, and joined once where it came in
/// pieces.
#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    offset: u64,
    held: Held,
    /// How many bytes were asked for.
    wanted: usize,
}

#[derive(Debug, Clone)]
enum Held {
    Whole(Bytes),
    Joined(BytesMut),
}

impl Default for Held {
    fn default() -> Self {
        Self::Whole(Bytes::new())
    }
}

impl Window {
    /// An empty window that is to hold `wanted` bytes from `offset`.
    pub(super) fn at(offset: u64, wanted: usize) -> Self {
        Self {
            offset,
            held: Held::default(),
            wanted,
        }
    }

    fn len(&self) -> usize {
        match &self.held {
            Held::Whole(bytes) => bytes.len(),
            Held::Joined(bytes) => bytes.len(),
        }
    }

    /// Where the next answer should begin.
    pub(super) fn end(&self) -> u64 {
        self.offset.saturating_add(self.len() as u64)
    }

    /// How much of what was asked for has not come yet.
    pub(super) fn missing(&self) -> usize {
        self.wanted.saturating_sub(self.len())
    }

    /// Takes an answer: what of it continues the window.
    pub(super) fn push(&mut self, offset: u64, answer: &Bytes) {
        let known = self
            .end()
            .checked_sub(offset)
            .and_then(|known| usize::try_from(known).ok());
        let Some(known) = known.filter(|known| *known < answer.len()) else {
            return;
        };
        let news = answer.slice(known..);
        match &mut self.held {
            Held::Joined(bytes) => bytes.extend_from_slice(&news),
            Held::Whole(bytes) if bytes.is_empty() => self.held = Held::Whole(news),
            Held::Whole(bytes) => {
                let mut joined = BytesMut::with_capacity(bytes.len().saturating_add(news.len()));
                joined.extend_from_slice(bytes);
                joined.extend_from_slice(&news);
                self.held = Held::Joined(joined);
            }
        }
    }

    /// No more will come.
    pub(super) fn close(&mut self) {
        self.wanted = self.len();
    }

    /// What is held from `offset` on: empty where that is not held, or not all has come that was asked for.
    pub(super) fn from(&mut self, offset: u64) -> Bytes {
        if let Held::Joined(bytes) = &mut self.held {
            if self.wanted > bytes.len() {
                return Bytes::new();
            }
            self.held = Held::Whole(core::mem::take(bytes).freeze());
        }
        let Held::Whole(bytes) = &self.held else {
            return Bytes::new();
        };
        let skip = offset
            .checked_sub(self.offset)
            .and_then(|skip| usize::try_from(skip).ok());
        match skip {
            Some(skip) if self.wanted <= bytes.len() && skip < bytes.len() => bytes.slice(skip..),
            _ => Bytes::new(),
        }
    }
}
