use super::*;
use alloc::string::ToString;
use alloc::vec;
use proptest::prelude::*;

#[test]
fn properties_of_rfc_7826() {
    let value = "Random-Access=2.5, Unlimited, Immutable, Scales=\"-20, -10, 1:2\"";
    let header = MediaProperties::parse(value).unwrap();
    assert_eq!(
        header.properties(),
        [
            MediaProperty::RandomAccess(Some(Duration::from_millis(2500))),
            MediaProperty::Unlimited,
            MediaProperty::Immutable,
            MediaProperty::Scales("-20, -10, 1:2".into()),
        ]
    );
    assert_eq!(header.to_string(), value);
    let live = MediaProperties::parse("no-seeking,Time-Progressing,Time-Duration=0.0").unwrap();
    assert_eq!(
        live.to_string(),
        "No-Seeking, Time-Progressing, Time-Duration=0.0"
    );
}

#[test]
fn unreadable_properties_are_kept() {
    for text in [
        "Random-Access=soon",
        "Time-Duration=1-",
        "Time-Duration=1:00:00",
        "Time-Limited=x",
        "Foo=bar",
        "Immutable=1",
    ] {
        assert_eq!(
            MediaProperties::parse(text).unwrap().properties(),
            [MediaProperty::Other(text.into())]
        );
    }
    assert!(MediaProperties::parse(&vec!["Dynamic"; 33].join(",")).is_err());
}

#[test]
fn media_ranges() {
    let value = "npt=0.000-12.500, clock=19960213T143205Z-19960213T143210Z";
    let header = MediaRange::parse(value).unwrap();
    assert_eq!(header.ranges().len(), 2);
    assert_eq!(header.to_string(), value);
    let error = MediaRange::parse("npt=0-1, npt=x-").unwrap_err();
    assert_eq!((error.header, error.position), ("Media-Range", 13));
}

#[test]
fn seek_styles() {
    for style in [
        SeekStyle::Rap,
        SeekStyle::CoRap,
        SeekStyle::FirstPrior,
        SeekStyle::Next,
        SeekStyle::Other("x-best".into()),
    ] {
        assert_eq!(SeekStyle::parse(&style.to_string()).unwrap(), style);
    }
    assert_eq!(
        SeekStyle::parse(" first-prior ").unwrap(),
        SeekStyle::FirstPrior
    );
    assert!(SeekStyle::parse("a b").is_err());
}

fn property() -> impl Strategy<Value = MediaProperty> {
    let time = (0..1_u64 << 40, 0..1_000_000_000_u32)
        .prop_map(|(seconds, nanos)| Duration::new(seconds, nanos));
    prop_oneof![
        proptest::option::of(time.clone()).prop_map(MediaProperty::RandomAccess),
        time.prop_map(MediaProperty::TimeDuration),
        (0..253_402_300_799_i64)
            .prop_map(|at| MediaProperty::TimeLimited(UtcTime::from_unix(at, 0).unwrap())),
        "[0-9:., -]{0,16}".prop_map(MediaProperty::Scales),
        Just(MediaProperty::NoSeeking),
        Just(MediaProperty::Dynamic),
    ]
}

proptest! {
    #[test]
    fn round_trip(list in proptest::collection::vec(property(), 0..6)) {
        let header = MediaProperties::new(list);
        prop_assert_eq!(MediaProperties::parse(&header.to_string()).unwrap(), header);
    }

    #[test]
    fn what_is_read_is_written_so_that_it_reads_the_same(text in "(Scales|Time-Limited|Random-Access|Dynamic|[0-9=\", .])*") {
        if let Ok(header) = MediaProperties::parse(&text) {
            let written = header.to_string();
            prop_assert_eq!(MediaProperties::parse(&written).map(|again| again.to_string()), Ok(written));
        }
    }
}
