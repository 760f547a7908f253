//! A server application of few words, and a way to talk to it by hand.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::Machine;
use castline_core::testing::start;
use castline_rtsp_proto::headers::{Range, RtpInfo, RtpInfoEntry};
use castline_rtsp_proto::server::*;
use castline_rtsp_proto::{ChannelKind, ConnectionError, StatusCode};

pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=film\r\nt=0 0\r\na=control:*\r\n\
m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n\
m=audio 0 RTP/AVP 97\r\na=rtpmap:97 opus/48000/2\r\na=control:trackID=1\r\n";

/// `/film` has the tracks 0 and 1; `/none` and track 7 do not exist. Everything is answered at once.
pub struct App {
    pub server: ServerConnection,
    pub packets_per_play: usize,
    /// Answers nothing: requests wait.
    pub is_silent: bool,
    pub sent: Vec<Bytes>,
}

impl App {
    pub fn new(config: ServerConfig, now: Instant) -> Self {
        let peer = ([127, 0, 0, 1], 40_000).into();
        let server = ServerConnection::new(config, peer, [5; 32], now);
        Self {
            server,
            packets_per_play: 2,
            is_silent: false,
            sent: Vec::new(),
        }
    }

    pub fn answer(&mut self, event: &ServerEvent) {
        let server = &mut self.server;
        match event {
            ServerEvent::Describe { id, uri, .. } if uri.contains("/none") => {
                server
                    .reject(*id, StatusCode::NOT_FOUND, "no such film")
                    .unwrap();
            }
            ServerEvent::Describe { id, .. } => {
                server.describe(*id, Description::new(SDP)).unwrap()
            }
            ServerEvent::Setup {
                id, uri, offers, ..
            } => match track_number(uri) {
                Some(track) => {
                    let reply = SetupReply::new(track, offers[0]).with_ssrc(0x1000 + track);
                    let rtp = 30_000 + track as u16 * 2;
                    server
                        .setup(*id, reply.with_server_ports(rtp, rtp + 1))
                        .unwrap();
                }
                None => server.reject(*id, StatusCode::NOT_FOUND, "").unwrap(),
            },
            ServerEvent::Play {
                id, session, range, ..
            } => {
                let entries = server.session_tracks(*session).map(|track| {
                    RtpInfoEntry::new(
                        format!("rtsp://127.0.0.1/film/trackID={track}"),
                        Some(100),
                        Some(9000),
                    )
                });
                let info = RtpInfo::new(entries);
                let range = range.clone().unwrap_or(Range::npt(Duration::ZERO, None));
                server
                    .play(*id, PlayReply::new().with_range(range).with_rtp_info(info))
                    .unwrap();
                self.send_packets(*session);
            }
            ServerEvent::Pause { id, .. } => server.pause(*id).unwrap(),
            ServerEvent::Teardown { id, .. } => server.teardown(*id).unwrap(),
            ServerEvent::GetParameter { id, .. } => {
                server.parameters(*id, "position: 1\r\n").unwrap()
            }
            ServerEvent::SetParameter { id, .. } => server.parameters(*id, "").unwrap(),
            ServerEvent::ForeignRequest { id, .. } => {
                server
                    .reject(*id, StatusCode::SESSION_NOT_FOUND, "")
                    .unwrap();
            }
            _ => {}
        }
    }

    pub fn send_packets(&mut self, session: SessionId) {
        let tracks: Vec<u32> = self.server.session_tracks(session).collect();
        for number in 0..self.packets_per_play {
            for &track in &tracks {
                let header = Bytes::copy_from_slice(&[0x80, 96, track as u8, number as u8]);
                let payload = Bytes::from(vec![number as u8; 200]);
                let packet = [header, payload];
                if self
                    .server
                    .send(session, track, ChannelKind::Rtp, packet.clone())
                    .is_ok()
                {
                    self.sent.push(packet.concat().into());
                }
            }
        }
    }
}

fn track_number(uri: &str) -> Option<u32> {
    let number = uri.rsplit_once("/film/trackID=")?.1.parse().ok()?;
    (number < 2).then_some(number)
}

impl Machine for App {
    type Event = ServerEvent;
    type Error = ConnectionError;

    fn handle_input(&mut self, now: Instant, input: &mut BytesMut) {
        self.server.handle_input(now, input);
    }
    fn handle_eof(&mut self, now: Instant) {
        self.server.handle_eof(now);
    }
    fn handle_timeout(&mut self, now: Instant) {
        self.server.handle_timeout(now);
    }
    fn poll_event(&mut self) -> Result<Option<ServerEvent>, ConnectionError> {
        let event = self.server.poll_event()?;
        if let Some(event) = event.as_ref().filter(|_| !self.is_silent) {
            self.answer(event);
        }
        Ok(event)
    }
    fn poll_transmit(&mut self) -> Option<Bytes> {
        self.server.poll_transmit()
    }
    fn poll_timeout(&self) -> Option<Instant> {
        self.server.poll_timeout()
    }
    fn wants_input(&self) -> bool {
        self.server.wants_input()
    }
    fn queued_bytes(&self) -> usize {
        self.server.queued_bytes()
    }
    fn is_closed(&self) -> bool {
        self.server.is_closed()
    }
}

/// A client by hand.
pub struct Talk {
    pub app: App,
    pub now: Instant,
    pub input: BytesMut,
    pub events: Vec<ServerEvent>,
    pub error: Option<ConnectionError>,
    cseq: u32,
}

impl Talk {
    pub fn new() -> Self {
        Self::with(ServerConfig::default())
    }

    pub fn with(config: ServerConfig) -> Self {
        let now = start();
        let app = App::new(config, now);
        Self {
            app,
            now,
            input: BytesMut::new(),
            events: Vec::new(),
            error: None,
            cseq: 0,
        }
    }

    /// Feeds bytes and gives back all that comes out.
    pub fn raw(&mut self, bytes: impl AsRef<[u8]>) -> String {
        self.input.extend_from_slice(bytes.as_ref());
        self.pump()
    }

    /// Lets the machine work until nothing moves.
    pub fn pump(&mut self) -> String {
        let mut output = Vec::new();
        loop {
            let before = (self.input.len(), self.events.len(), output.len());
            if self.app.wants_input() {
                self.app.handle_input(self.now, &mut self.input);
            }
            while self.error.is_none() {
                match self.app.poll_event() {
                    Ok(Some(event)) => self.events.push(event),
                    Ok(None) => break,
                    Err(error) => self.error = Some(error),
                }
            }
            while let Some(segment) = self.app.poll_transmit() {
                output.extend_from_slice(&segment);
            }
            if before == (self.input.len(), self.events.len(), output.len()) {
                return String::from_utf8_lossy(&output).into_owned();
            }
        }
    }

    /// Sends a request with its CSeq; `headers` are whole lines with `\r\n`.
    pub fn ask(&mut self, start_line: &str, headers: &str) -> String {
        self.cseq += 1;
        let version = if start_line.contains("RTSP/") {
            ""
        } else {
            " RTSP/1.0"
        };
        let cseq = self.cseq;
        self.raw(format!(
            "{start_line}{version}\r\nCSeq: {cseq}\r\n{headers}\r\n"
        ))
    }

    /// SETUP of a track; gives the session.
    pub fn setup(&mut self, track: u32, transport: &str, session: Option<&str>) -> String {
        let session = session
            .map(|id| format!("Session: {id}\r\n"))
            .unwrap_or_default();
        let line = format!("SETUP rtsp://127.0.0.1/film/trackID={track}");
        let reply = self.ask(&line, &format!("Transport: {transport}\r\n{session}"));
        assert_eq!(status(&reply), 200, "{reply}");
        value(&reply, "Session")
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }

    pub fn advance(&mut self, time: Duration) -> String {
        let end = self.now + time;
        let mut output = String::new();
        while let Some(at) = self
            .app
            .poll_timeout()
            .filter(|at| *at <= end && self.error.is_none())
        {
            self.now = self.now.max(at);
            self.app.handle_timeout(self.now);
            output += &self.pump();
        }
        self.now = end;
        output
    }

    pub fn closed(&self) -> Vec<ClosedBy> {
        let why = |event: &ServerEvent| match event {
            ServerEvent::SessionClosed { why, .. } => Some(*why),
            _ => None,
        };
        self.events.iter().filter_map(why).collect()
    }
}

/// The status of the first reply.
pub fn status(reply: &str) -> u16 {
    statuses(reply)
        .first()
        .copied()
        .unwrap_or_else(|| panic!("no reply in {reply:?}"))
}

/// The statuses of all replies, media before them or not.
pub fn statuses(replies: &str) -> Vec<u16> {
    let code = |(at, _): (usize, &str)| replies.get(at + 9..at + 12)?.parse().ok();
    replies.match_indices("RTSP/").filter_map(code).collect()
}

/// The first header of this name.
pub fn value(reply: &str, name: &str) -> String {
    let line = reply
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {reply:?}"))
        .to_owned()
}

pub const TCP: &str = "RTP/AVP/TCP;unicast;interleaved=0-1";
pub const UDP: &str = "RTP/AVP;unicast;client_port=5000-5001";
