use super::*;
use alloc::string::ToString;
use proptest::prelude::*;

fn npt(value: &str) -> (Option<NptTime>, Option<NptTime>) {
    let RangeSpec::Npt { start, end } = Range::parse(value).unwrap().spec else {
        panic!("{value}")
    };
    (start, end)
}

fn at(milliseconds: u64) -> Option<NptTime> {
    Some(NptTime::At(Duration::from_millis(milliseconds)))
}

#[test]
fn npt_seconds_clock_and_open_ends() {
    assert_eq!(npt("npt=0.000-"), (at(0), None));
    assert_eq!(npt("npt=-20"), (None, at(20_000)));
    assert_eq!(npt("npt=10.5-1:00:00.25"), (at(10_500), at(3_600_250)));
    assert_eq!(npt("NPT = 5 - 7 "), (at(5_000), at(7_000)));
    assert_eq!(npt("npt=20-10"), (at(20_000), at(10_000)));
    assert_eq!(npt("npt=1.-"), (at(1_000), None));
}

#[test]
fn quirk_npt_now() {
    assert_eq!(npt("npt=now-"), (Some(NptTime::Now), None));
    assert_eq!(
        npt("npt=now-end_is_not_a_time".split_at(8).0),
        (Some(NptTime::Now), None)
    );
}

#[test]
fn quirk_range_without_unit() {
    assert_eq!(npt("0.000-"), (at(0), None));
    assert_eq!(npt("12-"), (at(12_000), None));
}

#[test]
fn quirk_npt_without_dash() {
    assert_eq!(npt("npt=0.000"), (at(0), None));
}

#[test]
fn time_parameter() {
    let range = Range::parse("npt=0-;time=19970123T143720Z").unwrap();
    assert_eq!(range.time, UtcTime::from_unix(854_030_240, 0));
    assert_eq!(range.to_string(), "npt=0.000-;time=19970123T143720Z");
    assert!(Range::parse("npt=0-;time=soon").is_err());
    assert_eq!(Range::parse("npt=0-;").unwrap().time, None);
}

#[test]
fn smpte_in_all_formats() {
    for (unit, format) in [
        ("smpte", SmpteFormat::Smpte),
        ("smpte-30-drop", SmpteFormat::Smpte30Drop),
        ("smpte-25", SmpteFormat::Smpte25),
    ] {
        let range = Range::parse(&alloc::format!("{unit}=10:07:00-10:07:33:05.01")).unwrap();
        let end = SmpteTime {
            subframes: 1,
            ..SmpteTime::new(10, 7, 33, 5)
        };
        assert_eq!(
            range.spec,
            RangeSpec::Smpte {
                format,
                start: Some(SmpteTime::new(10, 7, 0, 0)),
                end: Some(end)
            }
        );
    }
    let open = Range::parse("smpte-25=0:00:01:05-").unwrap();
    assert_eq!(open.npt_start(), Some(Duration::from_millis(1_200)));
    assert_eq!(open.npt_end(), None);
}

#[test]
fn drop_frame_time_stays_near_the_wall_clock() {
    // An hour of 29.97 Hz timecode is 107,892 frames: 3.6 ms short of an hour.
    let hour = SmpteTime::new(1, 0, 0, 0).to_duration(SmpteFormat::Smpte30Drop);
    assert_eq!(hour, Duration::from_nanos(107_892 * 1_001_000_000 / 30));
    let minute = SmpteTime::new(0, 1, 0, 2).to_duration(SmpteFormat::Smpte);
    assert_eq!(minute, Duration::from_nanos(1800 * 1_001_000_000 / 30));
}

#[test]
fn clock_ranges() {
    let range = Range::parse("clock=19960213T143205Z-19960213T143210.5Z").unwrap();
    let start = UtcTime::from_unix(824_221_925, 0);
    assert_eq!(
        range.spec,
        RangeSpec::Clock {
            start,
            end: UtcTime::from_unix(824_221_930, 500_000_000)
        }
    );
    let open = Range::parse("clock=19960213T143205Z-").unwrap();
    assert_eq!(open.spec, RangeSpec::Clock { start, end: None });
}

#[test]
fn unknown_units_are_kept() {
    let range = Range::parse("x-frames=1-2").unwrap();
    assert_eq!(
        range.spec,
        RangeSpec::Other {
            unit: "x-frames".into(),
            value: "1-2".into()
        }
    );
}

#[test]
fn malformed_ranges_say_where() {
    for bad in [
        "",
        "npt=",
        "npt=-",
        "-",
        "npt=x-",
        "npt=1:60:00-",
        "npt=1:2-",
        "npt=1e5-",
        "npt=.-",
        "npt=+1-",
        "npt=99999999999999-",
        "npt=18446744073709551615:0:0-",
        "smpte=1:2-",
        "smpte=100:0:0-",
        "clock=yesterday-",
        "=1-",
        "npt=1.5x-",
    ] {
        assert!(Range::parse(bad).is_err(), "{bad}");
    }
    let error = Range::parse("npt=1-x").unwrap_err();
    assert_eq!((error.header, error.position), ("Range", 6));
}

fn npt_time() -> impl Strategy<Value = Option<NptTime>> {
    prop_oneof![
        Just(None),
        Just(Some(NptTime::Now)),
        (0..MAX_SECONDS, 0..1_000_000_000_u32)
            .prop_map(|(seconds, nanos)| Some(NptTime::At(Duration::new(seconds, nanos)))),
    ]
}

fn utc() -> impl Strategy<Value = UtcTime> {
    (0..253_402_300_799_i64, 0..1_000_000_000_u32)
        .prop_map(|(seconds, nanos)| UtcTime::from_unix(seconds, nanos).unwrap())
}

fn smpte() -> impl Strategy<Value = SmpteTime> {
    (0..100_u8, 0..60_u8, 0..60_u8, 0..30_u8, 0..100_u8).prop_map(
        |(hours, minutes, seconds, frames, subframes)| SmpteTime {
            hours,
            minutes,
            seconds,
            frames,
            subframes,
        },
    )
}

fn spec() -> impl Strategy<Value = RangeSpec> {
    let format = prop_oneof![
        Just(SmpteFormat::Smpte),
        Just(SmpteFormat::Smpte30Drop),
        Just(SmpteFormat::Smpte25)
    ];
    prop_oneof![
        (npt_time(), npt_time())
            .prop_filter("both open", |(start, end)| start.is_some() || end.is_some())
            .prop_map(|(start, end)| RangeSpec::Npt { start, end }),
        (utc(), proptest::option::of(utc())).prop_map(|(start, end)| RangeSpec::Clock {
            start: Some(start),
            end
        }),
        (format, smpte(), proptest::option::of(smpte())).prop_map(|(format, start, end)| {
            RangeSpec::Smpte {
                format,
                start: Some(start),
                end,
            }
        }),
    ]
}

proptest! {
    #[test]
    fn round_trip(spec in spec(), time in proptest::option::of(utc())) {
        let range = Range { spec, time };
        prop_assert_eq!(Range::parse(&range.to_string()).unwrap(), range);
    }

    #[test]
    fn what_is_read_is_written_so_that_it_reads_the_same(text in "(npt|smpte|clock|)=?[0-9:.TZnow-]*;?.*") {
        if let Ok(header) = Range::parse(&text) {
            let written = header.to_string();
            prop_assert_eq!(Range::parse(&written).map(|again| again.to_string()), Ok(written));
        }
    }
}
