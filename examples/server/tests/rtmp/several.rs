//! Several streams on one connection, and several publishers of one name.

use castline_rtmp_chunk::client::{ClientEvent, StreamEnd};

use crate::{
    house::House,
    media::{self, assert_played, movie},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_connection_publishes_and_plays_several_streams() {
    let mut house = House::new();
    let mut peer = house.peer().await;
    let one = peer.publish_headers("one").await;
    let other = peer.publish_headers("other").await;
    let played_one = peer.play("one").await.unwrap();
    let played_other = peer.play("other").await.unwrap();
    let (first, second) = (movie(0..20), movie(50..70));
    for (a, b) in first.iter().zip(&second) {
        peer.send(one, a).await;
        peer.send(other, b).await;
    }
    let tags = peer.tags(played_one, 3 + first.len()).await;
    assert_played(&tags, &first);
    let tags = peer.tags(played_other, 3 + second.len()).await;
    assert_played(&tags, &second);
    // One ends, the other goes on.
    peer.close_stream(one).await;
    peer.ended(played_one, StreamEnd::UnpublishNotify).await;
    let more = movie(70..75);
    peer.send_all(other, &more).await;
    let tags = peer.tags(played_other, more.len()).await;
    assert_eq!(media::seen(&tags), media::seen(&more));
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_publisher_is_refused_and_the_first_goes_on() {
    let mut house = House::new();
    let mut first = house.peer().await;
    let stream = first.publish_headers("cam").await;
    let mut player = house.peer().await;
    let played = player.play("cam").await.unwrap();
    first.send_all(stream, &movie(0..10)).await;
    let mut second = house.peer().await;
    let status = second.publish("cam").await.unwrap_err();
    assert_eq!(status.code.as_str(), "NetStream.Publish.BadName");
    assert!(status.description.contains("published already"));
    house.log_line(&["publish refused (RTMP)", &second.own_address()]);
    first.send_all(stream, &movie(10..20)).await;
    let tags = player.tags(played, 3 + 40).await;
    assert_played(&tags, &movie(0..20));
    // Once the first is gone the name is free.
    first.close_stream(stream).await;
    player.ended(played, StreamEnd::UnpublishNotify).await;
    second.publish("cam").await.unwrap();
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_publisher_takes_over_where_that_is_set() {
    let mut house = House::with("[publish]\ntake_over = true\n");
    let mut first = house.peer().await;
    let stream = first.publish_headers("cam").await;
    let mut player = house.peer().await;
    let played = player.play("cam").await.unwrap();
    first.send_all(stream, &movie(0..5)).await;
    let mut second = house.peer().await;
    let own = second.publish_headers("cam").await;
    let events = first.until_closed().await;
    let said = events.iter().any(|event| match event {
        ClientEvent::Status { status, .. } => {
            status.code.as_str() == "NetConnection.Connect.Closed"
        }
        _ => false,
    });
    assert!(said, "the first is told: {events:?}");
    let (tags, _) = player.tags_to_end(played).await;
    assert_played(&tags, &movie(0..5));
    let mut next = house.peer().await;
    let played = next.play("cam").await.unwrap();
    second.send_all(own, &movie(100..110)).await;
    let tags = next.tags(played, 3 + 20).await;
    assert_played(&tags, &movie(100..110));
    let line = house.log_line(&["the publisher is ended", &first.own_address()]);
    assert!(line.contains("somebody else publishes"), "{line}");
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_free_at_once_when_its_publisher_is_cut_off() {
    let mut house = House::new();
    for round in 0..5 {
        let mut publisher = house.peer().await;
        let stream = publisher.publish_headers("cam").await;
        let mut player = house.peer().await;
        let played = player.play("cam").await.unwrap();
        publisher.send_all(stream, &movie(0..3)).await;
        player.tags_to(played, 2).await;
        // With a reset, as a crash or a lost route brings.
        publisher.link.io().set_zero_linger().unwrap();
        drop(publisher);
        player.ended(played, StreamEnd::UnpublishNotify).await;
        assert!(round < 5);
    }
    house.server.assert_sound();
}
