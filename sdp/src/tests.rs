//! Descriptions as a whole: parsing, accessors, writing, limits.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use bytes::BytesMut;

use crate::*;

pub(crate) const CAMERA: &str = "v=0\r\n\
o=- 1109162014219182 1109162014219192 IN IP4 192.168.1.64\r\n\
s=Media Presentation\r\n\
i=Front door\r\n\
e=admin@example.org\r\n\
c=IN IP4 0.0.0.0\r\n\
b=AS:5100\r\n\
t=0 0\r\n\
a=control:*\r\n\
a=range:npt=0-12.5\r\n\
m=video 0 RTP/AVP 96\r\n\
b=AS:5000\r\n\
a=recvonly\r\n\
a=x-dimensions:1920,1080\r\n\
a=control:trackID=1\r\n\
a=rtpmap:96 H264/90000\r\n\
a=fmtp:96 profile-level-id=420029;packetization-mode=1;sprop-parameter-sets=Z00AKpWoHgCJ+WEAAAMAAQAAAwAyhA==,aO48gA==\r\n\
a=framerate:25.0\r\n\
m=audio 0 RTP/AVP 0 104\r\n\
b=AS:50\r\n\
a=control:trackID=2\r\n\
a=rtpmap:104 mpeg4-generic/16000/1\r\n\
a=fmtp:104 profile-level-id=15;streamtype=5;mode=AAC-hbr;config=1408;SizeLength=13;IndexLength=3;IndexDeltaLength=3\r\n\
a=x-vendor:MEDIAINFO=494D4B48\r\n";

fn strict(text: &str) -> SessionDescription<'_> {
    SessionDescription::parse(text.as_bytes()).unwrap()
}

#[test]
fn reads_a_camera() {
    let session = strict(CAMERA);
    let origin = session.origin().unwrap();
    assert_eq!(origin.username, "-");
    assert_eq!(origin.session_id, 1_109_162_014_219_182);
    assert_eq!(origin.address, Address::internet("192.168.1.64"));
    assert_eq!(session.name(), "Media Presentation");
    assert_eq!(session.information(), Some("Front door"));
    assert_eq!(session.emails().collect::<Vec<_>>(), ["admin@example.org"]);
    assert_eq!(session.connection(), Some(Connection::unicast("0.0.0.0")));
    assert_eq!(
        session.bandwidths().next().map(|bandwidth| bandwidth.value),
        Some(5100)
    );
    assert_eq!(session.times().next().unwrap().time(), Time::PERMANENT);
    assert_eq!(session.control(), Some("*"));
    let Some(Range::Npt {
        start: Some(NptTime::At(start)),
        end: Some(NptTime::At(end)),
    }) = session.range()
    else {
        panic!("{:?}", session.range())
    };
    assert_eq!((start.as_millis(), end.as_millis()), (0, 12_500));
}

#[test]
fn reads_the_media_of_a_camera() {
    let session = strict(CAMERA);
    let media: Vec<_> = session.media().collect();
    let [video, audio] = media.as_slice() else {
        panic!("{media:?}")
    };
    assert_eq!(
        (video.kind(), video.port(), video.protocol()),
        ("video", 0, "RTP/AVP")
    );
    assert_eq!(video.control(), Some("trackID=1"));
    assert_eq!(video.direction(), Direction::RecvOnly);
    assert_eq!(video.frame_rate(), Some(FrameRate(Decimal::new(250, 1))));
    assert_eq!(video.rtpmap(96), Some(RtpMap::new(96, "H264", 90_000)));
    assert_eq!(video.connection(), session.connection());
    let h264 = video.fmtp(96).unwrap().h264();
    assert_eq!(h264.profile_level_id, Some([0x42, 0x00, 0x29]));
    assert_eq!(h264.packetization_mode, 1);
    let lengths: Vec<_> = h264
        .sprop_parameter_sets
        .iter()
        .map(bytes::Bytes::len)
        .collect();
    assert_eq!(lengths, [22, 4]);
    let size = video.attributes().first::<Dimensions>();
    assert_eq!(
        size,
        Some(Dimensions {
            width: 1920,
            height: 1080
        })
    );

    assert_eq!(audio.payload_types().collect::<Vec<_>>(), [0, 104]);
    assert_eq!(
        audio.rtpmap(0),
        Some(RtpMap::new(0, "PCMU", 8000).with_channels(1))
    );
    assert_eq!(audio.rtpmap(97), None);
    assert_eq!(audio.fmtp(104).unwrap().aac().config.as_ref(), [0x14, 0x08]);
    assert_eq!(
        audio.attributes().value("x-vendor"),
        Some("MEDIAINFO=494D4B48")
    );
}

#[test]
fn writes_what_it_read() {
    let session = strict(CAMERA);
    let mut out = BytesMut::new();
    session.encode(&mut out);
    assert_eq!(out, CAMERA.as_bytes());
    assert_eq!(session.encoded_len(), CAMERA.len());
    assert_eq!(session.to_string(), CAMERA);
    let owned = session.to_owned();
    assert_eq!(owned, session);
    assert_eq!(CAMERA.parse::<OwnedSessionDescription>(), Ok(owned));
    assert_eq!(session.to_builder().build().unwrap(), session);
}

#[test]
fn every_line_type_in_its_order() {
    let text = "v=0\r\no=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\ns=Call\r\ni=About\r\n\
        u=http://example.com/sdp.pdf\r\ne=jane@example.com (Jane)\r\ne=joe@example.com\r\n\
        p=+1 617 555-6011\r\nc=IN IP4 233.252.0.1/127/3\r\nb=AS:128\r\nb=X-YZ:7\r\n\
        t=3724394400 3724398000\r\nr=7d 1h 0 25h\r\nz=3730928400 -1h 3749680800 0\r\nt=3724500000 0\r\n\
        k=prompt\r\na=recvonly\r\na=whatever:1:2\r\n\
        m=audio 49170/2 RTP/AVP 0 96\r\ni=Voice\r\nc=IN IP6 FF15::101/3\r\nc=IN IP6 FF15::201\r\n\
        b=TIAS:64000\r\nk=clear:secret\r\na=sendonly\r\n";
    let session = strict(text);
    assert_eq!(session.uri(), Some("http://example.com/sdp.pdf"));
    assert_eq!(session.emails().count(), 2);
    assert_eq!(session.phones().next(), Some("+1 617 555-6011"));
    let connection = session.connection().unwrap();
    assert_eq!((connection.ttl, connection.address_count), (Some(127), 3));
    assert_eq!(connection.to_string(), "IN IP4 233.252.0.1/127/3");
    let times: Vec<_> = session.times().collect();
    assert_eq!(times.len(), 2);
    let repeat = times[0].repeats().next().unwrap();
    assert_eq!(
        (repeat.interval_seconds, repeat.duration_seconds),
        (604_800, 3600)
    );
    assert_eq!(repeat.offsets_seconds, [0, 90_000]);
    let zones: Vec<_> = times[0].zone_adjustments().collect();
    assert_eq!(
        zones[0],
        ZoneAdjustment {
            time: 3_730_928_400,
            offset_seconds: -3600
        }
    );
    assert_eq!(times[1].repeats().count(), 0);
    assert_eq!(times[1].zone_adjustments().count(), 0);
    assert_eq!(session.encryption_key().unwrap().method, "prompt");
    assert_eq!(session.attributes().value("whatever"), Some("1:2"));
    assert_eq!(
        session.attributes().nth(1).unwrap().to_string(),
        "whatever:1:2"
    );

    let audio = session.media().next().unwrap();
    assert_eq!(
        (audio.port(), audio.port_count(), audio.title()),
        (49_170, 2, Some("Voice"))
    );
    let counts: Vec<_> = audio
        .connections()
        .map(|one| (one.ttl, one.address_count))
        .collect();
    assert_eq!(counts, [(None, 3), (None, 1)]);
    assert_eq!(
        audio.bandwidths().next(),
        Some(Bandwidth {
            kind: "TIAS",
            value: 64_000
        })
    );
    assert_eq!(audio.encryption_key().unwrap().key, Some("secret"));
    assert_eq!(audio.direction(), Direction::SendOnly);
    assert_eq!(session.to_string(), text);
    assert_eq!(session.to_builder().build().unwrap().to_string(), text);
}

#[test]
fn debug_output_keeps_secrets() {
    let text = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nk=clear:SECRET\r\na=ice-pwd:SECRETSECRETSECRETSECRET\r\n\
        a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET\r\na=key-mgmt:mikey SECRET\r\n";
    let shown = format!("{:?}", strict(text));
    assert!(!shown.contains("SECRET"), "{shown}");
    let session = strict(text);
    let crypto: Crypto<'_> = session.attributes().first().unwrap();
    let mikey: KeyManagement<'_> = session.attributes().first().unwrap();
    let shown = format!("{crypto:?} {mikey:?} {:?}", session.encryption_key());
    assert!(!shown.contains("SECRET"), "{shown}");
}

#[test]
fn builder_sorts_and_fills_in() {
    let video = MediaBuilder::new("video", "RTP/AVP")
        .rtpmap(&RtpMap::new(96, "H264", 90_000))
        .fmtp(
            96,
            &H264Fmtp {
                packetization_mode: 1,
                ..H264Fmtp::default()
            },
        )
        .fmtp(97, &H264Fmtp::default())
        .attribute(&Control("trackID=1"))
        .attribute(&RtcpMux)
        .bandwidth(&Bandwidth::application_specific_kbps(5000))
        .information("front");
    let session = SessionDescription::builder(&Origin::new(7, 8))
        .attribute(&Control("*"))
        .direction(Direction::RecvOnly)
        .media(video)
        .connection(&Connection::unicast("::1"))
        .build()
        .unwrap();
    assert_eq!(
        session.to_string(),
        "v=0\r\no=- 7 8 IN IP4 0.0.0.0\r\ns= \r\nc=IN IP6 ::1\r\nt=0 0\r\na=control:*\r\na=recvonly\r\n\
         m=video 0 RTP/AVP 96\r\ni=front\r\nb=AS:5000\r\na=rtpmap:96 H264/90000\r\n\
         a=fmtp:96 packetization-mode=1\r\na=control:trackID=1\r\na=rtcp-mux\r\n"
    );
    let edited = session
        .to_builder()
        .without_attribute("control")
        .name("x")
        .build()
        .unwrap();
    assert_eq!((edited.control(), edited.name()), (None, "x"));
    let first = edited.media().next().unwrap();
    assert_eq!(
        (first.control(), first.title()),
        (Some("trackID=1"), Some("front"))
    );
}

#[test]
fn builder_refuses_smuggled_lines() {
    let builder = SessionDescription::builder(&Origin::new(1, 1));
    for name in ["a\r\na=b", "a\nb", "a\rb", "a\0b"] {
        let refused = builder.clone().name(name).build();
        assert_eq!(refused, Err(BuildError::LineBreak { kind: 's' }));
    }
    let refused = builder
        .clone()
        .media(MediaBuilder::new("video\r\n", "RTP/AVP").format(0))
        .build();
    assert_eq!(refused, Err(BuildError::LineBreak { kind: 'm' }));
    let refused = builder.clone().raw_attribute("rtpmap", "x").build();
    assert!(matches!(
        refused,
        Err(BuildError::Invalid(ParseError::Expected { line: 5, .. }))
    ));
    let refused = builder
        .connection(&Connection::unicast("::"))
        .media(MediaBuilder::new("video", "RTP/AVP"))
        .build();
    assert!(matches!(
        refused,
        Err(BuildError::Invalid(ParseError::Deviation {
            deviation: Deviation::FormatsMissing,
            ..
        }))
    ));
}

#[test]
fn strict_errors_say_where() {
    let text = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=rtpmap:96 \r\n";
    let error = SessionDescription::parse(text.as_bytes()).unwrap_err();
    let at = text.find("rtpmap:96").unwrap() + "rtpmap:96".len();
    assert_eq!(
        error,
        ParseError::Deviation {
            line: 5,
            offset: at,
            deviation: Deviation::Whitespace
        }
    );
    let error = SessionDescription::parse(b"v=0\r\no=\xFF").unwrap_err();
    assert_eq!(
        error,
        ParseError::Deviation {
            line: 2,
            offset: 7,
            deviation: Deviation::NotUtf8
        }
    );
    assert_eq!(SessionDescription::parse(b""), Err(ParseError::NotSdp));
    assert_eq!(
        SessionDescription::parse_lenient(b"<html>\n</html>").err(),
        Some(ParseError::NotSdp)
    );
}

fn limit_of(text: &str, limits: &Limits) -> (&'static str, usize) {
    let strict = SessionDescription::parse_with_limits(text.as_bytes(), limits).unwrap_err();
    let lenient =
        SessionDescription::parse_lenient_with_limits(text.as_bytes(), limits).unwrap_err();
    assert_eq!(strict, lenient);
    let ParseError::LimitExceeded { what, maximum, .. } = strict else {
        panic!("{strict}")
    };
    (what, maximum)
}

#[test]
fn limits_hold_at_their_edges() {
    let lines = CAMERA.lines().count();
    let edge = |set: fn(&mut Limits, usize), fits: usize, what: &'static str| {
        let mut limits = Limits::default();
        set(&mut limits, fits);
        SessionDescription::parse_with_limits(CAMERA.as_bytes(), &limits).unwrap();
        set(&mut limits, fits - 1);
        assert_eq!(limit_of(CAMERA, &limits), (what, fits - 1));
    };
    edge(
        |limits, value| limits.size_bytes = value,
        CAMERA.len(),
        "bytes",
    );
    edge(|limits, value| limits.lines = value, lines, "lines");
    edge(
        |limits, value| limits.media_sections = value,
        2,
        "media sections",
    );
    edge(
        |limits, value| limits.formats_per_section = value,
        2,
        "formats",
    );
    edge(
        |limits, value| limits.attributes_per_section = value,
        6,
        "attributes",
    );
}

#[test]
fn diagnostics_are_bounded() {
    let text = "v=0\n".to_string() + &"x\n".repeat(1000);
    let (_, diagnostics) = SessionDescription::parse_lenient(text.as_bytes()).unwrap();
    assert_eq!(diagnostics.len(), Limits::default().diagnostics);
}

/// Two megabytes each: quadratic work would not end within anybody's patience.
#[test]
fn hostile_shapes_take_linear_time() {
    let limits = Limits {
        size_bytes: 8 << 20,
        lines: 1 << 22,
        formats_per_section: 1 << 22,
        attributes_per_section: 1 << 22,
        ..Limits::default()
    };
    let shapes: [fn(usize) -> String; 7] = [
        |n| "v=0\r\n".to_string() + &"\r".repeat(n),
        |n| "v=0\r\no=".to_string() + &"IN ".repeat(n / 3),
        |n| "v=0\r\nm=video 0 RTP/AVP".to_string() + &" 96".repeat(n / 3),
        |n| "v=0\r\na=fmtp:96 ".to_string() + &";".repeat(n),
        |n| "v=0\r\na=fmtp:96 sprop-parameter-sets=".to_string() + &",".repeat(n),
        |n| "v=0\r\nr=".to_string() + &"1 ".repeat(n / 2),
        |n| "v=0\r\n".to_string() + &"a=\n".repeat(n / 3),
    ];
    for (index, shape) in shapes.iter().enumerate() {
        let text = shape(2 << 20);
        let (session, _) =
            SessionDescription::parse_lenient_with_limits(text.as_bytes(), &limits).unwrap();
        assert!(session.lines().len() > 0, "shape {index}");
        let _ = session.origin();
        let _: Vec<_> = session.media().flat_map(|media| media.formats()).collect();
    }
}
