//! What is above the limits is refused with a reason; what is below goes on.

use std::time::Duration;

use crate::common::{Client, Folder, Response, Server, Watcher, tall_movie};

fn refused(response: &Response, status: u16, reason: &str) {
    assert_eq!(response.status, status, "{response:?}");
    let told = format!("{} {}", response.reason, response.body);
    assert!(told.contains(reason), "the reason is told: {response:?}");
}

/// Asks again until it is not refused any more: what was given back may take a moment.
fn until_accepted(ask: impl FnMut() -> Response) -> Response {
    until(200, ask)
}

fn until(status: u16, mut ask: impl FnMut() -> Response) -> Response {
    for _ in 0..400 {
        let response = ask();
        if response.status == status {
            return response;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("what was given back is not given out again")
}

#[test]
fn one_connection_too_many_gets_503() {
    let mut server = Server::start(&["--max-connections", "2"]);
    let url = server.url("/live/demo");
    let watcher = Watcher::start(server.address, &url);
    let mut second = Client::connect(server.address);
    second.describe(&url);
    for _ in 0..3 {
        let mut third = Client::connect(server.address);
        refused(
            &third.request("DESCRIBE", &url, &[]),
            503,
            "--max-connections",
        );
        assert!(
            third.responses_until_closed().is_empty(),
            "it is closed then"
        );
    }
    let tcp = [("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")];
    let mut third = Client::connect(server.address);
    refused(
        &third.request("SETUP", &format!("{url}/trackID=1"), &tcp),
        503,
        "--max-connections",
    );
    second.describe(&url);
    drop(second);
    until_accepted(|| Client::connect(server.address).request("DESCRIBE", &url, &[]));
    assert!(server.logged().contains("--max-connections"));
    watcher.finish();
    server.assert_sound();
}

#[test]
fn one_session_too_many_gets_503() {
    let mut server = Server::start(&["--max-sessions", "1"]);
    let url = server.url("/vod/demo.mp4");
    let mut first = Client::connect(server.address);
    first.play(&url, None);
    let mut second = Client::connect(server.address);
    let (_, tracks) = second.describe(&url);
    let tcp = [("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")];
    refused(
        &second.request("SETUP", &tracks[0].control, &tcp),
        503,
        "--max-sessions",
    );
    assert!(
        first.packets_for(Duration::from_millis(500)).len() > 5,
        "the first plays on"
    );
    assert_eq!(first.request("TEARDOWN", &url, &[]).status, 200);
    until_accepted(|| second.request("SETUP", &tracks[0].control, &tcp));
    // A connection that breaks gives back as well.
    drop(second);
    first.session = None;
    until_accepted(|| first.request("SETUP", &tracks[0].control, &tcp));
    server.assert_sound();
}

#[test]
fn more_than_the_bandwidth_gets_453() {
    // 25 frames of 3000 bytes: 600 kbit/s.
    let folder = Folder::new()
        .with("film.mp4", tall_movie(4, 3_000))
        .with("huge.mp4", tall_movie(1, 10_000));
    let mut server = Server::start(&[folder.path().to_str().unwrap(), "--max-bandwidth", "1"]);
    let url = server.url("/vod/film.mp4");
    let watcher = Watcher::start(server.address, &url);
    let mut second = Client::connect(server.address);
    for url in [&url, &server.url("/vod/huge.mp4")] {
        second.session = None;
        let (_, tracks) = second.describe(url);
        second.set_up(&tracks[0].control, 0);
        refused(&second.play_again(url, None), 453, "--max-bandwidth");
        assert_eq!(second.request("TEARDOWN", url, &[]).status, 200);
    }
    watcher.finish();
    // What is refused for another reason takes nothing.
    let mut third = Client::connect(server.address);
    let (_, tracks) = third.describe(&url);
    third.set_up(&tracks[0].control, 0);
    let status = until(457, || third.play_again(&url, Some("npt=99-"))).status;
    assert_eq!(status, 457);
    second.session = None;
    second.set_up(&tracks[0].control, 0);
    until_accepted(|| second.play_again(&url, None));
    server.assert_sound();
}
