//! A raw RTSP client: hand-written requests, and whatever comes back.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use super::rtp::{Report, reports};

/// How long the machine may take for what takes no time.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    buffer: Vec<u8>,
    /// Interleaved packets that came before a response.
    pub(crate) packets: VecDeque<(u8, Vec<u8>)>,
    cseq: u32,
    /// The version of RTSP that requests are of.
    pub(crate) version: &'static str,
    /// The session that requests name.
    pub(crate) session: Option<String>,
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// What the server sends.
#[derive(Debug)]
pub(crate) enum Unit {
    Response(Response),
    /// A request of the server's own, its start line.
    Request(String),
    Packet(u8, Vec<u8>),
    /// The connection is closed.
    End,
    /// Nothing came in time.
    Nothing,
}

/// One track of a description.
#[derive(Debug, Clone)]
pub(crate) struct Track {
    pub(crate) kind: String,
    /// The whole URL.
    pub(crate) control: String,
    pub(crate) payload_type: u8,
    pub(crate) clock_rate: u32,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect_timeout(&address, PATIENCE).unwrap())
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            buffer: Vec::new(),
            packets: VecDeque::new(),
            cseq: 0,
            version: "1.0",
            session: None,
        }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Reads up to one more unit within `patience`.
    pub(crate) fn unit_within(&mut self, patience: Duration) -> Unit {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(unit) = self.take_unit() {
                return unit;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Unit::Nothing;
            }
            self.stream
                .set_read_timeout(Some(left.max(Duration::from_millis(1))))
                .unwrap();
            let mut chunk = [0; 65_536];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Unit::End,
                Ok(read) => self.buffer.extend_from_slice(&chunk[..read]),
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Unit::End,
            }
        }
    }

    fn take_unit(&mut self) -> Option<Unit> {
        if self.buffer.first()? == &b'$' {
            let head = self.buffer.get(..4)?;
            let (channel, end) = (
                head[1],
                4 + usize::from(u16::from_be_bytes([head[2], head[3]])),
            );
            let packet = self.buffer.get(4..end)?.to_vec();
            self.buffer.drain(..end);
            return Some(Unit::Packet(channel, packet));
        }
        let end = self
            .buffer
            .windows(4)
            .position(|window| window == b"\r\n\r\n")?
            + 4;
        let head = String::from_utf8(self.buffer[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let start = lines.next().unwrap().to_owned();
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect();
        let length = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("Content-Length"));
        let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
        let body = String::from_utf8(self.buffer.get(end..end + length)?.to_vec()).unwrap();
        self.buffer.drain(..end + length);
        let Some(status_line) = start.strip_prefix("RTSP/") else {
            return Some(Unit::Request(start));
        };
        let (_, status) = status_line.split_once(' ').unwrap();
        let (status, reason) = status.split_once(' ').unwrap();
        let (status, reason) = (status.parse().unwrap(), reason.to_owned());
        Some(Unit::Response(Response {
            status,
            reason,
            headers,
            body,
        }))
    }

    /// The next unit, for which the server is given all the time it may need.
    pub(crate) fn unit(&mut self) -> Unit {
        match self.unit_within(PATIENCE) {
            Unit::Nothing => panic!("the server is silent"),
            unit => unit,
        }
    }

    /// The next response; packets before it are kept.
    pub(crate) fn response(&mut self) -> Response {
        loop {
            match self.unit() {
                Unit::Response(response) => return response,
                Unit::Packet(channel, packet) => self.packets.push_back((channel, packet)),
                Unit::Request(_) => {}
                unit => panic!("no response but {unit:?}"),
            }
        }
    }

    /// The next interleaved packet, kept ones first; `None` when nothing came within `patience`.
    pub(crate) fn packet_within(&mut self, patience: Duration) -> Option<(u8, Vec<u8>)> {
        if let Some(packet) = self.packets.pop_front() {
            return Some(packet);
        }
        let deadline = Instant::now() + patience;
        loop {
            match self.unit_within(deadline.saturating_duration_since(Instant::now())) {
                Unit::Packet(channel, packet) => return Some((channel, packet)),
                Unit::Request(_) => {}
                Unit::Nothing => return None,
                unit => panic!("no packet but {unit:?}"),
            }
        }
    }

    pub(crate) fn packet(&mut self) -> (u8, Vec<u8>) {
        self.packet_within(PATIENCE).expect("no packet comes")
    }

    /// Everything that comes within `span`.
    pub(crate) fn packets_for(&mut self, span: Duration) -> Vec<(u8, Vec<u8>)> {
        let deadline = Instant::now() + span;
        let left = || deadline.saturating_duration_since(Instant::now());
        std::iter::from_fn(|| self.packet_within(left())).collect()
    }

    /// Reads until all of `channels` (of RTCP) have said BYE; RTP packets and reports, with their channels.
    pub(crate) fn packets_until_bye(&mut self, channels: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let (mut open, mut all) = (channels.to_vec(), Vec::new());
        while !open.is_empty() {
            let (channel, packet) = self.packet();
            if channel % 2 == 1 && reports(&packet).contains(&Report::Bye) {
                open.retain(|other| *other != channel);
            }
            all.push((channel, packet));
        }
        all
    }

    pub(crate) fn write_request(&mut self, method: &str, url: &str, headers: &[(&str, &str)]) {
        self.cseq += 1;
        let mut text = format!(
            "{method} {url} RTSP/{}\r\nCSeq: {}\r\n",
            self.version, self.cseq
        );
        if let Some(session) = &self.session {
            text.push_str(&format!("Session: {session}\r\n"));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        self.send(text + "\r\n");
    }

    pub(crate) fn request(
        &mut self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        self.write_request(method, url, headers);
        let response = self.response();
        assert_eq!(
            response.header("CSeq"),
            Some(self.cseq.to_string().as_str()),
            "{response:?}"
        );
        response
    }

    /// DESCRIBE that succeeds: the tracks.
    pub(crate) fn describe(&mut self, url: &str) -> (Response, Vec<Track>) {
        let response = self.request("DESCRIBE", url, &[("Accept", "application/sdp")]);
        assert_eq!(response.status, 200, "{url}: {response:?}");
        let tracks = tracks(&response);
        (response, tracks)
    }

    /// SETUP over TCP that succeeds, on channels `rtp` and the next.
    pub(crate) fn set_up(&mut self, control: &str, rtp: u8) -> Response {
        let transport = format!("RTP/AVP/TCP;unicast;interleaved={rtp}-{}", rtp + 1);
        let response = self.request("SETUP", control, &[("Transport", &transport)]);
        assert_eq!(response.status, 200, "{control}: {response:?}");
        self.session = Some(response.session());
        response
    }

    /// DESCRIBE, SETUP of all tracks on channels 0, 2, ... and PLAY: the tracks and PLAY's response.
    pub(crate) fn play(&mut self, url: &str, range: Option<&str>) -> (Vec<Track>, Response) {
        let (_, tracks) = self.describe(url);
        for (track, channel) in tracks.iter().zip((0..).step_by(2)) {
            self.set_up(&track.control, channel);
        }
        let response = self.play_again(url, range);
        assert_eq!(response.status, 200, "{response:?}");
        (tracks, response)
    }

    /// PLAY of what is set up.
    pub(crate) fn play_again(&mut self, url: &str, range: Option<&str>) -> Response {
        let headers: Vec<(&str, &str)> = range.map(|range| ("Range", range)).into_iter().collect();
        self.request("PLAY", url, &headers)
    }

    /// Reads until the connection is closed: the responses that still came.
    pub(crate) fn responses_until_closed(&mut self) -> Vec<Response> {
        let mut all = Vec::new();
        loop {
            match self.unit() {
                Unit::Response(response) => all.push(response),
                Unit::End => return all,
                _ => {}
            }
        }
    }
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn session(&self) -> String {
        let session = self.header("Session").expect("no Session");
        session.split(';').next().unwrap().to_owned()
    }

    /// A parameter of the Transport header.
    pub(crate) fn transport(&self, name: &str) -> Option<&str> {
        let transport = self.header("Transport")?;
        let mut parameters = transport.split(';').filter_map(|one| one.split_once('='));
        parameters
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// The beginning and end of an npt Range, in seconds.
    pub(crate) fn npt(&self) -> (f64, Option<f64>) {
        let range = self.header("Range").expect("no Range");
        let (start, end) = range.strip_prefix("npt=").unwrap().split_once('-').unwrap();
        (start.parse().unwrap(), end.parse().ok())
    }
}

fn tracks(response: &Response) -> Vec<Track> {
    let base = response.header("Content-Base").expect("no Content-Base");
    response
        .body
        .split("\r\nm=")
        .skip(1)
        .map(|section| {
            let attribute = |name: &str| {
                let line = section
                    .split("\r\n")
                    .find_map(|line| line.strip_prefix(name));
                line.unwrap_or_else(|| panic!("no {name} in {section}"))
            };
            let mut words = section.split_whitespace();
            let kind = words.next().unwrap().to_owned();
            let payload_type = words.nth(2).unwrap().parse().unwrap();
            let mapping = attribute("a=rtpmap:").split_once('/').unwrap().1;
            let clock_rate = mapping.split('/').next().unwrap().parse().unwrap();
            let control = attribute("a=control:");
            let control = if control.contains("://") {
                control.to_owned()
            } else {
                format!("{base}{control}")
            };
            Track {
                kind,
                control,
                payload_type,
                clock_rate,
            }
        })
        .collect()
}
