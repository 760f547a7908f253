//! Answers are awaited from when a request is sent, however long nothing was heard before.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "test code"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use castline_core::Machine;
use castline_rtsp_proto::ConnectionError;
use castline_rtsp_proto::client::*;

#[test]
fn a_request_after_a_long_silence_has_its_whole_time() {
    let start = Instant::now();
    let config = Arc::new(ClientConfig::default());
    let timeout = config.response_timeout;
    let mut client = ClientConnection::new(config, start);
    // Nothing is heard for an hour; then a verb is called, which is not told the time.
    let later = start + Duration::from_secs(3600);
    client.describe("rtsp://h/f").unwrap();
    while client.poll_transmit().is_some() {}
    assert!(
        client.poll_timeout().unwrap() <= later,
        "the machine asks for the time"
    );
    client.handle_timeout(later);
    assert!(client.poll_event().unwrap().is_none());
    assert_eq!(client.poll_timeout(), Some(later + timeout));
    client.handle_timeout(later + timeout - Duration::from_millis(1));
    assert!(client.poll_event().unwrap().is_none());
    let answer = "RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n";
    client.handle_input(
        later + timeout - Duration::from_millis(1),
        &mut BytesMut::from(answer),
    );
    assert!(matches!(
        client.poll_event(),
        Ok(Some(ClientEvent::Failed { .. }))
    ));
}

#[test]
fn an_answer_that_does_not_come_ends_the_connection() {
    let start = Instant::now();
    let mut client = ClientConnection::new(Arc::new(ClientConfig::default()), start);
    client.describe("rtsp://h/f").unwrap();
    client.handle_timeout(start);
    let end = client.poll_timeout().unwrap();
    client.handle_timeout(end);
    let error = client.poll_event().unwrap_err();
    assert!(matches!(error, ConnectionError::ResponseTimeout { .. }));
}
