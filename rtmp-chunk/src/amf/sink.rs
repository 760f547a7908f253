use alloc::vec::Vec;

use bytes::BufMut;

/// Where an encoder writes: a buffer, or a mere count of bytes.
pub(crate) trait Sink {
    fn slice(&mut self, bytes: &[u8]);

    /// A few bytes that belong together, at most [`PIECE`].
    #[inline]
    fn piece(&mut self, write: impl FnOnce(&mut Piece<'_>)) {
        let mut room = [0; PIECE];
        let mut piece = Piece {
            room: &mut room,
            len: 0,
        };
        write(&mut piece);
        let len = piece.len;
        self.slice(room.get(..len).unwrap_or(&room));
    }

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
    #[inline]
    fn slice(&mut self, bytes: &[u8]) {
        (**self).slice(bytes);
    }

    #[inline]
    fn piece(&mut self, write: impl FnOnce(&mut Piece<'_>)) {
        (**self).piece(write);
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
    fn piece(&mut self, write: impl FnOnce(&mut Piece<'_>)) {
        if self.len.saturating_add(PIECE) > ROOM {
            self.flush();
        }
        let Some(room) = self.gathered.get_mut(self.len..) else {
            return;
        };
        if let Some(room) = room.first_chunk_mut() {
            let mut piece = Piece { room, len: 0 };
            write(&mut piece);
            self.len = self.len.saturating_add(piece.len);
        }
    }

    #[inline]
    fn fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        self.piece(|piece| piece.fixed(bytes));
    }
}

/// The most bytes of one piece: a short name and a short string with what goes before them take 49.
pub(crate) const PIECE: usize = 64;

/// Room for a piece. Its length stays in a register while the piece is written, which is what makes pieces quick.
pub(crate) struct Piece<'r> {
    room: &'r mut [u8; PIECE],
    len: usize,
}

impl Piece<'_> {
    #[inline]
    pub(crate) fn fixed<const N: usize>(&mut self, bytes: [u8; N]) {
        self.start_of(&bytes, N);
    }

    /// The first `len` of `bytes`: all of them are copied, which is quicker than some.
    #[inline]
    pub(crate) fn start_of<const N: usize>(&mut self, bytes: &[u8; N], len: usize) {
        let room = self.room.get_mut(self.len..);
        if let Some(room) = room.and_then(|room| room.first_chunk_mut()) {
            *room = *bytes;
            self.len = self.len.saturating_add(len);
        }
    }
}

/// Counts what would be written.
#[derive(Default)]
pub(crate) struct Count(pub(crate) usize);

impl Sink for Count {
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
