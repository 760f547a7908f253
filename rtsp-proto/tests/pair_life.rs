//! The client's machine against the server's, over links of all kinds.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

mod session_support;

use std::time::Duration;

use castline_core::Machine;
use castline_core::testing::{LinkOptions, Pair, Split, start};
use castline_rtsp_proto::client::*;
use castline_rtsp_proto::headers::Range;
use castline_rtsp_proto::server::{CloseReason, ClosedBy, ServerConfig, ServerEvent};
use castline_rtsp_proto::{ChannelKind, ConnectionError, Method, SendError, Version, join_control};
use session_support::*;

const FILM: &str = "rtsp://127.0.0.1/film";

type Machines = Pair<ClientConnection, App>;

fn links() -> Vec<[LinkOptions; 2]> {
    let latency = Duration::from_millis(30);
    let both = |options: LinkOptions| [options.clone(), options];
    vec![
        both(LinkOptions::default()),
        both(LinkOptions {
            latency,
            ..LinkOptions::default()
        }),
        both(LinkOptions {
            latency,
            split: Split::Bytes(1),
            ..LinkOptions::default()
        }),
        both(LinkOptions {
            latency,
            split: Split::Random(7),
            ..LinkOptions::default()
        }),
        both(LinkOptions {
            split: Split::Random(300),
            window_bytes: 512,
            bytes_per_second: Some(20_000),
            ..LinkOptions::default()
        }),
    ]
}

fn pair_over(version: Version, links: [LinkOptions; 2]) -> Machines {
    let now = start();
    let mut config = ClientConfig::default();
    config.version = version;
    Pair::with_links(
        now,
        ClientConnection::new(config, now),
        App::new(ServerConfig::default(), now),
        links,
    )
}

fn pair() -> Machines {
    pair_over(
        Version::V1_0,
        [LinkOptions::default(), LinkOptions::default()],
    )
}

/// Describes and sets up both tracks.
fn set_up(pair: &mut Machines) -> Vec<ClientEvent> {
    pair.a.options(FILM).unwrap();
    pair.a.describe(FILM).unwrap();
    pair.drive();
    let mut heard = pair.a_heard.take_events();
    let base = heard.iter().find_map(|event| match event {
        ClientEvent::Described { base, sdp, .. } => {
            assert_eq!(&sdp[..], SDP.as_bytes());
            Some(base.clone())
        }
        _ => None,
    });
    let base = base.unwrap();
    // Without waiting in between: the second waits in the machine for the session's name.
    for track in 0..2 {
        let uri = join_control(&base, &format!("trackID={track}"));
        pair.a.setup(SetupRequest::interleaved(track, uri)).unwrap();
    }
    pair.drive();
    heard.extend(pair.a_heard.take_events());
    heard
}

fn packets(events: &[ClientEvent]) -> Vec<(u32, ChannelKind, Vec<u8>)> {
    let packet = |event: &ClientEvent| match event {
        ClientEvent::Data {
            track, kind, data, ..
        } => Some((*track, *kind, data.to_vec())),
        _ => None,
    };
    events.iter().filter_map(packet).collect()
}

fn ranges(events: &[ClientEvent]) -> Vec<String> {
    let range = |event: &ClientEvent| match event {
        ClientEvent::Playing { range, .. } => range.as_ref().map(ToString::to_string),
        _ => None,
    };
    events.iter().filter_map(range).collect()
}

#[test]
fn a_whole_life_over_any_link_in_both_versions() {
    for version in [Version::V1_0, Version::V2_0] {
        for links in links() {
            a_whole_life(pair_over(version, links));
        }
    }
}

#[allow(clippy::too_many_lines, reason = "a life is long")]
fn a_whole_life(mut pair: Machines) {
    let heard = set_up(&mut pair);
    let agreed: Vec<AgreedTransport> = heard
        .iter()
        .filter_map(|event| match event {
            ClientEvent::SetUp { transport, .. } => Some(*transport),
            _ => None,
        })
        .collect();
    let expected = [
        AgreedTransport::Interleaved { rtp: 0, rtcp: 1 },
        AgreedTransport::Interleaved { rtp: 2, rtcp: 3 },
    ];
    assert!(
        matches!(agreed.as_slice(), [one, two] if *one == expected[0] && *two == expected[1]),
        "{agreed:?}"
    );
    assert_eq!(pair.b.server.sessions().count(), 1);
    pair.a.play(PlayRequest::new()).unwrap();
    pair.drive();
    let heard = pair.a_heard.take_events();
    assert!(
        matches!(heard[0], ClientEvent::Playing { .. }),
        "the answer comes before the packets"
    );
    let received: Vec<Vec<u8>> = packets(&heard)
        .into_iter()
        .map(|(_, _, data)| data)
        .collect();
    assert_eq!(received.len(), 4);
    assert!(
        received
            .iter()
            .zip(&pair.b.sent)
            .all(|(received, sent)| received == sent)
    );
    // Seek while playing, pause, go on.
    let seek = Range::npt(Duration::from_millis(4500), None);
    pair.a
        .play(PlayRequest::new().with_range(seek.clone()))
        .unwrap();
    pair.a.pause().unwrap();
    pair.a.play(PlayRequest::new()).unwrap();
    pair.a.get_parameter("position\r\n").unwrap();
    pair.drive();
    let heard = pair.a_heard.take_events();
    assert_eq!(
        ranges(&heard),
        [
            seek.to_string(),
            Range::npt(Duration::ZERO, None).to_string()
        ]
    );
    assert_eq!(packets(&heard).len(), 8);
    assert!(
        heard
            .iter()
            .any(|event| matches!(event, ClientEvent::Paused { .. }))
    );
    assert!(heard.iter().any(|event| matches!(event, ClientEvent::Parameters { body, .. } if &body[..] == b"position: 1\r\n")));
    // Reports go the other way.
    pair.a
        .send(1, ChannelKind::Rtcp, [bytes::Bytes::from_static(b"report")])
        .unwrap();
    pair.a.teardown().unwrap();
    pair.drive();
    assert!(matches!(
        pair.a_heard.take_events().last(),
        Some(ClientEvent::TornDown { .. })
    ));
    let served = pair.b_heard.take_events();
    assert!(served.iter().any(|event| matches!(event, ServerEvent::Data { track: 1, kind: ChannelKind::Rtcp, data, .. } if &data[..] == b"report")));
    assert!(matches!(
        served.last(),
        Some(ServerEvent::SessionClosed {
            why: ClosedBy::Teardown,
            ..
        })
    ));
    pair.a.close();
    pair.drive();
    assert!(pair.b.is_closed() && pair.a_heard.error.is_none() && pair.b_heard.error.is_none());
    assert_eq!(pair.a.stats(), ClientStats::default());
}

#[test]
fn udp_ports_are_agreed_in_both_versions() {
    for version in [Version::V1_0, Version::V2_0] {
        let mut pair = pair_over(version, Default::default());
        pair.a
            .setup(SetupRequest::udp(
                1,
                format!("{FILM}/trackID=1"),
                6000,
                6001,
            ))
            .unwrap();
        pair.drive();
        let Some(ClientEvent::SetUp {
            track: 1,
            transport,
            ssrc,
            ..
        }) = pair.a_heard.take_events().pop()
        else {
            panic!()
        };
        let AgreedTransport::Udp {
            server_ports,
            source,
            ..
        } = transport
        else {
            panic!()
        };
        assert_eq!(
            (server_ports, source, ssrc),
            (Some((30_002, 30_003)), None, Some(0x1001))
        );
        let no = pair.a.send(1, ChannelKind::Rtcp, [bytes::Bytes::new()]);
        assert_eq!(no, Err(SendError::NotInterleaved));
    }
}

#[test]
fn everything_at_once_and_in_order() {
    let mut pair = pair();
    for track in 0..2 {
        pair.a
            .setup(SetupRequest::interleaved(
                track,
                format!("{FILM}/trackID={track}"),
            ))
            .unwrap();
    }
    pair.a.play(PlayRequest::new()).unwrap();
    pair.a.teardown().unwrap();
    assert_eq!(pair.a.waiting_requests(), 4);
    pair.drive();
    let heard = pair.a_heard.take_events();
    assert_eq!(packets(&heard).len(), 4);
    assert!(matches!(heard.last(), Some(ClientEvent::TornDown { .. })));
    assert_eq!(pair.a.waiting_requests(), 0);
}

#[test]
fn signs_of_life_keep_a_silent_session_for_an_hour() {
    let mut pair = pair();
    set_up(&mut pair);
    pair.advance(Duration::from_secs(3600));
    assert_eq!(pair.b.server.sessions().count(), 1);
    assert!(pair.a_heard.error.is_none() && pair.a_heard.events.is_empty());
    assert!(pair.b.server.stats().requests >= 120);
}

#[test]
fn a_client_that_sleeps_loses_its_session() {
    let mut pair = pair();
    set_up(&mut pair);
    let now = pair.now() + Duration::from_secs(61);
    pair.b.handle_timeout(now);
    assert_eq!(pair.b.server.sessions().count(), 0);
    pair.a.play(PlayRequest::new()).unwrap();
    pair.drive();
    let heard = pair.a_heard.take_events();
    assert!(matches!(heard[0], ClientEvent::SessionLost));
    let ClientEvent::Failed {
        method: Method::PLAY,
        failure,
        ..
    } = &heard[1]
    else {
        panic!("{heard:?}")
    };
    assert_eq!(failure.status().unwrap().as_u16(), 454);
    assert_eq!(pair.a.play(PlayRequest::new()), Err(SendError::WrongState));
}

#[test]
fn refusals_arrive_and_what_hung_on_them_is_told() {
    let mut pair = pair();
    pair.a.describe("rtsp://127.0.0.1/none").unwrap();
    let first = pair
        .a
        .setup(SetupRequest::interleaved(7, format!("{FILM}/trackID=7")))
        .unwrap();
    let play = pair.a.play(PlayRequest::new()).unwrap();
    pair.drive();
    let failures: Vec<_> = pair
        .a_heard
        .take_events()
        .into_iter()
        .map(|event| match event {
            ClientEvent::Failed { cseq, failure, .. } => {
                (cseq, failure.status().map(|status| status.as_u16()))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(failures[0].1, Some(404));
    assert_eq!(failures[1..], [(first, Some(404)), (play, None)]);
}

#[test]
fn the_end_of_the_server_is_an_error_unless_nothing_was_to_come() {
    let mut pair = pair();
    set_up(&mut pair);
    pair.b.server.close(CloseReason::ServerAdmin);
    pair.drive();
    assert_eq!(pair.a_heard.error, Some(ConnectionError::Lost));
    let mut pair = pair_over(Version::V2_0, Default::default());
    set_up(&mut pair);
    pair.b.server.close(CloseReason::ServerAdmin);
    pair.drive();
    // RTSP/2.0 has a word for it.
    let heard = pair.a_heard.take_events();
    assert!(heard.iter().any(|event| matches!(event, ClientEvent::ServerRequest { request, .. } if request.method() == Method::TEARDOWN)));
    assert!(heard.contains(&ClientEvent::SessionLost));
    assert!(pair.a_heard.error.is_none() && pair.a.is_closed());
}

#[test]
fn a_silent_server_is_given_up() {
    let mut pair = pair();
    pair.b.is_silent = true;
    pair.a.describe(FILM).unwrap();
    pair.advance(Duration::from_secs(11));
    let after = Duration::from_secs(10);
    assert_eq!(
        pair.a_heard.error,
        Some(ConnectionError::ResponseTimeout {
            method: Method::DESCRIBE,
            after
        })
    );
}

#[test]
fn requests_are_bounded() {
    let mut pair = pair();
    for _ in 0..32 {
        pair.a.options(FILM).unwrap();
    }
    assert_eq!(pair.a.options(FILM), Err(SendError::TooManyRequests));
    pair.drive();
    assert_eq!(pair.a_heard.events.len(), 32);
    pair.a.options(FILM).unwrap();
    pair.a.close();
    assert_eq!(pair.a.options(FILM), Err(SendError::Closed));
}

#[test]
fn a_server_that_sends_much_is_slowed_by_the_reader() {
    let mut pair = pair_over(
        Version::V1_0,
        [
            LinkOptions::default(),
            LinkOptions {
                window_bytes: 2000,
                ..LinkOptions::default()
            },
        ],
    );
    set_up(&mut pair);
    pair.b.packets_per_play = 50_000;
    pair.a_heard.is_paused = true;
    pair.a.play(PlayRequest::new()).unwrap();
    pair.drive();
    assert!(!pair.a.wants_input());
    assert!(pair.b.queued_bytes() <= 4 * 1024 * 1024 + 4096);
    pair.a_heard.is_paused = false;
    pair.drive();
    let received = packets(&pair.a_heard.take_events());
    assert_eq!(received.len(), pair.b.sent.len());
    assert!(
        received
            .iter()
            .zip(&pair.b.sent)
            .all(|((_, _, data), sent)| data == sent)
    );
    assert!(pair.b_heard.events.contains(&ServerEvent::Writable));
}

#[test]
fn broken_links_end_in_errors_and_not_in_loops() {
    for seed in 0..200_u8 {
        let mut random = castline_core::Random::new([seed; 32]);
        let faulty = |random: &mut castline_core::Random| {
            LinkOptions {
                split: Split::Random(40),
                ..LinkOptions::default()
            }
            .with_random_faults(random, 6, 3000)
        };
        let links = [faulty(&mut random), faulty(&mut random)];
        let mut pair = pair_over(Version::V1_0, links);
        pair.a.describe(FILM).unwrap();
        for track in 0..2 {
            pair.a
                .setup(SetupRequest::interleaved(
                    track,
                    format!("{FILM}/trackID={track}"),
                ))
                .unwrap();
        }
        pair.a.play(PlayRequest::new()).unwrap();
        pair.a.teardown().unwrap();
        pair.advance(Duration::from_secs(200));
        let is_over = pair.a_heard.error.is_some() || pair.a.waiting_requests() == 0;
        assert!(is_over, "seed {seed}: a request waits for ever");
    }
}
