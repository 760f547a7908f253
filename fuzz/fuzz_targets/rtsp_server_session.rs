//! A server machine between a hostile peer and an application that answers anything at any time.
//!
//! The input is what the peer sends, but for two bytes that no RTSP text has: 0xfe and a number put the name of a
//! session there, 0xff and a number make something else happen.
#![no_main]

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::Machine;
use castline_rtsp_proto::headers::Range;
use castline_rtsp_proto::server::*;
use castline_rtsp_proto::{ChannelKind, Decoder, Incoming, Request, Response, StatusCode};
use libfuzzer_sys::fuzz_target;

const MAX_QUEUED: usize = 4096;
const MAX_EVENTS: usize = 8;

struct World {
    server: ServerConnection,
    now: Instant,
    input: BytesMut,
    waiting: Option<ServerEvent>,
    foreign: Option<Request>,
    opened: Vec<SessionId>,
    closed: Vec<SessionId>,
    output: BytesMut,
    forwarded: usize,
    is_over: bool,
}

impl World {
    fn new(first: u8) -> Self {
        let mut config = ServerConfig::default();
        config.tolerate_missing_cseq = first & 1 != 0;
        config.allow_track_control = first & 2 != 0;
        config.limits.max_sessions = 3;
        config.limits.max_tracks = 3;
        config.limits.max_queued_bytes = MAX_QUEUED;
        config.limits.max_unread_reply_bytes = MAX_QUEUED;
        config.limits.max_queued_events = MAX_EVENTS;
        config.limits.max_forwarded_requests = 2;
        let now = castline_core::testing::start();
        let peer = ([127, 0, 0, 1], 9).into();
        Self {
            server: ServerConnection::new(config, peer, [1; 32], now),
            now,
            input: BytesMut::new(),
            waiting: None,
            foreign: None,
            opened: Vec::new(),
            closed: Vec::new(),
            output: BytesMut::new(),
            forwarded: 0,
            is_over: false,
        }
    }

    fn feed(&mut self) {
        let wanted = self.server.wants_input();
        let before = self.input.len();
        self.server.handle_input(self.now, &mut self.input);
        assert!(
            wanted || self.input.len() == before,
            "took input that it did not want"
        );
        self.hear();
    }

    fn hear(&mut self) {
        let mut count = 0;
        loop {
            match self.server.poll_event() {
                Ok(Some(event)) => self.note(event),
                Ok(None) => break,
                Err(_) => {
                    assert!(self.server.is_closed() && !self.server.wants_input());
                    assert_eq!(self.server.sessions().count(), 0);
                    self.is_over = true;
                    break;
                }
            }
            count += 1;
            assert!(count <= MAX_EVENTS + 16, "events without bound");
        }
    }

    fn note(&mut self, event: ServerEvent) {
        match &event {
            ServerEvent::Setup { offers, .. } => {
                assert!(!offers.is_empty());
                for offer in offers {
                    self.check(offer);
                }
                self.waiting = Some(event);
            }
            ServerEvent::ForeignRequest {
                request, session, ..
            } => {
                assert!(!self.server.sessions().any(|own| own == *session));
                self.foreign = Some(request.clone());
                self.waiting = Some(event);
            }
            ServerEvent::Describe { .. }
            | ServerEvent::Play { .. }
            | ServerEvent::Pause { .. }
            | ServerEvent::Teardown { .. }
            | ServerEvent::GetParameter { .. }
            | ServerEvent::SetParameter { .. } => self.waiting = Some(event),
            ServerEvent::SessionClosed { session, .. } => {
                assert!(self.opened.contains(session) && !self.closed.contains(session));
                self.closed.push(*session);
            }
            ServerEvent::ForwardedReply { response, .. } => {
                self.forwarded -= 1;
                let mut out = BytesMut::new();
                response.encode(&mut out);
            }
            ServerEvent::Data { session, track, .. } => {
                assert!(self.opened.contains(session) && *track < 256)
            }
            _ => {}
        }
    }

    fn check(&self, offer: &TransportOffer) {
        match offer {
            TransportOffer::Udp { rtp, rtcp } => {
                assert!(
                    rtp.ip() == self.server.peer().ip() && rtcp.ip() == self.server.peer().ip()
                );
                assert!(rtp.port() != 0 && rtcp.port() != 0 && rtp != rtcp);
            }
            TransportOffer::Interleaved { rtp, rtcp } => assert_ne!(rtp, rtcp),
            _ => {}
        }
    }

    /// What the application answers: mostly yes.
    fn answer(&mut self, how: u8) {
        let Some(event) = self.waiting.take() else {
            return;
        };
        let server = &mut self.server;
        let _ = match &event {
            ServerEvent::Describe { id, .. }
            | ServerEvent::Setup { id, .. }
            | ServerEvent::Play { id, .. }
            | ServerEvent::ForeignRequest { id, .. }
                if how == 0 =>
            {
                server.reject(*id, StatusCode::NOT_FOUND, "no\r\nX: y")
            }
            ServerEvent::Describe { id, .. } => server.describe(*id, Description::new("v=0\r\n")),
            ServerEvent::Setup {
                id, offers, track, ..
            } => {
                let offer = offers[usize::from(how) % offers.len()];
                let track = track.unwrap_or(u32::from(how));
                match server.setup(
                    *id,
                    SetupReply::new(track, offer).with_server_ports(30_000, 30_001),
                ) {
                    Ok(session) => {
                        if !self.opened.contains(&session) {
                            self.opened.push(session);
                        }
                        Ok(())
                    }
                    Err(_) => server.reject(*id, StatusCode::INTERNAL_SERVER_ERROR, ""),
                }
            }
            ServerEvent::Play { id, range, .. } => {
                let reply = PlayReply::new();
                server.play(
                    *id,
                    match range {
                        Some(range) => reply.with_range(range.clone()),
                        None => reply,
                    },
                )
            }
            ServerEvent::Pause { id, .. } => server.pause(*id),
            ServerEvent::Teardown { id, .. } => server.teardown(*id),
            ServerEvent::GetParameter { id, .. } | ServerEvent::SetParameter { id, .. } => {
                server.parameters(*id, Bytes::from_static(b"a: b\r\n"))
            }
            ServerEvent::ForeignRequest { id, .. } => server.respond(
                *id,
                &Response::new(StatusCode::OK)
                    .header("Session", "x")
                    .with_body("b"),
            ),
            _ => Ok(()),
        };
        self.hear();
        self.feed();
    }

    fn happen(&mut self, what: u8) {
        let argument = what >> 3;
        match what & 7 {
            0 => self.answer(argument),
            1 => {
                self.now += Duration::from_secs(u64::from(argument) * 3);
                for _ in 0..8 {
                    if self.server.poll_timeout().is_some_and(|at| at <= self.now) {
                        self.server.handle_timeout(self.now);
                    }
                }
                assert!(
                    self.server.poll_timeout().is_none_or(|at| at > self.now),
                    "a timer that never ends"
                );
                self.hear();
            }
            2 => self.drain(),
            3 => self.send(argument),
            4 => {
                if let Some(request) = self.foreign.clone() {
                    self.forwarded += 1;
                    self.server.handle_forwarded(self.now, 7, request);
                    self.hear();
                }
            }
            5 if argument == 1 => {
                self.server.handle_eof(self.now);
                assert!(!self.server.wants_input());
                self.hear();
            }
            6 if argument == 1 => {
                self.server.close(CloseReason::ServerAdmin);
                assert!(self.server.is_closed() && self.server.sessions().count() == 0);
                self.hear();
            }
            7 => {
                let session = self.server.sessions().next();
                if let Some(session) = session {
                    let range = Range::npt(Duration::ZERO, None);
                    let _ = self.server.end_of_stream(session, &range, None);
                    if argument == 1 {
                        let _ = self
                            .server
                            .close_session(session, CloseReason::InternalError);
                    }
                    self.hear();
                }
            }
            _ => {}
        }
    }

    fn send(&mut self, argument: u8) {
        let flows: Vec<(SessionId, u32)> = self
            .server
            .sessions()
            .flat_map(|session| {
                self.server
                    .session_tracks(session)
                    .map(move |track| (session, track))
            })
            .collect();
        for (session, track) in flows {
            let packet = [
                Bytes::from_static(b"0123456789ab"),
                Bytes::from(vec![b'x'; usize::from(argument) * 40]),
            ];
            let _ = self.server.send(session, track, ChannelKind::Rtp, packet);
        }
    }

    fn drain(&mut self) {
        while let Some(segment) = self.server.poll_transmit() {
            assert!(!segment.is_empty());
            self.output.extend_from_slice(&segment);
        }
        assert_eq!(self.server.queued_bytes(), 0);
        self.hear();
        self.feed();
    }

    /// All that went out is RTSP, byte for byte.
    fn finish(mut self) {
        self.hear();
        self.drain();
        let mut decoder =
            Decoder::with_limits(Default::default(), castline_rtsp_proto::Tolerance::Strict);
        while let Some(incoming) = decoder.decode(&mut self.output).expect("sound output") {
            assert!(!matches!(incoming, Incoming::Skipped(_)));
        }
        assert!(self.output.is_empty() && decoder.is_at_boundary());
        let living = self
            .opened
            .iter()
            .filter(|id| !self.closed.contains(id))
            .count();
        assert_eq!(living, self.server.sessions().count());
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else {
        return;
    };
    let mut world = World::new(first);
    let mut bytes = data.iter().copied();
    while let Some(byte) = bytes.next().filter(|_| !world.is_over) {
        match byte {
            0xfe => {
                let number = usize::from(bytes.next().unwrap_or(0));
                let id = world
                    .opened
                    .get(number)
                    .map_or("0".repeat(32), ToString::to_string);
                world.input.extend_from_slice(id.as_bytes());
            }
            0xff => {
                world.feed();
                world.happen(bytes.next().unwrap_or(0));
            }
            byte => world.input.extend_from_slice(&[byte]),
        }
        let bound = 3 * MAX_QUEUED + 64 * 1024;
        assert!(world.server.queued_bytes() < bound && world.server.sessions().count() <= 3);
    }
    world.feed();
    world.finish();
});
