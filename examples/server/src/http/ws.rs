//! FLV over WebSocket: each message is some whole tags.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::Body,
    extract::{
        FromRequestParts,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
};
use bytes::{Buf, Bytes};
use hyper::{HeaderMap, Response, header, http::request::Parts};
use tokio::sync::oneshot;
use tracing::debug;

use super::{
    HttpError,
    feed::{Ended, Feed},
    segments::Segments,
};

/// What a player may say at a time; it has nothing to say but pings.
const MOST_MESSAGE_BYTES: usize = 4 * 1024;
/// What is read at a time.
const READ_BUFFER_BYTES: usize = 1024;

/// The player of a connection that became a WebSocket, which its connection waits for.
#[derive(Debug, Clone, Default)]
pub(super) struct Upgraded(Arc<Mutex<Option<oneshot::Receiver<()>>>>);

impl Upgraded {
    /// Gives what lasts as long as the player does.
    fn begin(&self) -> oneshot::Sender<()> {
        let (alive, over) = oneshot::channel();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(over);
        alive
    }

    /// Waits until the player, if there is one, has left.
    pub(super) async fn over(&self) {
        let over = {
            let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            slot.take()
        };
        if let Some(over) = over {
            // Nothing is ever sent: the error is the end.
            let _ = over.await;
        }
    }
}

/// True when the client wants to speak WebSocket (RFC 6455 §4.2.1).
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers the handshake; the feed is sent once it is done.
pub(super) async fn upgrade<F: Feed>(
    parts: &mut Parts,
    upgraded: &Upgraded,
    feed: F,
) -> Result<Response<Body>, HttpError> {
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &()).await;
    let upgrade = upgrade
        .map_err(|rejection| HttpError::new(rejection.status(), rejection.body_text()))?
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(MOST_MESSAGE_BYTES)
        .max_frame_size(MOST_MESSAGE_BYTES);
    let alive = upgraded.begin();
    Ok(upgrade.on_upgrade(move |socket| player(socket, feed, alive)))
}

async fn player<F: Feed>(mut socket: WebSocket, mut feed: F, alive: oneshot::Sender<()>) {
    if let Err(error) = play(&mut socket, &mut feed).await {
        debug!(%error, "a WebSocket failed");
    }
    drop(alive);
}

async fn play<F: Feed>(socket: &mut WebSocket, feed: &mut F) -> Result<(), axum::Error> {
    loop {
        let tags = tokio::select! {
            tags = poll_fn(|cx| feed.poll_tags(cx)) => tags,
            message = socket.recv() => match message.transpose()? {
                // A close is answered by the library as soon as it is read on.
                None => return Ok(()),
                Some(_) => continue,
            },
        };
        let (code, reason) = match tags {
            Ok(tags) => {
                socket.send(Message::Binary(joined(tags))).await?;
                continue;
            }
            Err(Ended::Stream) => (close_code::NORMAL, "the stream ended"),
            Err(Ended::Server) => (close_code::AWAY, "the server ends"),
        };
        let farewell = CloseFrame {
            code,
            reason: reason.into(),
        };
        return socket.send(Message::Close(Some(farewell))).await;
    }
}

/// A message is one piece: here the tags are copied, once.
fn joined(mut tags: Segments) -> Bytes {
    let len = tags.remaining();
    tags.copy_to_bytes(len)
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        convert::Infallible,
        task::{Context, Poll},
        time::Duration,
    };

    use axum::response::IntoResponse;
    use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;

    /// Gives what it has, then what it ends with; or waits, when it does not end.
    struct Given {
        tags: VecDeque<&'static [u8]>,
        end: Option<Ended>,
    }

    impl Feed for Given {
        fn poll_tags(&mut self, _: &mut Context<'_>) -> Poll<Result<Segments, Ended>> {
            match (self.tags.pop_front(), self.end) {
                (Some(tag), _) => {
                    let (front, back) = tag.split_at(1);
                    let mut segments = Segments::from(Bytes::from_static(front));
                    segments.push(Bytes::from_static(back));
                    Poll::Ready(Ok(segments))
                }
                (None, Some(end)) => Poll::Ready(Err(end)),
                (None, None) => Poll::Pending,
            }
        }
    }

    /// A server of one connection, whose first request becomes a WebSocket; ends when the player has left.
    fn serve(feed: Given) -> (DuplexStream, tokio::task::JoinHandle<()>) {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let feed = Arc::new(Mutex::new(Some(feed)));
        let server = tokio::spawn(async move {
            let upgraded = Upgraded::default();
            let service = service_fn(|request: Request<Incoming>| {
                let (upgraded, feed) = (upgraded.clone(), feed.lock().unwrap().take().unwrap());
                async move {
                    let mut parts = request.into_parts().0;
                    assert!(is_wanted(&parts.headers));
                    let answer = upgrade(&mut parts, &upgraded, feed).await;
                    Ok::<_, Infallible>(answer.unwrap_or_else(IntoResponse::into_response))
                }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(far), service);
            connection.with_upgrades().await.unwrap();
            upgraded.over().await;
        });
        (near, server)
    }

    async fn shake_hands(client: &mut DuplexStream) -> String {
        // The key and its answer are those of RFC 6455 §1.3.
        let request = "GET /live/cam.flv HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        client.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    async fn read(client: &mut DuplexStream, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        let reading = tokio::time::timeout(Duration::from_secs(10), client.read_exact(&mut bytes));
        reading.await.expect("something comes").unwrap();
        bytes
    }

    #[tokio::test]
    async fn messages_are_tags_and_the_end_is_said() {
        for (end, farewell) in [
            (Ended::Stream, &b"\x88\x12\x03\xe8the stream ended"[..]),
            (Ended::Server, &b"\x88\x11\x03\xe9the server ends"[..]),
        ] {
            let (mut client, server) = serve(Given {
                tags: [&b"FLV"[..], b"a tag"].into(),
                end: Some(end),
            });
            let head = shake_hands(&mut client).await.to_ascii_lowercase();
            assert!(head.starts_with("http/1.1 101 "), "{head}");
            assert!(head.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
            assert_eq!(read(&mut client, 5).await, b"\x82\x03FLV");
            assert_eq!(read(&mut client, 7).await, b"\x82\x05a tag");
            assert_eq!(read(&mut client, farewell.len()).await, farewell);
            drop(client);
            server.await.unwrap();
        }
    }

    #[tokio::test]
    async fn pings_are_answered_and_a_close_ends_it() {
        let (mut client, server) = serve(Given {
            tags: VecDeque::new(),
            end: None,
        });
        shake_hands(&mut client).await;
        client.write_all(b"\x89\x82\0\0\0\0hi").await.unwrap();
        assert_eq!(read(&mut client, 4).await, b"\x8a\x02hi");
        client.write_all(b"\x88\x82\0\0\0\0\x03\xe8").await.unwrap();
        assert_eq!(read(&mut client, 4).await, b"\x88\x02\x03\xe8");
        tokio::time::timeout(Duration::from_secs(10), server)
            .await
            .expect("the player has left")
            .unwrap();
    }

    #[tokio::test]
    async fn who_says_too_much_is_cut_off() {
        let (mut client, server) = serve(Given {
            tags: VecDeque::new(),
            end: None,
        });
        shake_hands(&mut client).await;
        client.write_all(b"\x82\xfe\x7f\xff\0\0\0\0").await.unwrap();
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.unwrap();
        tokio::time::timeout(Duration::from_secs(10), server)
            .await
            .expect("it is over")
            .unwrap();
    }
}
