//! Both roles of the handshake through the public API: against each other, against packets made by hand, in pieces,
//! and against peers that do it wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::handshake::*;
use hex_literal::hex;

const FIRST: usize = 1 + PACKET_BYTES;

fn server(config: ServerHandshakeConfig) -> ServerHandshake {
    ServerHandshake::new(config, [2; 32], 77)
}

fn client(config: ClientHandshakeConfig) -> ClientHandshake {
    ClientHandshake::new(config, [1; 32], 55)
}

fn offering(offer: Offer) -> ClientHandshakeConfig {
    let mut config = ClientHandshakeConfig::default();
    config.offer = offer;
    config
}

/// C0 and C1 without a digest; `(i * 7 + 3) ^ (i >> 8)` fills C1.
fn plain_c0c1(version: u8) -> BytesMut {
    let mut bytes = BytesMut::from(&[version][..]);
    bytes.extend((0..PACKET_BYTES).map(|i| ((i * 7 + 3) ^ (i >> 8)) as u8));
    bytes
}

/// The same with the digest that a script computed for that filling.
fn digested_c0c1(version: u8, schema: Schema) -> BytesMut {
    let (at, digest) = match schema {
        Schema::KeyFirst => (
            942,
            hex!("7fac9a73c0bb8c2a490b3589e1c2427e57ebc970b3878a3fcb587ff5f99c97e2"),
        ),
        Schema::DigestFirst => (
            290,
            hex!("0aaac38f7b003e89818d426e93cf5d5def361dc563a4219942ec32aac443b45d"),
        ),
    };
    let mut bytes = plain_c0c1(version);
    bytes[1 + at..1 + at + 32].copy_from_slice(&digest);
    bytes
}

fn sent(mut poll: impl FnMut() -> Option<Bytes>) -> BytesMut {
    let mut all = BytesMut::new();
    while let Some(bytes) = poll() {
        all.extend_from_slice(&bytes);
    }
    all
}

type Ends = (
    Result<Outcome, HandshakeError>,
    Result<Outcome, HandshakeError>,
);

/// Lets both talk until each has an outcome or an error, `piece` bytes at a time.
fn shake(mut client: ClientHandshake, mut server: ServerHandshake, piece: usize) -> Ends {
    let (mut at_client, mut at_server) = (None, None);
    let (mut to_client, mut to_server) = (BytesMut::new(), BytesMut::new());
    while at_client.is_none() || at_server.is_none() {
        for byte in sent(|| client.poll_transmit()).chunks(piece) {
            to_server.extend_from_slice(byte);
            at_server = at_server.or_else(|| server.handle_input(&mut to_server).transpose());
        }
        let answer = sent(|| server.poll_transmit());
        assert!(
            !answer.is_empty() || at_server.is_some(),
            "they wait for each other"
        );
        for byte in answer.chunks(piece) {
            to_client.extend_from_slice(byte);
            at_client = at_client.or_else(|| client.handle_input(&mut to_client).transpose());
        }
        if matches!(at_server, Some(Err(_))) || matches!(at_client, Some(Err(_))) {
            break;
        }
    }
    let unfinished = Err(HandshakeError::EchoMismatch);
    (
        at_client.unwrap_or(Err(HandshakeError::EchoMismatch)),
        at_server.unwrap_or(unfinished),
    )
}

#[test]
fn both_roles_agree_whatever_is_offered_and_however_it_is_cut() {
    for (offer, kind, echo) in [
        (Offer::Simple, HandshakeKind::Simple, Echo::Repeated),
        (
            Offer::Digest(Schema::KeyFirst),
            HandshakeKind::Digest(Schema::KeyFirst),
            Echo::Signed,
        ),
        (
            Offer::Digest(Schema::DigestFirst),
            HandshakeKind::Digest(Schema::DigestFirst),
            Echo::Signed,
        ),
    ] {
        for piece in [1, 7, 1536, 1537, 4000] {
            let mut strict = ServerHandshakeConfig::default();
            strict.echo_check = EchoCheck::Strict;
            let mut also = offering(offer);
            also.echo_check = EchoCheck::Strict;
            let (at_client, at_server) = shake(client(also), server(strict), piece);
            let (at_client, at_server) = (at_client.unwrap(), at_server.unwrap());
            assert_eq!((at_client.kind, at_client.echo), (kind, echo));
            assert_eq!((at_server.kind, at_server.echo), (kind, echo));
            assert_eq!((at_client.peer_epoch_ms, at_server.peer_epoch_ms), (77, 55));
            assert_eq!(
                (at_client.peer_version, at_server.peer_version),
                (Version::RTMP, Version::RTMP)
            );
            assert!(at_client.ciphers.is_none() && at_server.ciphers.is_none());
        }
    }
}

#[test]
fn a_server_finds_the_digest_of_either_schema() {
    for schema in [Schema::KeyFirst, Schema::DigestFirst] {
        let mut server = server(ServerHandshakeConfig::default());
        let mut input = digested_c0c1(3, schema);
        assert!(server.handle_input(&mut input).unwrap().is_none());
        let answer = sent(|| server.poll_transmit());
        assert_eq!((answer.len(), answer[0]), (1 + 2 * PACKET_BYTES, 3));
        assert_ne!(answer[5..9], [0; 4], "S1 tells a version, as digests need");
        input.extend_from_slice(&answer[1..FIRST]);
        let outcome = server.handle_input(&mut input).unwrap().unwrap();
        assert_eq!(
            (outcome.kind, outcome.echo),
            (HandshakeKind::Digest(schema), Echo::Repeated)
        );
    }
}

/// Quirk: librtmp built without crypto (OBS) and GStreamer send program version zero and no digest.
#[test]
fn a_program_version_of_zero_means_simple() {
    let mut c0c1 = digested_c0c1(3, Schema::DigestFirst);
    c0c1[5..9].fill(0);
    let mut server = server(ServerHandshakeConfig::default());
    assert!(server.handle_input(&mut c0c1.clone()).unwrap().is_none());
    let answer = sent(|| server.poll_transmit());
    assert_eq!(answer[5..9], [0; 4]);
    assert_eq!(
        answer[FIRST..],
        c0c1[1..],
        "S2 is all of C1: some clients compare every byte"
    );
}

#[test]
fn what_follows_the_handshake_stays() {
    let mut strict = ServerHandshakeConfig::default();
    strict.echo_check = EchoCheck::Strict;
    let mut server = server(strict);
    let mut input = plain_c0c1(3);
    assert!(server.handle_input(&mut input).unwrap().is_none() && input.is_empty());
    let answer = sent(|| server.poll_transmit());
    input.extend_from_slice(&answer[1..FIRST]);
    input.extend_from_slice(b"\x03 the first chunk");
    let outcome = server.handle_input(&mut input).unwrap().unwrap();
    assert_eq!(
        (outcome.kind, outcome.echo),
        (HandshakeKind::Simple, Echo::Repeated)
    );
    assert_eq!(input, &b"\x03 the first chunk"[..]);
    assert!(server.handle_input(&mut input).unwrap().is_none());
    assert_eq!(
        input,
        &b"\x03 the first chunk"[..],
        "nothing is taken after the outcome"
    );
    assert!(server.poll_transmit().is_none());
}

/// Quirk: some encoders send C0, C1 and a C2 of anything at all at once.
#[test]
fn c0_c1_and_c2_may_come_at_once() {
    let mut server = server(ServerHandshakeConfig::default());
    let mut input = plain_c0c1(3);
    input.extend_from_slice(&[0; PACKET_BYTES]);
    input.extend_from_slice(b"more");
    let outcome = server.handle_input(&mut input).unwrap().unwrap();
    assert_eq!((outcome.echo, &input[..]), (Echo::Mismatch, &b"more"[..]));
    assert_eq!(sent(|| server.poll_transmit()).len(), 1 + 2 * PACKET_BYTES);
}

fn c2_outcome(check: EchoCheck, change: impl FnOnce(&mut [u8])) -> Result<Outcome, HandshakeError> {
    let mut config = ServerHandshakeConfig::default();
    config.echo_check = check;
    let mut server = server(config);
    let mut input = plain_c0c1(3);
    assert!(server.handle_input(&mut input)?.is_none());
    let answer = sent(|| server.poll_transmit());
    input.extend_from_slice(&answer[1..FIRST]);
    change(&mut input);
    server.handle_input(&mut input).map(Option::unwrap)
}

#[test]
fn c2_is_judged_by_policy() {
    let wrong = |c2: &mut [u8]| c2[1535] ^= 1;
    assert_eq!(
        c2_outcome(EchoCheck::Strict, wrong).unwrap_err(),
        HandshakeError::EchoMismatch
    );
    assert_eq!(
        c2_outcome(EchoCheck::Warn, wrong).unwrap().echo,
        Echo::Mismatch
    );
    assert_eq!(
        c2_outcome(EchoCheck::Ignore, wrong).unwrap().echo,
        Echo::NotChecked
    );
    let wrong_time = |c2: &mut [u8]| c2[3] ^= 1;
    assert_eq!(
        c2_outcome(EchoCheck::Strict, wrong_time).unwrap_err(),
        HandshakeError::EchoMismatch
    );
    // RTMP 1.0 §5.2.4: "time2" is the answerer's own.
    let time2 = |c2: &mut [u8]| c2[4..8].copy_from_slice(&[1, 2, 3, 4]);
    assert_eq!(
        c2_outcome(EchoCheck::Strict, time2).unwrap().echo,
        Echo::Repeated
    );
}

#[test]
fn s2_is_judged_by_policy() {
    for (check, expected) in [
        (EchoCheck::Strict, Err(HandshakeError::EchoMismatch)),
        (EchoCheck::Warn, Ok(Echo::Mismatch)),
        (EchoCheck::Ignore, Ok(Echo::NotChecked)),
    ] {
        let mut config = offering(Offer::Digest(Schema::DigestFirst));
        config.echo_check = check;
        let mut client = client(config);
        let mut input = plain_c0c1(3);
        input.extend_from_slice(&[9; PACKET_BYTES]);
        let s1 = input[1..FIRST].to_vec();
        assert_eq!(
            client
                .handle_input(&mut input)
                .map(|outcome| outcome.unwrap().echo),
            expected
        );
        let all = sent(|| client.poll_transmit());
        assert_eq!(
            all[FIRST..],
            s1,
            "a server without digest is answered with its S1"
        );
    }
}

/// Quirk: nginx-rtmp answers by schema 1 whatever the client's was.
#[test]
fn s1_may_have_the_other_schema() {
    let mut client = client(offering(Offer::Digest(Schema::KeyFirst)));
    let mut input = BytesMut::from(&[3][..]);
    input.extend((0..PACKET_BYTES).map(|i| ((i * 11 + 5) ^ (i >> 8)) as u8));
    let digest = hex!("4edf05aa09acf909345664746e0d1d86fa202131548b1f8e2efe060f8f4128a0");
    input[1 + 450..1 + 450 + 32].copy_from_slice(&digest);
    let s1 = input[1..].to_vec();
    assert!(client.handle_input(&mut input).unwrap().is_none());
    assert_ne!(sent(|| client.poll_transmit())[FIRST..], s1, "C2 is signed");
    input.extend_from_slice(&[0; PACKET_BYTES]);
    let outcome = client.handle_input(&mut input).unwrap().unwrap();
    assert_eq!(outcome.kind, HandshakeKind::Digest(Schema::DigestFirst));
}

#[test]
fn versions_are_negotiated() {
    for version in (0..32).filter(|version| ![6, 8, 9].contains(version)) {
        let mut server = server(ServerHandshakeConfig::default());
        assert!(
            server
                .handle_input(&mut plain_c0c1(version))
                .unwrap()
                .is_none()
        );
        assert_eq!(sent(|| server.poll_transmit())[0], 3, "version {version}");
        let mut exact = ServerHandshakeConfig::default();
        exact.versions = VersionPolicy::Exact;
        let answer = self::server(exact).handle_input(&mut plain_c0c1(version));
        match version {
            3 => assert!(answer.unwrap().is_none()),
            _ => assert_eq!(
                answer.unwrap_err(),
                HandshakeError::UnsupportedVersion(Version(version))
            ),
        }
    }
    let mut exact = ClientHandshakeConfig::default();
    exact.versions = VersionPolicy::Exact;
    let error = client(exact)
        .handle_input(&mut BytesMut::from(&[7][..]))
        .unwrap_err();
    assert_eq!(error, HandshakeError::UnsupportedVersion(Version(7)));
}

fn foreign(bytes: &[u8]) -> HandshakeError {
    let mut server = server(ServerHandshakeConfig::default());
    let (mut input, mut found) = (BytesMut::new(), None);
    for byte in bytes {
        input.extend_from_slice(&[*byte]);
        if let Err(error) = server.handle_input(&mut input) {
            found = Some(error);
        }
    }
    assert_eq!(input, bytes, "it can be handed to who understands it");
    let at_once =
        self::server(ServerHandshakeConfig::default()).handle_input(&mut BytesMut::from(bytes));
    let found = found.unwrap();
    assert_eq!(at_once.unwrap_err(), found);
    found
}

#[test]
fn what_is_not_rtmp_is_named() {
    let http = foreign(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(http, HandshakeError::NotRtmp(Foreign::Text));
    assert_eq!(
        http.to_string(),
        "the peer does not speak RTMP but text, such as an HTTP request"
    );
    assert_eq!(
        foreign(b"OPTIONS rtsp://h/ RTSP/1.0\r\n"),
        HandshakeError::NotRtmp(Foreign::Text)
    );
    assert_eq!(
        foreign(&hex!("1603010200010001fc0303")),
        HandshakeError::NotRtmp(Foreign::Tls)
    );
    assert_eq!(foreign(&[32, 0]), HandshakeError::NotRtmp(Foreign::Unknown));
    assert_eq!(foreign(&[255]), HandshakeError::NotRtmp(Foreign::Unknown));
}

#[test]
fn an_error_stays() {
    let mut server = server(ServerHandshakeConfig::default());
    let error = server
        .handle_input(&mut BytesMut::from(&b"GET"[..]))
        .unwrap_err();
    let mut sound = plain_c0c1(3);
    assert_eq!(server.handle_input(&mut sound).unwrap_err(), error);
    assert_eq!((sound.len(), server.poll_transmit()), (FIRST, None));
}

#[test]
fn a_digest_can_be_required_or_left_alone() {
    let mut require = ServerHandshakeConfig::default();
    require.digest = DigestPolicy::Require;
    let error = server(require)
        .handle_input(&mut plain_c0c1(3))
        .unwrap_err();
    assert_eq!(error, HandshakeError::DigestMissing);
    let mut never = ServerHandshakeConfig::default();
    never.digest = DigestPolicy::Never;
    let (at_client, at_server) = shake(
        client(ClientHandshakeConfig::default()),
        server(never),
        4000,
    );
    assert_eq!(at_server.unwrap().kind, HandshakeKind::Simple);
    assert_eq!(at_client.unwrap().kind, HandshakeKind::Simple);
    let mut strict = ClientHandshakeConfig::default();
    strict.digest = DigestPolicy::Require;
    let (at_client, _) = shake(client(strict), server(never), 4000);
    assert_eq!(at_client.unwrap_err(), HandshakeError::DigestMissing);
}

/// Two thousand half-open handshakes keep next to nothing once their answers are gone.
#[test]
fn half_open_handshakes_keep_little() {
    assert!(size_of::<ServerHandshake>() <= 1024);
    let mut half_open = Vec::new();
    for _ in 0..2000 {
        let mut server = server(ServerHandshakeConfig::default());
        let mut input = digested_c0c1(3, Schema::KeyFirst);
        assert!(server.handle_input(&mut input).unwrap().is_none());
        assert_eq!(server.poll_transmit().unwrap().len(), 1 + 2 * PACKET_BYTES);
        assert!(server.poll_transmit().is_none() && input.is_empty());
        half_open.push(server);
    }
}

#[cfg(not(feature = "rtmpe"))]
#[test]
fn rtmpe_without_the_feature_is_answered_three() {
    let mut server = server(ServerHandshakeConfig::default());
    assert!(server.handle_input(&mut plain_c0c1(6)).unwrap().is_none());
    assert_eq!(sent(|| server.poll_transmit())[0], 3);
}

#[cfg(feature = "rtmpe")]
mod rtmpe {
    use super::*;

    fn encrypted(schema: Schema) -> ClientHandshake {
        client(offering(Offer::Encrypted(schema)))
    }

    #[test]
    fn both_ends_have_the_same_ciphers() {
        for schema in [Schema::KeyFirst, Schema::DigestFirst] {
            for piece in [1, 4000] {
                let (at_client, at_server) =
                    shake(encrypted(schema), server(Default::default()), piece);
                let (at_client, at_server) = (at_client.unwrap(), at_server.unwrap());
                assert_eq!(at_server.peer_version, Version::RTMPE);
                assert_eq!(
                    (at_client.echo, at_server.echo),
                    (Echo::Signed, Echo::Signed)
                );
                let (mut client, mut server) =
                    (at_client.ciphers.unwrap(), at_server.ciphers.unwrap());
                for _ in 0..3 {
                    let mut bytes = *b"to the server";
                    client.outgoing.apply(&mut bytes);
                    assert_ne!(&bytes, b"to the server");
                    server.incoming.apply(&mut bytes);
                    assert_eq!(&bytes, b"to the server");
                    server.outgoing.apply(&mut bytes);
                    client.incoming.apply(&mut bytes);
                    assert_eq!(&bytes, b"to the server");
                }
            }
        }
    }

    #[test]
    fn versions_eight_and_nine_are_answered_six() {
        for version in [8, 9] {
            let mut client = encrypted(Schema::KeyFirst);
            let mut input = sent(|| client.poll_transmit());
            input[0] = version;
            let mut server = server(Default::default());
            assert!(server.handle_input(&mut input).unwrap().is_none());
            assert_eq!(sent(|| server.poll_transmit())[0], 6);
        }
    }

    #[test]
    fn without_a_digest_there_is_no_key() {
        let error = server(Default::default())
            .handle_input(&mut plain_c0c1(6))
            .unwrap_err();
        assert_eq!(error, HandshakeError::DigestMissing);
        let mut input = plain_c0c1(6);
        let error = encrypted(Schema::KeyFirst)
            .handle_input(&mut input)
            .unwrap_err();
        assert_eq!(error, HandshakeError::DigestMissing);
    }

    #[test]
    fn encryption_is_refused_or_required_by_policy() {
        let mut refuse = ServerHandshakeConfig::default();
        refuse.encryption = Encryption::Refuse;
        let (at_client, _) = shake(encrypted(Schema::KeyFirst), server(refuse), 4000);
        assert_eq!(
            at_client.unwrap_err(),
            HandshakeError::EncryptionRefused(Version::RTMP)
        );
        let mut require = ServerHandshakeConfig::default();
        require.encryption = Encryption::Require;
        let error = server(require)
            .handle_input(&mut plain_c0c1(3))
            .unwrap_err();
        assert_eq!(error, HandshakeError::EncryptionRequired);
        let (_, at_server) = shake(encrypted(Schema::KeyFirst), server(require), 4000);
        assert!(at_server.unwrap().ciphers.is_some());
    }
}
