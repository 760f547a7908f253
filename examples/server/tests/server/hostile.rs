//! What must be refused with the right status, and must not disturb anybody else.

use std::{
    net::{Ipv4Addr, Shutdown},
    time::{Duration, Instant},
};

use crate::common::{Client, Server, UdpPair, Unit, Watcher, receive};

/// Sends `bytes` on a connection of their own; the first answer, if there is one.
fn answer(server: &Server, bytes: &[u8]) -> Option<u16> {
    let mut client = Client::connect(server.address);
    client.send(bytes);
    match client.unit() {
        Unit::Response(response) => Some(response.status),
        Unit::End => None,
        unit => panic!("{unit:?}"),
    }
}

/// A SETUP of the demo's first track with this Transport.
fn setup(server: &Server, transport: &str) -> u16 {
    let url = server.url("/vod/demo.mp4/trackID=1");
    let mut client = Client::connect(server.address);
    client
        .request("SETUP", &url, &[("Transport", transport)])
        .status
}

#[test]
fn malformed_heads_get_their_status() {
    let mut server = Server::start(&[]);
    let url = server.url("/live/demo");
    let watcher = Watcher::start(server.address, &url);
    let with = |headers: &str| format!("OPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\n{headers}\r\n\r\n");
    let long = "x".repeat(9_000);
    let many = "X-Header: y\r\n".repeat(2_000);
    let table = [
        ("no CSeq", format!("OPTIONS {url} RTSP/1.0\r\n\r\n"), 400),
        (
            "CSeq is no number",
            format!("OPTIONS {url} RTSP/1.0\r\nCSeq: x\r\n\r\n"),
            400,
        ),
        ("negative length", with("Content-Length: -5"), 400),
        (
            "two lengths",
            with("Content-Length: 5\r\nContent-Length: 6"),
            400,
        ),
        (
            "length beyond numbers",
            with("Content-Length: 99999999999999999999999"),
            413,
        ),
        (
            "length no memory has",
            with("Content-Length: 1099511627776"),
            413,
        ),
        ("long line", with(&format!("X-Long: {long}")), 431),
        (
            "long start line",
            format!("OPTIONS rtsp://h/{long} RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
            414,
        ),
        ("long head", with(many.trim_end()), 431),
        ("150 headers", with("A: b\r\n".repeat(150).trim_end()), 431),
        (
            "10,000 headers",
            with("A: b\r\n".repeat(10_000).trim_end()),
            431,
        ),
        (
            "unknown method",
            format!("BREW {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
            501,
        ),
        (
            "unknown version",
            format!("OPTIONS {url} RTSP/3.0\r\nCSeq: 1\r\n\r\n"),
            505,
        ),
        ("unknown feature", with("Require: com.example.magic"), 551),
    ];
    for (what, request, status) in table {
        assert_eq!(answer(&server, request.as_bytes()), Some(status), "{what}");
    }
    watcher.finish();
    server.assert_sound();
}

#[test]
fn a_refused_message_leaves_the_connection_usable() {
    let mut server = Server::start(&[]);
    let url = server.url("/live/demo");
    let mut client = Client::connect(server.address);
    client.send(format!(
        "OPTIONS {url} RTSP/1.0\r\nCSeq: 7\r\nX-Long: {}\r\n\r\n",
        "x".repeat(9_000)
    ));
    assert_eq!(client.response().status, 431);
    client.send(format!("OPTIONS {url} RTSP/1.0\r\n\r\n"));
    assert_eq!(client.response().status, 400);
    // A body that is too long is thrown away as it arrives.
    client.send(format!(
        "SET_PARAMETER {url} RTSP/1.0\r\nCSeq: 8\r\nContent-Length: 2000000\r\n\r\n"
    ));
    client.send(vec![b'x'; 2_000_000]);
    assert_eq!(client.response().status, 413);
    assert_eq!(client.request("OPTIONS", &url, &[]).status, 200);
    server.assert_sound();
}

#[test]
fn truncated_heads_end_with_their_connection() {
    let mut server = Server::start(&[]);
    let watcher = Watcher::start(server.address, &server.url("/live/demo"));
    let whole = format!(
        "DESCRIBE {} RTSP/1.0\r\nCSeq: 1\r\n\r\n",
        server.url("/live/demo")
    );
    for len in 0..whole.len() {
        let mut client = Client::connect(server.address);
        client.send(&whole[..len]);
        client.stream.shutdown(Shutdown::Write).unwrap();
        assert!(
            client
                .responses_until_closed()
                .iter()
                .all(|response| response.status >= 400),
            "{len} bytes"
        );
    }
    let mut client = Client::connect(server.address);
    for byte in whole.as_bytes() {
        client.send([*byte]);
    }
    assert_eq!(
        client.response().status,
        200,
        "byte by byte it is a request"
    );
    watcher.finish();
    server.assert_sound();
}

#[test]
fn absurd_transports_are_refused() {
    let mut server = Server::start(&[]);
    let watcher = Watcher::start(server.address, &server.url("/live/demo"));
    for (transport, status) in [
        ("RTP/AVP;unicast;client_port=70000-70001", 400),
        ("RTP/AVP;unicast;client_port=-2--1", 400),
        ("RTP/AVP;unicast;client_port=0-1", 400),
        ("RTP/AVP;unicast;client_port=65535", 400),
        ("RTP/AVP;unicast;client_port=5000-5000", 400),
        ("RTP/AVP;unicast;client_port=x-y", 400),
        ("RTP/AVP;unicast;client_port=99999999999999999999", 400),
        ("RTP/AVP/TCP;unicast;interleaved=300-301", 400),
        ("RTP/AVP/TCP;unicast;interleaved=-1-0", 400),
        ("", 461),
        ("RTP/AVP;unicast", 461),
        ("RTP/AVP;multicast", 461),
        ("RTP/SAVP;unicast;client_port=5000-5001", 461),
        ("RAW/RAW/UDP;unicast;client_port=5000-5001", 461),
        ("RTP/AVP/TCP;unicast;interleaved=0-1;mode=record", 461),
    ] {
        let given = setup(&server, transport);
        assert!(
            given == status || (given == 400 && status == 461 && transport.is_empty()),
            "{transport}: {given}"
        );
    }
    watcher.finish();
    server.assert_sound();
}

#[test]
fn another_hosts_destination_is_refused_and_gets_nothing() {
    let mut server = Server::start(&[]);
    let watcher = Watcher::start(server.address, &server.url("/live/demo"));
    let victim = UdpPair::bind(Ipv4Addr::new(127, 0, 0, 2).into());
    let port = victim.client_port();
    let (rtp, rtcp) = port.split_once('-').unwrap();
    for transport in [
        format!("RTP/AVP;unicast;destination=127.0.0.2;client_port={port}"),
        format!("RTP/AVP;unicast;client_port={port};destination=\"127.0.0.2\""),
        format!("RTP/AVP;unicast;destination=example.invalid;client_port={port}"),
        format!("RTP/AVP/UDP;unicast;dest_addr=\"127.0.0.2:{rtp}\"/\"127.0.0.2:{rtcp}\""),
        format!("RTP/AVP/UDP;unicast;dest_addr=\":{rtp}\"/\"127.0.0.2:{rtcp}\""),
        "RTP/AVP/TCP;unicast;interleaved=0-1;destination=127.0.0.2".to_owned(),
    ] {
        assert_eq!(setup(&server, &transport), 463, "{transport}");
    }
    // Those who name no one else get their media at their own address, whatever listens at the same port elsewhere.
    let mut client = Client::connect(server.address);
    let url = server.url("/live/demo");
    let (_, tracks) = client.describe(&url);
    for extra in ["", ";source=127.0.0.2", ";destination=127.0.0.1"] {
        client.session = None;
        let transport = format!("RTP/AVP;unicast;client_port={port}{extra}");
        let response = client.request("SETUP", &tracks[1].control, &[("Transport", &transport)]);
        assert_eq!(response.status, 200, "{transport}");
        client.session = Some(response.session());
        assert_eq!(client.play_again(&url, None).status, 200);
    }
    for socket in [&victim.rtp, &victim.rtcp] {
        assert!(
            receive(socket, Duration::from_millis(500)).is_none(),
            "a datagram went to another host"
        );
    }
    watcher.finish();
    server.assert_sound();
}

const TCP: [(&str, &str); 1] = [("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")];

#[test]
fn requests_without_a_session_get_their_status() {
    let mut server = Server::start(&[]);
    let url = server.url("/vod/demo.mp4");
    let watcher = Watcher::start(server.address, &server.url("/live/demo"));
    let mut client = Client::connect(server.address);
    assert_eq!(
        client.request("PLAY", &url, &[]).status,
        455,
        "PLAY before SETUP"
    );
    assert_eq!(
        client.request("PAUSE", &url, &[]).status,
        455,
        "PAUSE before SETUP"
    );
    for missing in [
        "/vod/demo.mp4/trackID=9",
        "/vod/demo.mp4/trackID=0",
        "/vod/no.mp4/trackID=1",
        "/live/no/trackID=1",
        "/else",
    ] {
        assert_eq!(
            client.request("SETUP", &server.url(missing), &TCP).status,
            404,
            "{missing}"
        );
    }
    for missing in ["/vod/", "/vod/no.mp4", "/live/no", "/", "/vod/demo.mp4/x"] {
        assert_eq!(
            client.request("DESCRIBE", &server.url(missing), &[]).status,
            404,
            "{missing}"
        );
    }
    assert_eq!(
        client
            .request("DESCRIBE", &url, &[("Accept", "text/html")])
            .status,
        406
    );
    for method in ["PLAY", "PAUSE", "TEARDOWN", "GET_PARAMETER", "SETUP"] {
        client.session = Some("0123456789abcdef0123456789abcdef".to_owned());
        assert_eq!(
            client.request(method, &url, &TCP).status,
            454,
            "{method} with a stranger's session"
        );
    }
    watcher.finish();
    server.assert_sound();
}

#[test]
fn requests_that_the_session_does_not_allow_get_their_status() {
    let mut server = Server::start(&[]);
    let (url, live) = (server.url("/vod/demo.mp4"), server.url("/live/demo"));
    let watcher = Watcher::start(server.address, &live);
    let mut client = Client::connect(server.address);
    client.set_up(&server.url("/vod/demo.mp4/trackID=1"), 0);
    let status = client
        .request("SETUP", &server.url("/live/demo/trackID=2"), &TCP)
        .status;
    assert_eq!(status, 459, "another presentation's track");
    assert_eq!(
        client.request("PLAY", &live, &[]).status,
        404,
        "a URL that is not the session's"
    );
    let response = client.request("PLAY", &url, &[("Scale", "0")]);
    assert_eq!(response.status, 400);
    for range in ["npt=x-", "parsecs=1-2", "npt=9-8"] {
        assert_eq!(client.play_again(&url, Some(range)).status, 457, "{range}");
    }
    assert_eq!(
        client.play_again(&url, None).status,
        200,
        "after all that it plays"
    );
    let status = client
        .request("SETUP", &server.url("/vod/demo.mp4/trackID=1"), &TCP)
        .status;
    assert_eq!(status, 455, "SETUP of a track that plays");
    watcher.finish();
    server.assert_sound();
}

#[test]
fn a_thousand_requests_in_one_write_get_a_thousand_answers_in_order() {
    let mut server = Server::start(&[]);
    let url = server.url("/live/demo");
    let watcher = Watcher::start(server.address, &url);
    let mut client = Client::connect(server.address);
    let burst: String = (1..=1000)
        .map(|cseq| format!("OPTIONS {url} RTSP/1.0\r\nCSeq: {cseq}\r\n\r\n"))
        .collect();
    let mut writer = client.stream.try_clone().unwrap();
    let written =
        std::thread::spawn(move || std::io::Write::write_all(&mut writer, burst.as_bytes()));
    for cseq in 1..=1000 {
        let response = client.response();
        assert_eq!(
            (response.status, response.header("CSeq")),
            (200, Some(cseq.to_string().as_str()))
        );
    }
    written.join().unwrap().unwrap();
    watcher.finish();
    server.assert_sound();
}

#[test]
fn garbage_is_survived() {
    let mut server = Server::start(&[]);
    let url = server.url("/live/demo");
    let watcher = Watcher::start(server.address, &url);
    // A little of it is skipped.
    let mut client = Client::connect(server.address);
    client.send(b"\r\n\r\n\0\xff\xfe garbage ");
    client.send(format!("\r\nOPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n"));
    assert_eq!(client.response().status, 200);
    // Packets on channels that nobody has are nobody's.
    client.send(b"$\x09\x00\x04abcd$\xff\x00\x00");
    assert_eq!(client.request("OPTIONS", &url, &[]).status, 200);
    // A lot of it ends the connection; the generator is that of Numerical Recipes.
    let mut state = 1u32;
    for _ in 0..4 {
        let noise: Vec<u8> = (0..200_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Without `$`, which would begin a packet.
                if state >> 24 == 0x24 {
                    0
                } else {
                    (state >> 24) as u8
                }
            })
            .collect();
        let mut client = Client::connect(server.address);
        let _ = std::io::Write::write_all(&mut client.stream, &noise);
        let responses = client.responses_until_closed();
        assert!(
            responses.iter().all(|response| response.status >= 400),
            "{responses:?}"
        );
    }
    // HTTP and TLS knock at the wrong door.
    for knock in [
        &b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let mut client = Client::connect(server.address);
        client.send(knock);
        client.stream.shutdown(Shutdown::Write).unwrap();
        assert!(
            client
                .responses_until_closed()
                .iter()
                .all(|response| response.status >= 400)
        );
    }
    watcher.finish();
    server.assert_sound();
}

#[test]
fn slow_senders_are_cut_off_after_the_message_timeout() {
    let mut server = Server::start(&[]);
    let url = server.url("/live/demo");
    let watcher = Watcher::start(server.address, &url);
    let head = format!(
        "OPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\nX: {}",
        "y".repeat(4_000)
    );
    let body = format!(
        "SET_PARAMETER {url} RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 4000\r\n\r\n{}",
        "z".repeat(4_000)
    );
    let packet = [b"$\x00\xff\xff".as_slice(), &[0; 4_000]].concat();
    let texts = [head.as_bytes(), body.as_bytes(), &packet];
    let mut clients: Vec<Client> = texts
        .iter()
        .map(|_| Client::connect(server.address))
        .collect();
    // All but the last two bytes of a head's beginning are there at once.
    for (client, text) in clients.iter_mut().zip(texts) {
        client.send(&text[..120.min(text.len())]);
    }
    let begin = Instant::now();
    let mut open: Vec<bool> = vec![true; clients.len()];
    for at in 120.. {
        for ((client, text), open) in clients
            .iter_mut()
            .zip(texts)
            .zip(&mut open)
            .filter(|(_, open)| **open)
        {
            let sent = std::io::Write::write_all(&mut client.stream, &text[at..=at]);
            let ended = match client.unit_within(Duration::from_millis(50)) {
                Unit::Response(response) => {
                    assert_eq!(response.status, 408, "{response:?}");
                    false
                }
                Unit::End => true,
                Unit::Nothing => sent.is_err(),
                unit => panic!("{unit:?}"),
            };
            if ended {
                assert!(
                    begin.elapsed() > Duration::from_secs(8),
                    "{:?}",
                    begin.elapsed()
                );
                *open = false;
            }
        }
        if !open.contains(&true) {
            break;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(25),
            "slow senders are not cut off: {open:?}"
        );
        std::thread::sleep(Duration::from_millis(300));
    }
    watcher.finish();
    server.assert_sound();
}
