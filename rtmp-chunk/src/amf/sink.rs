use bytes::BufMut;

/// Where an encoder writes: a buffer, or a mere count of bytes.
pub(crate) trait Sink {
    fn slice(&mut self, bytes: &[u8]);

    #[inline]
    fn u8(&mut self, value: u8) {
        self.slice(&[value]);
    }

    #[inline]
    fn u16(&mut self, value: u16) {
        self.slice(&value.to_be_bytes());
    }

    #[inline]
    fn u32(&mut self, value: u32) {
        self.slice(&value.to_be_bytes());
    }

    #[inline]
    fn f64(&mut self, value: f64) {
        self.slice(&value.to_be_bytes());
    }
}

/// Writes into any [`BufMut`].
pub(crate) struct Out<'b, B: ?Sized>(pub(crate) &'b mut B);

impl<B: BufMut + ?Sized> Sink for Out<'_, B> {
    #[inline]
    fn slice(&mut self, bytes: &[u8]) {
        self.0.put_slice(bytes);
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
