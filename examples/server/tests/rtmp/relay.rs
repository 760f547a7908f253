//! Streams sent on to another server, and fetched from one.

use castline_rtmp_chunk::{
    client::{ClientEvent, StreamEnd},
    command::{Publish, PublishMode},
};

use crate::{
    common::{Folder, free_port},
    house::{House, pause},
    media::{self, GROUP, assert_played, movie, picture_number},
    peer::Peer,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_pushed_and_pushed_again_when_the_other_server_comes_back() {
    let port = free_port();
    let needed = "[publish]\nkey = \"hidden-key\"\n";
    let mut target = House::at(port, Folder::new(), needed);
    let settings = format!(
        "[[push]]\nstream = \"live/*\"\nurl = \"rtmp://127.0.0.1:{port}/live/{{name}}-copy?key=hidden-key\"\n"
    );
    let mut house = House::with(&settings);
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    publisher.send_all(stream, &movie(0..5)).await;
    target.log_line(&["publishes (RTMP)", "stream=\"cam-copy\""]);
    let mut player = target.peer().await;
    let played = player.play("cam-copy").await.unwrap();
    publisher.send_all(stream, &movie(5..20)).await;
    assert_played(&player.tags(played, 43).await, &movie(0..20));
    // The other server goes, and comes again.
    drop(player);
    drop(target);
    house.log_line(&["a push failed"]);
    publisher.send_all(stream, &movie(20..GROUP + 3)).await;
    let mut target = House::at(port, Folder::new(), needed);
    target.log_line(&["publishes (RTMP)", "stream=\"cam-copy\""]);
    let mut player = target.peer().await;
    let played = player.play("cam-copy").await.unwrap();
    publisher
        .send_all(stream, &movie(GROUP + 3..GROUP + 10))
        .await;
    let tags = player.tags(played, 3 + 20).await;
    assert_played(&tags, &movie(GROUP..GROUP + 10));
    // It ends where it came from, and so at the other end.
    publisher.close_stream(stream).await;
    player.ended(played, StreamEnd::UnpublishNotify).await;
    house.log_line(&["pushed to its end", "stream=\"cam\""]);
    let logged = house.server.logged() + &target.server.logged();
    assert!(!logged.contains("hidden-key"), "{logged}");
    house.server.assert_sound();
    target.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_is_refused_is_told_without_secrets() {
    let mut target = House::with("[publish]\nkey = \"right\"\n");
    let nobody = free_port();
    let settings = format!(
        "[[push]]\nstream = \"live/*\"\nurl = \"rtmp://user:pass-word@{}/live/x?key=wrong-key\"\n\
         [[push]]\nstream = \"live/*\"\nurl = \"rtmp://127.0.0.1:{nobody}/live/{{name}}?key=other-key\"\n",
        target.rtmp
    );
    let mut house = House::with(&settings);
    let mut peer = house.peer().await;
    let stream = peer.publish_headers("cam").await;
    let played = peer.play("cam").await.unwrap();
    peer.send_all(stream, &movie(0..5)).await;
    let refused = house.log_line(&["a push failed", &target.rtmp.to_string()]);
    assert!(refused.contains("NetStream.Publish"), "{refused}");
    house.log_line(&["a push failed", &nobody.to_string(), "cannot connect"]);
    // It does not matter to the stream.
    assert_played(&peer.tags(played, 13).await, &movie(0..5));
    let logged = house.server.logged() + &target.server.logged();
    for secret in ["pass-word", "wrong-key", "other-key"] {
        assert!(!logged.contains(secret), "{logged}");
    }
    house.server.assert_sound();
    target.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_pulled_and_pulled_again() {
    let origin_port = free_port();
    let settings =
        format!("[[pull]]\nname = \"copy\"\nurl = \"rtmp://127.0.0.1:{origin_port}/live/cam\"\n");
    let mut origin = House::at(origin_port, Folder::new(), "");
    let mut publisher = origin.peer().await;
    let stream = publisher.publish_headers("cam").await;
    publisher.send_all(stream, &movie(0..5)).await;
    let mut house = House::with(&settings);
    house.log_line(&["is pulled", "copy"]);
    let mut player = house.peer().await;
    let played = player.play("copy").await.unwrap();
    publisher.send_all(stream, &movie(5..10)).await;
    assert_played(&player.tags(played, 23).await, &movie(0..10));
    // Nobody else may publish under its name.
    let status = player.publish("copy").await.unwrap_err();
    assert_eq!(status.code.as_str(), "NetStream.Publish.BadName");
    publisher.close_stream(stream).await;
    player.ended(played, StreamEnd::UnpublishNotify).await;
    // It comes back.
    let stream = publisher.publish_headers("cam").await;
    publisher.send_all(stream, &movie(50..55)).await;
    house.server.wait_for(|server| {
        let logged = server.logged();
        (logged.matches("is pulled").count() == 2).then_some(())
    });
    let mut player = house.peer().await;
    let played = player.play("copy").await.unwrap();
    assert_played(&player.tags(played, 13).await, &movie(50..55));
    house.server.assert_sound();
    origin.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_on_demand_lasts_as_long_as_it_is_played() {
    let mut origin = House::with("[play]\nkey = \"pull-key\"\n");
    let mut publisher = origin.peer().await;
    let stream = publisher.publish_headers("cam").await;
    publisher.send_all(stream, &movie(0..5)).await;
    let settings = format!(
        "[[pull]]\nname = \"copy\"\nurl = \"rtmp://{}/live/cam?key=pull-key\"\non_demand = true\n\
         [[pull]]\nname = \"none\"\nurl = \"rtmp://{}/live/nobody\"\non_demand = true\n",
        origin.rtmp, origin.rtmp
    );
    let mut house = House::with(&settings);
    pause(300).await;
    assert!(!house.server.logged().contains("pull"), "nobody wants it");
    let mut players = Vec::new();
    for _ in 0..3 {
        let mut player = house.peer().await;
        let played = player.play("copy").await.unwrap();
        assert_played(&player.tags(played, 13).await, &movie(0..5));
        players.push(player);
    }
    assert_eq!(house.server.logged().matches("is pulled").count(), 1);
    // What is not there is told in time.
    let mut other = house.peer().await;
    let begin = std::time::Instant::now();
    let status = other.play("none").await.unwrap_err();
    assert!(begin.elapsed().as_secs() < 5, "it is told when it is known");
    assert_eq!(status.code.as_str(), "NetStream.Play.StreamNotFound");
    house.log_line(&["a pull failed", "none"]);
    drop(players);
    // It ends by itself; its name is pulled anew then.
    house.log_line(&["pulled to its end", "copy"]);
    publisher.send_all(stream, &movie(GROUP..GROUP + 2)).await;
    let mut player = house.peer().await;
    let played = player.play("copy").await.unwrap();
    let tags = player.tags_to(played, GROUP + 1).await;
    let first = tags.iter().find_map(picture_number);
    assert_eq!(first, Some(GROUP));
    let logged = house.server.logged() + &origin.server.logged();
    assert!(!logged.contains("pull-key"), "{logged}");
    house.server.assert_sound();
    origin.server.assert_sound();
}
