use alloc::vec::Vec;

use bytes::BufMut;

/// Where an encoder writes: a buffer, or a mere count of bytes.
pub(crate) trait Sink {
    /// True when only the lengths are asked for.
    const COUNTS: bool = false;

    fn slice(&mut self, bytes: &[u8]);

    /// Room to write into directly, for a sink that has any: what is written counts when [`advance`](Self::advance)
    /// says so.
    #[inline]
    fn room(&mut self) -> &mut [u8] {
        &mut []
    }

    /// The first `len` bytes of the room are written.
    #[inline]
    fn advance(&mut self, _len: usize) {}

    #[inline]
    fn fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        self.slice(&bytes);
    }

    #[inline]
    fn u8(&mut self, value: u8) {
        self.fixed([value]);
    }

    #[inline]
    fn u16(&mut self, value: u16) {
        self.fixed(value.to_be_bytes());
    }

    #[inline]
    fn u32(&mut self, value: u32) {
        self.fixed(value.to_be_bytes());
    }

    #[inline]
    fn f64(&mut self, value: f64) {
        self.fixed(value.to_be_bytes());
    }
}

impl Sink for Vec<u8> {
    #[inline]
    fn slice(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl<S: Sink> Sink for &mut S {
    const COUNTS: bool = S::COUNTS;

    #[inline]
    fn slice(&mut self, bytes: &[u8]) {
        (**self).slice(bytes);
    }

    #[inline]
    fn room(&mut self) -> &mut [u8] {
        (**self).room()
    }

    #[inline]
    fn advance(&mut self, len: usize) {
        (**self).advance(len);
    }

    #[inline]
    fn fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        (**self).fixed(bytes);
    }
}

/// Most messages have no more bytes.
const USUAL_LEN: usize = 512;

/// Filled with this ahead of what is written. Zeros would be asked of the allocator, where they take longer.
const FILLING: u8 = 0xff;

/// Writes into a new vector that is filled ahead of what is written, so that most writes find room without growing it.
pub(crate) struct Fill {
    bytes: Vec<u8>,
    len: usize,
}

impl Fill {
    pub(crate) fn new() -> Self {
        let mut bytes = Vec::with_capacity(USUAL_LEN);
        bytes.resize(USUAL_LEN, FILLING);
        Self { bytes, len: 0 }
    }

    pub(crate) fn into_vec(mut self) -> Vec<u8> {
        self.bytes.truncate(self.len);
        self.bytes
    }
}

impl Sink for Fill {
    fn slice(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(room) = self.bytes.get_mut(self.len..end) {
            room.copy_from_slice(bytes);
        } else {
            self.bytes.truncate(self.len);
            self.bytes.extend_from_slice(bytes);
        }
        self.len = end;
    }

    #[inline]
    fn room(&mut self) -> &mut [u8] {
        if self.bytes.len().saturating_sub(self.len) < WINDOW {
            let more = self.bytes.len().max(USUAL_LEN);
            self.bytes.resize(self.len.saturating_add(more), FILLING);
        }
        self.bytes.get_mut(self.len..).unwrap_or_default()
    }

    #[inline]
    fn advance(&mut self, len: usize) {
        self.len = self.len.saturating_add(len).min(self.bytes.len());
    }

    #[inline]
    fn fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        let room = self.bytes.get_mut(self.len..);
        if let Some(room) = room.and_then(|room| room.first_chunk_mut()) {
            *room = bytes;
            self.len += N;
        } else {
            self.slice(&bytes);
        }
    }
}

const ROOM: usize = 256;

/// Writes into any [`BufMut`], small pieces gathered first.
pub(crate) struct Out<'b, B: BufMut + ?Sized> {
    out: &'b mut B,
    gathered: [u8; ROOM],
    len: usize,
}

impl<'b, B: BufMut + ?Sized> Out<'b, B> {
    pub(crate) const fn new(out: &'b mut B) -> Self {
        Self {
            out,
            gathered: [0; ROOM],
            len: 0,
        }
    }

    fn flush(&mut self) {
        // None are left before the buffer is asked: when it has no room and panics, the drop must not ask again.
        let len = core::mem::take(&mut self.len);
        self.out
            .put_slice(self.gathered.get(..len).unwrap_or_default());
    }
}

impl<B: BufMut + ?Sized> Drop for Out<'_, B> {
    fn drop(&mut self) {
        self.flush();
    }
}

impl<B: BufMut + ?Sized> Sink for Out<'_, B> {
    fn slice(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(room) = self.gathered.get_mut(self.len..end) {
            room.copy_from_slice(bytes);
            self.len = end;
            return;
        }
        self.flush();
        self.out.put_slice(bytes);
    }

    #[inline]
    fn room(&mut self) -> &mut [u8] {
        if self.len.saturating_add(WINDOW) > ROOM {
            self.flush();
        }
        self.gathered.get_mut(self.len..).unwrap_or_default()
    }

    #[inline]
    fn advance(&mut self, len: usize) {
        self.len = self.len.saturating_add(len).min(ROOM);
    }

    #[inline]
    fn fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        let room = self.gathered.get_mut(self.len..);
        if let Some(room) = room.and_then(|room| room.first_chunk_mut()) {
            *room = bytes;
            self.len += N;
        } else {
            self.slice(&bytes);
        }
    }
}

/// The least room of a sink that has any: more than what is written there at once.
pub(crate) const WINDOW: usize = 96;

/// Counts what would be written.
#[derive(Default)]
pub(crate) struct Count(pub(crate) usize);

impl Sink for Count {
    const COUNTS: bool = true;

    #[inline]
    fn advance(&mut self, len: usize) {
        self.0 = self.0.saturating_add(len);
    }

    #[inline]
    fn slice(&mut self, bytes: &[u8]) {
        self.0 = self.0.saturating_add(bytes.len());
    }
}

/// The longest start of `text` that has at most `max` bytes and cuts no character in two.
pub(crate) fn cut(text: &[u8], max: usize) -> &[u8] {
    let is_start = |at: usize| text.get(at).is_none_or(|byte| byte & 0xc0 != 0x80);
    if text.len() <= max {
        return text;
    }
    // A character has at most 4 bytes; what is not UTF-8 is cut anywhere.
    let end = (max.saturating_sub(3)..=max)
        .rev()
        .find(|&at| is_start(at))
        .unwrap_or(max);
    text.get(..end).unwrap_or(text)
}
