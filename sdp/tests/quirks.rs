//! One test for each habit of real devices that lenient mode puts up with. Each checks three
//! things: strict mode refuses it, lenient mode reports it on the right line, and reads it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use std::time::Duration;

use castline_sdp::{
    Address, Bandwidth, Control, Decimal, Deviation, Deviation as D, FrameRate, NptTime,
    OwnedSessionDescription, Range, RtpMap, SessionDescription, SourceFilter, Time,
};

/// Session lines in order, without media.
const HEAD: &str = "v=0\r\no=- 1 2 IN IP4 10.0.0.1\r\ns=x\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n";

#[track_caller]
fn parse(text: impl AsRef<[u8]>) -> (OwnedSessionDescription, Vec<(u32, Deviation)>) {
    let text = text.as_ref();
    let (session, diagnostics) = SessionDescription::parse_lenient(text).unwrap();
    let strict = SessionDescription::parse(text);
    assert_eq!(
        strict.is_ok(),
        diagnostics.is_empty(),
        "{strict:?} {diagnostics:?}"
    );
    let again = session.to_string();
    let (again, _) = SessionDescription::parse_lenient(again.as_bytes()).unwrap();
    assert_eq!(again, session, "what is written reads the same");
    let found = diagnostics
        .iter()
        .map(|found| (found.line, found.what))
        .collect();
    (session.into_owned(), found)
}

/// `HEAD` with the line that begins with `kind` replaced by `line` (or taken out).
fn with_line(kind: &str, line: &str) -> String {
    let lines = HEAD
        .split_inclusive("\r\n")
        .filter(|own| !line.is_empty() || !own.starts_with(kind));
    lines
        .map(|own| {
            if own.starts_with(kind) {
                format!("{line}\r\n")
            } else {
                own.into()
            }
        })
        .collect()
}

/// `HEAD` with a video section of these lines.
fn with_video(lines: &str) -> String {
    format!("{HEAD}m=video 0 RTP/AVP 96\r\n{lines}")
}

#[test]
fn missing_version_origin_name_and_time() {
    for (kind, deviation) in [
        ("v", D::VersionMissing),
        ("o", D::OriginMissing),
        ("s", D::NameMissing),
        ("t", D::TimeMissing),
    ] {
        let (session, found) = parse(with_line(kind, ""));
        assert_eq!(found, [(0, deviation)]);
        assert_eq!(session.lines().len(), 4);
    }
    let (session, found) = parse("m=video 0 RTP/AVP 96\r\n");
    let whats: Vec<_> = found.into_iter().map(|(_, what)| what).collect();
    let all = [
        D::VersionMissing,
        D::OriginMissing,
        D::NameMissing,
        D::TimeMissing,
        D::ConnectionMissing,
    ];
    assert_eq!(whats, all);
    assert_eq!(
        (session.origin(), session.name(), session.times().count()),
        (None, "", 0)
    );
    assert_eq!(session.media().len(), 1);
}

#[test]
fn lines_in_arbitrary_order() {
    let text = "s=x\r\nt=0 0\r\nv=0\r\nc=IN IP4 0.0.0.0\r\no=- 1 2 IN IP4 10.0.0.1\r\n";
    let (session, found) = parse(text);
    assert_eq!(
        found,
        [(3, D::OutOfOrder), (4, D::OutOfOrder), (5, D::OutOfOrder)]
    );
    assert_eq!(
        (session.name(), session.origin().unwrap().session_id),
        ("x", 1)
    );
    assert_eq!(session.to_string(), text);
}

#[test]
fn attributes_before_time() {
    let text =
        "v=0\r\no=- 1 2 IN IP4 10.0.0.1\r\ns=x\r\na=control:*\r\na=range:npt=0-\r\nt=0 0\r\n";
    let (session, found) = parse(text);
    assert_eq!(found, [(6, D::OutOfOrder)]);
    assert_eq!((session.control(), session.times().count()), (Some("*"), 1));
}

#[test]
fn session_lines_below_media() {
    let (session, found) = parse(
        "v=0\r\nc=IN IP4 0.0.0.0\r\nm=video 0 RTP/AVP 96\r\no=- 1 2 IN IP4 10.0.0.1\r\ns=x\r\nt=0 0\r\na=control:t1\r\n",
    );
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|(_, what)| *what == D::SessionLineInMedia));
    assert_eq!(
        (session.name(), session.origin().unwrap().session_version),
        ("x", 2)
    );
    assert_eq!(session.media().next().unwrap().control(), Some("t1"));
}

#[test]
fn a_line_twice() {
    let (session, found) = parse(with_line("s=", "s=x\r\ns=y"));
    assert_eq!((session.name(), found), ("x", vec![(4, D::Repeated)]));
}

#[test]
fn origin_with_spaces_in_the_user_name() {
    // TP-Link, Mercury, Amcrest.
    for (line, user, id, version) in [
        (
            "o=TP LINK cam 14665860 31787219 IN IP4 192.168.1.60",
            "TP LINK cam",
            14_665_860,
            31_787_219,
        ),
        ("o=- 0 0 0 1 IN IP4 192.168.1.60", "- 0 0", 0, 1),
    ] {
        let (session, found) = parse(with_line("o=", line));
        assert_eq!(found, [(2, D::OriginUsernameSpaces)]);
        let origin = session.origin().unwrap();
        assert_eq!((origin.username, origin.session_id), (user, id));
        assert_eq!(origin.session_version, version);
        assert_eq!(origin.address, Address::internet("192.168.1.60"));
    }
}

#[test]
fn origin_ids_hexadecimal_negative_fractional_and_huge() {
    for (id, read) in [
        ("0x1f", 0x1f),
        ("e0b1c2", 0x00e0_b1c2),
        ("-7", 7_u64.wrapping_neg()),
        ("1234.56", 1234),
        (
            "99999999999999999999999",
            9_999_999_999_999_999_999_999_u128 as u64,
        ),
        ("junk", 0),
    ] {
        let (session, found) = parse(with_line("o=", &format!("o=- {id} 2 IN IP4 10.0.0.1")));
        assert_eq!(found, [(2, D::SessionIdNotDecimal)], "{id}");
        let origin = session.origin().unwrap();
        if !id.starts_with("999") {
            assert_eq!(origin.session_id, read, "{id}");
        }
        assert_eq!(origin.session_version, 2, "{id}");
    }
}

#[test]
fn origin_with_odd_or_missing_address() {
    let unspecified = Address::unspecified();
    let given = Address::internet("10.0.0.1");
    for (line, address, expected) in [
        ("o=- 1 2 IN", unspecified, vec![D::AddressMissing]),
        ("o=- 1 2 IN IP4", unspecified, vec![D::AddressMissing]),
        (
            "o=- 1 2 IN IP4 ",
            unspecified,
            vec![D::Whitespace, D::AddressMissing],
        ),
        (
            "o=- 1 2 IN IPV4 10.0.0.1",
            given,
            vec![D::AddressTypeUnusual],
        ),
        (
            "o=- 1 2 IP IP4 10.0.0.1",
            given,
            vec![D::NetworkTypeUnusual],
        ),
        ("o=- 1 2 IN 10.0.0.1", given, vec![D::AddressTypeMissing]),
        ("o=- 1 2 IP4 10.0.0.1", given, vec![D::NetworkTypeUnusual]),
    ] {
        let (session, found) = parse(with_line("o=", line));
        let whats: Vec<_> = found.into_iter().map(|(_, what)| what).collect();
        assert_eq!(whats, expected, "{line}");
        let origin = session.origin().unwrap();
        assert_eq!(
            (origin.session_id, origin.session_version, origin.address),
            (1, 2, address),
            "{line}"
        );
    }
}

#[test]
fn origin_with_fields_missing() {
    for (line, user, ids) in [
        ("o=1 2 IN IP4 10.0.0.1", "-", (1, 2)),
        ("o=- 1 IN IP4 10.0.0.1", "-", (1, 0)),
        ("o=cam IN IP4 10.0.0.1", "cam", (0, 0)),
        ("o=IN IP4 10.0.0.1", "-", (0, 0)),
    ] {
        let (session, found) = parse(with_line("o=", line));
        assert_eq!(found, [(2, D::OriginFieldsMissing)], "{line}");
        let origin = session.origin().unwrap();
        assert_eq!(
            (origin.username, (origin.session_id, origin.session_version)),
            (user, ids),
            "{line}"
        );
    }
    let (session, found) = parse(with_line("o=", "o="));
    assert!(found.contains(&(2, D::OriginFieldsMissing)));
    assert_eq!(session.origin().unwrap().session_id, 0);
}

#[test]
fn connection_without_address() {
    for line in ["c=IN", "c=IN ", "c=SM", "c=IN c=IN", "c=", "c=IN IP4"] {
        let (session, found) = parse(with_line("c=", line));
        assert!(
            found.contains(&(4, D::ConnectionUnreadable)),
            "{line} {found:?}"
        );
        assert_eq!(session.connection(), None, "{line}");
    }
}

#[test]
fn connection_without_address_type() {
    let (session, found) = parse(with_line("c=", "c=IN 10.0.0.9"));
    assert_eq!(found, [(4, D::AddressTypeMissing)]);
    assert_eq!(
        session.connection().unwrap().address,
        Address::internet("10.0.0.9")
    );
    let (session, found) = parse(with_line("c=", "c=IN c=IN IP4 10.0.0.9"));
    assert_eq!(found, [(4, D::NetworkTypeUnusual)]);
    assert_eq!(
        session.connection().unwrap().address,
        Address::internet("10.0.0.9")
    );
}

#[test]
fn multicast_without_ttl() {
    let (session, found) = parse(with_line("c=", "c=IN IP4 239.1.1.1"));
    assert_eq!(found, [(4, D::MulticastTtlMissing)]);
    assert_eq!(session.connection().unwrap().ttl, None);
}

#[test]
fn time_now_dash() {
    // FLIR.
    let (session, found) = parse(with_line("t=", "t=now-"));
    assert!(found.iter().all(|found| *found == (5, D::TimeUnreadable)) && !found.is_empty());
    assert_eq!(session.times().next().unwrap().time(), Time::PERMANENT);
}

#[test]
fn time_with_one_number() {
    let (session, _) = parse(with_line("t=", "t=3724394400"));
    assert_eq!(
        session.times().next().unwrap().time(),
        Time {
            start: 3_724_394_400,
            stop: 0
        }
    );
    let (_, found) = parse(with_line("t=", "t=0 5"));
    assert_eq!(found, [(5, D::TimeTooShort)]);
}

#[test]
fn repeat_of_nothing() {
    // AJA.
    let (session, found) = parse(with_line("t=", "t=0 0\r\nr=0 0"));
    assert_eq!(found, [(6, D::RepeatUnreadable)]);
    assert_eq!(session.times().next().unwrap().repeats().count(), 0);
}

#[test]
fn zone_without_offset() {
    let (session, found) = parse(with_line("t=", "t=0 0\r\nr=7d 1h 0\r\nz=10 1h 20"));
    assert_eq!(found, [(7, D::ZoneUnreadable)]);
    assert_eq!(
        session.times().next().unwrap().zone_adjustments().count(),
        1
    );
}

#[test]
fn negative_port() {
    // Tuya.
    for port in ["-1", "70000", "x"] {
        let (session, found) = parse(format!(
            "{HEAD}m=video {port} RTP/AVP 96\r\na=control:t\r\n"
        ));
        assert_eq!(found, [(6, D::PortUnreadable)]);
        let media = session.media().next().unwrap();
        assert_eq!((media.port(), media.control()), (0, Some("t")));
    }
    let (session, found) = parse(format!("{HEAD}m=video 1/0 RTP/AVP 96\r\n"));
    assert_eq!(found, [(6, D::PortCountUnreadable)]);
    assert_eq!(session.media().next().unwrap().port_count(), 1);
}

#[test]
fn tp_link_application_section_is_dropped_and_the_rest_kept() {
    let text = format!(
        "{HEAD}m=video 0 RTP/AVP 96\r\na=control:track1\r\nm=application/TP-LINK 0 RTP/AVP smart/1/90000\r\n\
         a=rtpmap:95 TP-LINK/90000\r\na=control:track3\r\nm=audio 0 RTP/AVP 8\r\na=control:track2\r\n"
    );
    let (session, found) = parse(&text);
    assert_eq!(found, [(8, D::MediaTypeUnusual)]);
    let controls: Vec<_> = session
        .media()
        .map(|media| media.control().unwrap())
        .collect();
    assert_eq!(controls, ["track1", "track2"]);
    assert_eq!(session.to_string(), text, "the lines are kept");
}

#[test]
fn media_line_too_short() {
    let (session, found) = parse(format!(
        "{HEAD}m=video\r\na=control:1\r\nm=audio 0 RTP/AVP 8\r\n"
    ));
    assert_eq!(found, [(6, D::MediaUnreadable)]);
    assert_eq!(session.media().next().unwrap().kind(), "audio");
    assert_eq!(
        session.control(),
        None,
        "lines of a dropped section are nobody's"
    );
    let (session, found) = parse(format!("{HEAD}m=video 0 RTP/AVP\r\n"));
    assert_eq!(found, [(6, D::FormatsMissing)]);
    assert_eq!(session.media().next().unwrap().formats().count(), 0);
}

#[test]
fn fmtp_with_only_a_payload_type() {
    // Ubiquiti.
    let (session, found) = parse(with_video("a=fmtp:96\r\n"));
    assert_eq!(found, [(7, D::FmtpWithoutParameters)]);
    let media = session.media().next().unwrap();
    assert_eq!(media.fmtp(96).unwrap().parameters().count(), 0);
}

#[test]
fn trailing_space_in_rtpmap() {
    let (session, found) = parse(with_video("a=rtpmap:96 H264/90000 \r\n"));
    assert_eq!(found, [(7, D::Whitespace)]);
    let media = session.media().next().unwrap();
    assert_eq!(media.rtpmap(96), Some(RtpMap::new(96, "H264", 90_000)));
}

#[test]
fn framerate_with_a_letter() {
    let (session, found) = parse(with_video("a=framerate:0S\r\n"));
    assert_eq!(found, [(7, D::TrailingText), (7, D::NumberZero)]);
    let media = session.media().next().unwrap();
    assert_eq!(media.frame_rate(), None);
    assert_eq!(
        media.attributes().first(),
        Some(FrameRate(Decimal::new(0, 0)))
    );
    let (session, _) = parse(with_video("a=framerate: 29.97fps\r\n"));
    let media = session.media().next().unwrap();
    assert_eq!(media.frame_rate(), Some(FrameRate(Decimal::new(2997, 2))));
}

#[test]
fn email_none() {
    let (session, found) = parse(with_line("c=", "e=NONE\r\nc=IN IP4 0.0.0.0"));
    assert_eq!(found, [(4, D::EmailUnusual)]);
    assert_eq!(session.emails().next(), Some("NONE"));
}

#[test]
fn bandwidth_modifiers_rr_rs_tias() {
    let (session, found) = parse(with_video("b=RR:0\r\nb=RS:800\r\nb=TIAS:64000\r\n"));
    assert_eq!(found, []);
    let media = session.media().next().unwrap();
    let kinds: Vec<_> = media
        .bandwidths()
        .map(|one| (one.kind, one.value))
        .collect();
    assert_eq!(kinds, [("RR", 0), ("RS", 800), ("TIAS", 64_000)]);
}

#[test]
fn bandwidth_with_fraction_space_or_nothing() {
    for (line, value) in [
        ("b=AS:64.5", Some(64)),
        ("b=AS: 64", Some(64)),
        ("b=64", None),
        ("b=AS:", None),
    ] {
        let (session, found) = parse(with_video(&format!("{line}\r\n")));
        assert_eq!(found.len(), 1, "{line}");
        let media = session.media().next().unwrap();
        assert_eq!(
            media.bandwidths().next(),
            value.map(|value| Bandwidth { kind: "AS", value }),
            "{line}"
        );
    }
}

#[test]
fn tabs() {
    let (session, found) = parse(format!(
        "{HEAD}m=video\t0\tRTP/AVP\t96\r\na=rtpmap:96\tH264/90000\r\n"
    ));
    assert!(found.iter().all(|(_, what)| *what == D::Whitespace) && !found.is_empty());
    let media = session.media().next().unwrap();
    assert_eq!(media.payload_types().collect::<Vec<_>>(), [96]);
    assert_eq!(media.rtpmap(96), Some(RtpMap::new(96, "H264", 90_000)));
    let (session, _) = parse(with_line("o=", "o=-\t1  2 IN\tIP4 10.0.0.1"));
    assert_eq!(
        session.origin().unwrap().address,
        Address::internet("10.0.0.1")
    );
    assert_eq!(
        (
            session.origin().unwrap().session_id,
            session.origin().unwrap().session_version
        ),
        (1, 2)
    );
}

#[test]
fn bare_line_feeds() {
    let (session, found) = parse(HEAD.replace("\r\n", "\n"));
    assert_eq!(found, [(1, D::BareLineFeed)], "said once");
    assert_eq!(session.to_string(), HEAD);
}

#[test]
fn bare_carriage_returns() {
    let (session, found) = parse(HEAD.replace("\r\n", "\r"));
    assert_eq!(found.len(), 5);
    assert_eq!(session.to_string(), HEAD);
    let (session, _) = parse(HEAD.replace("\r\n", "\r\r\n"));
    assert_eq!(session.to_string(), HEAD);
}

#[test]
fn blank_lines() {
    let (session, found) = parse(format!("\r\n{HEAD}\r\n  \r\n"));
    assert_eq!(
        found,
        [(1, D::BlankLine), (7, D::BlankLine), (8, D::BlankLine)]
    );
    assert_eq!(session.to_string(), HEAD);
}

#[test]
fn last_line_without_end() {
    let (session, found) = parse(HEAD.trim_end());
    assert_eq!(found, [(5, D::LastLineUnterminated)]);
    assert_eq!(session.to_string(), HEAD);
}

#[test]
fn byte_order_mark_and_trailing_nul() {
    let (session, found) = parse(format!("\u{FEFF}{HEAD}\0\0"));
    assert_eq!(found, [(1, D::ByteOrderMark), (1, D::NulByte)]);
    assert_eq!(session.to_string(), HEAD);
}

#[test]
fn whitespace_around_the_letter() {
    let (session, found) = parse(HEAD.replace("s=x", " s = x"));
    assert_eq!(found, [(3, D::LeadingWhitespace)]);
    assert_eq!(session.to_string(), HEAD);
}

#[test]
fn lines_that_are_none() {
    let (session, found) = parse(format!("{HEAD}hello\r\n\u{e9}=x\r\nab=c\r\n"));
    assert_eq!(
        found,
        [(6, D::NotALine), (7, D::NotALine), (8, D::NotALine)]
    );
    assert_eq!(session.to_string(), HEAD);
}

#[test]
fn unknown_line_types_are_kept() {
    let text = format!("{HEAD}y=0100000001\r\nm=video 0 RTP/AVP 96\r\nf=v/2/4/25/1/4096a///\r\n");
    let (session, found) = parse(&text);
    assert_eq!(found, [(6, D::UnknownLineType), (8, D::UnknownLineType)]);
    assert_eq!(session.to_string(), text);
    let last = session.lines().last().unwrap();
    assert_eq!((last.kind, last.value), ('f', "v/2/4/25/1/4096a///"));
}

#[test]
fn bytes_that_are_not_utf8() {
    let mut text = HEAD.as_bytes().to_vec();
    text.extend_from_slice(b"a=tool:caf\xe9\r\na=control:t1\r\n");
    let (session, found) = parse(&text);
    assert_eq!(found, [(6, D::NotUtf8)]);
    assert_eq!(session.attributes().value("tool"), Some("caf\u{FFFD}"));
    assert_eq!(session.control(), Some("t1"));
}

#[track_caller]
fn sprop(list: &str) -> (Vec<Vec<u8>>, Vec<(u32, Deviation)>) {
    let (session, found) = parse(with_video(&format!(
        "a=fmtp:96 sprop-parameter-sets={list}\r\n"
    )));
    let fmtp = session.media().next().unwrap().fmtp(96).unwrap().h264();
    (
        fmtp.sprop_parameter_sets
            .iter()
            .map(|unit| unit.to_vec())
            .collect(),
        found,
    )
}

#[test]
fn parameter_sets_that_are_not_base64() {
    let (units, found) = sprop("Z00A!,aO48gA==");
    assert_eq!(units, [vec![0x68, 0xee, 0x3c, 0x80]]);
    assert_eq!(found, [(7, D::ParameterSetNotBase64)]);
}

#[test]
fn parameter_sets_in_annex_b() {
    for (list, start) in [("AAAAAWjuPIA=", 0), ("AAABaO48gA==", 1)] {
        let (units, found) = sprop(list);
        assert_eq!(units, [vec![0x68, 0xee, 0x3c, 0x80]], "{start}");
        assert_eq!(found, [(7, D::ParameterSetAnnexB)]);
    }
}

#[test]
fn parameter_sets_empty_or_with_a_trailing_comma() {
    assert_eq!(sprop(""), (vec![], vec![(7, D::ParameterSetEmpty)]));
    let (units, found) = sprop("aO48gA==,");
    assert_eq!((units.len(), found), (1, vec![(7, D::ParameterSetEmpty)]));
}

#[test]
fn parameter_sets_without_padding() {
    let (units, found) = sprop("aO48gA");
    assert_eq!(units, [vec![0x68, 0xee, 0x3c, 0x80]]);
    assert_eq!(found, []);
}

#[test]
fn duplicate_payload_types() {
    let text = format!(
        "{HEAD}m=video 0 RTP/AVP 96 96\r\na=rtpmap:96 H264/90000\r\na=rtpmap:96 H265/90000\r\n\
         m=audio 0 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n"
    );
    let (session, found) = parse(&text);
    assert_eq!(found, [(6, D::PayloadTypeRepeated), (8, D::RtpMapRepeated)]);
    let names: Vec<_> = session
        .media()
        .map(|media| media.rtpmap(96).unwrap().encoding)
        .collect();
    assert_eq!(
        names,
        ["H264", "opus"],
        "each section has payload types of its own"
    );
}

#[test]
fn static_payload_type_without_rtpmap() {
    let (session, found) = parse(format!(
        "{HEAD}m=audio 0 RTP/AVP 8 10 14\r\nm=video 0 RTP/AVP 26\r\n"
    ));
    assert_eq!(found, []);
    let audio = session.media().next().unwrap();
    assert_eq!(
        audio.rtpmap(8),
        Some(RtpMap::new(8, "PCMA", 8000).with_channels(1))
    );
    assert_eq!(
        audio.rtpmap(10),
        Some(RtpMap::new(10, "L16", 44_100).with_channels(2))
    );
    assert_eq!(audio.rtpmap(14), Some(RtpMap::new(14, "MPA", 90_000)));
    assert_eq!(
        session.media().last().unwrap().rtpmap(26).unwrap().encoding,
        "JPEG"
    );
}

#[test]
fn payload_type_35_for_h264() {
    // Bosch.
    let (session, found) = parse(format!(
        "{HEAD}m=video 0 RTP/AVP 35\r\na=rtpmap:35 H264/90000\r\n"
    ));
    assert_eq!(found, []);
    assert!(
        session
            .media()
            .next()
            .unwrap()
            .rtpmap(35)
            .unwrap()
            .is("h264")
    );
}

#[test]
fn clock_rate_zero_or_missing() {
    for (value, what, rate) in [
        ("H264/0", D::ClockRateZero, 90_000),
        ("H265", D::ClockRateMissing, 90_000),
        ("opus/", D::ClockRateMissing, 48_000),
        ("X-UNKNOWN/0", D::ClockRateZero, 0),
    ] {
        let (session, found) = parse(with_video(&format!("a=rtpmap:96 {value}\r\n")));
        assert_eq!(found, [(7, what)]);
        assert_eq!(
            session
                .media()
                .next()
                .unwrap()
                .rtpmap(96)
                .unwrap()
                .clock_rate,
            rate
        );
    }
}

#[test]
fn rtpmap_channels_unreadable() {
    let (session, found) = parse(with_video("a=rtpmap:96 L16/8000/x\r\n"));
    assert_eq!(found, [(7, D::ChannelsUnreadable)]);
    assert_eq!(
        session.media().next().unwrap().rtpmap(96).unwrap().channels,
        None
    );
}

#[test]
fn range_without_dash_or_unit() {
    for (value, end) in [("npt=0.000", None), ("0-12.5", Some(12_500))] {
        let (session, found) = parse(format!("{HEAD}a=range:{value}\r\n"));
        assert_eq!(found, [(6, D::RangeUnusual)]);
        let at = |ms| Some(NptTime::At(Duration::from_millis(ms)));
        assert_eq!(
            session.range(),
            Some(Range::Npt {
                start: at(0),
                end: end.and_then(at)
            })
        );
    }
    let (session, found) = parse(format!("{HEAD}a=range:npt=now-\r\n"));
    assert_eq!(found, []);
    assert_eq!(
        session.range(),
        Some(Range::Npt {
            start: Some(NptTime::Now),
            end: None
        })
    );
}

#[test]
fn source_filter_without_its_space() {
    let (session, found) = parse(format!(
        "{HEAD}a=source-filter:incl IN IP4 239.1.1.1 10.0.0.1\r\n"
    ));
    assert_eq!(found, [(6, D::LeadingSpaceMissing)]);
    let filter: SourceFilter<'_> = session.attributes().first().unwrap();
    assert_eq!(filter.sources, ["10.0.0.1"]);
}

#[test]
fn known_attributes_that_cannot_be_read_stay_text() {
    let (session, found) = parse(with_video(
        "a=rtpmap:x\r\na=candidate:1 2\r\na=:y\r\na=control:\r\n",
    ));
    let unreadable = D::AttributeUnreadable;
    assert_eq!(
        found,
        [
            (7, unreadable),
            (8, unreadable),
            (9, D::AttributeNameUnusual),
            (10, unreadable)
        ]
    );
    let attributes = session.media().next().unwrap().attributes();
    assert_eq!(attributes.value("candidate"), Some("1 2"));
    assert_eq!(attributes.first::<Control<'_>>(), None);
}

#[test]
fn every_deviation_says_what_and_how() {
    let text = with_video("a=rtpmap:96 H264/0\r\n");
    let (_, diagnostics) = SessionDescription::parse_lenient(text.as_bytes()).unwrap();
    assert_eq!(
        diagnostics[0].to_string(),
        "line 7: the clock rate is 0; read as the encoding's usual rate, or 0 when there is none"
    );
}
