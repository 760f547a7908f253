use super::*;
use alloc::string::ToString;
use proptest::prelude::*;

#[test]
fn quirk_one_comma_list_of_challenges() {
    let value = r#"Digest realm="a, b", nonce="c", algorithm=MD5, stale=FALSE, Basic realm="a, b""#;
    let header = WwwAuthenticate::parse(value).unwrap();
    assert_eq!(header.challenges().len(), 2);
    let digest = header.scheme("digest").unwrap();
    assert_eq!(
        (digest.parameter("Realm"), digest.parameter("algorithm")),
        (Some("a, b"), Some("MD5"))
    );
    assert_eq!(header.scheme("BASIC").unwrap().parameters.len(), 1);
    assert_eq!(header.to_string(), value);
}

#[test]
fn quirk_basic_first_or_second() {
    for value in [
        r#"Basic realm="r", Digest realm="r", nonce="n""#,
        r#"Digest realm="r", nonce="n",Basic realm="r""#,
    ] {
        let header = WwwAuthenticate::parse(value).unwrap();
        assert_eq!(
            header.scheme("Digest").unwrap().parameter("nonce"),
            Some("n"),
            "{value}"
        );
        assert!(header.scheme("Basic").is_some(), "{value}");
    }
}

#[test]
fn quirk_quoted_stale_and_algorithm() {
    let header =
        WwwAuthenticate::parse(r#"Digest realm="r",nonce="n",stale="FALSE",algorithm="SHA-256""#)
            .unwrap();
    let digest = header.scheme("Digest").unwrap();
    assert_eq!(
        (digest.parameter("stale"), digest.parameter("algorithm")),
        (Some("FALSE"), Some("SHA-256"))
    );
}

#[test]
fn quirk_empty_qop() {
    for value in [
        r#"Digest realm="r", qop="", nonce="n""#,
        "Digest realm=r, qop=, nonce=n",
    ] {
        let header = WwwAuthenticate::parse(value).unwrap();
        let digest = header.scheme("Digest").unwrap();
        assert_eq!(
            (digest.parameter("qop"), digest.parameter("nonce")),
            (Some(""), Some("n")),
            "{value}"
        );
    }
}

#[test]
fn credentials_of_both_schemes() {
    let basic = Authorization::parse("Basic YWRtaW46eA==").unwrap();
    assert_eq!(basic.credentials().token68.as_deref(), Some("YWRtaW46eA=="));
    let digest = Authorization::parse(
        r#"Digest username="a\"b", uri="rtsp://h/x?a=1,2", nc=00000001, qop = auth"#,
    )
    .unwrap();
    assert_eq!(digest.credentials().parameter("username"), Some("a\"b"));
    assert_eq!(
        digest.credentials().parameter("uri"),
        Some("rtsp://h/x?a=1,2")
    );
    assert_eq!(digest.credentials().parameter("qop"), Some("auth"));
    assert!(Authorization::parse("Basic a, Digest b=c").is_err());
}

#[test]
fn malformed_and_too_many() {
    for bad in ["", ",", "=x", "realm=\"x\"", "Digest realm=\"r\", \"x\""] {
        assert!(WwwAuthenticate::parse(bad).is_err(), "{bad}");
    }
    assert!(WwwAuthenticate::parse(&alloc::vec!["Basic"; 17].join(",")).is_err());
    let many = alloc::format!("Digest {}", alloc::vec!["a=b"; 33].join(","));
    assert_eq!(
        WwwAuthenticate::parse(&many).unwrap_err().expected,
        "at most 32 parameters"
    );
}

fn challenge() -> impl Strategy<Value = Challenge> {
    let parameter =
        ("[a-z]{1,8}", "[ -~]{0,12}", any::<bool>()).prop_map(|(name, value, quoted)| {
            let is_quoted = quoted || !is_token(&value);
            AuthParameter {
                name,
                value,
                is_quoted,
            }
        });
    prop_oneof![
        ("[A-Za-z]{1,8}", proptest::collection::vec(parameter, 0..6)).prop_map(
            |(scheme, parameters)| Challenge {
                scheme,
                token68: None,
                parameters
            }
        ),
        ("[A-Za-z]{1,8}", "[A-Za-z0-9+/]{1,20}={0,2}")
            .prop_map(|(scheme, text)| Challenge::new(scheme).with_token68(text)),
    ]
}

proptest! {
    #[test]
    fn round_trip(list in proptest::collection::vec(challenge(), 1..4)) {
        let header = WwwAuthenticate::new(list);
        prop_assert_eq!(WwwAuthenticate::parse(&header.to_string()).unwrap(), header);
    }

    #[test]
    fn what_is_read_is_written_so_that_it_reads_the_same(text in "([A-Za-z]{1,3}|[=, \"\\\\])*") {
        if let Ok(header) = WwwAuthenticate::parse(&text) {
            let written = header.to_string();
            prop_assert_eq!(WwwAuthenticate::parse(&written).map(|again| again.to_string()), Ok(written));
        }
    }
}
