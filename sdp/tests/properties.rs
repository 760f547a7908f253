//! What holds for any text: the two modes agree, and what is written reads the same.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "test code")]

use castline_sdp::{Limits, SessionDescription};
use proptest::prelude::*;

/// Lines as devices send them, good and bad.
fn line() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "v=0",
        "v=1",
        "o=- 1 2 IN IP4 10.0.0.1",
        "o=a b 0x1 -2 IN IPV4 h",
        "o=",
        "s=x",
        "s=",
        "s= ",
        "i=",
        "u=http://x/",
        "e=NONE",
        "e=a@b",
        "p=+1 2",
        "c=IN IP4 0.0.0.0",
        "c=IN",
        "c=SM",
        "c=IN IP4 239.0.0.1/5/2",
        "b=AS:1",
        "b=x",
        "t=0 0",
        "t=now-",
        "r=7d 1h 0",
        "r=0 0",
        "z=1 -1h",
        "k=prompt",
        "a=control:*",
        "a=recvonly",
        "a=rtpmap:96 H264/90000",
        "a=rtpmap:96 ",
        "a=fmtp:96 sprop-parameter-sets=AAAAAWg=,,",
        "a=range:npt=0-",
        "a=framerate:0S",
        "m=video 0 RTP/AVP 96",
        "m=audio -1 RTP/AVP 0 0",
        "m=x/y 0 RTP/AVP z",
        "m=video",
        "y=1",
        "",
        " ",
        "junk",
        " v = 0",
        "\u{feff}v=0",
        "\u{e9}=x",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[a-z]=[ -~\\t\u{e9}\\x00]{0,20}"]
}

fn text() -> impl Strategy<Value = String> {
    let end = prop::sample::select(vec!["\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n", ""]);
    prop::collection::vec((line(), end), 0..24)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

/// Reads everything there is to read.
fn visit(session: &SessionDescription<'_>) {
    let mut seen = format!(
        "{:?} {} {:?} {:?}",
        session.origin(),
        session.name(),
        session.connection(),
        session.range()
    );
    for time in session.times() {
        seen += &format!(
            "{:?} {}",
            time.time(),
            time.repeats().count() + time.zone_adjustments().count()
        );
    }
    for media in session.media() {
        seen += &format!(
            "{} {:?} {:?} {:?}",
            media.kind(),
            media.direction(),
            media.connection(),
            media.mid()
        );
        for payload_type in media.payload_types() {
            seen += &format!(
                "{:?} {:?}",
                media.rtpmap(payload_type),
                media.fmtp(payload_type).map(|fmtp| fmtp.h264())
            );
        }
    }
    assert!(!seen.is_empty());
}

fn check(bytes: &[u8]) {
    let strict = SessionDescription::parse(bytes);
    let Ok((session, diagnostics)) = SessionDescription::parse_lenient(bytes) else {
        return assert!(strict.is_err());
    };
    assert_eq!(
        strict.is_ok(),
        diagnostics.is_empty(),
        "{strict:?} {diagnostics:?}"
    );
    visit(&session);
    let mut written = Vec::new();
    session.encode(&mut written);
    assert_eq!(
        (written.len(), session.to_string().as_bytes()),
        (session.encoded_len(), &*written)
    );
    let (again, _) = SessionDescription::parse_lenient(&written).unwrap();
    assert_eq!(again, session);
    if strict.is_ok() {
        assert_eq!(written, bytes);
        let built = session.to_builder().build().unwrap();
        assert_eq!(built.to_builder().build().unwrap(), built);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn modes_agree_and_writing_is_faithful(text in text()) {
        check(text.as_bytes());
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }

    #[test]
    fn any_cut_of_a_description(text in text(), cut: prop::sample::Index) {
        check(text.as_bytes().split_at(cut.index(text.len() + 1)).0);
    }

    #[test]
    fn tight_limits_never_panic(text in text(), lines in 0_usize..8, sections in 0_usize..3, attributes in 0_usize..3) {
        let mut limits = Limits::default();
        (limits.lines, limits.media_sections, limits.attributes_per_section) = (lines, sections, attributes);
        if let Ok((session, _)) = SessionDescription::parse_lenient_with_limits(text.as_bytes(), &limits) {
            prop_assert!(session.lines().len() <= lines && session.media().len() <= sections);
        }
    }
}
