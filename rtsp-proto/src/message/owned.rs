//! What requests and responses that own their text have in common: everything behind the start line.

/// Implements it for `$message`, which has the fields `version`, `fields`, `body` and, in its start line, `$span`, and
/// a method `line` that writes the start line anew.
macro_rules! owned_message {
    ($message:ident, $span:ident) => {
        impl $message {
            /// The version.
            #[must_use]
            pub fn version(&self) -> Version {
                self.version
            }

            /// The headers.
            #[must_use]
            pub fn headers(&self) -> Headers<'_> {
                self.fields.view()
            }

            /// CSeq, where it is there and a number.
            #[must_use]
            pub fn cseq(&self) -> Option<u32> {
                self.headers()
                    .typed::<CSeq>()
                    .ok()
                    .flatten()
                    .map(CSeq::value)
            }

            /// The body, empty when there is none.
            #[must_use]
            pub fn body(&self) -> &Bytes {
                &self.body
            }

            /// This version instead.
            #[must_use]
            pub fn with_version(mut self, version: Version) -> Self {
                self.version = version;
                self.rebuild(|_| true);
                self
            }

            /// Adds a header at the end, in canonical case. CR, LF and NUL in `value` become spaces.
            /// Content-Length is left out: it is written for the body by itself.
            #[must_use]
            pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
                self.own();
                if !name.eq_ignore_ascii_case(ContentLength::NAME) {
                    self.fields.push(name, value.as_ref());
                }
                self
            }

            /// Adds a typed header at the end. Content-Length is left out: it is written for the body by itself.
            #[must_use]
            pub fn typed<T: TypedHeader>(mut self, header: &T) -> Self {
                self.own();
                if T::NAME != ContentLength::NAME {
                    self.fields.push_typed(header);
                }
                self
            }

            /// Takes out every header of this name. Content-Length goes only with its body.
            #[must_use]
            pub fn without_header(mut self, name: &str) -> Self {
                if !name.eq_ignore_ascii_case(ContentLength::NAME) {
                    self.rebuild(|other| !other.eq_ignore_ascii_case(name));
                }
                self
            }

            /// This body, and its Content-Length. An empty one takes both out.
            #[must_use]
            pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
                self.body = body.into();
                self.rebuild(|name| !name.eq_ignore_ascii_case(ContentLength::NAME));
                if !self.body.is_empty() {
                    self.fields
                        .push_typed(&ContentLength::new(self.body.len() as u64));
                }
                self
            }

            /// Bytes that [`encode`](Self::encode) writes.
            #[must_use]
            pub fn encoded_len(&self) -> usize {
                let head = self
                    .fields
                    .wire()
                    .map_or_else(|| self.built().0.text().len(), <[u8]>::len);
                head.saturating_add(2).saturating_add(self.body.len())
            }

            /// Writes head and body.
            pub fn encode(&self, out: &mut impl BufMut) {
                self.write_head(out);
                out.put_slice(&self.body);
            }

            /// The head as one segment and the body as another, for a vectored write that copies no body.
            #[must_use]
            pub fn into_segments(self) -> (Bytes, Bytes) {
                let mut head =
                    BytesMut::with_capacity(self.encoded_len().saturating_sub(self.body.len()));
                self.write_head(&mut head);
                (head.freeze(), self.body)
            }

            fn write_head(&self, out: &mut impl BufMut) {
                match self.fields.wire() {
                    Some(wire) => out.put_slice(wire),
                    None => out.put_slice(self.built().0.text()),
                }
                out.put_slice(b"\r\n");
            }

            fn built(&self) -> (Fields, Span) {
                let (line, span) = self.line();
                (self.fields.rebuild(line, |_| true), span)
            }

            fn rebuild(&mut self, keep: impl Fn(&str) -> bool) {
                let (line, span) = self.line();
                self.fields = self.fields.rebuild(line, keep);
                self.$span = span;
            }

            /// Text that can be written to, instead of a slice of the read buffer.
            fn own(&mut self) {
                if self.fields.wire_mut().is_none() {
                    self.rebuild(|_| true);
                }
            }
        }
    };
}

pub(super) use owned_message;
