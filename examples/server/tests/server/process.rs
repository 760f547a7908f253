//! How the program begins and ends.

use std::{net::TcpListener, time::Duration};

use crate::common::{
    Client, DEMO, Folder, Report, Server, UdpTrack, Unit, free_port, reports, run_to_end,
};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_port_in_use_is_one_sentence_with_the_fix() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run_to_end(&["--rtsp-port", &port]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert_eq!(
        said.trim_end(),
        format!("castline-server: port {port} is in use: pass --rtsp-port with another")
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn check_config_prints_the_settings_and_ends() {
    let folder = Folder::new().with(
        "good.toml",
        "max_sessions = 7\nrtp_ports = \"20000-20999\"\n",
    );
    let output = run_to_end(&[
        "--config",
        &folder.join("good.toml"),
        "--rtsp-port",
        "9554",
        "--check-config",
    ]);
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    for setting in [
        "max_sessions = 7",
        "rtp_ports = \"20000-20999\"",
        "rtsp_port = 9554",
        "session_timeout = 60",
    ] {
        assert!(
            printed.lines().any(|line| line == setting),
            "{setting}: {printed}"
        );
    }
    // What it prints is a file that says the same.
    let again = Folder::new().with("printed.toml", &printed);
    let output = run_to_end(&["--config", &again.join("printed.toml"), "--check-config"]);
    assert_eq!(
        (output.status.code(), text(&output.stdout)),
        (Some(0), printed)
    );
}

#[test]
fn wrong_settings_are_told_with_what_is_wrong() {
    let folder = Folder::new()
        .with("syntax.toml", "rtsp_port = = 1\n")
        .with("unknown.toml", "rtsp_prot = 1\n")
        .with("kind.toml", "rtsp_port = \"x\"\n")
        .with("low.toml", "session_timeout = 1\n")
        .with("ports.toml", "rtp_ports = \"9-2\"\n")
        .with("queue.toml", "client_queue_kib = 1\n");
    let at = |name: &str| vec!["--config".to_owned(), folder.join(name)];
    let table = [
        (at("missing.toml"), "pass --config"),
        (at("syntax.toml"), "syntax.toml"),
        (at("unknown.toml"), "rtsp_prot"),
        (at("kind.toml"), "rtsp_port"),
        (at("low.toml"), "session_timeout"),
        (at("ports.toml"), "30000-39999"),
        (at("queue.toml"), "client_queue_kib"),
        (vec![folder.join("no/such/folder")], "pass the folder"),
        (vec![folder.join("low.toml")], "is not a folder"),
        (
            vec!["--max-sessions".to_owned(), "0".to_owned()],
            "max_sessions",
        ),
        (
            vec!["--max-connections".to_owned(), "0".to_owned()],
            "max_connections",
        ),
        (
            vec!["--bind".to_owned(), "203.0.113.7".to_owned()],
            "pass --bind",
        ),
    ];
    for (arguments, part) in table {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run_to_end(&[&["--rtsp-port", "0"], &arguments[..]].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(
            said.starts_with("castline-server: ") && said.contains(part),
            "{arguments:?}: {said}"
        );
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn the_greeting_tells_how_to_publish_and_where_flv_is() {
    let table = [
        (
            Folder::new()
                .with("clip.flv", "")
                .with("sub/film.mp4", DEMO),
            &[
                "rtmp://127.0.0.1:{rtmp}/vod/clip.flv",
                "http://127.0.0.1:{http}/vod/clip.flv",
                "rtsp://{rtsp}/vod/sub/film.mp4",
                "http://127.0.0.1:{http}/vod/sub/film.mp4.flv",
                "ffplay 'rtmp://127.0.0.1:{rtmp}/vod/clip.flv'",
            ][..],
        ),
        (
            Folder::new(),
            &[
                "no MP4 or FLV file is there yet; what you add below the folder is served at rtsp://{rtsp}/vod/<path>",
            ][..],
        ),
    ];
    for (folder, lines) in table {
        let rtmp = free_port().to_string();
        let (mut server, http) =
            Server::start_with_http(&["--rtmp-port", &rtmp, folder.path().to_str().unwrap()]);
        let printed = server
            .wait_for(|server| Some(server.printed()).filter(|printed| printed.contains("Ctrl-C")));
        let published = [
            "ffmpeg -re -i film.mp4 -c copy -f flv 'rtmp://127.0.0.1:{rtmp}/live/cam'",
            "rtsp://{rtsp}/live/cam",
            "http://127.0.0.1:{http}/live/cam.flv",
        ];
        for line in lines.iter().chain(&published) {
            let line = line.replace("{rtmp}", &rtmp);
            let line = line.replace("{http}", &http.port().to_string());
            let line = line.replace("{rtsp}", &server.address.to_string());
            let mut printed = printed.lines();
            assert!(printed.any(|one| one.trim() == line), "{line}");
        }
        assert!(!printed.contains(&server.url("/vod/clip.flv")), "{printed}");
    }
}

#[cfg(unix)]
#[test]
fn signals_end_it_with_bye_to_all() {
    std::thread::scope(|scope| {
        for signal in ["TERM", "INT"] {
            scope.spawn(move || check_end_by(signal));
        }
    });
}

#[cfg(unix)]
fn check_end_by(signal: &str) {
    let mut server = Server::start(&[]);
    let url = server.url("/live/demo");
    let mut tcp = Client::connect(server.address);
    tcp.play(&url, None);
    let mut control = Client::connect(server.address);
    let (_, tracks) = control.describe(&url);
    let udp = UdpTrack::set_up(&mut control, &tracks[0].control);
    assert_eq!(control.play_again(&url, None).status, 200);
    udp.rtp(Duration::from_secs(20)).expect("UDP plays");
    tcp.packet();
    // One that plays and never reads, and one that does nothing.
    let mut stuck = Client::connect(server.address);
    stuck.play(&url, None);
    let _idle = Client::connect(server.address);
    let mut newer = Client::connect(server.address);
    newer.version = "2.0";
    newer.play(&url, None);
    server.signal(signal);
    let mut byes = Vec::new();
    loop {
        match tcp.unit() {
            Unit::Packet(channel @ (1 | 3), packet) if reports(&packet).contains(&Report::Bye) => {
                byes.push(channel);
            }
            Unit::End => break,
            _ => {}
        }
    }
    byes.sort_unstable();
    assert_eq!(
        byes,
        [1, 3],
        "BYE on both tracks before the end of the connection"
    );
    let requests = std::iter::from_fn(|| match newer.unit() {
        Unit::End => None,
        unit => Some(unit),
    });
    let is_teardown =
        |unit: &Unit| matches!(unit, Unit::Request(line) if line.starts_with("TEARDOWN "));
    assert!(
        requests.collect::<Vec<_>>().iter().any(is_teardown),
        "version 2.0 has a word for it"
    );
    assert!(udp.says_bye(Duration::from_secs(20)), "BYE over UDP");
    let (code, took) = server.wait_for_end();
    assert_eq!(code, Some(0), "{signal}");
    assert!(took < Duration::from_secs(5), "it took {took:?}");
    assert!(
        server.logged().contains("session ends"),
        "each session's end is in the log"
    );
}
