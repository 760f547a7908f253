use super::*;
use alloc::string::ToString;
use alloc::vec;
use proptest::prelude::*;

fn entries(value: &str) -> Vec<RtpInfoEntry> {
    RtpInfo::parse(value).unwrap().entries
}

fn one(url: &str, seq: u16, rtptime: u32) -> RtpInfoEntry {
    RtpInfoEntry::new(url, Some(seq), Some(rtptime))
}

#[test]
fn rtsp_1_form() {
    assert_eq!(
        entries(
            "url=rtsp://h/a/streamid=0;seq=45102;rtptime=12345678,url=rtsp://h/a/streamid=1;seq=30211"
        ),
        vec![
            one("rtsp://h/a/streamid=0", 45102, 12_345_678),
            RtpInfoEntry::new("rtsp://h/a/streamid=1", Some(30211), None)
        ]
    );
}

#[test]
fn rtsp_2_form_with_several_sources() {
    let value = r#"url="rtsp://h/audio" ssrc=0A13C760:seq=45102;rtptime=12345678 ssrc=00000001:seq=7;rtptime=8, url="rtsp://h/video" ssrc=9A9DE123:seq=30211;rtptime=29567112"#;
    assert_eq!(
        entries(value),
        vec![
            one("rtsp://h/audio", 45102, 12_345_678).with_ssrc(0x0A13_C760),
            one("rtsp://h/audio", 7, 8).with_ssrc(1),
            one("rtsp://h/video", 30211, 29_567_112).with_ssrc(0x9A9D_E123),
        ]
    );
}

#[test]
fn quirk_relative_url() {
    assert_eq!(
        entries("url=trackID=1;seq=1;rtptime=2"),
        vec![one("trackID=1", 1, 2)]
    );
    assert_eq!(
        entries("url=trackID=1;seq=1;rtptime=2, url=rtsp://h/trackID=2;seq=3;rtptime=4"),
        vec![one("trackID=1", 1, 2), one("rtsp://h/trackID=2", 3, 4)]
    );
}

#[test]
fn quirk_trailing_semicolon() {
    assert_eq!(entries("url=a;seq=1;rtptime=2;"), vec![one("a", 1, 2)]);
    assert_eq!(
        entries("url=a;seq=1;rtptime=2;,url=b;seq=3;rtptime=4;,"),
        vec![one("a", 1, 2), one("b", 3, 4)]
    );
}

#[test]
fn quirk_rtptime_unparsable() {
    assert_eq!(
        entries("url=a;seq=1;rtptime=-5"),
        vec![RtpInfoEntry::new("a", Some(1), None)]
    );
    assert_eq!(
        entries("url=a;seq=99999;rtptime=4294967296"),
        vec![RtpInfoEntry::new("a", None, None)]
    );
}

#[test]
fn quirk_seq_zero_or_one_is_kept() {
    assert_eq!(entries("url=a;seq=0;rtptime=0"), vec![one("a", 0, 0)]);
}

#[test]
fn urls_may_have_commas_and_semicolons() {
    assert_eq!(
        entries("url=rtsp://h/a;b,c;seq=1;rtptime=2"),
        vec![one("rtsp://h/a;b,c", 1, 2)]
    );
    assert_eq!(
        entries("url=\"rtsp://h/a;b,c\";seq=1;rtptime=2"),
        vec![one("rtsp://h/a;b,c", 1, 2)]
    );
}

#[test]
fn any_order_and_blanks() {
    assert_eq!(
        entries(" seq = 1 ; rtptime = 2 ; url = a "),
        vec![one("a", 1, 2)]
    );
    assert_eq!(entries(""), vec![]);
}

#[test]
fn bounded_and_refused() {
    let many = vec!["url=a;seq=1"; 65].join(",");
    assert_eq!(
        RtpInfo::parse(&many).unwrap_err().expected,
        "at most 64 entries"
    );
    assert!(RtpInfo::parse("nonsense").is_err());
}

proptest! {
    #[test]
    fn round_trip(
        entries in proptest::collection::vec(
            ("[a-zA-Z0-9:/.?&_-]{0,20}", proptest::option::of(any::<u32>()), proptest::option::of(any::<u16>()), proptest::option::of(any::<u32>())),
            0..5,
        ),
    ) {
        let info = RtpInfo::new(entries.into_iter().map(|(url, ssrc, seq, rtptime)| RtpInfoEntry { url, ssrc, seq, rtptime }));
        prop_assert_eq!(RtpInfo::parse(&info.to_string()).unwrap(), info);
    }

    #[test]
    fn what_is_read_is_written_so_that_it_reads_the_same(text in "(url=|;seq=1|ssrc=|rtptime=2|[=;:, \"a1\\\\])*") {
        if let Ok(header) = RtpInfo::parse(&text) {
            let written = header.to_string();
            prop_assert_eq!(RtpInfo::parse(&written).map(|again| again.to_string()), Ok(written));
        }
    }
}

#[test]
fn found_by_fuzzing_an_open_quote_takes_the_rest_into_the_url() {
    let info = RtpInfo::parse("url=\"rtsp://h/a[ ssrc=0A13C760:seq=1;rtptime=2, url=b").unwrap();
    assert_eq!(info.entries().len(), 1);
    assert_eq!(RtpInfo::parse(&info.to_string()).unwrap(), info);
}

#[test]
fn sources_can_be_left_out_for_rtsp_1() {
    let info = RtpInfo::new([one("a", 1, 2).with_ssrc(3)]);
    assert_eq!(info.without_ssrc().to_string(), "url=a;seq=1;rtptime=2");
}
