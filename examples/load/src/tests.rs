//! Whole runs against a server that relays, or does just what a test says.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use base64::Engine;
use bytes::Bytes;
use castline_core::driver::Connection;
use castline_rtmp_chunk::{
    Tag,
    command::StatusCode,
    flv,
    server::{ServerConfig, ServerConnection, ServerEvent, StreamId},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::broadcast::{self, error::RecvError},
};

use super::*;

/// How the server differs from a good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Good,
    /// Every player is refused.
    Refuses,
    /// The connection of a player ends after so many tags.
    HangsUp(usize),
    /// Players are told that the stream ends after so many tags.
    Ends(usize),
    /// Nothing is sent to players.
    Silent,
    /// Every third tag is left out.
    Skips,
    /// What HTTP players get is no FLV.
    Nonsense,
    /// Publishers are refused.
    RefusesPublishers,
    /// The connection of a publisher ends after so many tags.
    DropsPublisher(usize),
}

/// One stream, from its publisher to its players.
struct Relay {
    manner: Manner,
    tags: broadcast::Sender<Tag>,
    requests: Mutex<Vec<String>>,
    /// Tags that came from publishers.
    heard: AtomicUsize,
}

struct Server {
    relay: Arc<Relay>,
    rtmp: String,
    http: String,
}

impl Server {
    async fn start(manner: Manner) -> Self {
        let (tags, _) = broadcast::channel(1000);
        let requests = Mutex::default();
        let relay = Arc::new(Relay {
            manner,
            tags,
            requests,
            heard: AtomicUsize::new(0),
        });
        let (rtmp, http) = (listener().await, listener().await);
        let urls = [&rtmp, &http].map(|listener| listener.local_addr().unwrap().to_string());
        let [rtmp_url, http_url] = urls;
        let served = Arc::clone(&relay);
        tokio::spawn(async move {
            loop {
                let relay = Arc::clone(&served);
                tokio::select! {
                    stream = rtmp.accept() => drop(tokio::spawn(relay.rtmp(stream.unwrap().0))),
                    stream = http.accept() => drop(tokio::spawn(relay.http(stream.unwrap().0))),
                }
            }
        });
        Self {
            relay,
            rtmp: rtmp_url,
            http: http_url,
        }
    }

    /// A run with RTMP, HTTP and WS in the words replaced by this server's URLs.
    async fn run(&self, line: &str) -> Summary {
        let line = line
            .replace("RTMP", &format!("rtmp://{}/live/x", self.rtmp))
            .replace("HTTP", &format!("http://{}/live/x.flv", self.http))
            .replace("WS", &format!("ws://{}/live/x.flv?key=1", self.http));
        let mut words = vec!["castline-load", "--rate", "1000"];
        if !line.contains("--duration") {
            words.extend(["--duration", "0.7"]);
        }
        words.extend(line.split_whitespace());
        let arguments = Arguments::try_parse_from(words).unwrap();
        arguments.check().unwrap();
        measure(&arguments).await.unwrap()
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

impl Relay {
    /// What comes to a player as its tag `count`; `None` when its connection is to end.
    async fn next(&self, tags: &mut broadcast::Receiver<Tag>, count: &mut usize) -> Option<Tag> {
        loop {
            if matches!(self.manner, Manner::Silent) {
                std::future::pending::<()>().await;
            }
            if matches!(self.manner, Manner::HangsUp(most) | Manner::Ends(most) if *count >= most) {
                return None;
            }
            let tag = match tags.recv().await {
                Ok(tag) => tag,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return None,
            };
            *count += 1;
            if self.manner != Manner::Skips || !count.is_multiple_of(3) {
                return Some(tag);
            }
        }
    }

    async fn rtmp(self: Arc<Self>, stream: TcpStream) {
        let machine = ServerConnection::new(ServerConfig::default(), [7; 32], now());
        let mut connection = Connection::new(machine, stream);
        let mut playing: Option<(StreamId, broadcast::Receiver<Tag>)> = None;
        let mut sent = 0;
        loop {
            let next = async {
                match &mut playing {
                    Some((stream, tags)) => (*stream, self.next(tags, &mut sent).await),
                    None => std::future::pending().await,
                }
            };
            let event = tokio::select! {
                event = connection.next_event() => event,
                (stream, tag) = next => match tag {
                    Some(tag) => {
                        connection.machine().send_tag(stream, &tag).unwrap();
                        continue;
                    }
                    None if matches!(self.manner, Manner::Ends(_)) => {
                        connection.machine().notify_unpublished(stream).unwrap();
                        playing = None;
                        continue;
                    }
                    None => return,
                },
            };
            let is_open = match event {
                Ok(Some(event)) => self.answer(connection.machine(), event, &mut playing),
                Ok(None) | Err(_) => false,
            };
            if !is_open {
                return;
            }
        }
    }

    /// False when the connection is to end.
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "a relay has no answer to the rest"
    )]
    fn answer(
        &self,
        machine: &mut ServerConnection,
        event: ServerEvent,
        playing: &mut Option<(StreamId, broadcast::Receiver<Tag>)>,
    ) -> bool {
        match event {
            ServerEvent::Connect(connect) => machine.accept(connect.id).unwrap(),
            ServerEvent::Publish(publish) if self.manner == Manner::RefusesPublishers => {
                let code = StatusCode::NET_STREAM_PUBLISH_BAD_NAME;
                machine.reject(publish.id, code, "in use").unwrap();
            }
            ServerEvent::Publish(publish) => machine.accept(publish.id).unwrap(),
            ServerEvent::Play(play) if self.manner == Manner::Refuses => {
                let code = StatusCode::NET_STREAM_PLAY_STREAM_NOT_FOUND;
                machine.reject(play.id, code, "no such").unwrap();
            }
            ServerEvent::Play(play) => {
                machine.accept(play.id).unwrap();
                *playing = Some((play.stream, self.tags.subscribe()));
            }
            ServerEvent::Tag { tag, .. } => {
                let heard = self.heard.fetch_add(1, Ordering::Relaxed);
                let _ = self.tags.send(tag);
                return !matches!(self.manner, Manner::DropsPublisher(most) if heard >= most);
            }
            _ => {}
        }
        true
    }

    async fn http(self: Arc<Self>, mut stream: TcpStream) {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut request).await.unwrap() == 0 {
                return;
            }
        }
        let request = String::from_utf8(request).unwrap();
        let is_socket = request.contains("Upgrade: websocket");
        self.requests.lock().unwrap().push(request);
        let answer = match (self.manner, is_socket) {
            (Manner::Refuses, _) => "404 Not Found\r\nContent-Length: 0",
            (_, true) => "101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade",
            (_, false) => "200 OK\r\nTransfer-Encoding: chunked",
        };
        let mut out = format!("HTTP/1.1 {answer}\r\n\r\n").into_bytes();
        let mut writer = flv::Writer::new(flv::Header::new(true, true));
        let start = writer.start();
        let start = if self.manner == Manner::Nonsense {
            Bytes::from_static(b"not the right thing")
        } else {
            start
        };
        out.extend(framed(is_socket, &start));
        let (mut tags, mut count) = (self.tags.subscribe(), 0);
        // A ping in between, which wants an answer.
        if is_socket {
            out.extend(b"\x89\x02hi");
        }
        while stream.write_all(&out).await.is_ok() {
            let Some(tag) = self.next(&mut tags, &mut count).await else {
                return;
            };
            let segments = writer.tag(&tag).unwrap();
            let whole: Vec<u8> = segments
                .iter()
                .flat_map(|segment| segment.to_vec())
                .collect();
            out = framed(is_socket, &whole);
        }
    }
}

/// A chunk of HTTP, or a message of WebSocket.
fn framed(is_socket: bool, data: &[u8]) -> Vec<u8> {
    if is_socket {
        let mut out = vec![0x82, 126];
        out.extend_from_slice(&(data.len() as u16).to_be_bytes());
        out.extend_from_slice(data);
        return out;
    }
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

const PUBLISH: &str = "--publish RTMP --bitrate 500 --gop-ms 200";

#[tokio::test(flavor = "multi_thread")]
async fn players_of_three_protocols_measure_what_one_publisher_sends() {
    let server = Server::start(Manner::Good).await;
    let line = format!(
        "RTMP --players 3 --also HTTP --also WS --also-players 2 --max-delay-ms 5000 {PUBLISH}"
    );
    let summary = server.run(&line).await;
    assert_eq!(summary.complaints, Vec::<String>::new());
    let counts = ["rtmp", "http-flv", "ws-flv"].map(|label| summary.groups[label].complete);
    assert_eq!(counts, [3, 2, 3]);
    for (label, group) in &summary.groups {
        assert!(group.delay_ms.is_some(), "{label}: {group:?}");
        // 68 tags a second for 0.7 s.
        let tags = group.counts.packets / group.players;
        assert!((25..=70).contains(&tags), "{label}: {tags}");
        assert!(group.set_up_ms.is_some() && group.first_media_ms.is_some());
    }
    let published = summary.published.unwrap();
    assert!(
        published.pictures >= 15 && published.cut == 0,
        "{published:?}"
    );
    let requests = server.relay.requests.lock().unwrap().join("");
    assert!(
        requests.contains("GET /live/x.flv?key=1 HTTP/1.1\r\n"),
        "{requests}"
    );
    let key = requests
        .lines()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
        .unwrap();
    let key = base64::engine::general_purpose::STANDARD
        .decode(key)
        .unwrap();
    assert_eq!(key.len(), 16, "RFC 6455 section 4.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_players_have_failed_and_say_why() {
    let server = Server::start(Manner::Refuses).await;
    let summary = server.run(&format!("RTMP --players 2 {PUBLISH}")).await;
    assert_eq!((summary.all.failed, summary.all.cut), (2, 0));
    let why = summary.first_failure.unwrap();
    assert!(
        why.contains("play: NetStream.Play.StreamNotFound: no such"),
        "{why}"
    );
    for url in ["HTTP", "WS"] {
        let summary = server.run(&format!("{url} --players 2 {PUBLISH}")).await;
        assert_eq!((summary.all.failed, summary.all.cut), (2, 0));
        assert_eq!(
            summary.first_failure.as_deref(),
            Some("the server answers 404 Not Found")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_end_before_their_time_are_cut() {
    for manner in [Manner::HangsUp(5), Manner::Ends(5)] {
        let server = Server::start(manner).await;
        let line = format!("RTMP --players 2 --also HTTP --also WS {PUBLISH}");
        let summary = server.run(&line).await;
        assert_eq!(
            (summary.all.cut, summary.all.failed, summary.all.complete),
            (6, 0, 0),
            "{manner:?}: {summary:?}"
        );
        assert_eq!(summary.complaints.len(), 1, "{:?}", summary.complaints);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_loop_a_stream_that_ends_is_asked_for_again() {
    let server = Server::start(Manner::HangsUp(5)).await;
    let summary = server
        .run(&format!("HTTP --players 1 --loop {PUBLISH}"))
        .await;
    assert_eq!(
        (summary.all.complete, summary.all.cut),
        (1, 0),
        "{:?}",
        summary.complaints
    );
    assert!(summary.all.plays > 2 && server.relay.requests.lock().unwrap().len() > 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_a_stall() {
    let server = Server::start(Manner::Silent).await;
    let line = format!("RTMP --players 1 --also HTTP --also WS {PUBLISH}");
    let summary = server.run(&line).await;
    assert_eq!(summary.all.stalled, 0, "not within 0.7 s");
    let mut summary = server.run(&format!("{line} --duration 1.2")).await;
    assert_eq!((summary.all.stalled, summary.all.complete), (3, 3));
    assert!(summary.complaints.remove(0).contains("3 players stalled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_are_left_out_are_lost() {
    let server = Server::start(Manner::Skips).await;
    for url in ["RTMP", "HTTP", "WS"] {
        let summary = server.run(&format!("{url} --players 1 {PUBLISH}")).await;
        assert!(summary.all.counts.lost > 0, "{url}: {:?}", summary.all);
        assert!(
            summary
                .complaints
                .join("")
                .contains("packets lost, 0 allowed"),
            "{:?}",
            summary.complaints
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_flv_is_told() {
    let server = Server::start(Manner::Nonsense).await;
    let summary = server
        .run(&format!("HTTP --players 1 --also WS {PUBLISH}"))
        .await;
    assert_eq!(
        (summary.all.cut, summary.first_cut.as_deref()),
        (2, Some("what comes is not FLV"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn publishers_that_are_refused_or_dropped_are_told() {
    let server = Server::start(Manner::RefusesPublishers).await;
    let line = format!(
        "castline-load --publish rtmp://{}/live/x --duration 0.3",
        server.rtmp
    );
    let error = measure(&Arguments::parse_from(line.split_whitespace()))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("cannot be published: NetStream.Publish.BadName: in use"),
        "{error}"
    );

    let server = Server::start(Manner::DropsPublisher(10)).await;
    let summary = server.run("--publish RTMP").await;
    assert_eq!(
        (
            summary.all.players,
            summary.published.map(|published| published.cut)
        ),
        (0, Some(1))
    );
    assert!(
        summary
            .complaints
            .join("")
            .contains("1 of 1 publishers were cut off"),
        "{:?}",
        summary.complaints
    );
}
