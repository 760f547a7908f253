//! The answer to a GET, and its body (RFC 9112).

/// A longer answer is no server's.
const MOST_HEAD_BYTES: usize = 16 * 1024;
/// A chunk's size and what may follow it on its line.
const MOST_LINE_BYTES: usize = 256;

/// How the body comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Up to the end of the connection, or for so many bytes.
    Plain(Option<u64>),
    Chunked,
    WebSocket,
}

/// The head of an answer as it comes in.
#[derive(Debug, Default)]
pub(super) struct Head {
    bytes: Vec<u8>,
}

impl Head {
    /// Takes bytes until the head is whole; gives how the body comes, and how much of the input was taken.
    pub(super) fn feed(&mut self, input: &[u8]) -> Result<Option<(Framing, usize)>, String> {
        let before = self.bytes.len();
        let room = MOST_HEAD_BYTES.saturating_sub(before);
        self.bytes
            .extend_from_slice(input.get(..room).unwrap_or(input));
        let from = before.saturating_sub(3);
        let ends = self
            .bytes
            .get(from..)
            .and_then(|fresh| fresh.windows(4).position(|window| window == b"\r\n\r\n"));
        match ends {
            Some(at) => {
                let end = from + at + 4;
                let text = String::from_utf8_lossy(self.bytes.get(..end).unwrap_or_default());
                Ok(Some((framing(&text)?, end - before)))
            }
            None if self.bytes.len() >= MOST_HEAD_BYTES => Err("the answer has no end".to_owned()),
            None => Ok(None),
        }
    }
}

fn framing(head: &str) -> Result<Framing, String> {
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let mut words = status_line.splitn(3, ' ');
    if !words
        .next()
        .is_some_and(|version| version.starts_with("HTTP/1."))
    {
        return Err(format!("the answer is not HTTP: {status_line:?}"));
    }
    let status = words.next().unwrap_or_default();
    let value = |name: &str| {
        let mut fields = lines.clone().filter_map(|line| line.split_once(':'));
        fields.find_map(|(own, value)| own.eq_ignore_ascii_case(name).then(|| value.trim()))
    };
    match status {
        "101" => Ok(Framing::WebSocket),
        "200"
            if value("transfer-encoding")
                .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) =>
        {
            Ok(Framing::Chunked)
        }
        "200" => Ok(Framing::Plain(
            value("content-length").and_then(|length| length.parse().ok()),
        )),
        _ => Err(format!(
            "the server answers {}",
            status_line.trim_start_matches("HTTP/1.1 ")
        )),
    }
}

/// Takes the chunks of a body apart.
#[derive(Debug)]
pub(super) struct Chunks {
    state: ChunkState,
    line: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChunkState {
    /// The line with the size.
    Size,
    Data(u64),
    /// The line end behind the data.
    Behind,
    Ended,
}

impl Chunks {
    pub(super) const fn new() -> Self {
        Self {
            state: ChunkState::Size,
            line: Vec::new(),
        }
    }

    /// Gives each piece of the body to `piece`; true when it has ended.
    pub(super) fn feed(
        &mut self,
        mut input: &[u8],
        piece: &mut impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<bool, String> {
        while !input.is_empty() {
            input = match self.state {
                ChunkState::Data(left) => {
                    let here =
                        usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
                    let (data, rest) = input.split_at_checked(here).unwrap_or_default();
                    piece(data)?;
                    let left = left - here as u64;
                    self.state = if left > 0 {
                        ChunkState::Data(left)
                    } else {
                        ChunkState::Behind
                    };
                    rest
                }
                ChunkState::Size | ChunkState::Behind => self.line(input)?,
                ChunkState::Ended => return Ok(true),
            };
        }
        Ok(self.state == ChunkState::Ended)
    }

    fn line<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], String> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let (line, rest) = input
            .split_at_checked(end.map_or(input.len(), |at| at + 1))
            .unwrap_or_default();
        self.line.extend_from_slice(line);
        if self.line.len() > MOST_LINE_BYTES {
            return Err("a chunk's size has no end".to_owned());
        }
        if end.is_some() {
            let line = std::mem::take(&mut self.line);
            self.state = self.behind_line(&line)?;
            // The next line goes where this one was.
            self.line = line;
            self.line.clear();
        }
        Ok(rest)
    }

    fn behind_line(&self, line: &[u8]) -> Result<ChunkState, String> {
        let wrong = || format!("a chunk's size is {:?}", String::from_utf8_lossy(line));
        let text = str::from_utf8(line).map_err(|_| wrong())?.trim_end();
        if self.state == ChunkState::Behind {
            return if text.is_empty() {
                Ok(ChunkState::Size)
            } else {
                Err(wrong())
            };
        }
        let size = text.split(';').next().unwrap_or_default().trim();
        match u64::from_str_radix(size, 16) {
            Ok(0) => Ok(ChunkState::Ended),
            Ok(size) => Ok(ChunkState::Data(size)),
            Err(_) => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head(pieces: &[&str]) -> Result<Option<(Framing, usize)>, String> {
        let mut head = Head::default();
        for piece in pieces {
            if let Some(found) = head.feed(piece.as_bytes())? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    #[test]
    fn heads_tell_how_the_body_comes() {
        let ok = "HTTP/1.1 200 OK\r\n";
        assert_eq!(
            head(&[ok, "Content-Length: 5\r\n\r\nFLV"]),
            Ok(Some((Framing::Plain(Some(5)), 21)))
        );
        assert_eq!(
            head(&[ok, "Server: x\r\n\r", "\nFLV"]),
            Ok(Some((Framing::Plain(None), 1)))
        );
        assert_eq!(
            head(&[ok, "transfer-encoding: Chunked\r\n\r\n"]),
            Ok(Some((Framing::Chunked, 30)))
        );
        let switch = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
        assert_eq!(
            head(&[switch]),
            Ok(Some((Framing::WebSocket, switch.len())))
        );
        assert_eq!(head(&[ok]), Ok(None));
        assert!(
            head(&["HTTP/1.1 404 Not Found\r\n\r\n"])
                .unwrap_err()
                .contains("404 Not Found")
        );
        assert!(head(&["RTSP/1.0 200 OK\r\n\r\n"]).is_err());
        assert!(head(&[ok, &"x".repeat(1 << 20)]).is_err());
    }

    fn chunks(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool), String> {
        let (mut chunks, mut body, mut ended) = (Chunks::new(), Vec::new(), false);
        for piece in pieces {
            ended = chunks.feed(piece, &mut |data| {
                body.extend_from_slice(data);
                Ok(())
            })?;
        }
        Ok((body, ended))
    }

    #[test]
    fn chunks_with_extensions_and_the_last_one() {
        let wire = b"3\r\nFLV\r\n0a ; x=1\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(chunks(&[wire]), Ok((b"FLV0123456789".to_vec(), true)));
        for wrong in [
            &b"x\r\n"[..],
            b"-1\r\n",
            b"\r\n",
            b"1\r\nab\r\n",
            &[b'1'; 1000],
        ] {
            assert!(chunks(&[wrong]).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn any_chunks_in_any_pieces(bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 0..10), cut in 1usize..30) {
            let mut wire = Vec::new();
            for body in &bodies {
                wire.extend_from_slice(format!("{:X}\r\n", body.len()).as_bytes());
                wire.extend_from_slice(body);
                wire.extend_from_slice(b"\r\n");
            }
            let pieces: Vec<&[u8]> = wire.chunks(cut).collect();
            prop_assert_eq!(chunks(&pieces), Ok((bodies.concat(), false)));
        }
    }
}
