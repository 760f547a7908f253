//! Messages of a chunk stream (RTMP 1.0 §5.3), of which the beginnings are kept and the rest is counted.
//!
//! The library's `ChunkReader` puts whole messages together; thousands of players that throw them away need no more than
//! this.

use castline_rtmp_chunk::{
    MessageType,
    chunk::{DEFAULT_CHUNK_SIZE, MAX_CHUNK_SIZE},
};

use crate::stamp::HEAD_BYTES;

/// Of messages that are no media, so much is kept.
const MOST_MESSAGE_BYTES: usize = 64 * 1024;
/// What is kept for longer than a message.
const MOST_SPARE_BYTES: usize = 256;
/// More chunk streams than this are no server's.
const MOST_CHUNK_STREAMS: usize = 64;
/// 3 bytes of basic header, 11 of message header, 4 of extended timestamp.
const MOST_HEADER_BYTES: usize = 18;
/// Says that an extended timestamp follows.
const EXTENDED: u32 = 0x00FF_FFFF;

/// A message that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival<'a> {
    pub(crate) message_type: MessageType,
    pub(crate) stream_id: u32,
    /// The length of its body.
    pub(crate) bytes: u32,
    /// Its body, or the beginning of it.
    pub(crate) head: &'a [u8],
}

/// Follows the chunks of one connection.
#[derive(Debug)]
pub(crate) struct ChunkScanner {
    chunk_size: u32,
    streams: Vec<ChunkStream>,
    /// The chunk that is under way: the index of its stream, and what has not come of it.
    current: Option<(usize, u32)>,
    /// A header of which not all has come.
    partial: [u8; MOST_HEADER_BYTES],
    partial_bytes: usize,
}

#[derive(Debug, Default)]
struct ChunkStream {
    id: u32,
    message_type: u8,
    stream_id: u32,
    length: u32,
    is_extended: bool,
    /// What has not come of the message under way; `None` between messages.
    left: Option<u32>,
    head: Vec<u8>,
}

impl ChunkStream {
    fn most_head_bytes(&self) -> usize {
        match MessageType(self.message_type) {
            MessageType::AUDIO => 0,
            MessageType::VIDEO => HEAD_BYTES,
            _ => MOST_MESSAGE_BYTES,
        }
    }
}

impl ChunkScanner {
    pub(crate) fn new() -> Self {
        Self {
            chunk_size: DEFAULT_CHUNK_SIZE,
            streams: Vec::new(),
            current: None,
            partial: [0; MOST_HEADER_BYTES],
            partial_bytes: 0,
        }
    }

    /// Goes on with `input`, and tells `heard` of each message that it completes.
    pub(crate) fn feed(
        &mut self,
        mut input: &[u8],
        heard: &mut impl FnMut(Arrival<'_>),
    ) -> Result<(), String> {
        while !input.is_empty() {
            input = match self.current {
                Some((index, left)) => self.payload(index, left, input, heard),
                None => self.header(input, heard)?,
            };
        }
        Ok(())
    }

    /// Reads a header, in pieces if it comes so; gives what is left of the input.
    fn header<'a>(
        &mut self,
        input: &'a [u8],
        heard: &mut impl FnMut(Arrival<'_>),
    ) -> Result<&'a [u8], String> {
        if self.partial_bytes == 0
            && let Some(used) = self.begin(input, heard)?
        {
            return Ok(input.get(used..).unwrap_or_default());
        }
        for (at, byte) in input.iter().enumerate() {
            let Some(place) = self.partial.get_mut(self.partial_bytes) else {
                return Err("a chunk's header has no end".to_owned());
            };
            *place = *byte;
            self.partial_bytes += 1;
            let partial = self.partial;
            let header = partial.get(..self.partial_bytes).unwrap_or_default();
            if self.begin(header, heard)?.is_some() {
                self.partial_bytes = 0;
                return Ok(input.get(at + 1..).unwrap_or_default());
            }
        }
        Ok(&[])
    }

    /// Begins a chunk and gives its header's length; `None` when not all of the header is there.
    fn begin(
        &mut self,
        input: &[u8],
        heard: &mut impl FnMut(Arrival<'_>),
    ) -> Result<Option<usize>, String> {
        let Some((kind, id, basic_bytes)) = basic_header(input) else {
            return Ok(None);
        };
        let index = self.find(id)?;
        let chunk_size = self.chunk_size;
        let Some(stream) = self.streams.get_mut(index) else {
            return Ok(None);
        };
        let message_bytes = [11, 7, 3, 0].get(kind).copied().unwrap_or(0);
        let rest = input.get(basic_bytes..).unwrap_or_default();
        let Some((header, behind)) = rest.split_at_checked(message_bytes) else {
            return Ok(None);
        };
        let is_extended = if kind == 3 {
            stream.is_extended
        } else {
            u24(header) == EXTENDED
        };
        let extension_bytes = if is_extended { 4 } else { 0 };
        if behind.len() < extension_bytes {
            return Ok(None);
        }
        stream.is_extended = is_extended;
        if let Some(length_and_type) = header.get(3..7) {
            stream.length = u24(length_and_type);
            stream.message_type = length_and_type.get(3).copied().unwrap_or(0);
        }
        if let Some(stream_id) = header.get(7..).and_then(<[u8]>::first_chunk) {
            stream.stream_id = u32::from_le_bytes(*stream_id);
        }
        if kind != 3 || stream.left.is_none() {
            stream.left = Some(stream.length);
            stream.head.clear();
        }
        let left = stream.left.unwrap_or(0).min(chunk_size);
        self.current = Some((index, left));
        if left == 0 {
            self.payload(index, 0, &[], heard);
        }
        Ok(Some(basic_bytes + message_bytes + extension_bytes))
    }

    fn find(&mut self, id: u32) -> Result<usize, String> {
        if let Some(index) = self.streams.iter().position(|stream| stream.id == id) {
            return Ok(index);
        }
        if self.streams.len() >= MOST_CHUNK_STREAMS {
            return Err(format!("more than {MOST_CHUNK_STREAMS} chunk streams"));
        }
        self.streams.push(ChunkStream {
            id,
            ..ChunkStream::default()
        });
        Ok(self.streams.len() - 1)
    }

    /// Passes over payload; gives what is left of the input.
    fn payload<'a>(
        &mut self,
        index: usize,
        left: u32,
        input: &'a [u8],
        heard: &mut impl FnMut(Arrival<'_>),
    ) -> &'a [u8] {
        let here = input.len().min(left as usize);
        let (piece, rest) = input.split_at_checked(here).unwrap_or_default();
        let left_of_chunk = left - here as u32;
        self.current = (left_of_chunk > 0).then_some((index, left_of_chunk));
        let Some(stream) = self.streams.get_mut(index) else {
            return rest;
        };
        let room = stream.most_head_bytes().saturating_sub(stream.head.len());
        let kept = piece.get(..room).unwrap_or(piece);
        stream.head.extend_from_slice(kept);
        let left_of_message = stream.left.unwrap_or(0).saturating_sub(here as u32);
        stream.left = (left_of_message > 0).then_some(left_of_message);
        if left_of_message == 0 {
            self.complete(index, heard);
        }
        rest
    }

    fn complete(&mut self, index: usize, heard: &mut impl FnMut(Arrival<'_>)) {
        let Some(stream) = self.streams.get_mut(index) else {
            return;
        };
        let mut head = std::mem::take(&mut stream.head);
        let message_type = MessageType(stream.message_type);
        heard(Arrival {
            message_type,
            stream_id: stream.stream_id,
            bytes: stream.length,
            head: &head,
        });
        let number = head.first_chunk().map(|number| u32::from_be_bytes(*number));
        if head.capacity() <= MOST_SPARE_BYTES {
            head.clear();
            stream.head = head;
        }
        match (message_type, number) {
            (MessageType::SET_CHUNK_SIZE, Some(size)) => {
                self.chunk_size = (size & 0x7FFF_FFFF).clamp(1, MAX_CHUNK_SIZE);
            }
            (MessageType::ABORT, Some(id)) => {
                let aborted = self.streams.iter_mut().find(|stream| stream.id == id);
                aborted.into_iter().for_each(|stream| stream.left = None);
            }
            _ => {}
        }
    }
}

/// A chunk's type, its stream and the length of its basic header (RTMP 1.0 §5.3.1.1).
fn basic_header(input: &[u8]) -> Option<(usize, u32, usize)> {
    let first = *input.first()?;
    let kind = usize::from(first >> 6);
    match first & 0x3F {
        0 => Some((kind, u32::from(*input.get(1)?) + 64, 2)),
        1 => {
            let [low, high] = *input.get(1..)?.first_chunk()?;
            Some((kind, u32::from(u16::from_le_bytes([low, high])) + 64, 3))
        }
        id => Some((kind, u32::from(id), 1)),
    }
}

fn u24(input: &[u8]) -> u32 {
    match *input {
        [high, middle, low, ..] => u32::from_be_bytes([0, high, middle, low]),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use castline_rtmp_chunk::{
        Message,
        chunk::{ChunkWriter, MessageHeader},
        control::ControlMessage,
    };
    use proptest::prelude::*;

    use super::*;

    type Heard = (MessageType, u32, u32, Vec<u8>);

    fn scan(scanner: &mut ChunkScanner, pieces: &[&[u8]]) -> Vec<Heard> {
        let mut all = Vec::new();
        for piece in pieces {
            let mut heard = |arrival: Arrival<'_>| {
                all.push((
                    arrival.message_type,
                    arrival.stream_id,
                    arrival.bytes,
                    arrival.head.to_vec(),
                ));
            };
            scanner.feed(piece, &mut heard).unwrap();
        }
        all
    }

    fn message(
        chunk_stream_id: u32,
        message_type: MessageType,
        timestamp: u32,
        bytes: usize,
    ) -> Message {
        let body: Vec<u8> = (0..bytes).map(|at| at as u8).collect();
        Message::new(chunk_stream_id, message_type, Bytes::from(body)).at(1, timestamp)
    }

    fn chunked(messages: &[Message], chunk_size: Option<u32>) -> Vec<u8> {
        let mut segments = Vec::new();
        let mut writer = ChunkWriter::new();
        if let Some(chunk_size) = chunk_size {
            writer.announce_chunk_size(chunk_size, &mut segments);
        }
        for message in messages {
            let header = MessageHeader::from(message);
            writer
                .write(
                    &header,
                    std::slice::from_ref(&message.payload),
                    &mut segments,
                )
                .unwrap();
        }
        segments.concat()
    }

    fn expected(message: &Message) -> Heard {
        let kept = match message.message_type {
            MessageType::AUDIO => 0,
            MessageType::VIDEO => HEAD_BYTES,
            _ => MOST_MESSAGE_BYTES,
        };
        let body = &message.payload;
        let head = body.get(..kept).unwrap_or(body).to_vec();
        (
            message.message_type,
            message.stream_id,
            body.len() as u32,
            head,
        )
    }

    proptest! {
        #[test]
        fn hears_what_the_library_writes(
            kinds in prop::collection::vec((2u32..400, 0usize..3, 0u32..0x0200_0000, 0usize..3000), 1..20),
            chunk_size in prop::option::of(1u32..5000),
            cut in 1usize..50,
        ) {
            let types = [MessageType::AUDIO, MessageType::VIDEO, MessageType::DATA_AMF0];
            let messages: Vec<Message> = kinds.iter()
                .map(|&(id, kind, timestamp, bytes)| message(id, types[kind], timestamp, bytes))
                .collect();
            let wire = chunked(&messages, chunk_size);
            let wanted: Vec<Heard> = messages.iter().map(expected).collect();
            let skipped = usize::from(chunk_size.is_some());
            let whole = scan(&mut ChunkScanner::new(), &[&wire]);
            prop_assert_eq!(&whole[skipped..], &wanted[..]);
            let pieces: Vec<&[u8]> = wire.chunks(cut).collect();
            prop_assert_eq!(scan(&mut ChunkScanner::new(), &pieces), whole);
        }

        #[test]
        fn any_bytes_will_do(wire in prop::collection::vec(any::<u8>(), 0..2000)) {
            let _ = ChunkScanner::new().feed(&wire, &mut |_| {});
        }
    }

    #[test]
    fn interleaved_chunks_and_an_aborted_message() {
        let video = message(6, MessageType::VIDEO, 40, 200);
        let audio = message(4, MessageType::AUDIO, 41, 100);
        let mut wire = chunked(std::slice::from_ref(&video), None);
        let rest = wire.split_off(12 + 128);
        wire.extend(chunked(std::slice::from_ref(&audio), None));
        wire.extend(&rest);
        let heard = scan(&mut ChunkScanner::new(), &[&wire]);
        assert_eq!(heard, [expected(&audio), expected(&video)]);

        let abort = ControlMessage::Abort { chunk_stream_id: 6 }.to_message();
        let mut wire = wire.split_at(12 + 128).0.to_vec();
        wire.extend(chunked(&[abort], None));
        wire.extend(chunked(std::slice::from_ref(&video), None));
        let heard = scan(&mut ChunkScanner::new(), &[&wire]);
        assert_eq!(heard.last(), Some(&expected(&video)));
        assert_eq!(heard.len(), 2);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut scanner = ChunkScanner::new();
        let data = message(5, MessageType::DATA_AMF0, 0, 1 << 20);
        let heard = scan(&mut scanner, &[&chunked(&[data], Some(65_536))]);
        assert_eq!(heard[1].3.len(), MOST_MESSAGE_BYTES);
        assert!(
            scanner
                .streams
                .iter()
                .all(|stream| stream.head.capacity() <= MOST_SPARE_BYTES)
        );
        let wire: Vec<u8> = (0..=255)
            .flat_map(|id| [0, id, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0])
            .collect();
        assert!(ChunkScanner::new().feed(&wire, &mut |_| {}).is_err());
    }
}
