//! WebSocket messages from a server (RFC 6455 §5), and the two answers that a player gives.

/// 2 bytes, and 8 of a long length; a server does not mask.
const MOST_HEADER_BYTES: usize = 10;
/// The longest control frame (RFC 6455 §5.5).
const MOST_CONTROL_BYTES: u64 = 125;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const IS_MASKED: u8 = 0x80;

/// Takes frames apart.
#[derive(Debug, Default)]
pub(super) struct Frames {
    header: Vec<u8>,
    /// The frame under way, and what has not come of it.
    current: Option<(u8, u64)>,
    control: Vec<u8>,
}

/// What a control frame asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// An answer to a ping.
    Pong(Vec<u8>),
    /// The end, with the code and the reason.
    Close(String),
}

impl Frames {
    /// Gives each piece of data to `piece`, and each control frame to `asked`.
    pub(super) fn feed(
        &mut self,
        mut input: &[u8],
        piece: &mut impl FnMut(&[u8]) -> Result<(), String>,
        asked: &mut impl FnMut(Asked),
    ) -> Result<(), String> {
        while !input.is_empty() {
            let Some((code, left)) = self.current else {
                input = self.header(input, asked)?;
                continue;
            };
            let here = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
            let (data, rest) = input.split_at_checked(here).unwrap_or_default();
            if code >= CLOSE {
                self.control.extend_from_slice(data);
            } else {
                piece(data)?;
            }
            let left = left - here as u64;
            self.current = (left > 0).then_some((code, left));
            if left == 0 {
                self.end(code, asked);
            }
            input = rest;
        }
        Ok(())
    }

    fn header<'a>(
        &mut self,
        input: &'a [u8],
        asked: &mut impl FnMut(Asked),
    ) -> Result<&'a [u8], String> {
        for (at, byte) in input.iter().enumerate() {
            self.header.push(*byte);
            if let Some((code, length)) = frame(&self.header)? {
                self.header.clear();
                if length == 0 {
                    self.end(code, asked);
                } else {
                    self.current = Some((code, length));
                }
                return Ok(input.get(at + 1..).unwrap_or_default());
            }
        }
        Ok(&[])
    }

    fn end(&mut self, code: u8, asked: &mut impl FnMut(Asked)) {
        let control = std::mem::take(&mut self.control);
        match code {
            PING => asked(Asked::Pong(answer(PONG, &control))),
            CLOSE => asked(Asked::Close(farewell(&control))),
            _ => {}
        }
    }
}

/// The code and the length of a frame; `None` when not all of its header is there.
fn frame(header: &[u8]) -> Result<Option<(u8, u64)>, String> {
    let [first, second, rest @ ..] = header else {
        return Ok(None);
    };
    if second & IS_MASKED != 0 || first & 0x70 != 0 || header.len() > MOST_HEADER_BYTES {
        return Err("what comes is no WebSocket frame of a server".to_owned());
    }
    let code = first & 0x0F;
    let length = match (second, rest) {
        (126, [high, low, ..]) => Some(u64::from(u16::from_be_bytes([*high, *low]))),
        (127, rest) => rest.first_chunk().map(|length| u64::from_be_bytes(*length)),
        (126, _) => None,
        (length, _) => Some(u64::from(*length)),
    };
    if code >= CLOSE && length.is_some_and(|length| length > MOST_CONTROL_BYTES) {
        return Err("a control frame of WebSocket is too long".to_owned());
    }
    Ok(length.map(|length| (code, length)))
}

/// A control frame of ours: masked, as it must be, by zeros, which change nothing.
fn answer(code: u8, data: &[u8]) -> Vec<u8> {
    let length = data.len().min(MOST_CONTROL_BYTES as usize) as u8;
    let mut out = vec![0x80 | code, IS_MASKED | length, 0, 0, 0, 0];
    out.extend_from_slice(data);
    out
}

/// The frame that ends it all.
pub(super) fn close() -> Vec<u8> {
    const NORMAL: u16 = 1000;
    answer(CLOSE, &NORMAL.to_be_bytes())
}

fn farewell(control: &[u8]) -> String {
    match control.split_first_chunk() {
        Some((code, reason)) => {
            format!(
                "{} {}",
                u16::from_be_bytes(*code),
                String::from_utf8_lossy(reason)
            )
        }
        None => "no reason given".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn server_frame(first: u8, data: &[u8]) -> Vec<u8> {
        let mut out = vec![first];
        match data.len() {
            length @ 0..126 => out.push(length as u8),
            length @ 126..65_536 => {
                out.push(126);
                out.extend_from_slice(&(length as u16).to_be_bytes());
            }
            length => {
                out.push(127);
                out.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        out.extend_from_slice(data);
        out
    }

    fn feed(pieces: &[&[u8]]) -> Result<(Vec<u8>, Vec<Asked>), String> {
        let (mut frames, mut data, mut all) = (Frames::default(), Vec::new(), Vec::new());
        for piece in pieces {
            let mut take = |piece: &[u8]| {
                data.extend_from_slice(piece);
                Ok(())
            };
            frames.feed(piece, &mut take, &mut |asked| all.push(asked))?;
        }
        Ok((data, all))
    }

    proptest! {
        #[test]
        fn any_frames_in_any_pieces(lengths in prop::collection::vec(prop_oneof![0usize..300, 65_000usize..70_000], 0..6), cut in 1usize..5000) {
            let mut wire = Vec::new();
            let bodies: Vec<Vec<u8>> = lengths.iter().map(|length| vec![*length as u8; *length]).collect();
            for body in &bodies {
                wire.extend(server_frame(0x82, body));
                wire.extend(server_frame(0x89, b"hi"));
            }
            let pieces: Vec<&[u8]> = wire.chunks(cut).collect();
            let (data, asked) = feed(&pieces).unwrap();
            prop_assert_eq!(data, bodies.concat());
            prop_assert_eq!(asked, vec![Asked::Pong(answer(PONG, b"hi")); bodies.len()]);
        }

        #[test]
        fn any_bytes_will_do(wire in prop::collection::vec(any::<u8>(), 0..500)) {
            let _ = feed(&[&wire]);
        }
    }

    #[test]
    fn the_end_has_a_reason_and_masked_frames_are_no_server_s() {
        let wire = server_frame(0x88, b"\x03\xE8bye");
        assert_eq!(
            feed(&[&wire]).unwrap().1,
            [Asked::Close("1000 bye".to_owned())]
        );
        assert_eq!(
            feed(&[&[0x88, 0]]).unwrap().1,
            [Asked::Close("no reason given".to_owned())]
        );
        assert!(feed(&[&[0x82, 0x81, 0, 0, 0, 0, 1]]).is_err());
        assert!(feed(&[&[0x89, 126, 1, 0]]).is_err());
        assert_eq!(close(), [0x88, 0x82, 0, 0, 0, 0, 3, 0xE8]);
    }
}
