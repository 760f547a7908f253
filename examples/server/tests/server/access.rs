//! Who may play what over RTSP: keys, rules and hooks.

use std::sync::{Arc, Mutex};

use super::live_flv::hook;
use crate::common::{Client, DEMO, Folder, Response, Server, rtp_info, tall_movie};

fn start(settings: &str) -> Server {
    let folder = Folder::new().with("server.toml", settings);
    Server::start(&["--config", &folder.join("server.toml")])
}

fn describe(server: &Server, path: &str) -> Response {
    let mut client = Client::connect(server.address);
    client.request("DESCRIBE", &server.url(path), &[])
}

fn set_up(client: &mut Client, url: &str) -> Response {
    let transport = [("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")];
    client.request("SETUP", url, &transport)
}

/// Plays it on a connection of its own.
fn play(server: &Server, path: &str) -> Client {
    let mut client = Client::connect(server.address);
    client.play(&server.url(path), None);
    client.packet();
    client
}

const KEYS: &str =
    "[play.keys]\n\"live/demo\" = \"secret-ticket\"\n\"vod/demo.mp4\" = \"secret-ticket\"\n";

#[test]
fn players_need_their_keys_however_they_spell_a_path() {
    let mut server = start(KEYS);
    for path in [
        "/live/demo",
        "/live/demo/",
        "//live/demo",
        "/live/d%65mo",
        "/live%2Fdemo",
        "/live/demo?x=1",
        "/live/demo?key=",
        "/live/demo?key=no",
        "/live/demo?Key=secret-ticket",
        "/live/demo%3Fkey=secret-ticket",
        "/live/demo#?key=secret-ticket",
        "/vod/demo.mp4",
        "/vod/demo.mp4/",
        "/vod/./demo.mp4",
        "/vod//demo.mp4",
        "/vod/demo.mp4/.",
    ] {
        let answer = describe(&server, path);
        assert!(matches!(answer.status, 403 | 404), "{path}: {answer:?}");
        assert!(answer.header("WWW-Authenticate").is_none() && answer.body.is_empty());
        let track = server.url(&format!("{path}/trackID=1"));
        let answer = set_up(&mut Client::connect(server.address), &track);
        assert!(matches!(answer.status, 403 | 404), "{path}: {answer:?}");
    }
    for (path, reason) in [
        ("/live/demo", "?key=KEY"),
        ("/vod/demo.mp4?key=no", "wrong"),
    ] {
        let answer = describe(&server, path);
        assert_eq!(answer.status, 403, "{path}: {answer:?}");
        assert!(answer.reason.contains(reason), "{answer:?}");
    }
    for path in [
        "/live/demo?key=secret-ticket",
        "/live/demo?x=1&key=secret-ticke%74",
        "/live/demo/?key=secret-ticket/",
        "/vod/demo.mp4?key=secret-ticket",
    ] {
        play(&server, path);
    }
    let logged = server.logged();
    assert!(logged.contains("a key is needed") && logged.contains("the key is wrong"));
    assert!(!logged.contains("secret-"), "no key is in the log");
    server.assert_sound();
}

#[test]
fn the_key_counts_where_a_session_begins_and_the_track_may_stand_before_or_behind_it() {
    let mut server = start(KEYS);
    let url = server.url("/live/demo");
    let mut client = Client::connect(server.address);
    client.describe(&format!("{url}?key=secret-ticket"));
    for control in ["/trackID=1", "?key=no/trackID=1", "/trackID=1?key=no"] {
        let answer = set_up(&mut client, &format!("{url}{control}"));
        assert_eq!(answer.status, 403, "{control}: {answer:?}");
    }
    for control in [
        "?key=secret-ticket/trackID=1",
        "/trackID=1?key=secret-ticket",
    ] {
        let mut client = Client::connect(server.address);
        client.set_up(&format!("{url}{control}"), 0);
        // The session is let in already.
        client.set_up(&format!("{url}/trackID=2"), 2);
        let answer = set_up(&mut client, &server.url("/vod/demo.mp4/trackID=1"));
        assert_eq!(answer.status, 459, "it is for its own URL alone");
        assert_eq!(client.play_again(&url, None).status, 200);
        client.packet();
    }
    server.assert_sound();
}

#[test]
fn rules_go_by_the_address() {
    let mut server = start(
        "[play]\nkey = \"general\"\n\
         [[rights]]\npath = \"live/*\"\naction = \"play\"\nallow = [\"192.0.2.0/24\"]\n\
         [[rights]]\npath = \"vod/demo.mp4\"\nallow = [\"127.0.0.0/8\"]\n",
    );
    for path in ["/live/demo", "/live/demo?key=general", "/live/nobody"] {
        let answer = describe(&server, path);
        assert_eq!(answer.status, 403, "{path}: {answer:?}");
        assert!(answer.reason.contains("this address"), "{answer:?}");
    }
    let track = server.url("/live/demo?key=general/trackID=1");
    let answer = set_up(&mut Client::connect(server.address), &track);
    assert_eq!(answer.status, 403, "{answer:?}");
    play(&server, "/vod/demo.mp4");
    assert_eq!(describe(&server, "/vod/other.mp4").status, 403);
    let other = describe(&server, "/vod/other.mp4?key=general");
    assert_eq!(other.status, 404, "{other:?}");
    server.assert_sound();
}

#[test]
fn the_tracks_urls_have_the_query() {
    let mut server = start(KEYS);
    let url = server.url("/vod/demo.mp4");
    for asked in ["?key=secret-ticket", "/?key=secret-ticket/"] {
        let mut client = Client::connect(server.address);
        let (answer, tracks) = client.describe(&format!("{url}{asked}"));
        let controls: Vec<&str> = tracks.iter().map(|track| track.control.as_str()).collect();
        let expected = [1, 2].map(|track| format!("{url}/trackID={track}?key=secret-ticket"));
        assert_eq!(controls, expected);
        let base = format!("{url}/");
        assert_eq!(answer.header("Content-Base"), Some(base.as_str()));
        for (control, channel) in controls.iter().zip([0, 2]) {
            client.set_up(control, channel);
        }
        // Whatever clients take for the whole, each track is found by its URL.
        for whole in [base, format!("{url}{asked}"), url.clone()] {
            let answer = client.play_again(&whole, Some("npt=2-"));
            assert_eq!(answer.status, 200, "{whole}: {answer:?}");
            let told = rtp_info(&answer);
            assert_eq!(
                [told[0].0.as_str(), told[1].0.as_str()],
                controls[..],
                "{answer:?}"
            );
        }
        assert_eq!(client.request("PAUSE", controls[0], &[]).status, 200);
        assert_eq!(client.request("TEARDOWN", &url, &[]).status, 200);
    }
    server.assert_sound();
}

type Calls = Arc<Mutex<Vec<String>>>;

fn count(calls: &Calls, part: &str) -> usize {
    let calls = calls.lock().unwrap();
    calls.iter().filter(|call| call.contains(part)).count()
}

/// With a hook that is asked for everybody who plays, and told of their ends.
fn hooks() -> (String, Calls) {
    let (address, calls) = hook();
    let url = format!("\"http://{address}/\"");
    let settings = format!("[hooks]\non_play = {url}\non_play_done = {url}\n");
    (settings, calls)
}

fn wait_for_ends(server: &mut Server, calls: &Calls, ends: usize) {
    server.wait_for(|_| (count(calls, "call=play_done") >= ends).then_some(()));
    assert_eq!(count(calls, "call=play_done"), ends);
}

#[test]
fn hooks_are_asked_once_for_each_session_and_told_of_its_end() {
    let (settings, calls) = hooks();
    let mut server = start(&settings);
    let url = server.url("/live/demo?user=7");
    let mut client = Client::connect(server.address);
    client.describe(&url);
    assert_eq!(count(&calls, "call="), 0, "to be described begins nothing");
    client.play(&url, None);
    client.packet();
    assert_eq!(count(&calls, "call="), 1, "two tracks are one play");
    assert_eq!(client.request("PAUSE", &url, &[]).status, 200);
    assert_eq!(client.play_again(&url, None).status, 200);
    assert_eq!(client.request("TEARDOWN", &url, &[]).status, 200);
    wait_for_ends(&mut server, &calls, 1);
    assert_eq!(count(&calls, "call=play&"), 1);
    for call in calls.lock().unwrap().iter() {
        let client = client.stream.local_addr().unwrap();
        let (id, tc_url) = (
            format!("clientid=127.0.0.1%3A{}", client.port()),
            "tcurl=rtsp",
        );
        for part in [
            "app=live",
            "name=demo",
            "addr=127.0.0.1",
            "user=7",
            &id,
            tc_url,
        ] {
            assert!(call.contains(part), "{part}: {call}");
        }
    }
    // One that goes without a word.
    drop(play(&server, "/live/demo"));
    wait_for_ends(&mut server, &calls, 2);
    server.assert_sound();
}

#[test]
fn a_hook_that_says_no_refuses_the_session() {
    let (settings, calls) = hooks();
    let mut server = start(&settings);
    let url = server.url("/live/demo?user=forbidden");
    let mut client = Client::connect(server.address);
    let (_, tracks) = client.describe(&url);
    let answer = set_up(&mut client, &tracks[0].control);
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.reason.contains("the hook said 403"), "{answer:?}");
    let is_told = |server: &Server| server.logged().contains("the hook said 403");
    server.wait_for(|server| is_told(server).then_some(()));
    // The connection goes on, and nothing ended as nothing began.
    client.play(&server.url("/vod/demo.mp4"), None);
    assert_eq!(count(&calls, "call=play_done"), 0);
    server.assert_sound();
}

#[test]
fn a_silent_hook_refuses_and_lets_the_connection_go_on() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = start(&format!(
        "[hooks]\non_play = \"http://{address}/\"\ntimeout_ms = 500\n"
    ));
    let mut client = Client::connect(server.address);
    let (_, tracks) = client.describe(&server.url("/live/demo"));
    let answer = set_up(&mut client, &tracks[0].control);
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.reason.contains("no answer in time"), "{answer:?}");
    client.describe(&server.url("/live/demo"));
    // One that leaves while the hook thinks.
    client.write_request("SETUP", &tracks[0].control, &[("Transport", "RTP/AVP/TCP")]);
    drop(client);
    Client::connect(server.address).describe(&server.url("/live/demo"));
    server.assert_sound();
}

#[test]
fn a_name_that_a_hook_gives_is_described_and_played() {
    let (settings, calls) = hooks();
    let mut server = start(&settings);
    let client = play(&server, "/live/alias?user=7");
    assert_eq!(count(&calls, "call=play&"), 1);
    drop(client);
    wait_for_ends(&mut server, &calls, 1);
    assert_eq!(count(&calls, "name=alias"), 2);
    // What was described and never played is over with its connection too.
    let answer = describe(&server, "/live/alias");
    assert_eq!(answer.status, 200);
    wait_for_ends(&mut server, &calls, 2);
    assert_eq!(describe(&server, "/live/nobody").status, 404);
    assert_eq!(describe(&server, "/live/forbidden").status, 403);
    server.assert_sound();
}

#[test]
fn who_was_told_of_one_file_is_not_sent_another() {
    let (settings, calls) = hooks();
    let folder = Folder::new()
        .with("server.toml", settings)
        .with("other.mp4", DEMO)
        .with("tall.mp4", tall_movie(2, 500));
    let settings = folder.join("server.toml");
    let mut server = Server::start(&["--config", &settings, folder.path().to_str().unwrap()]);
    let mut client = Client::connect(server.address);
    let (_, tracks) = client.describe(&server.url("/vod/other.mp4"));
    let answer = set_up(&mut client, &tracks[0].control);
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.reason.contains("another name"), "{answer:?}");
    wait_for_ends(&mut server, &calls, 1);
    // Nothing was said to this one yet: it plays what the hook named.
    let mut client = Client::connect(server.address);
    client.set_up(&tracks[0].control, 0);
    let answer = client.play_again(&server.url("/vod/other.mp4"), None);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.npt().1, Some(2.0), "the other one is longer");
    client.packet();
    server.assert_sound();
}
