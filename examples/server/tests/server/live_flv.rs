//! Live streams as FLV over HTTP and WebSocket.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use bytes::BytesMut;
use castline_rtmp_chunk::{Tag, TagType, flv, tag};

use crate::common::{Folder, Http, Server, WebSocket, fetch, free_port};

/// Tags as they come in.
struct Player<S> {
    source: S,
    reader: flv::Reader,
    input: BytesMut,
    tags: Vec<Tag>,
}

/// Where pieces of FLV come from.
trait Source {
    fn piece(&mut self) -> Option<Vec<u8>>;
}

impl Source for Http {
    fn piece(&mut self) -> Option<Vec<u8>> {
        self.chunk()
    }
}

impl Source for WebSocket {
    fn piece(&mut self) -> Option<Vec<u8>> {
        loop {
            match self.frame()? {
                (2, payload) => return Some(payload),
                (8, _) => return None,
                _ => {}
            }
        }
    }
}

impl<S: Source> Player<S> {
    fn new(source: S) -> Self {
        Self {
            source,
            reader: flv::Reader::new(flv::ReaderConfig::default()),
            input: BytesMut::new(),
            tags: Vec::new(),
        }
    }

    /// Takes one piece in; false at the end.
    fn step(&mut self) -> bool {
        let Some(piece) = self.source.piece() else {
            return false;
        };
        self.input.extend_from_slice(&piece);
        while let Some(tag) = self.reader.decode(&mut self.input).unwrap() {
            self.tags.push(tag);
        }
        true
    }

    /// Plays until there are so many pictures.
    fn play(&mut self, pictures: usize) {
        while self.pictures().len() < pictures {
            assert!(self.step(), "it ends before {pictures} pictures");
        }
    }

    fn pictures(&self) -> Vec<&Tag> {
        let is_picture =
            |one: &&Tag| one.tag_type == TagType::Video && !tag::classify(one).is_sequence_header;
        self.tags.iter().filter(is_picture).collect()
    }

    /// What every player has to be sent first, and in which order.
    fn check(&self) {
        let header = self.reader.header().unwrap();
        assert!(header.has_audio && header.has_video);
        assert_eq!(self.tags[0].tag_type, TagType::Script);
        let headers = self.tags[1..3]
            .iter()
            .filter(|one| tag::classify(one).is_sequence_header);
        assert_eq!(headers.count(), 2);
        assert!(tag::classify(self.pictures()[0]).is_keyframe);
        for kind in [TagType::Video, TagType::Audio] {
            let of_kind = self.tags.iter().filter(|one| one.tag_type == kind);
            let frames = of_kind.filter(|one| !tag::classify(one).is_sequence_header);
            let times: Vec<u32> = frames.map(|one| one.timestamp).collect();
            assert!(times.is_sorted(), "{kind:?}: {times:?}");
        }
    }
}

fn http_player(http: SocketAddr, path: &str) -> Player<Http> {
    let mut client = Http::connect(http);
    let answer = client.begin("GET", path, &[("Origin", "http://page.example")]);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.is_chunked());
    for (name, value) in [
        ("content-type", "video/x-flv"),
        ("access-control-allow-origin", "*"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    Player::new(client)
}

#[test]
fn a_stream_is_played_over_http_from_a_key_frame_on() {
    let (mut server, http) = Server::start_with_http(&[]);
    let mut first = http_player(http, "/live/demo.flv");
    first.play(30);
    first.check();
    let begin = Instant::now();
    let mut late = http_player(http, "/live/demo.flv");
    late.play(1);
    assert!(
        begin.elapsed() < Duration::from_secs(2),
        "the last key frame is kept"
    );
    late.play(30);
    late.check();
    // Both are sent the same bytes at the same times.
    let known = first.pictures();
    let same = late.pictures();
    let same = same.iter().filter(|one| known.contains(one));
    assert!(same.count() > 0);
    let head = fetch(http, "HEAD", "/live/demo.flv");
    assert_eq!((head.status, head.body.len()), (200, 0));
    server.assert_sound();
}

#[test]
fn a_stream_is_played_over_websocket_in_whole_tags() {
    let (mut server, http) = Server::start_with_http(&[]);
    let mut player = Player::new(WebSocket::connect(http, "/live/demo.flv").unwrap());
    while player.pictures().len() < 30 {
        assert!(player.step());
        assert!(
            player.input.len() <= 4,
            "a message ends with a tag and its size"
        );
    }
    player.check();
    player.source.send(9, b"hello");
    loop {
        match player.source.frame().unwrap() {
            (10, payload) => break assert_eq!(payload, b"hello"),
            (opcode, _) => assert_eq!(opcode, 2),
        }
    }
    player.source.send(8, &1000_u16.to_be_bytes());
    while let Some((opcode, _)) = player.source.frame() {
        assert!(matches!(opcode, 2 | 8));
    }
    let refused = WebSocket::connect(http, "/live/nobody.flv").err().unwrap();
    assert_eq!(refused.status, 404);
    server.assert_sound();
}

#[test]
fn what_is_not_there_or_not_allowed_is_told() {
    let folder = Folder::new().with("server.toml", "[play.keys]\n\"live/demo\" = \"ticket\"\n");
    let (mut server, http) = Server::start_with_http(&["--config", &folder.join("server.toml")]);
    for (path, status, reason) in [
        ("/live/nobody.flv", 404, "no such"),
        ("/live/.flv", 404, "no such"),
        ("/live/a/b.flv", 404, "no such"),
        ("/live/demo.flv", 403, "?key=KEY"),
        ("/live/demo.flv?key=no", 403, "wrong"),
    ] {
        let answer = fetch(http, "GET", path);
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert!(answer.text().contains(reason), "{answer:?}");
        let answer = WebSocket::connect(http, path).err().unwrap();
        assert_eq!(answer.status, status, "{path}");
    }
    http_player(http, "/live/demo.flv?key=ticket").play(1);
    server.assert_sound();
}

#[test]
fn who_does_not_read_is_left_behind_and_nobody_else() {
    let (mut server, http) = Server::start_with_http(&[]);
    let mut stuck: Vec<Player<Http>> = (0..50)
        .map(|_| http_player(http, "/live/demo.flv"))
        .collect();
    let mut reader = http_player(http, "/live/demo.flv");
    reader.play(60);
    reader.check();
    for player in &mut stuck {
        player.play(1);
    }
    server.assert_sound();
}

#[test]
fn half_a_handshake_is_refused() {
    let (mut server, http) = Server::start_with_http(&[]);
    let mut client = Http::connect(http);
    let answer = client.request("GET", "/live/demo.flv", &[("Upgrade", "websocket")]);
    assert!((400..500).contains(&answer.status), "{answer:?}");
    let old = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "8"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let answer = Http::connect(http).request("GET", "/live/demo.flv", &old);
    assert!((400..500).contains(&answer.status), "{answer:?}");
    server.assert_sound();
}

#[cfg(unix)]
#[test]
fn the_end_of_the_server_is_an_end_and_no_cut() {
    let (mut server, http) = Server::start_with_http(&[]);
    let mut player = http_player(http, "/live/demo.flv");
    player.play(2);
    let mut socket = WebSocket::connect(http, "/live/demo.flv").unwrap();
    socket.frame().unwrap();
    server.signal("TERM");
    while player.step() {}
    let farewell = loop {
        match socket.frame().expect("a close comes first") {
            (8, payload) => break payload,
            (opcode, _) => assert_eq!(opcode, 2),
        }
    };
    assert_eq!(farewell[..2], 1001_u16.to_be_bytes());
    let (code, took) = server.wait_for_end();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(3), "it took {took:?}");
}

/// A hook that allows everything but one name; what it was sent.
pub(super) fn hook() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&calls);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = Arc::clone(&seen);
            thread::spawn(move || answer_calls(stream, &seen));
        }
    });
    (address, calls)
}

fn answer_calls(mut stream: TcpStream, seen: &Mutex<Vec<String>>) {
    let mut text = String::new();
    let mut block = [0; 4096];
    loop {
        let Ok(read @ 1..) = stream.read(&mut block) else {
            return;
        };
        text.push_str(&String::from_utf8_lossy(&block[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        });
        if body.len() < length.unwrap_or(0) {
            continue;
        }
        let answer = if body.contains("name=alias") {
            "302 Found\r\nLocation: demo"
        } else if body.contains("name=other.mp4") {
            "302 Found\r\nLocation: tall.mp4"
        } else if body.contains("forbidden") {
            "403 Forbidden"
        } else {
            "200 OK"
        };
        seen.lock().unwrap().push(body.to_owned());
        let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
        text.clear();
    }
}

#[test]
fn hooks_are_asked_and_told_of_the_end() {
    let (address, calls) = hook();
    let folder = Folder::new().with(
        "server.toml",
        format!("[hooks]\non_play = \"http://{address}/\"\non_play_done = \"http://{address}/\"\n"),
    );
    let (mut server, http) = Server::start_with_http(&["--config", &folder.join("server.toml")]);
    let mut player = http_player(http, "/live/alias.flv?user=7");
    player.play(1);
    let refused = fetch(http, "GET", "/live/demo.flv?user=forbidden");
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("the hook said 403"), "{refused:?}");
    drop(player);
    let told = server.wait_for(|_| {
        let calls = calls.lock().unwrap();
        calls
            .iter()
            .find(|call| call.contains("call=play_done"))
            .cloned()
    });
    for part in ["app=live", "name=alias", "addr=127.0.0.1", "user=7"] {
        assert!(told.contains(part), "{told}");
    }
    let calls = calls.lock().unwrap();
    assert_eq!(
        calls
            .iter()
            .filter(|call| call.contains("call=play&"))
            .count(),
        2
    );
    let id = |call: &str| {
        call.split('&')
            .find(|one| one.starts_with("clientid="))
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        id(&calls[0]),
        id(&told),
        "the client is the same to its end"
    );
    server.assert_sound();
}

#[test]
fn the_api_knows_the_streams() {
    let (mut server, http) = Server::start_with_http(&[]);
    let json = |path: &str| {
        let answer = fetch(http, "GET", path);
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()
    };
    let mut player = http_player(http, "/live/demo.flv");
    player.play(5);
    let list = json("/api/v1/streams");
    let stream = json("/api/v1/streams/demo");
    assert_eq!(list["streams"].as_array().unwrap().len(), 1);
    assert_eq!(stream["name"], "demo");
    assert_eq!(stream["protocol"], "file");
    assert_eq!(stream["viewers"], 1);
    assert!(stream["received_bytes"].as_u64().unwrap() > 1_000);
    assert!(stream["started_at_ms"].as_u64().unwrap() > 1_500_000_000_000);
    let kinds: Vec<&str> = stream["tracks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|track| track["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["video", "audio"]);
    assert!(stream["tracks"][0]["width"].as_u64().unwrap() > 0);
    assert_eq!(json("/api/v1/status")["viewers"], 1);
    assert_eq!(fetch(http, "GET", "/api/v1/streams/nobody").status, 404);
    let own = fetch(http, "DELETE", "/api/v1/streams/demo/publisher");
    assert_eq!(own.status, 409, "{own:?}");
    let missing = fetch(http, "DELETE", "/api/v1/streams/nobody/publisher?reason=no");
    assert_eq!(missing.status, 404);
    drop(player);
    server.wait_for(|_| (json("/api/v1/streams/demo")["viewers"] == 0).then_some(()));
    server.assert_sound();
}

#[test]
fn the_api_begins_and_ends_recordings() {
    let folder = Folder::new();
    let dir = folder.join("recordings");
    let folder = folder.with("server.toml", format!("[record]\ndir = {dir:?}\n"));
    let (mut server, http) = Server::start_with_http(&["--config", &folder.join("server.toml")]);
    let ask = |method: &str, path: &str| {
        let answer = fetch(http, method, path);
        let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        (answer.status, json)
    };
    let recording = "/api/v1/streams/demo/recording";
    assert_eq!(ask("DELETE", recording).0, 404);
    assert_eq!(ask("POST", "/api/v1/streams/nobody/recording").0, 404);
    let (status, begun) = ask("POST", recording);
    assert_eq!(status, 201, "{begun}");
    assert_eq!(ask("POST", recording).0, 409, "once at a time");
    let (_, list) = ask("GET", "/api/v1/recordings");
    assert_eq!(list["recordings"][0]["stream"], "demo");
    assert_eq!(list["recordings"][0]["path"], begun["path"]);
    server.wait_for(|_| {
        let (_, list) = ask("GET", "/api/v1/recordings");
        (list["recordings"][0]["bytes"].as_u64()? > 70_000).then_some(())
    });
    assert_eq!(ask("DELETE", recording).0, 200);
    assert_eq!(
        ask("GET", "/api/v1/recordings").1["recordings"],
        serde_json::json!([])
    );
    server.wait_for(|server| server.logged().contains("was recorded").then_some(()));
    let path = begun["path"].as_str().unwrap();
    assert!(path.starts_with(&dir), "{path}");
    let (header, tags) = super::flv::tags(&std::fs::read(path).unwrap());
    assert!(header.has_audio && header.has_video, "{header:?}");
    assert!(tags.len() > 30, "{}", tags.len());
    server.assert_sound();
}

#[test]
fn a_stream_is_fetched_on_demand_for_a_player_over_http() {
    let port = free_port().to_string();
    let mut origin = Server::start(&["--rtmp-port", &port]);
    let pull = format!(
        "[[pull]]\nname = \"far\"\nurl = \"rtmp://127.0.0.1:{port}/live/demo\"\non_demand = true\n"
    );
    let folder = Folder::new().with("server.toml", pull);
    let (mut edge, http) = Server::start_with_http(&["--config", &folder.join("server.toml")]);
    assert_eq!(
        fetch(http, "GET", "/api/v1/streams/far").status,
        404,
        "nobody wants it yet"
    );
    let mut player = http_player(http, "/live/far.flv");
    player.play(30);
    player.check();
    let stream = fetch(http, "GET", "/api/v1/streams/far");
    let stream: serde_json::Value = serde_json::from_slice(&stream.body).unwrap();
    assert_eq!(
        (stream["protocol"].as_str(), stream["viewers"].as_u64()),
        (Some("pull"), Some(1))
    );
    origin.assert_sound();
    edge.assert_sound();
}

#[test]
fn what_is_published_by_rtmp_is_played_and_its_publisher_ended() {
    let port = free_port().to_string();
    let (mut server, http) = Server::start_with_http(&["--rtmp-port", &port]);
    // Another server pushes the clip here.
    let push = format!(
        "[[push]]\nstream = \"live/demo\"\nurl = \"rtmp://127.0.0.1:{port}/live/pushed\"\n"
    );
    let folder = Folder::new().with("server.toml", push);
    let mut pusher = Server::start(&["--config", &folder.join("server.toml")]);
    let path = "/api/v1/streams/pushed";
    server.wait_for(|_| (fetch(http, "GET", path).status == 200).then_some(()));
    let mut player = http_player(http, "/live/pushed.flv");
    player.play(30);
    player.check();
    let ended = fetch(
        http,
        "DELETE",
        "/api/v1/streams/pushed/publisher?reason=enough%20for%20today",
    );
    assert_eq!(ended.status, 204, "{ended:?}");
    while player.step() {}
    assert!(server.logged().contains("enough for today"));
    server.assert_sound();
    pusher.assert_sound();
}
