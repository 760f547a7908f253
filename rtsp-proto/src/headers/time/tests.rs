use super::*;
use alloc::string::ToString;
use proptest::prelude::*;

#[test]
fn the_three_forms_of_rfc_9110() {
    for text in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ] {
        let date = Date::parse(text).unwrap();
        assert_eq!(date.time().unix_seconds(), 784_111_777, "{text}");
        assert_eq!(date.to_string(), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}

#[test]
fn quirk_date_with_month_before_day() {
    let date = Date::parse("Mon, Jan 05 2015 10:20:30 GMT").unwrap();
    assert_eq!(date.to_string(), "Mon, 05 Jan 2015 10:20:30 GMT");
}

#[test]
fn clocks() {
    let clock = |text| UtcTime::parse_clock(text).map(|time| (time.seconds, time.nanoseconds));
    assert_eq!(clock("19700101T000000Z"), Some((0, 0)));
    assert_eq!(
        clock("19961108T142300.25Z"),
        Some((847_462_980, 250_000_000))
    );
    assert_eq!(clock("20161231T235960Z"), Some((1_483_228_800, 0)));
    assert_eq!(clock("00000101T000000Z"), Some((UtcTime::MIN_SECONDS, 0)));
    assert_eq!(clock("99991231T235959Z"), Some((UtcTime::MAX_SECONDS, 0)));
    for bad in [
        "",
        "T",
        "19961308T142300Z",
        "19970229T000000Z",
        "1996110T142300Z",
        "19961108T242300Z",
        "19961108T142300.x",
        "+9961108T142300Z",
        "99991231T235960Z",
    ] {
        assert_eq!(clock(bad), None, "{bad}");
    }
}

#[test]
fn bad_dates_are_errors() {
    for bad in [
        "",
        "now",
        "Sun, 06 Nov 1994",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "0 Jan 1999 1:1:1",
        "1 Jan 99999 1:1:1",
        "1 Jan 1999 4294967295:1:1",
        "1 Jan 1999 1:1:4294967295",
    ] {
        assert!(Date::parse(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn round_trips(seconds in UtcTime::MIN_SECONDS..=UtcTime::MAX_SECONDS, nanoseconds in 0..1_000_000_000_u32) {
        let time = UtcTime::from_unix(seconds, nanoseconds).unwrap();
        prop_assert_eq!(UtcTime::parse_clock(&time.to_string()), Some(time));
        let date = LastModified::new(time);
        prop_assert_eq!(LastModified::parse(&date.to_string()).unwrap(), date);
    }

    #[test]
    fn no_text_panics(text in "[0-9A-Za-z :,.-]*") {
        let _ = Date::parse(&text);
        let _ = UtcTime::parse_clock(&text);
    }
}
