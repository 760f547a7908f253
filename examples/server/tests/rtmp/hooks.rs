//! Hooks over RTMP: asked before, told after.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    house::House,
    media::{assert_played, movie},
    peer::Peer,
};

/// An HTTP server that decides by the name: what it was sent.
async fn hook() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&calls);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(stream, Arc::clone(&seen)));
        }
    });
    (address, calls)
}

async fn answer(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>) {
    let mut text = String::new();
    let mut block = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut block).await {
        text.push_str(&String::from_utf8_lossy(&block[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() < length.unwrap_or(0) {
            continue;
        }
        let status = if body.contains("name=forbidden") || body.contains("from=nowhere") {
            "403 Forbidden"
        } else if body.contains("name=alias") {
            "302 Found\r\nLocation: cam"
        } else if body.contains("name=elsewhere") {
            "302 Found\r\nLocation: ../etc/passwd"
        } else {
            "204 No Content"
        };
        seen.lock().unwrap().push(body.to_owned());
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        text.clear();
    }
}

fn settings(address: SocketAddr, names: &[&str]) -> String {
    let lines = names
        .iter()
        .map(|name| format!("{name} = \"http://{address}/{name}\"\n"));
    format!("[hooks]\n{}", lines.collect::<String>())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hooks_allow_deny_and_rename() {
    let (address, calls) = hook().await;
    let names = [
        "on_connect",
        "on_publish",
        "on_play",
        "on_publish_done",
        "on_play_done",
    ];
    let mut house = House::with(&settings(address, &names));
    let refused = Peer::try_connect(house.rtmp, "live?from=nowhere").await;
    let refused = refused.err().unwrap();
    assert_eq!(refused.code.as_str(), "NetConnection.Connect.Rejected");
    let mut publisher = house.peer().await;
    for (name, reason) in [("forbidden", "403"), ("elsewhere", "cannot be one")] {
        let status = publisher.publish(name).await.unwrap_err();
        assert_eq!(status.code.as_str(), "NetStream.Publish.Denied");
        assert!(status.description.contains(reason), "{status:?}");
    }
    // It is published as cam.
    let stream = publisher.publish_headers("alias?user=7").await;
    let mut player = house.peer().await;
    let played = player.play("cam").await.unwrap();
    let renamed = player.play("alias").await.unwrap();
    publisher.send_all(stream, &movie(0..5)).await;
    for handle in [played, renamed] {
        let tags = player.tags(handle, 13).await;
        assert_played(&tags, &movie(0..5));
    }
    let status = player.play("forbidden").await.unwrap_err();
    assert_eq!(status.code.as_str(), "NetStream.Play.Failed");
    player.close_stream(renamed).await;
    drop(player);
    drop(publisher);
    let count = |part: &str| {
        let calls = calls.lock().unwrap();
        calls.iter().filter(|call| call.contains(part)).count()
    };
    house.server.wait_for(|_| {
        let is_told = count("call=publish_done") == 1 && count("call=play_done") == 2;
        is_told.then_some(())
    });
    for (part, times) in [
        ("call=connect", 3),
        ("call=publish&", 3),
        ("call=play&", 3),
        ("user=7", 2),
    ] {
        assert_eq!(count(part), times, "{part}: {:?}", calls.lock().unwrap());
    }
    let calls = calls.lock().unwrap();
    let done = calls.iter().find(|call| call.contains("call=publish_done"));
    for part in ["app=live", "name=alias", "addr=127.0.0.1"] {
        assert!(done.unwrap().contains(part), "{done:?}");
    }
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_that_is_silent_refuses_and_holds_nobody_up() {
    // It accepts, and says nothing.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let text = settings(address, &["on_play"]) + "timeout_ms = 500\n";
    let mut house = House::with(&text);
    let mut peer = house.peer().await;
    let stream = peer.publish_headers("cam").await;
    peer.send_all(stream, &movie(0..3)).await;
    let status = peer.play("cam").await.unwrap_err();
    assert_eq!(status.code.as_str(), "NetStream.Play.Failed");
    assert!(status.description.contains("no answer in time"));
    house.log_line(&["a hook gives no answer in time"]);
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_while_the_hook_thinks_leaves_nothing_behind() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let text = settings(address, &["on_publish"]) + "timeout_ms = 600\n";
    let mut house = House::with(&text);
    let mut peer = house.peer().await;
    let publish = castline_rtmp_chunk::command::Publish::new(
        "cam",
        castline_rtmp_chunk::command::PublishMode::Live,
    );
    peer.link.machine().publish(publish).unwrap();
    while peer.next_within(200).await.is_some() {}
    drop(peer);
    house.log_line(&["publish refused (RTMP)"]);
    house.server.assert_sound();
}
