//! Sessions over UDP, and how long they live.

use std::time::{Duration, Instant};

use crate::common::{Client, Folder, Report, Server, UdpTrack, receiver_report, rtp_info};

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn packets_go_from_the_even_and_the_odd_port_to_the_clients() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let url = server.url("/vod/demo.mp4");
    let (_, tracks) = client.describe(&url);
    let tracks: Vec<UdpTrack> = tracks
        .iter()
        .map(|track| UdpTrack::set_up(&mut client, &track.control))
        .collect();
    let response = client.play_again(&url, Some("npt=0-0.8"));
    for (track, (_, sequence, timestamp)) in tracks.iter().zip(rtp_info(&response)) {
        let (even, odd) = (track.server_rtp.port(), track.server_rtcp.port());
        assert_eq!((even % 2, odd), (0, even + 1));
        let first = track.rtp(PATIENCE).expect("RTP comes");
        assert_eq!(first.sequence, sequence);
        assert!((first.timestamp.wrapping_sub(timestamp) as i32).abs() < 4800);
        let report = track
            .rtcp(PATIENCE)
            .expect("a report comes with the first packets");
        assert!(
            matches!(report[0], Report::Sender { ssrc, .. } if ssrc == first.ssrc),
            "{report:?}"
        );
        assert!(
            track.says_bye(PATIENCE),
            "BYE comes at the end of the range"
        );
    }
    assert_eq!(client.request("TEARDOWN", &url, &[]).status, 200);
}

/// Reports keep a session alive; without them it is over after the timeout. The connection is there all the time, or not.
#[test]
fn a_session_lives_by_its_reports_and_ends_without() {
    let folder = Folder::new().with("short.toml", "session_timeout = 10\n");
    let server = Server::start(&["--config", &folder.join("short.toml")]);
    let url = server.url("/live/demo");
    let begin = Instant::now();
    let start = || {
        let mut client = Client::connect(server.address);
        let (_, tracks) = client.describe(&url);
        let track = UdpTrack::set_up(&mut client, &tracks[1].control);
        let response = client.play_again(&url, None);
        assert_eq!(response.status, 200, "{response:?}");
        (client, track)
    };
    let (mut silent, silent_track) = start();
    let (reporting, reporting_track) = start();
    let session = reporting.session.clone();
    drop(reporting);
    while !silent_track.says_bye(Duration::from_secs(1)) {
        let rtcp = &reporting_track.ports.rtcp;
        rtcp.send_to(&receiver_report(), reporting_track.server_rtcp)
            .unwrap();
        assert!(
            begin.elapsed() < PATIENCE,
            "a session without a sign of its client goes on"
        );
    }
    assert!(
        begin.elapsed() > Duration::from_secs(9),
        "it ended after {:?}",
        begin.elapsed()
    );
    assert_eq!(silent.request("PLAY", &url, &[]).status, 454);
    let rest = Duration::from_secs(12).saturating_sub(begin.elapsed());
    std::thread::sleep(rest);
    assert!(
        !reporting_track.is_silent(Duration::from_secs(2)),
        "the one that reports plays on"
    );
    silent.session = session;
    assert_eq!(silent.request("TEARDOWN", &url, &[]).status, 200);
}

#[test]
fn a_session_outlives_its_connection_and_is_controlled_from_another() {
    let server = Server::start(&[]);
    let url = server.url("/live/demo");
    let mut first = Client::connect(server.address);
    let (_, tracks) = first.describe(&url);
    let track = UdpTrack::set_up(&mut first, &tracks[1].control);
    assert_eq!(first.play_again(&url, None).status, 200);
    // While the first connection is still there, and when it is gone.
    for turn in 0..2 {
        let mut other = Client::connect(server.address);
        other.session.clone_from(&first.session);
        assert!(
            !track.is_silent(Duration::from_secs(5)),
            "it plays on, turn {turn}"
        );
        assert_eq!(other.request("GET_PARAMETER", &url, &[]).status, 200);
        assert_eq!(other.request("PAUSE", &url, &[]).status, 200);
        assert!(
            track.is_silent(Duration::from_millis(700)),
            "it is paused, turn {turn}"
        );
        let response = other.play_again(&url, None);
        assert_eq!(response.status, 200, "{response:?}");
        assert!(
            !track.is_silent(Duration::from_secs(5)),
            "it goes on, turn {turn}"
        );
        first
            .stream
            .shutdown(std::net::Shutdown::Both)
            .unwrap_or_default();
    }
    let mut other = Client::connect(server.address);
    other.session.clone_from(&first.session);
    assert_eq!(other.request("TEARDOWN", &url, &[]).status, 200);
    assert!(track.says_bye(PATIENCE));
    assert_eq!(other.request("PAUSE", &url, &[]).status, 454);
    assert!(track.is_silent(Duration::from_millis(500)));
}
