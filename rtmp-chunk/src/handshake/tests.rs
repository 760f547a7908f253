//! Known answers, computed apart from this code by a script over HMAC-SHA256, big integers and RC4 of its own.

use hex_literal::hex;

use super::{
    Schema,
    digest::{Role, find, hmac_sha256, imprint, is_signed, sign},
    packet::{PACKET_BYTES, Packet, part},
};

/// Byte `i` is `(i * factor + offset) ^ (i >> 8)`, so that a script can make the same.
fn filler(factor: usize, offset: usize) -> Packet {
    let mut packet = [0; PACKET_BYTES];
    for (i, byte) in packet.iter_mut().enumerate() {
        *byte = ((i * factor + offset) ^ (i >> 8)) as u8;
    }
    packet
}

struct Known {
    role: Role,
    schema: Schema,
    at: usize,
    digest: [u8; 32],
    /// The end of an answer to it, `filler(13, 1)` before.
    signature: [u8; 32],
}

const KNOWN: [Known; 4] = [
    Known {
        role: Role::Client,
        schema: Schema::KeyFirst,
        at: 942,
        digest: hex!("7fac9a73c0bb8c2a490b3589e1c2427e57ebc970b3878a3fcb587ff5f99c97e2"),
        signature: hex!("a3cc08ed5d1799675a9b042ee85ab4d4f10f3af93c23ef60128ff42b8235a451"),
    },
    Known {
        role: Role::Client,
        schema: Schema::DigestFirst,
        at: 290,
        digest: hex!("0aaac38f7b003e89818d426e93cf5d5def361dc563a4219942ec32aac443b45d"),
        signature: hex!("45c3a376b023575872b2baebb09e948b8cbda9406c66ea61b441aeb7d97c408b"),
    },
    Known {
        role: Role::Server,
        schema: Schema::KeyFirst,
        at: 1038,
        digest: hex!("e5918b8f24a8e4345b9c813400360e8aa3d1fd08c7ffdde32af70e9d3d96fb49"),
        signature: hex!("63bc4197a5b045b742a468dd0ca9f83a9142bfc6569eb0a79b579a1d637ffcea"),
    },
    Known {
        role: Role::Server,
        schema: Schema::DigestFirst,
        at: 450,
        digest: hex!("4edf05aa09acf909345664746e0d1d86fa202131548b1f8e2efe060f8f4128a0"),
        signature: hex!("351bc812ad37605b101b2b69dde45a92a42f548fbf1bcca0d54a5c398ffb631c"),
    },
];

fn other(role: Role) -> Role {
    match role {
        Role::Client => Role::Server,
        Role::Server => Role::Client,
    }
}

#[test]
fn digests_and_signatures_of_both_schemas_and_roles() {
    for known in KNOWN {
        let mut packet = match known.role {
            Role::Client => filler(7, 3),
            Role::Server => filler(11, 5),
        };
        assert_eq!(find(&packet, known.role), None);
        assert_eq!(imprint(&mut packet, known.schema, known.role), known.digest);
        assert_eq!(part(&packet, known.at, 32), known.digest);
        assert_eq!(
            find(&packet, known.role),
            Some((known.schema, known.digest))
        );
        assert_eq!(find(&packet, other(known.role)), None);

        let mut answer = filler(13, 1);
        assert!(!is_signed(&answer, &known.digest, other(known.role)));
        sign(&mut answer, &known.digest, other(known.role));
        assert_eq!(part(&answer, PACKET_BYTES - 32, 32), known.signature);
        assert!(is_signed(&answer, &known.digest, other(known.role)));
        assert!(!is_signed(&answer, &known.digest, known.role));

        for at in [0, 5, 8, 700, 771, PACKET_BYTES - 1] {
            let mut damaged = packet;
            damaged[at] ^= 1;
            assert_eq!(find(&damaged, known.role), None, "byte {at}");
        }
    }
}

#[test]
fn hmac_with_short_and_long_keys() {
    // RFC 4231 §4.3, test case 2, and §4.7, test case 6: a key of 131 bytes.
    assert_eq!(
        hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]),
        hex!("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    );
    assert_eq!(
        hmac_sha256(
            &[0xaa; 131],
            &[b"Test Using Larger Than Block-Size Key - Hash Key First"]
        ),
        hex!("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    );
}

#[test]
fn digests_lie_in_their_blocks_wherever_the_offsets_put_them() {
    for byte in 0..=255 {
        let packet = [byte; PACKET_BYTES];
        for (schema, digests) in [
            (Schema::KeyFirst, 776..1536),
            (Schema::DigestFirst, 12..772),
        ] {
            let mut imprinted = packet;
            imprint(&mut imprinted, schema, Role::Client);
            let differs = |at: &usize| imprinted[*at] != packet[*at];
            assert!(
                (0..PACKET_BYTES)
                    .filter(differs)
                    .all(|at| digests.contains(&at))
            );
        }
    }
}

#[test]
fn a_half_open_handshake_is_small() {
    assert!(size_of::<super::ServerHandshake>() <= 1024);
    assert!(size_of::<super::ClientHandshake>() <= 1024);
}

#[cfg(feature = "rtmpe")]
mod rtmpe {
    use super::super::{Cipher, Ciphers, HandshakeError, rtmpe::KeyPair};
    use super::*;

    const PUBLIC_A: [u8; 128] = hex!(
        "457120764f3a1e6fd58103e41a4093a6c8bc1d97cb8759de41c21afdd2d3048a5ef3d88ce24aa6ba4fe30bcfb0b0f75abf1a8aeaff3723f1bf53740c902005e1"
        "199fabad7c538e94a7034fd585339a02f3634893f748929d2a7257643e398130541ae64124c17d4507a97f1cbebeb7b933642b8df479eb59e36cfeffbf1671dd"
    );
    const PUBLIC_B: [u8; 128] = hex!(
        "0cfaaafb160cda22c4b61bc983d934b3953eaf41645c7936908b573e512116d5ad177dbb3e5bdd566fa953af8fecd9edca184a033f917e7517bff399a6a8aa01"
        "240321ff82be7d764f9f7cbb4151aec400f2925aa1cbccc3e6108751f2a9e31a5c1c0a7d6396cd79f178ae67608c5318b180106c6f7d4c5cf0c2ab54a3286d2b"
    );
    const SECRET: [u8; 128] = hex!(
        "a8aea6c2abe04a3722dfe9f38a0a53472e3ce7ed32bbef7b88aff82fea5a18e86d21a80161f59f7802fe1046a19595fe285de7c8908822f5d0a604b765b38b2d"
        "06bc045f74b0c74886a0c24a4ee0e8a3f961bc0be44280796786789c5e0972ae5155c402f345f2846db80dfaba2abba8aaab28f89f7865197e66980d75518335"
    );

    fn private(first: u8) -> [u8; 32] {
        core::array::from_fn(|i| first + i as u8)
    }

    fn stream(cipher: &mut Cipher) -> [u8; 16] {
        let mut bytes = [0; 16];
        cipher.apply(&mut bytes);
        bytes
    }

    #[test]
    fn keys_secret_and_key_streams() {
        let (a, b) = (
            KeyPair::from_private(private(1)),
            KeyPair::from_private(private(33)),
        );
        assert_eq!((a.public, b.public), (PUBLIC_A, PUBLIC_B));
        assert_eq!(a.secret(&PUBLIC_B), Ok(SECRET));
        assert_eq!(b.secret(&PUBLIC_A), Ok(SECRET));
        let Ciphers {
            mut incoming,
            mut outgoing,
            ..
        } = a.ciphers(&SECRET, &PUBLIC_B).unwrap();
        assert_eq!(
            stream(&mut incoming),
            hex!("48d385fb684c6f4b7695c19f549440a1")
        );
        assert_eq!(
            stream(&mut outgoing),
            hex!("de87a63d6181ad3c7af5642f79e4b3ed")
        );
        let mut theirs = b.ciphers(&SECRET, &PUBLIC_A).unwrap();
        assert_eq!(
            stream(&mut theirs.incoming),
            hex!("de87a63d6181ad3c7af5642f79e4b3ed")
        );
        assert_eq!(
            stream(&mut theirs.outgoing),
            hex!("48d385fb684c6f4b7695c19f549440a1")
        );
    }

    #[test]
    fn keys_lie_before_their_offsets() {
        for byte in 0..=255 {
            for (schema, block) in [(Schema::KeyFirst, 8..768), (Schema::DigestFirst, 772..1532)] {
                let at = schema.key_at(&[byte; PACKET_BYTES]);
                assert!(block.contains(&at) && block.contains(&(at + 127)));
            }
        }
    }

    #[test]
    fn public_keys_out_of_range_are_refused() {
        let pair = KeyPair::from_private(private(1));
        let mut prime = hex!(
            "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
            "4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff"
        );
        let small = |last: u8| {
            let mut number = [0; 128];
            number[127] = last;
            number
        };
        for wrong in [small(0), small(1), [0xff; 128], prime] {
            assert_eq!(
                pair.secret(&wrong),
                Err(HandshakeError::PublicKeyOutOfRange)
            );
        }
        prime[127] -= 1;
        assert_eq!(
            pair.secret(&prime),
            Err(HandshakeError::PublicKeyOutOfRange),
            "p - 1"
        );
        prime[127] -= 1;
        assert!(pair.secret(&prime).is_ok(), "p - 2");
        assert!(pair.secret(&small(2)).is_ok());
    }

    #[test]
    fn a_server_avoids_numbers_that_begin_with_zero() {
        let mut random = castline_core::Random::new([5; 32]);
        for _ in 0..40 {
            let (pair, secret) = KeyPair::answering(&mut random, &PUBLIC_A).unwrap();
            assert!(pair.public[0] != 0 && secret[0] != 0);
        }
    }
}
