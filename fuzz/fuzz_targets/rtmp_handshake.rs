//! Both roles of the RTMP handshake, against raw bytes and against each other with bytes changed underway: cut into
//! pieces they must come to the same end as at once.
#![no_main]

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::handshake::*;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, PartialEq)]
struct End {
    outcome: Option<String>,
    error: Option<HandshakeError>,
    sent: Vec<u8>,
    left: Vec<u8>,
}

enum Role {
    Client(ClientHandshake),
    Server(ServerHandshake),
}

impl Role {
    fn new(choice: u8) -> Self {
        let echo_check = [EchoCheck::Warn, EchoCheck::Strict, EchoCheck::Ignore][usize::from(choice >> 1 & 3) % 3];
        let versions = if choice & 8 == 0 { VersionPolicy::Negotiate } else { VersionPolicy::Exact };
        if choice & 1 == 0 {
            let mut config = ServerHandshakeConfig::default();
            config.echo_check = echo_check;
            config.versions = versions;
            return Self::Server(ServerHandshake::new(config, [1; 32], 5));
        }
        let mut config = ClientHandshakeConfig::default();
        config.echo_check = echo_check;
        config.versions = versions;
        config.offer = match choice >> 4 & 3 {
            0 => Offer::Simple,
            1 => Offer::Digest(Schema::KeyFirst),
            2 => Offer::Digest(Schema::DigestFirst),
            _ => Offer::Encrypted(Schema::KeyFirst),
        };
        Self::Client(ClientHandshake::new(config, [2; 32], 7))
    }

    fn handle_input(&mut self, input: &mut BytesMut) -> Result<Option<Outcome>, HandshakeError> {
        match self {
            Self::Client(client) => client.handle_input(input),
            Self::Server(server) => server.handle_input(input),
        }
    }

    fn poll_transmit(&mut self) -> Option<Bytes> {
        match self {
            Self::Client(client) => client.poll_transmit(),
            Self::Server(server) => server.poll_transmit(),
        }
    }
}

fn feed(choice: u8, data: &[u8], piece: usize) -> End {
    let mut role = Role::new(choice);
    let mut end = End { outcome: None, error: None, sent: Vec::new(), left: Vec::new() };
    let mut input = BytesMut::new();
    for bytes in data.chunks(piece.max(1)) {
        input.extend_from_slice(bytes);
        match role.handle_input(&mut input) {
            Ok(None) => assert!(end.outcome.is_some() || input.len() < 1537, "it holds back"),
            Ok(Some(outcome)) => {
                assert!(end.outcome.is_none() && end.error.is_none());
                end.outcome = Some(format!("{outcome:?}"));
            }
            Err(error) => {
                assert!(end.error.is_none_or(|before| before == error));
                end.error = Some(error);
            }
        }
        while let Some(bytes) = role.poll_transmit() {
            end.sent.extend_from_slice(&bytes);
        }
    }
    end.left = input.to_vec();
    end
}

/// Lets a client and a server talk, with a few bytes changed on the way.
fn pair(choice: u8, changes: &[u8]) {
    let (mut client, mut server) = (Role::new(choice | 1), Role::new(choice & !1));
    let (mut to_client, mut to_server) = (BytesMut::new(), BytesMut::new());
    let (mut count, mut done) = (0usize, [false; 2]);
    let change = |bytes: &Bytes, count: &mut usize| {
        let mut bytes = bytes.to_vec();
        for change in changes.chunks_exact(3) {
            let at = usize::from(u16::from_be_bytes([change[0], change[1]])) % (4 * 1537);
            if let Some(byte) = at.checked_sub(*count).and_then(|at| bytes.get_mut(at)) {
                *byte ^= change[2];
            }
        }
        *count += bytes.len();
        bytes
    };
    for _ in 0..4 {
        while let Some(bytes) = client.poll_transmit() {
            to_server.extend_from_slice(&change(&bytes, &mut count));
        }
        done[0] |= matches!(server.handle_input(&mut to_server), Ok(Some(_)) | Err(_));
        while let Some(bytes) = server.poll_transmit() {
            to_client.extend_from_slice(&change(&bytes, &mut count));
        }
        done[1] |= matches!(client.handle_input(&mut to_client), Ok(Some(_)) | Err(_));
    }
    assert!(done[0] || done[1], "they wait for each other");
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, data)) = data.split_first() else { return };
    if choice & 0x40 != 0 {
        return pair(choice, data);
    }
    let whole = feed(choice, data, data.len());
    let piece = if choice & 0x80 == 0 { 1 } else { 1000 };
    assert_eq!(whole, feed(choice, data, piece));
});
