//! RTMP chunks: any bytes mean the same in any pieces; the messages in them, and what aggregates of them hold, survive
//! writing at any chunk size, with small headers and shared.
#![no_main]

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::chunk::{
    ChunkReader, ChunkWriter, ExtTimestamp, Interrupted, MessageHeader, ReaderConfig, SharedMessage, TimestampBits, aggregate,
};
use castline_rtmp_chunk::control::ControlMessage;
use castline_rtmp_chunk::{Message, MessageType, ParseError};
use libfuzzer_sys::fuzz_target;

type Found = (Vec<Message>, Option<ParseError>);

fn read(config: ReaderConfig, wire: &[u8], piece: usize) -> Found {
    let mut reader = ChunkReader::new(config);
    let (mut input, mut messages) = (BytesMut::new(), Vec::new());
    for piece in wire.chunks(piece.max(1)) {
        input.extend_from_slice(piece);
        loop {
            match reader.decode(&mut input) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
            assert!(reader.bytes_in_flight() <= config.limits.max_bytes_in_flight);
        }
    }
    assert_eq!(reader.received_bytes(), (wire.len() - input.len()) as u64);
    (messages, None)
}

fn config(choice: u8) -> ReaderConfig {
    let mut config = ReaderConfig::default();
    config.ext_timestamp = match choice & 3 {
        0 | 1 => ExtTimestamp::Auto,
        2 => ExtTimestamp::Always,
        _ => ExtTimestamp::Never,
    };
    if choice & 4 != 0 {
        config.timestamp_bits = TimestampBits::ThirtyOne;
    }
    if choice & 8 != 0 {
        config.type_0_sets_delta = false;
    }
    if choice & 16 != 0 {
        config.interrupted = Interrupted::Reject;
        config.accept_fresh_type_1 = false;
    }
    if choice & 32 != 0 {
        config.limits.max_bytes_in_flight = 64;
        config.limits.max_message_bytes = 1000;
        config.limits.max_chunk_streams = 3;
        config.whole_chunk_bytes = 10;
    }
    config
}

fn write(messages: &[Message], chunk_size: u32, shared: bool) -> Vec<u8> {
    let mut writer = ChunkWriter::new();
    let mut out = Vec::<Bytes>::new();
    writer.announce_chunk_size(chunk_size, &mut out);
    for (n, message) in messages.iter().enumerate() {
        if shared && n % 3 != 0 {
            let header = MessageHeader::from(message);
            let payload = [message.payload.clone()];
            let shared = SharedMessage::new(&header, &payload, chunk_size).expect("it was read");
            writer.write_shared(&shared, &mut out).expect("cut at this size");
        } else {
            writer.write_message(message, &mut out).expect("it was read");
        }
    }
    out.concat()
}

/// What is written is read again.
fn survives(messages: &[Message], chunk_size: u32, piece: usize) {
    for shared in [false, true] {
        let wire = write(messages, chunk_size, shared);
        let (mut again, error) = read(ReaderConfig::default(), &wire, piece);
        assert_eq!(error, None);
        again.remove(0);
        assert_eq!(again, messages);
    }
}

fn look_into(message: &Message) {
    if let Ok(Some(control)) = ControlMessage::parse(message) {
        assert_eq!(ControlMessage::parse(&control.to_message()), Ok(Some(control)));
    }
    let parts: Vec<Message> = aggregate::split(message, 50).map_while(Result::ok).collect();
    if let Ok((header, segments)) = aggregate::build(&parts) {
        let built = Message::new(header.chunk_stream_id, header.message_type, segments.concat().into())
            .at(header.stream_id, header.timestamp);
        let again: Vec<Message> = aggregate::split(&built, 50).map(|part| part.expect("written by us")).collect();
        assert_eq!(again, parts);
    }
}

fuzz_target!(|data: &[u8]| {
    let [choice, piece, size, wire @ ..] = data else { return };
    let config = config(*choice);
    let whole = read(config, wire, usize::MAX);
    for piece in [usize::from(*piece), 1] {
        assert_eq!(read(config, wire, piece), whole);
    }
    let (mut messages, _) = whole;
    messages.iter().for_each(look_into);
    let about_chunks = [MessageType::SET_CHUNK_SIZE, MessageType::ABORT];
    messages.retain(|message| !about_chunks.contains(&message.message_type));
    for chunk_size in [u32::from(*size).max(1), 128, 4096] {
        survives(&messages, chunk_size, usize::from(*piece));
    }
});
