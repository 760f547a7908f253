//! Any messages, any chunk sizes, any interleaving, any split of the input: the same messages.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

mod chunk_support;

use std::collections::HashMap;

use bytes::Bytes;
use castline_rtmp_chunk::chunk::{
    ChunkWriter, ExtTimestamp, MessageHeader, ReaderConfig, SharedMessage,
};
use castline_rtmp_chunk::{Message, MessageType};
use chunk_support::*;
use proptest::prelude::*;
use proptest::sample::Index;

fn ids() -> impl Strategy<Value = u32> {
    prop_oneof![
        3_u32..8,
        Just(63),
        Just(64),
        Just(319),
        Just(320),
        Just(65_599)
    ]
}

fn times() -> impl Strategy<Value = u32> {
    prop_oneof![
        0_u32..100,
        0xFF_FFF0_u32..0x100_0010,
        0x7FFF_FFF0_u32..0x8000_0010,
        (0_u32..20).prop_map(|back| u32::MAX - back),
        any::<u32>(),
    ]
}

fn lengths() -> impl Strategy<Value = usize> {
    prop_oneof![Just(0), 1_usize..5, 120_usize..140, 0_usize..3000]
}

fn sizes() -> impl Strategy<Value = u32> {
    prop_oneof![1_u32..10, 100_u32..300, 1000_u32..5000]
}

fn any_message() -> impl Strategy<Value = Message> {
    let kind = prop_oneof![Just(AUDIO), Just(VIDEO), Just(18), Just(20), Just(200)];
    (ids(), kind, 0_u32..3, times(), lengths(), any::<u8>()).prop_map(
        |(id, kind, stream, time, len, seed)| message(id, kind, (stream, time), &body(len, seed)),
    )
}

fn splits() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1_usize..4, 1_usize..5000], 1..10)
}

/// A sender that chooses any header that is right, not only the smallest.
#[derive(Default)]
struct Peer {
    /// By chunk stream: the last header, the delta that type 3 repeats, and the extended timestamp in force.
    last: HashMap<u32, (Message, u32, Option<u32>)>,
    omits_extended: bool,
}

impl Peer {
    /// The chunks of one message, the header chosen by `choice`.
    fn chunks(&mut self, message: &Message, chunk_size: usize, choice: usize) -> Vec<Vec<u8>> {
        let id = message.chunk_stream_id;
        let shape = (message.message_type.0, message.payload.len() as u32);
        let mut headers = vec![(
            type0(id, message.timestamp, shape, message.stream_id),
            message.timestamp,
            message.timestamp,
        )];
        if let Some((last, delta, extended)) = self.last.get(&id) {
            let now = message.timestamp.wrapping_sub(last.timestamp);
            if last.stream_id == message.stream_id {
                headers.push((type1(id, now, shape), now, now));
                if (last.message_type.0, last.payload.len() as u32) == shape {
                    headers.push((type2(id, now), now, now));
                    if now == *delta && !(self.omits_extended && extended.is_some()) {
                        headers.push((type3(id, *extended), now, extended.unwrap_or(0)));
                    }
                }
            }
        }
        let (first, delta, field) = headers.swap_remove(choice % headers.len());
        let extended = (field >= 0xFF_FFFF).then_some(field);
        self.last.insert(id, (message.clone(), delta, extended));
        let repeated = extended.filter(|_| !self.omits_extended);
        let mut pieces = message.payload.chunks(chunk_size);
        let mut chunks = vec![[&first[..], pieces.next().unwrap_or_default()].concat()];
        chunks.extend(pieces.map(|piece| [&type3(id, repeated), piece].concat()));
        chunks
    }
}

/// The chunks of all messages, those of different chunk streams in any order; and the messages in the order in which
/// they end.
fn interleave(
    mut queues: Vec<Vec<(Message, Vec<Vec<u8>>)>>,
    order: &[Index],
) -> (Vec<u8>, Vec<Message>) {
    let (mut wire, mut ended) = (Vec::new(), Vec::new());
    let mut order = order.iter().cycle();
    queues.iter_mut().for_each(|queue| queue.reverse());
    queues.retain(|queue| !queue.is_empty());
    while !queues.is_empty() {
        let at = order.next().map_or(0, |index| index.index(queues.len()));
        let queue = &mut queues[at];
        let (message, chunks) = queue.last_mut().unwrap();
        wire.extend(chunks.remove(0));
        if chunks.is_empty() {
            ended.push(message.clone());
            queue.pop();
        }
        queues.retain(|queue| !queue.is_empty());
    }
    (wire, ended)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_any_sender_sends_is_read(
        messages in prop::collection::vec((any_message(), any::<usize>()), 1..12),
        omits_extended: bool,
        chunk_size in sizes(),
        order in prop::collection::vec(any::<Index>(), 1..40),
        split in splits(),
    ) {
        let mut peer = Peer { omits_extended, ..Peer::default() };
        let mut queues = HashMap::<u32, Vec<_>>::new();
        for (message, choice) in messages {
            let chunks = peer.chunks(&message, chunk_size as usize, choice);
            queues.entry(message.chunk_stream_id).or_default().push((message, chunks));
        }
        let (chunks, expected) = interleave(queues.into_values().collect(), &order);
        // Something comes after: whether the first bytes that are like an extended timestamp are one can be open until
        // then, for a peer that was not seen to leave it out yet.
        let after = [2, 0xA5, 0xA5, 0xA5, 0, 0, 0, 3, 0, 0, 0, 0];
        let wire = [&control(1, &chunk_size.to_be_bytes())[..], &chunks, &after].concat();
        let mut config = ReaderConfig::default();
        let fixed = if omits_extended { ExtTimestamp::Never } else { ExtTimestamp::Always };
        for policy in [ExtTimestamp::Auto, fixed] {
            config.ext_timestamp = policy;
            for split in [&[][..], &[1], &split] {
                let (messages, error) = read_pieces(config, &wire, split);
                prop_assert_eq!(&error, &None);
                prop_assert_eq!(&messages[1..=expected.len()], &expected[..]);
            }
        }
    }

    #[test]
    fn what_the_writer_writes_is_read(
        messages in prop::collection::vec((any_message(), any::<bool>(), prop::option::weighted(0.2, sizes())), 1..20),
        split in splits(),
        cut in any::<Index>(),
    ) {
        let mut writer = ChunkWriter::new();
        let (mut out, mut expected) = (Vec::<Bytes>::new(), Vec::new());
        for (message, shared, chunk_size) in messages {
            if let Some(size) = chunk_size {
                writer.announce_chunk_size(size, &mut out);
            }
            let header = MessageHeader::from(&message);
            let (head, tail) = message.payload.split_at(cut.index(message.payload.len() + 1));
            let parts = [head, tail].map(Bytes::copy_from_slice);
            if shared {
                let shared = SharedMessage::new(&header, &parts, writer.chunk_size()).unwrap();
                prop_assert_eq!(shared.len(), shared.segments().concat().len());
                writer.write_shared(&shared, &mut out).unwrap();
            } else {
                writer.write(&header, &parts, &mut out).unwrap();
            }
            expected.push(message);
        }
        let wire = out.concat();
        let mut config = ReaderConfig::default();
        for policy in [ExtTimestamp::Auto, ExtTimestamp::Always] {
            config.ext_timestamp = policy;
            for type_0_sets_delta in [true, false] {
                config.type_0_sets_delta = type_0_sets_delta;
                let (mut messages, error) = read_pieces(config, &wire, &split);
                prop_assert_eq!(error, None);
                messages.retain(|message| message.message_type != MessageType::SET_CHUNK_SIZE);
                prop_assert_eq!(&messages, &expected);
            }
        }
    }

    #[test]
    fn any_bytes_in_any_pieces_mean_the_same(wire: Vec<u8>, split in splits(), small: bool) {
        let mut config = ReaderConfig::default();
        if small {
            config.limits.max_bytes_in_flight = 40;
            config.limits.max_message_bytes = 1000;
            config.limits.max_chunk_streams = 3;
            config.whole_chunk_bytes = 10;
        }
        prop_assert_eq!(read_pieces(config, &wire, &split), read_pieces(config, &wire, &[]));
    }
}
