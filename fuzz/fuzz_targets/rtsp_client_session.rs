//! A client machine between a hostile server and an application that calls any verb at any time.
//!
//! The input is what the server sends, but for 0xff and a number, which no RTSP text has: they call a verb, let time
//! pass, or end the stream. The whole input is also given byte by byte to a second client, which must hear the same.
#![no_main]

use std::time::{Duration, Instant};

use bytes::BytesMut;
use castline_core::Machine;
use castline_rtsp_proto::client::*;
use castline_rtsp_proto::headers::Range;
use libfuzzer_sys::fuzz_target;

const MAX_EVENTS: usize = 8;
const URI: &str = "rtsp://h/f";

struct World {
    client: ClientConnection,
    now: Instant,
    input: BytesMut,
    heard: Vec<String>,
    sent: usize,
    is_over: bool,
}

impl World {
    fn new() -> Self {
        let mut config = ClientConfig::default();
        config.limits.max_queued_events = MAX_EVENTS;
        let now = castline_core::testing::start();
        let client = ClientConnection::new(config, now);
        Self {
            client,
            now,
            input: BytesMut::new(),
            heard: Vec::new(),
            sent: 0,
            is_over: false,
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        loop {
            let (wanted, before) = (self.client.wants_input(), self.input.len());
            self.client.handle_input(self.now, &mut self.input);
            assert!(
                wanted || self.input.len() == before,
                "took input that it did not want"
            );
            let taken = self.input.len() < before;
            self.hear();
            if !taken || self.is_over {
                return;
            }
        }
    }

    fn hear(&mut self) {
        for _ in 0..=MAX_EVENTS + 64 {
            match self.client.poll_event() {
                Ok(Some(event)) => self.heard.push(format!("{event:?}")),
                Ok(None) => return self.drain(),
                Err(error) => {
                    assert!(!self.client.wants_input());
                    if !self.is_over {
                        self.heard.push(format!("{error}"));
                    }
                    self.is_over = true;
                    return self.drain();
                }
            }
        }
        panic!("events without bound");
    }

    fn drain(&mut self) {
        while let Some(segment) = self.client.poll_transmit() {
            assert!(!segment.is_empty());
            self.sent += segment.len();
        }
        assert_eq!(self.client.queued_bytes(), 0);
    }

    fn act(&mut self, what: u8) {
        let client = &mut self.client;
        let track = u32::from(what >> 4);
        // A verb in a wrong state is refused and changes nothing.
        let _ = match what & 15 {
            0 => client.describe(URI).map(drop),
            1 => client
                .setup(SetupRequest::interleaved(track, format!("{URI}/{track}")))
                .map(drop),
            2 => client
                .setup(SetupRequest::udp(
                    track,
                    format!("{URI}/{track}"),
                    4000,
                    4001,
                ))
                .map(drop),
            3 => client.play(PlayRequest::new()).map(drop),
            4 => {
                let range = Range::npt(Duration::from_secs(u64::from(track)), None);
                client.play(PlayRequest::new().with_range(range)).map(drop)
            }
            5 => client.pause().map(drop),
            6 => client.teardown().map(drop),
            7 => client.get_parameter("position\r\n").map(drop),
            8 => client.options(URI).map(drop),
            9 => {
                self.now += Duration::from_millis(1 << track);
                client.handle_timeout(self.now);
                Ok(())
            }
            10 => {
                if let Some(at) = client.poll_timeout() {
                    self.now = self.now.max(at);
                    client.handle_timeout(self.now);
                }
                Ok(())
            }
            11 => {
                client.handle_eof(self.now);
                Ok(())
            }
            _ => Ok(()),
        };
        self.hear();
    }
}

/// Plays the whole script, what the server sends cut into pieces of `most` bytes.
fn play(data: &[u8], most: usize) -> World {
    let mut world = World::new();
    let mut rest = data;
    while let Some(at) = rest.iter().position(|byte| *byte == 0xff) {
        rest.get(..at)
            .unwrap_or_default()
            .chunks(most)
            .for_each(|piece| world.feed(piece));
        world.act(rest.get(at + 1).copied().unwrap_or_default());
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    rest.chunks(most).for_each(|piece| world.feed(piece));
    world
}

fuzz_target!(|data: &[u8]| {
    let whole = play(data, usize::MAX);
    let split = play(data, 1);
    assert_eq!(whole.is_over, split.is_over);
    if !whole.is_over {
        assert_eq!((whole.heard, whole.sent), (split.heard, split.sent));
    }
});
