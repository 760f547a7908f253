//! A file and a live stream over TCP: what is told and what arrives.

use std::{ops::Range, time::Duration};

use crate::common::{
    Client, DEMO, Report, Rtp, Server, Unit, access_units, assert_contiguous, demo_samples,
    nal_units, reports, rtp_info,
};

/// Seconds that the demo lasts.
const DEMO_SECONDS: f64 = 10.24;

#[test]
fn the_greeting_has_urls_that_play_and_commands_that_play_them() {
    let mut server = Server::start(&[]);
    let printed = server
        .wait_for(|server| Some(server.printed()).filter(|printed| printed.contains("Ctrl-C")));
    for path in ["/vod/demo.mp4", "/live/demo"] {
        let url = server.url(path);
        assert!(printed.lines().any(|line| line.trim() == url), "{printed}");
        let (_, tracks) = Client::connect(server.address).describe(&url);
        let kinds: Vec<&str> = tracks.iter().map(|track| track.kind.as_str()).collect();
        assert_eq!(kinds, ["video", "audio"]);
    }
    let url = server.url("/vod/demo.mp4");
    for program in ["ffplay ", "vlc ", "ffmpeg ", "gst-launch-1.0 "] {
        let line = printed
            .lines()
            .find(|line| line.trim_start().starts_with(program));
        assert!(
            line.is_some_and(|line| line.contains(&url)),
            "{program}: {printed}"
        );
    }
}

#[test]
fn the_description_tells_the_bandwidth_of_each_track() {
    let server = Server::start(&[]);
    let (description, _) = Client::connect(server.address).describe(&server.url("/vod/demo.mp4"));
    let lines = description.body.lines();
    let rates: Vec<u32> = lines
        .filter_map(|line| line.strip_prefix("b=AS:")?.parse().ok())
        .collect();
    assert!(
        matches!(rates[..], [200..=230, 30..=40]),
        "video and audio in kbit/s: {rates:?}"
    );
}

/// Checks what PLAY told against the first packets of each track, and that a report comes with the first frame.
fn check_beginning(client: &mut Client, response: &crate::common::Response, reports_first: bool) {
    let info = rtp_info(response);
    let mut packets = Vec::new();
    while (0..2).any(|track| access_units(&Rtp::of(&packets, track * 2)).len() < 2) {
        packets.push(client.packet());
    }
    for (track, (url, sequence, timestamp)) in (0u8..).zip(&info) {
        assert!(url.ends_with(&format!("/trackID={}", track + 1)), "{url}");
        let rtp = Rtp::of(&packets, track * 2);
        assert_contiguous(&rtp);
        assert_eq!(
            rtp[0].sequence, *sequence,
            "RTP-Info's seq is the first packet's"
        );
        let clock_rate = if track == 0 { 90_000 } else { 48_000 };
        let off = rtp[0].timestamp.wrapping_sub(*timestamp) as i32;
        let most = if track == 0 { 0 } else { clock_rate / 20 };
        assert!(
            off.abs() <= most,
            "RTP-Info's rtptime is the first packet's, but for {off} ticks"
        );
        if reports_first {
            check_first_report(&packets, track, &rtp[0]);
        }
    }
}

fn check_first_report(packets: &[(u8, Vec<u8>)], track: u8, first: &Rtp) {
    let place = packets
        .iter()
        .position(|(channel, _)| *channel == track * 2 + 1);
    let place = place.expect("no report comes with the first frames");
    let before = Rtp::of(&packets[..place], track * 2);
    assert!(
        access_units(&before).len() <= 1,
        "the report comes with the first frame"
    );
    let reports = reports(&packets[place].1);
    let Report::Sender {
        ssrc,
        timestamp,
        packets,
    } = reports[0]
    else {
        panic!("{reports:?} begins with no sender report");
    };
    assert!(ssrc == first.ssrc && packets > 0, "{reports:?}");
    let off = timestamp.wrapping_sub(first.timestamp) as i32;
    assert!(
        off.abs() < 90_000,
        "the report is of the time of the first packet"
    );
    assert!(
        matches!(&reports[1], Report::Cname(name) if !name.is_empty()),
        "{reports:?}"
    );
}

#[test]
fn a_file_is_described_set_up_and_played_over_tcp() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let url = server.url("/vod/demo.mp4");
    let options = client.request("OPTIONS", &url, &[]);
    let public = options.header("Public").unwrap();
    for method in [
        "DESCRIBE",
        "SETUP",
        "PLAY",
        "PAUSE",
        "TEARDOWN",
        "GET_PARAMETER",
    ] {
        assert!(public.contains(method), "{public}");
    }
    let (description, tracks) = client.describe(&url);
    assert_eq!(description.header("Content-Type"), Some("application/sdp"));
    assert!(
        description.body.contains("a=range:npt=0"),
        "{}",
        description.body
    );
    let clock_rates: Vec<u32> = tracks.iter().map(|track| track.clock_rate).collect();
    assert_eq!(clock_rates, [90_000, 48_000]);
    // Channels are the client's choice.
    let mut ssrcs = Vec::new();
    for (track, channel) in tracks.iter().zip([0, 2]) {
        let response = client.set_up(&track.control, channel);
        let channels = format!("{channel}-{}", channel + 1);
        assert_eq!(response.transport("interleaved"), Some(channels.as_str()));
        ssrcs.push(u32::from_str_radix(response.transport("ssrc").unwrap(), 16).unwrap());
    }
    let response = client.play_again(&url, Some("npt=0-"));
    let (start, end) = response.npt();
    assert!(
        start == 0.0 && (end.unwrap() - DEMO_SECONDS).abs() < 0.01,
        "{response:?}"
    );
    check_beginning(&mut client, &response, true);
    let packets = client.packets_for(Duration::from_millis(300));
    for (track, channel) in tracks.iter().zip([0, 2]) {
        let rtp = Rtp::of(&packets, channel);
        assert!(!rtp.is_empty());
        let same = |packet: &Rtp| {
            packet.payload_type == track.payload_type
                && packet.ssrc == ssrcs[usize::from(channel) / 2]
        };
        assert!(
            rtp.iter().all(same),
            "payload type and SSRC are those that were told"
        );
    }
}

#[test]
fn channels_are_the_clients_choice_and_one_track_can_play_alone() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let url = server.url("/vod/demo.mp4");
    let (_, tracks) = client.describe(&url);
    let response = client.set_up(&tracks[1].control, 200);
    assert_eq!(response.transport("interleaved"), Some("200-201"));
    assert_eq!(client.play_again(&url, None).status, 200);
    let packets = client.packets_for(Duration::from_millis(500));
    assert!(Rtp::of(&packets, 200).len() > 5);
    assert!(
        packets
            .iter()
            .all(|(channel, _)| [200, 201].contains(channel))
    );
}

/// The NAL units of a sample with 4-byte lengths.
fn sample_units(sample: Range<usize>) -> Vec<Vec<u8>> {
    let (mut rest, mut all) = (&DEMO[sample], Vec::new());
    while let Some((len, after)) = rest.split_first_chunk() {
        let (unit, after) = after.split_at(u32::from_be_bytes(*len) as usize);
        all.push(unit.to_vec());
        rest = after;
    }
    all
}

/// The slices among NAL units: parameter sets may go in front of any key frame.
fn slices(units: impl IntoIterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    units
        .into_iter()
        .filter(|unit| matches!(unit[0] & 0x1f, 1..=5))
        .collect()
}

/// The access units of RFC 3640 packets with 13-bit sizes.
fn audio_frames(packets: &[Rtp]) -> Vec<Vec<u8>> {
    packets
        .iter()
        .flat_map(|packet| {
            let bits = usize::from(u16::from_be_bytes([packet.payload[0], packet.payload[1]]));
            let (headers, mut data) = packet.payload[2..].split_at(bits / 8);
            headers
                .chunks(2)
                .map(|header| {
                    let size = usize::from(u16::from_be_bytes([header[0], header[1]]) >> 3);
                    let (frame, rest) = data.split_at(size);
                    data = rest;
                    frame.to_vec()
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn what_arrives_up_to_bye_is_what_the_file_holds() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let (_, response) = client.play(&server.url("/vod/demo.mp4"), Some("npt=8-"));
    assert_eq!(response.npt().0, 8.0, "a key frame is there");
    let packets = client.packets_until_bye(&[1, 3]);
    let (video, audio) = (Rtp::of(&packets, 0), Rtp::of(&packets, 2));
    assert_contiguous(&video);
    assert_contiguous(&audio);
    let sent = slices(access_units(&video).iter().flat_map(|unit| nal_units(unit)));
    let held = slices(
        demo_samples("trak")[200..]
            .iter()
            .cloned()
            .flat_map(sample_units),
    );
    assert_eq!(sent.len(), 56);
    assert!(sent == held, "every slice is as in the file");
    let last = |packets: &[Rtp]| packets.last().unwrap().marker;
    assert!(
        access_units(&video).iter().all(|unit| last(unit)),
        "each picture ends with a marker"
    );
    let held: Vec<Vec<u8>> = demo_samples("trak2")
        .into_iter()
        .map(|sample| DEMO[sample].to_vec())
        .collect();
    let sent = audio_frames(&audio);
    assert!(
        sent.len() >= 104 && held.ends_with(&sent),
        "every audio frame is as in the file"
    );
}

fn begins_with_key_frame(packets: &[Rtp]) -> bool {
    nal_units(&access_units(packets)[0])
        .iter()
        .any(|unit| unit[0] & 0x1f == 5)
}

#[test]
fn a_seek_begins_at_the_key_frame_at_or_before() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let url = server.url("/vod/demo.mp4");
    let (_, response) = client.play(&url, Some("npt=3.4-"));
    assert_eq!(response.npt().0, 3.0);
    check_beginning(&mut client, &response, true);
    // And again while it plays: forwards, to where a key frame is, and back.
    for (asked, given) in [("npt=7-", 7.0), ("npt=0:00:02.999-", 2.0), ("npt=0-", 0.0)] {
        client.packets.clear();
        let response = client.play_again(&url, Some(asked));
        assert_eq!((response.status, response.npt().0), (200, given), "{asked}");
        client.packets.clear();
        check_beginning(&mut client, &response, false);
    }
    client.play_again(&url, Some("npt=5.5-6"));
    client.packets.clear();
    let packets = client.packets_until_bye(&[1, 3]);
    assert!(begins_with_key_frame(&Rtp::of(&packets, 0)));
}

#[test]
fn pause_stops_the_packets_and_play_goes_on_where_it_stopped() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let url = server.url("/vod/demo.mp4");
    client.play(&url, Some("npt=1-"));
    let mut before = client.packets_for(Duration::from_millis(500));
    assert_eq!(client.request("PAUSE", &url, &[]).status, 200);
    before.extend(client.packets.drain(..));
    let silent = client.packets_for(Duration::from_millis(1200));
    assert!(
        silent.iter().all(|(channel, _)| channel % 2 == 1),
        "no RTP comes after the answer to PAUSE"
    );
    assert_eq!(
        client.request("PAUSE", &url, &[]).status,
        200,
        "twice is no error"
    );
    let response = client.play_again(&url, None);
    let (position, end) = response.npt();
    assert!((1.3..2.5).contains(&position), "it goes on at {position}");
    assert!((end.unwrap() - DEMO_SECONDS).abs() < 0.01);
    let info = rtp_info(&response);
    let after = client.packets_for(Duration::from_millis(500));
    for channel in [0, 2] {
        let all = [Rtp::of(&before, channel), Rtp::of(&after, channel)];
        assert_eq!(all[1][0].sequence, info[usize::from(channel) / 2].1);
        assert_contiguous(&all.concat());
    }
    // No picture is missing: what came of the file has no gap.
    let video = [Rtp::of(&before, 0), Rtp::of(&after, 0)].concat();
    let end = video.iter().rposition(|packet| packet.marker).unwrap();
    let sent = slices(nal_units(&video[..=end]));
    let held = slices(
        demo_samples("trak")[25..]
            .iter()
            .cloned()
            .flat_map(sample_units),
    );
    assert!(
        sent.len() > 10 && held.starts_with(&sent),
        "no picture is missing or doubled"
    );
}

#[test]
fn a_bounded_range_ends_with_bye_and_the_client_may_seek_back() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let url = server.url("/vod/demo.mp4");
    let (_, response) = client.play(&url, Some("npt=2-3"));
    assert_eq!(response.npt(), (2.0, Some(3.0)));
    let packets = client.packets_until_bye(&[1, 3]);
    let video = Rtp::of(&packets, 0);
    assert_eq!(access_units(&video).len(), 25, "one second of pictures");
    assert!(
        client.packets_for(Duration::from_millis(400)).is_empty(),
        "nothing comes after BYE"
    );
    // Back, behind what was played, and then to what is not there.
    let response = client.play_again(&url, Some("npt=0-0.5"));
    assert_eq!((response.status, response.npt().0), (200, 0.0));
    check_beginning(&mut client, &response, true);
    let packets = client.packets_until_bye(&[1, 3]);
    assert!(!packets.is_empty());
    for beyond in ["npt=11-", "npt=3600-", "npt=5-4"] {
        assert_eq!(
            client.play_again(&url, Some(beyond)).status,
            457,
            "{beyond}"
        );
    }
    assert_eq!(client.play_again(&url, Some("npt=9.9-")).npt().0, 9.0);
    assert!(begins_with_key_frame(&Rtp::of(
        &client.packets_until_bye(&[1, 3]),
        0
    )));
}

#[test]
fn teardown_says_bye_then_200_and_then_there_is_no_such_session() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let url = server.url("/vod/demo.mp4");
    client.play(&url, None);
    client.packets_for(Duration::from_millis(300));
    assert_eq!(client.request("TEARDOWN", &url, &[]).status, 200);
    let packets: Vec<_> = client.packets.drain(..).collect();
    for channel in [1, 3] {
        let mut own = packets.iter().filter(|(other, _)| *other == channel);
        assert!(
            own.any(|(_, packet)| reports(packet).contains(&Report::Bye)),
            "BYE on {channel} goes before 200"
        );
    }
    assert!(
        client.packets_for(Duration::from_millis(300)).is_empty(),
        "nothing comes after it"
    );
    for method in ["PLAY", "PAUSE", "TEARDOWN", "GET_PARAMETER"] {
        assert_eq!(client.request(method, &url, &[]).status, 454, "{method}");
    }
    client.session = None;
    client.play(&url, None);
}

#[test]
fn the_live_stream_plays_from_now() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let url = server.url("/live/demo");
    let (tracks, response) = client.play(&url, None);
    assert_eq!(response.header("Range"), Some("npt=now-"));
    assert_eq!(tracks.len(), 2);
    let packets = client.packets_for(Duration::from_millis(800));
    let (video, audio) = (Rtp::of(&packets, 0), Rtp::of(&packets, 2));
    assert!(video.len() > 5 && audio.len() > 5);
    assert_contiguous(&video);
    assert_contiguous(&audio);
    assert!(begins_with_key_frame(&video));
    let info = rtp_info(&response);
    assert_eq!(
        (video[0].sequence, video[0].timestamp),
        (info[0].1, info[0].2)
    );
    check_first_report(&packets, 0, &video[0]);
    check_first_report(&packets, 1, &audio[0]);
    assert_eq!(client.request("TEARDOWN", &url, &[]).status, 200);
}

#[test]
fn a_client_of_version_2_is_notified_of_the_end() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    client.version = "2.0";
    let url = server.url("/vod/demo.mp4");
    let (_, tracks) = client.describe(&url);
    let response = client.set_up(&tracks[0].control, 0);
    for header in ["Media-Properties", "Accept-Ranges"] {
        assert!(response.header(header).is_some(), "{header}: {response:?}");
    }
    let response = client.play_again(&url, Some("npt=10-"));
    assert_eq!((response.status, response.npt().0), (200, 10.0));
    let mut has_said_bye = false;
    loop {
        match client.unit() {
            Unit::Packet(1, packet) => has_said_bye |= reports(&packet).contains(&Report::Bye),
            Unit::Request(line) => {
                assert_eq!(
                    line,
                    format!("PLAY_NOTIFY {} RTSP/2.0", server.url("/vod/demo.mp4"))
                );
                break;
            }
            Unit::Packet(..) => {}
            unit => panic!("{unit:?}"),
        }
    }
    assert!(has_said_bye, "BYE goes before it");
    let response = client.play_again(&url, Some("npt=0-"));
    assert_eq!(response.status, 200, "and back");
}

#[test]
fn one_track_can_be_torn_down_while_the_other_plays_on() {
    let server = Server::start(&[]);
    let mut client = Client::connect(server.address);
    let url = server.url("/live/demo");
    let (tracks, _) = client.play(&url, None);
    client.packets_for(Duration::from_millis(200));
    assert_eq!(
        client.request("TEARDOWN", &tracks[1].control, &[]).status,
        200
    );
    client.packets.clear();
    let packets = client.packets_for(Duration::from_millis(600));
    assert!(!Rtp::of(&packets, 0).is_empty(), "the video plays on");
    assert!(
        packets.iter().all(|(channel, _)| *channel < 2),
        "the audio does not"
    );
    assert_eq!(client.request("TEARDOWN", &url, &[]).status, 200);
}

#[test]
fn each_track_can_be_played_and_paused_alone() {
    let server = Server::start(&[]);
    for path in ["/vod/demo.mp4", "/live/demo"] {
        let url = server.url(path);
        let mut client = Client::connect(server.address);
        let (_, tracks) = client.describe(&url);
        client.set_up(&tracks[0].control, 0);
        client.set_up(&tracks[1].control, 2);
        let mut after = |method: &str, url: &str| {
            assert_eq!(
                client.request(method, url, &[]).status,
                200,
                "{method} {url}"
            );
            client.packets.clear();
            let packets = client.packets_for(Duration::from_millis(600));
            [0, 2].map(|channel| !Rtp::of(&packets, channel).is_empty())
        };
        assert_eq!(
            after("PLAY", &tracks[0].control),
            [true, false],
            "{path}: the video alone"
        );
        assert_eq!(
            after("PLAY", &tracks[1].control),
            [true, true],
            "{path}: the audio joins"
        );
        assert_eq!(
            after("PAUSE", &tracks[0].control),
            [false, true],
            "{path}: the audio plays on"
        );
        assert_eq!(after("PLAY", &url), [true, true], "{path}: both again");
        assert_eq!(after("PAUSE", &url), [false, false], "{path}: none");
        assert_eq!(after("PLAY", &url), [true, true], "{path}: both again");
    }
}
