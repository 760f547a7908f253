//! HTTP beside RTSP: what is open to all, the API's guard, and those who mean no good.

use std::{
    io::Read,
    time::{Duration, Instant},
};

use crate::common::{Answer, Client, Folder, Http, Server, fetch, free_port, run_to_end};

fn json(answer: &Answer) -> serde_json::Value {
    assert_eq!(answer.header("content-type"), Some("application/json"));
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn health_is_open_to_all_and_unknown_paths_are_told() {
    let (mut server, http) = Server::start_with_http(&[]);
    assert!(
        server
            .printed()
            .contains(&format!("HTTP is listening on {http}"))
    );
    let mut client = Http::connect(http);
    let health = client.request("GET", "/healthz", &[]);
    assert_eq!(
        (health.status, json(&health)["status"].as_str()),
        (200, Some("ok"))
    );
    assert_eq!(health.header("access-control-allow-origin"), Some("*"));
    assert_eq!(health.header("cache-control"), Some("no-store"));
    let head = client.request("HEAD", "/healthz", &[]);
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, health.header("content-length"))
    );
    let preflight = client.request(
        "OPTIONS",
        "/live/cam.flv",
        &[("Origin", "http://page.example")],
    );
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    assert!(
        preflight
            .header("access-control-allow-methods")
            .unwrap()
            .contains("GET")
    );
    let missing = client.request("GET", "/no/such/path", &[]);
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("/live/NAME.flv"), "{missing:?}");
    assert_eq!(
        missing.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    server.assert_sound();
}

#[test]
fn the_api_answers_this_machine_or_whoever_has_the_token() {
    let (mut server, http) = Server::start_with_http(&[]);
    let mut client = Http::connect(http);
    let status = client.request("GET", "/api/v1/status", &[]);
    assert_eq!(status.status, 200, "{status:?}");
    assert_eq!(json(&status)["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(status.header("access-control-allow-origin"), None);
    let foreign = client.request(
        "GET",
        "/api/v1/status",
        &[("Origin", "http://page.example")],
    );
    assert_eq!(foreign.status, 403);
    let rebound = client.request("GET", "/api/v1/status", &[("Host", "page.example")]);
    assert_eq!(
        (rebound.status, json(&rebound)["error"]["code"].as_str()),
        (403, Some("forbidden"))
    );
    assert!(
        json(&rebound)["error"]["message"]
            .as_str()
            .unwrap()
            .contains("--api-token")
    );
    let missing = client.request("GET", "/api/v1/nothing", &[]);
    assert_eq!(
        (missing.status, json(&missing)["error"]["code"].as_str()),
        (404, Some("not_found"))
    );
    let wrong = client.request("PUT", "/api/v1/status", &[]);
    assert_eq!(
        (wrong.status, json(&wrong)["error"]["code"].as_str()),
        (405, Some("method_not_allowed"))
    );
    server.assert_sound();

    let (mut server, http) = Server::start_with_http(&["--api-token", "s3cret"]);
    let mut client = Http::connect(http);
    let none = client.request("GET", "/api/v1/status", &[]);
    assert_eq!(
        (none.status, none.header("www-authenticate")),
        (401, Some("Bearer"))
    );
    let right = [
        ("Authorization", "Bearer s3cret"),
        ("Origin", "http://page.example"),
    ];
    let right = client.request("GET", "/api/v1/status", &right);
    assert_eq!(
        (right.status, right.header("access-control-allow-origin")),
        (200, Some("*"))
    );
    let preflight = client.request("OPTIONS", "/api/v1/status", &[]);
    assert_eq!(preflight.status, 204);
    assert!(
        preflight
            .header("access-control-allow-headers")
            .unwrap()
            .contains("authorization")
    );
    server.assert_sound();
}

#[test]
fn ports_that_cannot_be_had_are_told_and_zero_is_off() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run_to_end(&["--rtsp-port", "0", "--rtmp-port", "0", "--http-port", &port]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said.trim_end(),
        format!(
            "castline-server: port {port} is in use: pass --http-port with 0 for none, or with another"
        )
    );
    let server = Server::start(&["--http-port", "0"]);
    assert!(!server.printed().contains("HTTP"));
    // What TLS needs is looked at before anything begins.
    let folder = Folder::new().with("empty.pem", "nothing");
    let (file, port) = (folder.join("empty.pem"), free_port().to_string());
    let tls = [
        "--rtmps-port",
        &port,
        "--tls-certificate",
        &file,
        "--tls-key",
        &file,
    ];
    let output = run_to_end(&[&tls[..], &["--check-config"]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("holds no certificate"), "{said}");
    let output = run_to_end(&["--rtmps-port", &port, "--check-config"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("--tls-certificate"), "{said}");
}

#[test]
fn connections_above_the_limit_get_503_on_both_ports() {
    let (mut server, http) = Server::start_with_http(&["--max-connections", "1"]);
    let url = server.url("/vod/demo.mp4");
    let mut first = Client::connect(server.address);
    first.describe(&url);
    let refused = fetch(http, "GET", "/healthz");
    assert_eq!(refused.status, 503);
    assert!(refused.text().contains("--max-connections"), "{refused:?}");
    drop(first);
    server.wait_for(|_| (fetch(http, "GET", "/healthz").status == 200).then_some(()));
    server.assert_sound();
}

#[test]
fn who_sends_no_head_or_too_much_of_one_is_cut_off() {
    let (mut server, http) = Server::start_with_http(&[]);
    let mut slow = Http::connect(http);
    slow.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    let mut idle = Http::connect(http);
    let mut large = Http::connect(http);
    large.send(format!(
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "x".repeat(60_000)
    ));
    assert_eq!(large.head().map(|answer| answer.status), Some(431));
    let mut many = Http::connect(http);
    many.send(format!(
        "GET /healthz HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "X: y\r\n".repeat(500)
    ));
    assert_eq!(many.head().map(|answer| answer.status), Some(431));
    let mut binary = Http::connect(http);
    binary.send([3_u8; 1537]);
    assert_eq!(binary.head().map(|answer| answer.status), Some(400));
    assert_eq!(
        fetch(http, "GET", "/healthz").status,
        200,
        "the others go on"
    );
    let begin = Instant::now();
    for stuck in [&mut slow, &mut idle] {
        let stream = stuck.reader.get_mut();
        stream
            .set_read_timeout(Some(Duration::from_secs(40)))
            .unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    }
    assert!(
        begin.elapsed() < Duration::from_secs(30),
        "{:?}",
        begin.elapsed()
    );
    server.assert_sound();
}

#[cfg(unix)]
#[test]
fn a_signal_ends_idle_connections_too() {
    let (mut server, http) = Server::start_with_http(&[]);
    let mut client = Http::connect(http);
    assert_eq!(client.request("GET", "/healthz", &[]).status, 200);
    server.signal("TERM");
    let (code, took) = server.wait_for_end();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(3), "it took {took:?}");
    assert!(client.head().is_none());
}
