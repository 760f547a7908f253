//! Each typed attribute: what is written reads the same, by the letter; and the examples of the RFCs.

use alloc::{format, string::ToString, vec, vec::Vec};
use core::{fmt::Debug, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::{Address, Fmtp, ParseError, TypedAttribute};

/// Strictly read, written, and compared with what stood there.
#[track_caller]
fn same<'a, T: TypedAttribute<'a> + PartialEq + Debug>(text: &'a str) -> T {
    let read = T::parse(text).unwrap_or_else(|error| panic!("{}: {text}: {error}", T::NAME));
    assert_eq!(read.to_string(), text);
    assert_eq!(T::parse_lenient(text), Ok(T::parse(text).unwrap()));
    read
}

#[track_caller]
fn refused<'a, T: TypedAttribute<'a> + Debug>(text: &'a str) {
    assert!(
        matches!(T::parse_lenient(text), Err(ParseError::Expected { .. })),
        "{text}"
    );
    assert!(T::parse(text).is_err(), "{text}");
}

#[test]
fn examples_of_the_standards() {
    same::<RtpMap<'_>>("98 L16/11025/2");
    same::<Fmtp<'_>>("96 mode=AAC-hbr; config=1210");
    same::<Control<'_>>("rtsp://audio.example.com/audio");
    same::<FrameRate>("29.97");
    same::<PacketTime>("20");
    same::<MaxPacketTime>("2.5");
    same::<FrameSize>("96 720-576");
    same::<Dimensions>("1920,1080");
    same::<Mid<'_>>("a1");
    same::<Group<'_>>("LS 1 2");
    same::<Group<'_>>("BUNDLE");
    same::<Msid<'_>>("examplefoo examplebar");
    same::<SourceFilter<'_>>(" incl IN IP4 232.3.4.5 192.0.2.10 192.0.2.11");
    same::<SourceFilter<'_>>(" excl IN * dst-1.example.com src-1.example.com");
    same::<Rtcp<'_>>("53020");
    same::<Rtcp<'_>>("53020 IN IP6 2001:db8::1");
    same::<RtcpFeedback<'_>>("98 nack rpsi");
    same::<RtcpFeedback<'_>>("* ccm fir");
    same::<ExtensionMap<'_>>("4/recvonly http://example.com/082005/ext.htm#xmeta short");
    same::<ExtensionMap<'_>>("1 urn:ietf:params:rtp-hdrext:toffset");
    same::<Ssrc<'_>>("11111 cname:user3@example.com");
    same::<SsrcGroup<'_>>("FID 11111 22222");
    same::<KeyManagement<'_>>("mikey AQAFgM0XflABAAAAAAAAAAAAAAsAyO==");
    same::<Crypto<'_>>(
        "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32",
    );
    same::<Crypto<'_>>(
        "2 F8_128_HMAC_SHA1_80 inline:MTI|2^20|1:4;inline:QUJ|2^20|2:4 FEC_ORDER=FEC_SRTP",
    );
    same::<Fingerprint<'_>>("sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB");
    for setup in ["active", "passive", "actpass", "holdconn"] {
        same::<Setup>(setup);
    }
    same::<IceUsernameFragment<'_>>("8hhY");
    same::<IcePassword<'_>>("asd88fgpdd777uzjYhagZg");
    same::<IceOptions<'_>>("ice2 trickle");
    same::<Candidate<'_>>("1 1 UDP 2130706431 203.0.113.141 8998 typ host");
    same::<Candidate<'_>>(
        "2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998",
    );
    same::<Rid<'_>>("4 recv pt=97;max-width=1280;max-height=720");
    same::<Simulcast<'_>>("send 1,~4;2,3 recv 5");
    same::<RtcpMux>("");
    same::<IceLite>("");
    same::<EndOfCandidates>("");
    same::<Range<'_>>("npt=0.000-3600.200");
    same::<Range<'_>>("npt=now-");
    same::<Range<'_>>("clock=19961108T142300Z-19961108T143520Z");
    same::<Range<'_>>("smpte-25=10:07:00-10:07:33:05.01");
}

#[test]
fn what_the_parts_are() {
    let rid = same::<Rid<'_>>("hi send pt=97,98;max-fps=30");
    assert_eq!(rid.payload_types().collect::<Vec<_>>(), [97, 98]);
    assert_eq!(rid.restrictions().nth(1), Some(("max-fps", Some("30"))));
    let candidate = same::<Candidate<'_>>("1 1 tcp 9 10.0.0.1 9 typ host tcptype active");
    assert_eq!(candidate.extensions, [("tcptype", "active")]);
    let simulcast = same::<Simulcast<'_>>("recv 1;~2");
    assert_eq!(
        simulcast.recv[1],
        [SimulcastStream {
            rid: "2",
            paused: true
        }]
    );
    let extension = same::<ExtensionMap<'_>>("2/sendonly urn:x");
    assert_eq!(extension.direction, Some(Direction::SendOnly));
    assert!(same::<RtcpFeedback<'_>>("* nack").applies_to(7));
    assert!(!same::<RtcpFeedback<'_>>("96 nack").applies_to(7));
    assert_eq!(same::<FrameRate>("29.97").0.as_ratio(), (2997, 100));
    assert!((Decimal::new(2997, 2).to_f64() - 29.97).abs() < 1e-9);
}

#[test]
fn npt_times() {
    let at = |text: &str| {
        NptTime::parse(text).map(|time| match time {
            NptTime::At(time) => time.as_micros(),
            NptTime::Now => u128::MAX,
        })
    };
    assert_eq!(at("12.5"), Ok(12_500_000));
    assert_eq!(at("0:00:12.000001"), Ok(12_000_001));
    assert_eq!(at("100:01:02"), Ok(360_062_000_000));
    assert_eq!(at("now"), Ok(u128::MAX));
    assert_eq!(at("1."), Ok(1_000_000));
    for wrong in [
        "",
        "x",
        "-1",
        "1:2:3:4",
        "12 ",
        ":1",
        "1e5",
        "99999999999999999999",
        "NaN",
        "18446744073709551615:00:00",
    ] {
        assert!(NptTime::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_cannot_be_read() {
    for text in ["", "x H264/90000", "96", "256 H264/90000", "96 /90000"] {
        refused::<RtpMap<'_>>(text);
    }
    refused::<Fmtp<'_>>("");
    refused::<FrameSize>("96 720x576");
    refused::<Dimensions>("1920");
    refused::<Range<'_>>("npt=-");
    refused::<Range<'_>>("npt=a-b");
    refused::<FrameRate>("fast");
    refused::<Mid<'_>>("a b");
    refused::<Setup>("both");
    refused::<Rtcp<'_>>("70000");
    refused::<ExtensionMap<'_>>("1/sideways urn:x");
    refused::<Ssrc<'_>>("4294967296 cname:x");
    refused::<Fingerprint<'_>>("sha-1 4A:A");
    refused::<Fingerprint<'_>>("sha-1 +A:AA");
    refused::<IcePassword<'_>>("short");
    refused::<Candidate<'_>>("1 1 UDP 1 10.0.0.1 1 typ host raddr");
    refused::<Rid<'_>>("1 both");
    refused::<Simulcast<'_>>("send 1 send 2");
    refused::<Simulcast<'_>>("send ,");
    refused::<SourceFilter<'_>>(" incl IN IP4 232.3.4.5");
}

#[test]
fn fingerprint_in_lower_case() {
    let lower = "sha-1 4a:ad";
    assert!(Fingerprint::parse(lower).is_err());
    assert_eq!(
        Fingerprint::parse_lenient(lower).unwrap().digest,
        [0x4a, 0xad]
    );
}

#[test]
fn flags_with_a_value() {
    assert!(RtcpMux::parse("yes").is_err());
    assert_eq!(RtcpMux::parse_lenient("yes"), Ok(RtcpMux));
}

/// Round trip through the strict parser.
macro_rules! round_trip {
    ($value:expr) => {
        let value = $value;
        let text = value.to_string();
        prop_assert_eq!(TypedAttribute::parse(&text), Ok(value), "{}", text);
    };
}

const TOKEN: &str = "[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,12}";
const WORD: &str = "[!-~]{1,16}";
const ICE: &str = "[A-Za-z0-9+/]{22,40}";

proptest! {
    #[test]
    fn rtp_maps(payload_type in 0_u8..128, encoding in TOKEN, clock_rate in 1_u32.., channels in prop::option::of(1_u8..)) {
        round_trip!(RtpMap { payload_type, encoding: &encoding, clock_rate, channels });
    }

    #[test]
    fn fmtps(format in TOKEN, parameters in "[!-~]([ -~]{0,20}[!-~])?") {
        round_trip!(Fmtp { format: &format, parameters: &parameters });
    }

    #[test]
    fn decimals(digits in 1_u64.., fraction_digits in 0_u8..19) {
        let number = Decimal::new(digits, fraction_digits);
        round_trip!(FrameRate(number));
        round_trip!(PacketTime(number));
        round_trip!(MaxPacketTime(number));
    }

    #[test]
    fn pictures(payload_type: u8, width: u32, height: u32) {
        round_trip!(Dimensions { width, height });
        round_trip!(FrameSize { payload_type, width, height });
    }

    #[test]
    fn ranges(seconds: u64, nanos in 0_u32..1_000_000_000, open: bool, unit in "[a-z0-9-]{1,9}", value in WORD) {
        let time = NptTime::At(Duration::new(seconds, nanos));
        let end = (!open).then_some(time);
        round_trip!(Range::Npt { start: Some(time), end });
        round_trip!(Range::Npt { start: None, end: Some(time) });
        prop_assume!(unit != "npt");
        round_trip!(Range::Other { unit: &unit, value: &value });
    }

    #[test]
    fn words(token in TOKEN, word in WORD, ice in ICE) {
        round_trip!(Control(&word));
        round_trip!(Mid(&token));
        round_trip!(IceUsernameFragment(&ice));
        round_trip!(IcePassword(&ice));
    }

    #[test]
    fn groups(semantics in TOKEN, mids in prop::collection::vec(TOKEN, 0..4), track in prop::option::of(WORD)) {
        let mids: Vec<&str> = mids.iter().map(|mid| &**mid).collect();
        round_trip!(Group { semantics: &semantics, mids: mids.clone() });
        round_trip!(Msid { stream: &semantics, track: track.as_deref() });
        prop_assume!(!mids.is_empty());
        round_trip!(IceOptions(mids));
    }

    #[test]
    fn source_filters(exclude: bool, sources in prop::collection::vec(WORD, 1..4)) {
        let mode = if exclude { FilterMode::Exclude } else { FilterMode::Include };
        let destination = Address::internet("239.1.1.1");
        round_trip!(SourceFilter { mode, destination, sources: sources.iter().map(|one| &**one).collect() });
    }

    #[test]
    fn rtcp(port: u16, with_address: bool, payload_type: Option<u8>, kind in TOKEN, parameter in prop::option::of(WORD)) {
        round_trip!(Rtcp { port, address: with_address.then(|| Address::internet("10.0.0.1")) });
        round_trip!(RtcpFeedback { payload_type, kind: &kind, parameter: parameter.as_deref() });
    }

    #[test]
    fn extension_maps(id: u16, uri in WORD, attributes in prop::option::of(WORD), which in 0_usize..5) {
        let direction = [None, Some(Direction::SendRecv), Some(Direction::SendOnly), Some(Direction::RecvOnly), Some(Direction::Inactive)][which];
        round_trip!(ExtensionMap { id, direction, uri: &uri, attributes: attributes.as_deref() });
    }

    #[test]
    fn ssrcs(ssrc: u32, attribute in TOKEN, value in prop::option::of("[ -~]{0,12}"), ssrcs: Vec<u32>) {
        round_trip!(Ssrc { ssrc, attribute: &attribute, value: value.as_deref() });
        round_trip!(SsrcGroup { semantics: &attribute, ssrcs });
    }

    #[test]
    fn security(tag: u32, suite in TOKEN, key in WORD, session in prop::option::of(WORD), digest in prop::collection::vec(any::<u8>(), 1..33)) {
        round_trip!(KeyManagement { protocol: &suite, data: &key });
        round_trip!(Crypto { tag, suite: &suite, key_parameters: &key, session_parameters: session.as_deref() });
        round_trip!(Fingerprint { hash: &suite, digest });
    }

    #[test]
    fn candidates(
        numbers: (u16, u32, u16, Option<u16>),
        address in WORD,
        related_address in prop::option::of(WORD),
        extensions in prop::collection::vec(("x[a-z]{1,5}", WORD), 0..3),
    ) {
        let (component, priority, port, related_port) = numbers;
        let extensions = extensions.iter().map(|(name, value)| (&**name, &**value)).collect();
        round_trip!(Candidate {
            foundation: "1+/a", component, transport: "udp", priority, address: &address, port,
            kind: "relay", related_address: related_address.as_deref(), related_port, extensions,
        });
    }

    #[test]
    fn streams(rids in prop::collection::vec(("[A-Za-z0-9_-]{1,5}", any::<bool>()), 1..4), restrictions in prop::option::of(WORD)) {
        let streams: Vec<_> = rids.iter().map(|(rid, paused)| SimulcastStream { rid, paused: *paused }).collect();
        let both = vec![streams.clone(), streams];
        round_trip!(Simulcast { send: both.clone(), recv: vec![] });
        round_trip!(Simulcast { send: both.clone(), recv: both });
        round_trip!(Rid { id: &rids[0].0, direction: RidDirection::Recv, restrictions: restrictions.as_deref() });
    }

    #[test]
    fn anything_is_survived(value in "[ -~\\t\u{e9}]{0,40}") {
        for name in ["rtpmap", "fmtp", "range", "framerate", "candidate", "simulcast", "rid", "extmap", "source-filter"] {
            let text = format!("v=0\na={name}:{value}\n");
            prop_assert!(crate::SessionDescription::parse_lenient(text.as_bytes()).is_ok());
        }
    }
}
