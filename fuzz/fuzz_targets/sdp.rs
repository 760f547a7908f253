//! Any bytes as a session description: strictly, leniently, every accessor, and written again.
#![no_main]

use castline_sdp as sdp;
use castline_sdp::{Media, SessionDescription, TypedAttribute};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let strict = SessionDescription::parse(data);
    let Ok((session, diagnostics)) = SessionDescription::parse_lenient(data) else {
        assert!(strict.is_err(), "lenient takes what strict takes");
        return;
    };
    assert_eq!(
        strict.is_ok(),
        diagnostics.is_empty(),
        "one parser, two modes: {diagnostics:?}"
    );
    if let Ok(strict) = &strict {
        assert_eq!(strict, &session);
        assert_eq!(strict.to_string().as_bytes(), data);
        // Built again, the media line has its numbers in their shortest form, and then stays as it is.
        let built = strict
            .to_builder()
            .build()
            .expect("what is valid can be built again");
        assert_eq!(built.lines().len(), strict.lines().len());
        assert_eq!(built.to_builder().build().as_ref(), Ok(&built));
    }
    visit(&session);
    let mut written = Vec::new();
    session.encode(&mut written);
    assert_eq!(written.len(), session.encoded_len());
    // Bad UTF-8 grows by the replacement characters, so that the limit may be passed on the way back.
    if let Ok((again, _)) = SessionDescription::parse_lenient(&written) {
        assert_eq!(again, session, "what is written reads the same");
    } else {
        assert!(std::str::from_utf8(data).is_err());
    }
    let _ = session.to_builder().build();
});

fn visit(session: &SessionDescription<'_>) {
    if let Some(origin) = session.origin() {
        let _ = (origin.to_string(), origin.address.ip());
    }
    let _ = (
        session.name(),
        session.information(),
        session.uri(),
        session.range(),
    );
    let _ = (
        session.emails().count(),
        session.phones().count(),
        session.bandwidths().count(),
    );
    let _ = (
        session.connection(),
        session.encryption_key(),
        format!("{session:?}"),
    );
    for time in session.times() {
        let _ = (
            time.time(),
            time.repeats().count(),
            time.zone_adjustments().count(),
        );
    }
    if let Some(control) = session.control() {
        let _ = sdp::control::resolve("rtsp://h/p?q=1", control);
    }
    session.attributes().for_each(typed);
    for media in session.media() {
        visit_media(&media);
    }
}

fn visit_media(media: &Media<'_>) {
    let _ = (
        media.kind(),
        media.port(),
        media.protocol(),
        media.direction(),
        media.connection(),
    );
    let _ = (
        media.title(),
        media.bandwidths().count(),
        media.mid(),
        media.frame_rate(),
    );
    media.attributes().for_each(typed);
    for payload_type in media.payload_types().take(8) {
        let _ = media.rtpmap(payload_type);
        let Some(fmtp) = media.fmtp(payload_type) else {
            continue;
        };
        let h264 = fmtp.h264();
        assert_eq!(sdp::H264Fmtp::parse_lenient(&h264.to_string()), h264);
        let h265 = fmtp.h265();
        assert_eq!(sdp::H265Fmtp::parse_lenient(&h265.to_string()), h265);
        let _ = (
            fmtp.aac(),
            fmtp.latm(),
            fmtp.opus(),
            fmtp.av1(),
            fmtp.vp8(),
            fmtp.vp9(),
        );
    }
}

/// What can be read can be written, and reads the same.
macro_rules! same {
    ($type:ident, $value:expr) => {
        if let Ok(read) = sdp::$type::parse_lenient($value) {
            let text = read.to_string();
            assert_eq!(
                sdp::$type::parse_lenient(&text).as_ref(),
                Ok(&read),
                "{text:?}"
            );
        }
    };
}

/// Every typed reading of one attribute.
fn typed(attribute: sdp::Attribute<'_>) {
    let value = attribute.value.unwrap_or_default();
    match attribute.name {
        "candidate" => same!(Candidate, value),
        "control" => same!(Control, value),
        "crypto" => same!(Crypto, value),
        "extmap" => same!(ExtensionMap, value),
        "fingerprint" => same!(Fingerprint, value),
        "fmtp" => same!(Fmtp, value),
        "framerate" => same!(FrameRate, value),
        "framesize" => same!(FrameSize, value),
        "group" => same!(Group, value),
        "ice-options" => same!(IceOptions, value),
        "key-mgmt" => same!(KeyManagement, value),
        "mid" => same!(Mid, value),
        "msid" => same!(Msid, value),
        "ptime" => same!(PacketTime, value),
        "range" => same!(Range, value),
        "rid" => same!(Rid, value),
        "rtcp" => same!(Rtcp, value),
        "rtcp-fb" => same!(RtcpFeedback, value),
        "rtpmap" => same!(RtpMap, value),
        "setup" => same!(Setup, value),
        "simulcast" => same!(Simulcast, value),
        "source-filter" => same!(SourceFilter, value),
        "ssrc" => same!(Ssrc, value),
        "ssrc-group" => same!(SsrcGroup, value),
        "x-dimensions" => same!(Dimensions, value),
        _ => {}
    }
}
