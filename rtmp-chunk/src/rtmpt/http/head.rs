use super::{HttpError, HttpLimits};

/// What matters of the header lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) content_length: Option<usize>,
    pub(super) keep_alive: bool,
}

/// Finds the end of a head in what grows from call to call, looking at each byte once.
#[derive(Debug, Default)]
pub(super) struct Finder {
    searched: usize,
}

impl Finder {
    /// Whether nothing of this head was looked at yet.
    pub(super) fn is_at_start(&self) -> bool {
        self.searched == 0
    }

    /// The length of the head with its empty line.
    pub(super) fn find(
        &mut self,
        input: &[u8],
        limits: &HttpLimits,
    ) -> Result<Option<usize>, HttpError> {
        const END: &[u8] = b"\r\n\r\n";
        let seen = input.get(..limits.max_head_bytes).unwrap_or(input);
        let start = self.searched.min(seen.len());
        let found = memchr::memmem::find(seen.get(start..).unwrap_or_default(), END);
        if let Some(at) = found {
            self.searched = 0;
            return Ok(Some(start.saturating_add(at).saturating_add(END.len())));
        }
        if input.len() >= limits.max_head_bytes {
            return Err(HttpError::HeadTooLong(limits.max_head_bytes));
        }
        self.searched = seen.len().saturating_sub(END.len() - 1);
        Ok(None)
    }
}

/// The start line and the fields of a whole head.
pub(super) fn parse<'a>(
    head: &'a [u8],
    limits: &HttpLimits,
) -> Result<(&'a str, Fields), HttpError> {
    let head =
        core::str::from_utf8(head).map_err(|_| HttpError::Expected("an HTTP head in ASCII"))?;
    let mut lines = head.split("\r\n").filter(|line| !line.is_empty());
    let start = lines.next().unwrap_or_default();
    let mut fields = Fields {
        content_length: None,
        keep_alive: !start.contains("HTTP/1.0"),
    };
    for (count, line) in lines.enumerate() {
        if count >= limits.max_headers {
            return Err(HttpError::TooManyHeaders(limits.max_headers));
        }
        let (name, value) = line
            .split_once(':')
            .ok_or(HttpError::Expected("a colon in an HTTP header"))?;
        fields.take(name, value.trim_matches([' ', '\t']))?;
    }
    Ok((start, fields))
}

impl Fields {
    fn take(&mut self, name: &str, value: &str) -> Result<(), HttpError> {
        if name.eq_ignore_ascii_case("content-length") {
            let length = content_length(value)?;
            // RFC 9112 §6.3: lengths that differ are how requests are smuggled.
            if self.content_length.is_some_and(|before| before != length) {
                return Err(HttpError::Expected("one Content-Length"));
            }
            self.content_length = Some(length);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(HttpError::TransferCoding);
        } else if name.eq_ignore_ascii_case("connection") {
            for option in value.split(',').map(str::trim) {
                if option.eq_ignore_ascii_case("close") {
                    self.keep_alive = false;
                } else if option.eq_ignore_ascii_case("keep-alive") {
                    self.keep_alive = true;
                }
            }
        }
        Ok(())
    }
}

fn content_length(value: &str) -> Result<usize, HttpError> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HttpError::Expected("digits in Content-Length"));
    }
    // What does not fit is too long for any limit.
    Ok(value.parse().unwrap_or(usize::MAX))
}
