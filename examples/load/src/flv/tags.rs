//! Tags of an FLV stream, of which the beginnings are kept and the rest is counted.

use castline_rtmp_chunk::{TagType, flv::TagHeader};

use crate::stamp::{HEAD_BYTES, ReceivedTag};

/// The file header, and the first PreviousTagSize.
const START_BYTES: usize = 13;
const PREVIOUS_TAG_SIZE_BYTES: u32 = 4;

/// Follows the tags of one stream.
#[derive(Debug)]
pub(crate) struct TagScanner {
    /// The header under way: the stream's, or a tag's; then the beginning of a tag's body.
    head: [u8; HEAD_BYTES],
    head_bytes: usize,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Start,
    TagHeader,
    /// The body, of which so many bytes have not come.
    Body {
        header: TagHeader,
        left: u32,
    },
    /// PreviousTagSize, of which so many bytes have not come.
    Behind {
        left: u32,
    },
}

impl TagScanner {
    pub(crate) fn new() -> Self {
        Self {
            head: [0; HEAD_BYTES],
            head_bytes: 0,
            state: State::Start,
        }
    }

    /// Goes on with `input`, and tells `heard` of each tag of sound or pictures that it completes.
    pub(crate) fn feed(
        &mut self,
        mut input: &[u8],
        heard: &mut impl FnMut(ReceivedTag<'_>),
    ) -> Result<(), String> {
        while !input.is_empty() {
            input = match self.state {
                State::Start => self.start(input)?,
                State::TagHeader => self.tag_header(input)?,
                State::Body { header, left } => self.body(header, left, input, heard),
                State::Behind { left } => {
                    let here = input.len().min(left as usize);
                    let left = left - here as u32;
                    self.state = if left > 0 {
                        State::Behind { left }
                    } else {
                        State::TagHeader
                    };
                    input.get(here..).unwrap_or_default()
                }
            };
        }
        Ok(())
    }

    /// Collects until there are so many bytes in all; gives what is left of the input.
    fn collect<'a>(&mut self, bytes: usize, input: &'a [u8]) -> &'a [u8] {
        let wanted = bytes.saturating_sub(self.head_bytes).min(input.len());
        let (piece, rest) = input.split_at_checked(wanted).unwrap_or_default();
        let room = self.head.get_mut(self.head_bytes..).unwrap_or_default();
        for (place, byte) in room.iter_mut().zip(piece) {
            *place = *byte;
        }
        self.head_bytes = (self.head_bytes + wanted).min(HEAD_BYTES);
        rest
    }

    fn start<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], String> {
        let rest = self.collect(START_BYTES, input);
        if self.head_bytes >= START_BYTES {
            if !self.head.starts_with(b"FLV\x01") {
                return Err("what comes is not FLV".to_owned());
            }
            self.expect_tag();
        }
        Ok(rest)
    }

    fn expect_tag(&mut self) {
        self.head_bytes = 0;
        self.state = State::TagHeader;
    }

    fn tag_header<'a>(&mut self, input: &'a [u8]) -> Result<&'a [u8], String> {
        let rest = self.collect(TagHeader::BYTES, input);
        if self.head_bytes < TagHeader::BYTES {
            return Ok(rest);
        }
        let header = self.head.get(..TagHeader::BYTES).unwrap_or_default();
        let header =
            TagHeader::parse(header).map_err(|error| format!("a tag cannot be read: {error}"))?;
        let header = header.ok_or_else(|| "a tag's header is short".to_owned())?;
        self.head_bytes = 0;
        self.state = match header.body_bytes {
            0 => State::Behind {
                left: PREVIOUS_TAG_SIZE_BYTES,
            },
            left => State::Body { header, left },
        };
        Ok(rest)
    }

    fn body<'a>(
        &mut self,
        header: TagHeader,
        left: u32,
        input: &'a [u8],
        heard: &mut impl FnMut(ReceivedTag<'_>),
    ) -> &'a [u8] {
        let here = input.len().min(left as usize);
        let (piece, rest) = input.split_at_checked(here).unwrap_or_default();
        self.collect(HEAD_BYTES, piece);
        let left = left - here as u32;
        if left > 0 {
            self.state = State::Body { header, left };
            return rest;
        }
        if header.tag_type != TagType::Script {
            heard(ReceivedTag {
                is_video: header.tag_type == TagType::Video,
                bytes: header.body_bytes,
                head: self.head.get(..self.head_bytes).unwrap_or_default(),
            });
        }
        self.head_bytes = 0;
        self.state = State::Behind {
            left: PREVIOUS_TAG_SIZE_BYTES,
        };
        rest
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use castline_rtmp_chunk::{Tag, flv};
    use proptest::prelude::*;

    use super::*;

    type Heard = (bool, u32, Vec<u8>);

    fn scan(pieces: &[&[u8]]) -> Result<Vec<Heard>, String> {
        let (mut scanner, mut all) = (TagScanner::new(), Vec::new());
        for piece in pieces {
            scanner.feed(piece, &mut |tag| {
                all.push((tag.is_video, tag.bytes, tag.head.to_vec()))
            })?;
        }
        Ok(all)
    }

    fn stream(tags: &[(TagType, usize)]) -> (Vec<u8>, Vec<Heard>) {
        let mut writer = flv::Writer::new(flv::Header::new(true, true));
        let (mut wire, mut heard) = (writer.start().to_vec(), Vec::new());
        for (timestamp, (tag_type, bytes)) in (0..).zip(tags) {
            let body: Vec<u8> = (0..*bytes).map(|at| at as u8).collect();
            let tag = Tag::new(*tag_type, timestamp, Bytes::from(body.clone()));
            writer
                .tag(&tag)
                .unwrap()
                .iter()
                .for_each(|segment| wire.extend_from_slice(segment));
            if *tag_type != TagType::Script && *bytes > 0 {
                let head = body.get(..HEAD_BYTES).unwrap_or(&body).to_vec();
                heard.push((*tag_type == TagType::Video, *bytes as u32, head));
            }
        }
        (wire, heard)
    }

    proptest! {
        #[test]
        fn hears_what_the_library_writes(kinds in prop::collection::vec((0usize..3, 0usize..2000), 0..20), cut in 1usize..40) {
            let types = [TagType::Audio, TagType::Video, TagType::Script];
            let tags: Vec<_> = kinds.iter().map(|&(kind, bytes)| (types[kind], bytes)).collect();
            let (wire, heard) = stream(&tags);
            prop_assert_eq!(scan(&[&wire]).unwrap(), &heard[..]);
            let pieces: Vec<&[u8]> = wire.chunks(cut).collect();
            prop_assert_eq!(scan(&pieces).unwrap(), heard);
        }

        #[test]
        fn any_bytes_will_do(wire in prop::collection::vec(any::<u8>(), 0..500)) {
            let (start, _) = stream(&[]);
            let _ = scan(&[&wire]);
            let _ = scan(&[&start, &wire]);
        }
    }

    #[test]
    fn what_is_not_flv_is_told() {
        assert!(scan(&[b"<!DOCTYPE html>"]).unwrap_err().contains("not FLV"));
        let (start, _) = stream(&[]);
        let error = scan(&[&start, &[7; 11]]).unwrap_err();
        assert!(error.contains("tag"), "{error}");
    }
}
