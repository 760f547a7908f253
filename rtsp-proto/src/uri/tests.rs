use super::*;
use proptest::prelude::*;

fn parts(text: &str) -> (Option<&str>, Option<&str>, Option<u16>, &str, Option<&str>) {
    let uri = Uri::parse(text).unwrap();
    (
        uri.scheme(),
        uri.host(),
        uri.port(),
        uri.path(),
        uri.query(),
    )
}

#[test]
fn absolute_relative_and_asterisk() {
    assert_eq!(
        parts("rtsp://h/a/b?x=1"),
        (Some("rtsp"), Some("h"), None, "/a/b", Some("x=1"))
    );
    assert_eq!(
        parts("RTSPU://h:0"),
        (Some("RTSPU"), Some("h"), Some(0), "", None)
    );
    assert_eq!(
        parts("rtsps://[::1]:322/"),
        (Some("rtsps"), Some("::1"), Some(322), "/", None)
    );
    assert_eq!(
        parts("rtsp://h:/x"),
        (Some("rtsp"), Some("h"), None, "/x", None)
    );
    assert_eq!(parts("/a"), (None, None, None, "/a", None));
    assert_eq!(parts("trackID=1"), (None, None, None, "trackID=1", None));
    assert_eq!(
        parts("rtsp://h/a#frag"),
        (Some("rtsp"), Some("h"), None, "/a", None)
    );
    assert!(Uri::parse("*").unwrap().is_asterisk());
    assert_eq!(parts(""), (None, None, None, "", None));
}

#[test]
fn content_base_without_a_scheme_is_relative() {
    assert_eq!(
        parts("192.168.1.9:554/live"),
        (None, None, None, "192.168.1.9:554/live", None)
    );
    assert_eq!(
        parts("//192.168.1.9:554/live"),
        (None, Some("192.168.1.9"), Some(554), "/live", None)
    );
}

#[test]
fn passwords_with_at_signs_and_percent_signs() {
    let uri = Uri::parse("rtsp://admin:p@ss%zz@cam:554/x").unwrap();
    assert_eq!(
        (uri.user(), uri.password(), uri.host()),
        (Some("admin"), Some("p@ss%zz"), Some("cam"))
    );
    assert_eq!(Uri::parse("rtsp://me@cam").unwrap().password(), None);
}

#[test]
fn ports_are_checked_and_defaulted() {
    for bad in [
        "rtsp://h:65536/",
        "rtsp://h:-1/",
        "rtsp://h:x",
        "rtsp://[::1]x",
        "rtsp://[::1",
    ] {
        assert!(Uri::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Uri::parse("rtsp://h:99999/").unwrap_err().position, 9);
    assert_eq!(Uri::parse("rtsps://h/").unwrap().port_or_default(), 322);
    assert_eq!(Uri::parse("rtsp://h/").unwrap().port_or_default(), 554);
    assert!(!Uri::parse("http://h/").unwrap().is_rtsp());
}

#[test]
fn percent_decoding_refuses_what_it_cannot_decode() {
    for bad in ["%", "a%2", "%zz", "%+1", "%00", "a\0", "%ff", "%c3%28"] {
        assert!(percent_decode(bad).is_err(), "{bad}");
    }
    assert!(matches!(
        percent_decode("plain").unwrap(),
        Cow::Borrowed("plain")
    ));
    assert_eq!(percent_decode("%2e%2E%2f").unwrap(), "../");
    assert_eq!(percent_decode("%C3%A9").unwrap(), "é");
}

#[test]
fn controls_are_appended_not_resolved() {
    assert_eq!(
        join_control("rtsp://h/cam/", "trackID=1"),
        "rtsp://h/cam/trackID=1"
    );
    assert_eq!(
        join_control("rtsp://h/cam", "/trackID=1"),
        "rtsp://h/cam/trackID=1"
    );
    assert_eq!(join_control("rtsp://h/cam", "*"), "rtsp://h/cam");
    assert_eq!(join_control("rtsp://h/cam", ""), "rtsp://h/cam");
    assert_eq!(
        join_control("rtsp://h/cam", "rtsp://other/cam/1"),
        "rtsp://other/cam/1"
    );
}

proptest! {
    #[test]
    fn percent_round_trip(text in "[^\0]*") {
        let encoded = percent_encode_path(&text);
        prop_assert_eq!(percent_decode(&encoded).unwrap(), text);
    }

    #[test]
    fn no_text_panics(text in ".*") {
        let _ = Uri::parse(&text);
        let _ = percent_decode(&text);
        let _ = join_control(&text, &text);
    }
}
