//! Who may publish and play what.

use castline_rtmp_chunk::command::PlayStart;

use crate::{
    common::{DEMO, Folder},
    house::House,
    media::movie,
    peer::Peer,
    vod::flv_file,
};

/// Tries to publish: the status' code, or none when it was granted.
async fn publish(house: &House, app: &str, name: &str) -> Option<String> {
    let mut peer = Peer::connect(house.rtmp, app).await;
    match peer.publish(name).await {
        Ok(stream) => {
            // Over before the next one tries.
            peer.close_stream(stream).await;
            peer.length("x").await;
            None
        }
        Err(status) => Some(status.code.as_str().to_owned()),
    }
}

/// As [`publish`].
async fn play(house: &House, app: &str, name: &str) -> Option<String> {
    let mut peer = Peer::connect(house.rtmp, app).await;
    let start = PlayStart::LiveOrRecorded;
    let status = peer.play_from(name, start).await.err()?;
    Some(status.code.as_str().to_owned())
}

const DENIED: Option<&str> = Some("NetStream.Publish.Denied");
const BAD_NAME: Option<&str> = Some("NetStream.Publish.BadName");
const FAILED: Option<&str> = Some("NetStream.Play.Failed");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_cannot_be_are_refused() {
    let mut house = House::new();
    let long = "x".repeat(257);
    for (app, name) in [
        ("live", "."),
        ("live", ".."),
        ("live", ".hidden"),
        ("live", "a/b"),
        ("live", "../vod/x"),
        ("live", "a\\b"),
        ("live", "a\nb"),
        ("live", "a\0"),
        ("live", " a"),
        ("live", "a*"),
        ("live", "a:b"),
        ("live", &long),
        ("live", ""),
        ("vod", "cam"),
        ("other", "cam"),
        ("live/sub", "cam"),
    ] {
        let code = publish(&house, app, name).await;
        assert_eq!(code.as_deref(), BAD_NAME, "{app} {name:?}");
    }
    for (app, name) in [("live", "größe 1"), ("live/", "/cam"), ("live", "cam?x=1")] {
        assert_eq!(publish(&house, app, name).await, None, "{app} {name:?}");
    }
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishers_need_their_keys() {
    let settings =
        "[publish]\nkey = \"general-secret\"\n[publish.keys]\n\"live/own\" = \"own-secret\"\n";
    let mut house = House::with(settings);
    for (app, name, code) in [
        ("live", "cam", DENIED),
        ("live", "cam?key=wrong", DENIED),
        ("live", "cam?key=own-secret", DENIED),
        ("live", "cam?key=general-secret", None),
        ("live", "cam?x=1&key=general-secret", None),
        ("live?key=general-secret", "cam", None),
        ("live/?key=general-secret", "cam", None),
        ("live", "own?key=general-secret", DENIED),
        ("live", "/own/?key=general-secret", DENIED),
        ("live?key=own-secret", "own", None),
    ] {
        let answer = publish(&house, app, name).await;
        assert_eq!(answer.as_deref(), code, "{app} {name}");
    }
    let line = house.log_line(&["publish refused (RTMP)", "live/cam"]);
    assert!(line.contains("?key=KEY"), "it says what to do: {line}");
    let logged = house.server.logged();
    assert!(!logged.contains("-secret"), "no key is in the log");
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn players_need_their_keys_however_they_spell_a_path() {
    let folder = Folder::new()
        .with("film.mp4", DEMO)
        .with("sub/film.mp4", DEMO)
        .with("sub/clip.flv", flv_file(3))
        .with("open.flv", flv_file(3));
    let settings = "[play.keys]\n\"live/cam\" = \"ticket\"\n\"vod/sub/film.mp4\" = \"ticket\"\n\"vod/sub/clip.flv\" = \"ticket\"\n";
    let mut house = House::serving(folder, settings);
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    publisher.send_all(stream, &movie(0..2)).await;
    for (app, name) in [
        ("live", "cam"),
        ("live", "cam?key=no"),
        ("live", "/cam/"),
        ("", "live/cam"),
        ("live/_definst_", "cam"),
        ("vod", "sub/film.mp4"),
        ("vod", "mp4:sub/film.mp4"),
        ("vod", "sub//film.mp4"),
        ("vod", "sub/./film.mp4"),
        ("vod", "./sub/film.mp4"),
        ("vod", "sub/film.mp4/"),
        ("vod", "sub/film.mp4/."),
        ("vod/sub", "film.mp4"),
        ("vod/sub/", "./film.mp4"),
        ("vod", "sub/clip.flv"),
        ("vod", "sub/clip"),
        ("vod", "flv:sub/clip"),
        ("vod", "sub//clip"),
    ] {
        let code = play(&house, app, name).await;
        assert!(code.is_some(), "{app} {name} is played without a key");
        let mut peer = Peer::connect(house.rtmp, app).await;
        assert_eq!(peer.length(name).await, 0.0, "{app} {name}");
    }
    for (app, name) in [
        ("live", "cam?key=ticket"),
        ("live?key=ticket", "cam"),
        ("vod", "sub/film.mp4?key=ticket"),
        ("vod/sub?key=ticket", "film.mp4"),
        ("vod", "sub/clip.flv?key=ticket"),
        ("vod", "sub/clip?key=ticket"),
        ("vod", "film.mp4"),
        ("vod", "open"),
    ] {
        assert_eq!(play(&house, app, name).await, None, "{app} {name}");
    }
    assert!(!house.server.logged().contains("ticket"));
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_go_before_keys() {
    let settings = r#"
        [publish]
        key = "general"
        [[rights]]
        path = "live/far*"
        allow = ["192.0.2.0/24"]
        [[rights]]
        path = "live/near*"
        action = "publish"
        allow = ["127.0.0.0/8"]
        [[rights]]
        path = "live/guest*"
        action = "publish"
        key = "guest"
    "#;
    let mut house = House::with(settings);
    for (name, code) in [
        ("far1?key=general", DENIED),
        ("near1", None),
        ("guest1?key=general", DENIED),
        ("guest1?key=guest", None),
        ("cam", DENIED),
        ("cam?key=general", None),
    ] {
        let answer = publish(&house, "live", name).await;
        assert_eq!(answer.as_deref(), code, "{name}");
    }
    assert_eq!(play(&house, "live", "far1").await.as_deref(), FAILED);
    let status = play(&house, "live", "near1").await;
    assert_eq!(status.as_deref(), Some("NetStream.Play.StreamNotFound"));
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_can_be_off() {
    let mut house = House::with("[publish]\nenabled = false\n");
    let answer = publish(&house, "live", "cam").await;
    assert_eq!(answer.as_deref(), DENIED);
    house.log_line(&["publish refused (RTMP)", "[publish] enabled"]);
    house.server.assert_sound();
}
