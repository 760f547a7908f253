use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use core::time::Duration;

use super::*;

const START: Duration = Duration::from_secs(1000);

fn password_of(user: &str) -> Option<String> {
    (user == "ann").then(|| "secret".to_owned())
}

/// Connects up to four times, as a client does, and says how it ended.
fn log_in(
    server: &mut Authenticator,
    client: &mut ClientAuth,
    app: &str,
) -> Result<String, AuthError> {
    let mut sent = app.to_owned();
    for _ in 0..4 {
        match server.check(START, &sent, password_of) {
            Verdict::Accepted { user } => return Ok(user),
            Verdict::Rejected(rejection) => {
                sent = format!("{app}{}", client.answer(app, &rejection.to_string())?);
            }
        }
    }
    panic!("no end: {sent}")
}

fn challenge_of(server: &mut Authenticator, app: &str) -> Challenge {
    let verdict = server.check(START, app, |_| panic!("no password is needed to ask"));
    let Verdict::Rejected(AuthRejection::Challenge(challenge)) = verdict else {
        panic!("{verdict:?}")
    };
    challenge
}

/// Computed with Python's hashlib.
#[test]
fn responses_are_those_of_another_implementation() {
    let adobe = adobe_response("ann", "secret", "Zm9v", "AbCdEf==", "0badcafe");
    assert_eq!(adobe, "o062R5xqjepo+CsnldGt0Q==");
    let adobe = adobe_response("publisher", "pässword", "1a2b3c4d", "vk01AA==", "deadbeef");
    assert_eq!(adobe, "LTrnEdI4Z407HIowDMLntw==");
    let mut answer = LlnwAnswer {
        app: "live",
        nonce: "a1b2c3",
        client_nonce: "00c0ffee",
        nonce_count: "00000001",
    };
    let llnw = llnw_response("ann", "secret", &answer);
    assert_eq!(llnw, "87051a733036141c996347bd7ae0975d");
    answer.app = "live/inst";
    let llnw = llnw_response("ann", "secret", &answer);
    assert_eq!(llnw, "649127704f62acf36a578e5a35d44d91");
}

#[test]
fn both_sides_agree_in_both_schemes() {
    for mode in [AuthMode::Adobe, AuthMode::Llnw] {
        for app in ["live", "live/inst", "live?token=x", "live?a=b&c"] {
            let mut server = Authenticator::new(mode, [3; 32]);
            let mut client = ClientAuth::new("ann", "secret", [4; 32]);
            let user = log_in(&mut server, &mut client, app);
            assert_eq!(user.as_deref(), Ok("ann"), "{mode:?} {app}");
        }
    }
}

#[test]
fn wrong_password_and_unknown_user_fail_alike() {
    for mode in [AuthMode::Adobe, AuthMode::Llnw] {
        for (user, password) in [
            ("ann", "Secret"),
            ("ann", ""),
            ("bob", "secret"),
            ("bob", ""),
        ] {
            let mut server = Authenticator::new(mode, [3; 32]);
            let mut client = ClientAuth::new(user, password, [4; 32]);
            let end = log_in(&mut server, &mut client, "live");
            assert_eq!(end, Err(AuthError::Failed), "{mode:?} {user}");
        }
    }
}

#[test]
fn what_breaks_a_query_in_a_user_name_is_escaped() {
    let mut server = Authenticator::new(AuthMode::Adobe, [3; 32]);
    let mut client = ClientAuth::new("a&b=c ?", "secret", [4; 32]);
    let mut app = String::from("live");
    for _ in 0..3 {
        let of = |user: &str| (user == "a&b=c ?").then(|| "secret".to_owned());
        match server.check(START, &app, of) {
            Verdict::Accepted { user } => return assert_eq!(user, "a&b=c ?"),
            Verdict::Rejected(rejection) => {
                app = format!(
                    "live{}",
                    client.answer("live", &rejection.to_string()).unwrap()
                );
            }
        }
    }
    panic!("not accepted: {app}");
}

#[test]
fn an_answer_is_good_once_and_for_a_while() {
    let mut server = Authenticator::new(AuthMode::Adobe, [3; 32]);
    let mut client = ClientAuth::new("ann", "secret", [4; 32]);
    let challenge = challenge_of(&mut server, "live?authmod=adobe&user=ann");
    let text = AuthRejection::Challenge(challenge).to_string();
    let app = format!("live{}", client.answer("live", &text).unwrap());
    let late = START + Authenticator::DEFAULT_LIFETIME + Duration::from_secs(1);
    let verdicts = [
        server.clone().check(late, &app, password_of),
        server
            .clone()
            .check(START - Duration::from_secs(1), &app, password_of),
        Authenticator::new(AuthMode::Adobe, [9; 32]).check(START, &app, password_of),
    ];
    for verdict in verdicts {
        let asked_again = matches!(verdict, Verdict::Rejected(AuthRejection::Challenge(_)));
        assert!(asked_again, "{verdict:?}");
    }
    let first = server.check(START, &app, password_of);
    assert!(matches!(first, Verdict::Accepted { .. }), "{first:?}");
    let second = server.check(START, &app, password_of);
    assert_eq!(
        second,
        Verdict::Rejected(AuthRejection::Failed(AuthMode::Adobe))
    );
}

#[test]
fn a_challenge_is_for_one_user() {
    let mut server = Authenticator::new(AuthMode::Adobe, [3; 32]);
    let asked = challenge_of(&mut server, "live?authmod=adobe&user=bob");
    let response = adobe_response("ann", "secret", &asked.salt, &asked.opaque, "0");
    let app = format!(
        "live?authmod=adobe&user=ann&challenge=0&response={response}&opaque={}",
        asked.opaque
    );
    let verdict = server.check(START, &app, password_of);
    assert!(!matches!(verdict, Verdict::Accepted { .. }), "{verdict:?}");
}

#[test]
fn used_challenges_are_bounded_and_forgotten_in_time() {
    let mut server = Authenticator::new(AuthMode::Llnw, [3; 32]);
    for number in 0..Authenticator::MAX_USED + 10 {
        assert!(server.use_up(START, (START.as_secs(), number as u64)));
    }
    assert_eq!(server.used.len(), Authenticator::MAX_USED);
    assert!(server.use_up(START + Duration::from_secs(61), (1061, 0)));
    assert_eq!(server.used.len(), 1);
}

#[test]
fn a_user_name_beyond_the_limit_is_not_looked_up() {
    let mut server = Authenticator::new(AuthMode::Adobe, [3; 32]);
    let app = format!("live?authmod=adobe&user={}&response=x", "u".repeat(257));
    let verdict = server.check(START, &app, |_| panic!("not looked up"));
    assert_eq!(
        verdict,
        Verdict::Rejected(AuthRejection::Failed(AuthMode::Adobe))
    );
}

/// FFmpeg appends its answer with a `?` even to an application that has a query.
#[test]
fn quirk_a_second_question_mark_before_authmod() {
    let mut server = Authenticator::new(AuthMode::Adobe, [3; 32]);
    let asked = challenge_of(&mut server, "live?key=1?authmod=adobe&user=ann");
    let response = adobe_response("ann", "secret", &asked.salt, &asked.opaque, "12345678");
    // And base64 may come escaped.
    let response = response.replace('=', "%3D").replace('+', "%2b");
    let app = format!(
        "live?key=1?authmod=adobe&user=ann&challenge=12345678&response={response}&opaque={}",
        asked.opaque
    );
    let verdict = server.check(START, &app, password_of);
    assert_eq!(verdict, Verdict::Accepted { user: "ann".into() });
}

#[test]
fn descriptions_of_deployed_servers_are_read() {
    let needed = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";
    let parsed = AuthRejection::parse(needed).unwrap();
    assert_eq!(parsed, AuthRejection::CredentialsNeeded(AuthMode::Adobe));
    assert_eq!(parsed.to_string(), needed);
    let asked = "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=ann&salt=Zm9v&challenge=qwe==&opaque=AbCdEf==";
    let AuthRejection::Challenge(challenge) = AuthRejection::parse(asked).unwrap() else {
        panic!("a challenge")
    };
    assert_eq!(
        (challenge.salt.as_str(), challenge.opaque.as_str()),
        ("Zm9v", "AbCdEf==")
    );
    assert_eq!(AuthRejection::Challenge(challenge).to_string(), asked);
    let failed = "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=x";
    assert_eq!(
        AuthRejection::parse(failed),
        Some(AuthRejection::Failed(AuthMode::Adobe))
    );
    let nobody = "[ AccessManager.Reject ] : [ authmod=llnw ] : ?reason=nosuchuser";
    assert_eq!(
        AuthRejection::parse(nobody),
        Some(AuthRejection::NoSuchUser(AuthMode::Llnw))
    );
    for other in [
        "",
        "Connection refused.",
        "[ authmod=basic ] : ?reason=needauth",
        "authmod=adobe",
    ] {
        assert_eq!(AuthRejection::parse(other), None, "{other}");
    }
}

/// A server without opaque hashes its challenge.
#[test]
fn the_client_hashes_the_challenge_where_there_is_no_opaque() {
    let asked = "[ authmod=adobe ] : ?reason=needauth&user=ann&salt=Zm9v&challenge=AbCdEf==";
    let mut client = ClientAuth::new("ann", "secret", [4; 32]);
    let query = client.answer("live", asked).unwrap();
    let part = |name: &str| {
        let (_, rest) = query.split_once(name).unwrap();
        rest.split('&').next().unwrap().to_owned()
    };
    let response = adobe_response("ann", "secret", "Zm9v", "AbCdEf==", &part("challenge="));
    assert_eq!(part("response="), response);
    assert!(!query.contains("opaque"), "{query}");
}

#[test]
fn the_client_gives_up() {
    let needed = AuthRejection::CredentialsNeeded(AuthMode::Adobe).to_string();
    let mut client = ClientAuth::new("ann", "secret", [4; 32]);
    assert_eq!(
        client.answer("live", &needed).as_deref(),
        Ok("?authmod=adobe&user=ann")
    );
    assert_eq!(client.answer("live", &needed), Err(AuthError::Failed));
    assert_eq!(client.answer("live", "go away"), Err(AuthError::NotAsked));
    let nobody = AuthRejection::NoSuchUser(AuthMode::Adobe).to_string();
    assert_eq!(client.answer("live", &nobody), Err(AuthError::NoSuchUser));
}

#[test]
fn debug_shows_no_secret() {
    let client = format!("{:?}", ClientAuth::new("ann", "hunter2", [4; 32]));
    assert!(!client.contains("hunter2") && client.contains("ann"));
    let server = format!("{:?}", Authenticator::new(AuthMode::Adobe, [4; 32]));
    assert!(!server.contains("key") && !server.contains("random"));
}
