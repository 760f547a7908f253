#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use bytes::Bytes;
use castline_rtp_rtcp::{
    Element, ElementForm, ExtensionBuilder, ExtensionProfile, HeaderExtension, ParseError,
    PayloadType, RtpHeader, RtpPacket, RtpPacketBuf, RtpPacketMut, SendError, SequenceNumber, Ssrc,
};
use hex_literal::hex;
use proptest::prelude::*;

/// A packet with this first byte, no CSRCs, and these bytes behind the fixed header.
fn packet(first: u8, behind: &[u8]) -> Vec<u8> {
    let mut data = vec![first];
    data.extend(hex!("e0 0102 03040506 0708090a"));
    data.extend(behind);
    data
}

fn elements(data: &[u8]) -> Vec<Result<(u8, Vec<u8>), ParseError>> {
    RtpPacket::parse(data)
        .unwrap()
        .elements()
        .map(|element| element.map(|Element { id, data }| (id, data.to_vec())))
        .collect()
}

#[test]
fn reads_every_field() {
    let data = hex!("92 e0 0102 03040506 0708090a 0000000b 0000000c bede 0001 10aa 0000 feed");
    let packet = RtpPacket::parse(&data).unwrap();
    assert!(packet.marker());
    assert_eq!(packet.payload_type(), PayloadType(96));
    assert!(packet.payload_type().is_dynamic());
    assert_eq!(packet.sequence_number(), SequenceNumber(0x0102));
    assert_eq!(packet.timestamp(), 0x0304_0506);
    assert_eq!(packet.ssrc(), Ssrc(0x0708_090a));
    assert_eq!(packet.ssrc().to_string(), "0708090A");
    assert_eq!(packet.csrcs().collect::<Vec<_>>(), [Ssrc(11), Ssrc(12)]);
    let extension = packet.extension().unwrap();
    assert_eq!(
        (extension.profile(), extension.data()),
        (ExtensionProfile::ONE_BYTE, &hex!("10aa0000")[..])
    );
    assert_eq!(extension.find(1), Some(&[0xaa][..]));
    assert_eq!(extension.find(2), None);
    assert_eq!(
        (packet.payload(), packet.payload_offset()),
        (&hex!("feed")[..], 28)
    );
    assert_eq!(packet.padding(), 0);
    assert_eq!(packet.as_bytes(), data);
}

#[test]
fn every_truncation_is_an_error_that_says_where() {
    let data = hex!("b1 e0 0102 03040506 0708090a 0000000b bede 0001 10aa 0000 feed 00000004");
    assert!(RtpPacket::parse(&data).is_ok());
    for len in 0..24 {
        let error = RtpPacket::parse(&data[..len]).unwrap_err();
        assert!(
            matches!(error, ParseError::Truncated { .. }),
            "{len}: {error}"
        );
        assert!(error.offset() <= len, "{len}: {error}");
    }
    let error = RtpPacket::parse(&data[..18]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 16: ends where 4 bytes of header extension belong"
    );
}

#[test]
fn the_version_is_checked() {
    // rtc-rtp takes any.
    for version in [0, 1, 3] {
        let error = RtpPacket::parse(&packet(version << 6, b"x")).unwrap_err();
        assert_eq!(
            error,
            ParseError::Unexpected {
                offset: 0,
                expected: "RTP version 2"
            }
        );
    }
}

#[test]
fn padding_of_zero_or_beyond_the_header_is_an_error() {
    // rtc-rtp takes a count of 0.
    for behind in [&b"\x01\x02\x00"[..], &b"\x01\x02\x04"[..], b""] {
        let error = RtpPacket::parse(&packet(0xa0, behind)).unwrap_err();
        assert!(matches!(error, ParseError::Unexpected { .. }), "{error}");
    }
    let with_extension = packet(0xb0, &hex!("abac 0001 00000008"));
    assert!(
        RtpPacket::parse(&with_extension).is_err(),
        "padding must not reach into the extension"
    );
}

#[test]
fn a_packet_of_padding_alone_has_an_empty_payload() {
    // webrtc #164: probing packets.
    let data = packet(0xa0, &[0, 0, 0, 0, 0, 0, 0, 8]);
    let parsed = RtpPacket::parse(&data).unwrap();
    assert_eq!(
        (parsed.payload(), parsed.padding(), parsed.payload_offset()),
        (&[][..], 8, 12)
    );
    assert!(
        RtpPacketBuf::parse(Bytes::from(data))
            .unwrap()
            .payload()
            .is_empty()
    );
}

#[test]
fn padding_of_more_than_four_is_rewritten_exactly() {
    // rtc-rtp rounds it to 4.
    let data = packet(0xa0, &hex!("aabb 00 00 00 00 00 00 07"));
    let parsed = RtpPacket::parse(&data).unwrap();
    let mut again = Vec::new();
    parsed
        .to_header()
        .encode_packet(parsed.payload(), &mut again);
    assert_eq!(again, data);
}

#[test]
fn identifier_15_ends_the_extension_and_not_the_packet() {
    // rtc-rtp lets the rest of the block leak into the payload.
    let data = packet(0x90, &hex!("bede 0002 10aa f1bb cc 20 dd 00 feed"));
    assert_eq!(elements(&data), [Ok((1, vec![0xaa]))]);
    assert_eq!(RtpPacket::parse(&data).unwrap().payload(), hex!("feed"));
}

#[test]
fn identifier_0_with_a_length_ends_the_extension() {
    let data = packet(0x90, &hex!("bede 0002 10aa 02 bb cc 20 dd 00 feed"));
    assert_eq!(elements(&data), [Ok((1, vec![0xaa]))]);
}

#[test]
fn padding_between_elements_is_passed_over() {
    let data = packet(0x90, &hex!("bede 0002 0000 10aa 00 20bb 00"));
    assert_eq!(elements(&data), [Ok((1, vec![0xaa])), Ok((2, vec![0xbb]))]);
}

#[test]
fn an_element_that_overruns_is_an_error_and_eats_no_payload() {
    // rtc-rtp reads on into the payload.
    let data = packet(
        0x90,
        &hex!("bede 0001 10aa 2fbb feedfeedfeedfeedfeedfeedfeedfeed"),
    );
    let overrun = ParseError::Truncated {
        offset: 18,
        needed: 16,
        expected: "header extension element",
    };
    assert_eq!(elements(&data), [Ok((1, vec![0xaa])), Err(overrun)]);
    let parsed = RtpPacket::parse(&data).unwrap();
    assert_eq!(parsed.payload().len(), 16);
    assert_eq!(parsed.extension().unwrap().find(2), None);

    let two_byte = packet(0x90, &hex!("1000 0001 01 02 aa bb"));
    assert_eq!(elements(&two_byte), [Ok((1, vec![0xaa, 0xbb]))]);
    let two_byte = packet(0x90, &hex!("1000 0001 01 03 aa bb cc"));
    assert!(matches!(
        elements(&two_byte)[..],
        [Err(ParseError::Truncated {
            offset: 16,
            needed: 3,
            ..
        })]
    ));
    let no_length = packet(0x90, &hex!("1000 0001 01 01 aa 09"));
    assert!(matches!(
        elements(&no_length)[..],
        [Ok(_), Err(ParseError::Truncated { offset: 19, .. })]
    ));
}

#[test]
fn two_byte_elements_with_any_application_bits() {
    // rtc-rtp takes 0x1001 to 0x100F for opaque.
    for profile in [0x1000_u16, 0x1001, 0x100f] {
        let mut behind = profile.to_be_bytes().to_vec();
        behind.extend(hex!("0003 01 00 0f 02 aabb 00 ff 01 cc 00 00 feed"));
        let data = packet(0x90, &behind);
        let expected = [
            Ok((1, vec![])),
            Ok((15, vec![0xaa, 0xbb])),
            Ok((255, vec![0xcc])),
        ];
        assert_eq!(elements(&data), expected);
        assert_eq!(RtpPacket::parse(&data).unwrap().payload(), hex!("feed"));
    }
    for profile in [0x0fff, 0x1010, 0xbedf] {
        assert_eq!(ExtensionProfile(profile).element_form(), None);
    }
}

#[test]
fn an_unknown_profile_is_kept() {
    // str0m drops the packet.
    let data = packet(0x90, &hex!("abac 0003 e0000000 00000001 c0070000 feed"));
    let parsed = RtpPacket::parse(&data).unwrap();
    let extension = parsed.extension().unwrap();
    assert_eq!(extension.profile(), ExtensionProfile::ONVIF_REPLAY);
    assert_eq!(extension.data(), hex!("e0000000 00000001 c0070000"));
    assert_eq!(parsed.elements().count(), 0);
    assert_eq!(parsed.payload(), hex!("feed"));
    let mut again = Vec::new();
    parsed
        .to_header()
        .encode_packet(parsed.payload(), &mut again);
    assert_eq!(again, data);
}

#[test]
fn the_payload_of_an_owned_packet_is_not_copied() {
    let data = Bytes::from(packet(0x80, b"media"));
    let address = data.as_ptr() as usize;
    let owned = RtpPacketBuf::parse(data.clone()).unwrap();
    assert_eq!(owned.payload().as_ptr() as usize, address + 12);
    assert_eq!(owned.packet().payload(), b"media");
    assert_eq!(
        (owned.marker(), owned.payload_type()),
        (true, PayloadType(96))
    );
    assert_eq!(
        (owned.sequence_number(), owned.timestamp()),
        (SequenceNumber(0x0102), 0x0304_0506)
    );
    assert_eq!((owned.ssrc(), owned.extension()), (Ssrc(0x0708_090a), None));
    assert_eq!(owned.as_bytes(), &data);
    assert_eq!(owned.into_payload(), "media");
    assert!(RtpPacketBuf::parse(Bytes::from_static(b"\x80")).is_err());
}

#[test]
fn builders_refuse_what_the_wire_cannot_carry() {
    let mut one = ExtensionBuilder::new(ElementForm::OneByte);
    assert!(one.push(0, &[1]).is_err());
    assert!(one.push(15, &[1]).is_err());
    assert!(one.push(1, &[]).is_err());
    assert!(one.push(1, &[0; 17]).is_err());
    assert!(one.extension().data().is_empty());
    one.push(14, &[0; 16]).unwrap();
    assert_eq!(one.extension().data().len(), 20);
    let mut two = ExtensionBuilder::new(ElementForm::TwoByte);
    assert!(two.push(0, &[]).is_err());
    assert!(two.push(1, &[0; 256]).is_err());
    for _ in 0..1_020 {
        two.push(1, &[0; 255]).unwrap();
    }
    assert!(matches!(
        two.push(1, &[0; 255]),
        Err(SendError::TooMany { .. })
    ));
    assert!(HeaderExtension::new(ExtensionProfile(0), &[0; 3]).is_err());
    assert!(HeaderExtension::new(ExtensionProfile(0), &vec![0; 65_536 * 4]).is_err());
}

#[test]
fn the_smallest_form_that_fits() {
    let element = |id, data| Element { id, data };
    assert_eq!(
        ExtensionBuilder::form_for(&[element(14, &[0; 16])]),
        ElementForm::OneByte
    );
    for other in [
        element(15, &[0; 1][..]),
        element(1, &[]),
        element(1, &[0; 17]),
    ] {
        assert_eq!(ExtensionBuilder::form_for(&[other]), ElementForm::TwoByte);
    }
}

prop_compose! {
    fn any_extension()(
        two_byte: bool,
        parts in prop::collection::vec((1u8..=14, prop::collection::vec(any::<u8>(), 1..=16)), 0..6),
    ) -> (ExtensionBuilder, Vec<(u8, Vec<u8>)>) {
        let form = if two_byte { ElementForm::TwoByte } else { ElementForm::OneByte };
        let mut builder = ExtensionBuilder::new(form);
        for (id, data) in &parts {
            builder.push(*id, data).unwrap();
        }
        (builder, parts)
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        (marker, payload_type, sequence, timestamp, ssrc) in
            (any::<bool>(), 0u8..128, any::<u16>(), any::<u32>(), any::<u32>()),
        csrcs in prop::collection::vec(any::<u32>(), 0..=15),
        extension in prop::option::of(any_extension()),
        padding: u8,
        payload: Vec<u8>,
    ) {
        let mut header = RtpHeader::new(
            PayloadType(payload_type), SequenceNumber(sequence), timestamp, Ssrc(ssrc),
        ).with_marker(marker).with_padding(padding);
        header.csrcs = csrcs.iter().copied().map(Ssrc).collect();
        if let Some((builder, _)) = &extension {
            header = header.with_extension(builder.extension());
        }
        let mut data = Vec::new();
        header.encode_packet(&payload, &mut data);
        prop_assert_eq!(data.len(), header.encoded_len() + payload.len() + usize::from(padding));

        let parsed = RtpPacket::parse(&data).unwrap();
        prop_assert_eq!(parsed.to_header(), header.clone());
        prop_assert_eq!(parsed.payload(), &payload);
        prop_assert_eq!(parsed.payload_offset(), header.encoded_len());
        let read: Vec<_> = parsed.elements().map(|e| e.map(|e| (e.id, e.data.to_vec())).unwrap()).collect();
        prop_assert_eq!(read, extension.map_or(Vec::new(), |(_, parts)| parts));
    }

    #[test]
    fn any_bytes_are_read_safely(data: Vec<u8>, first in prop::sample::select(vec![0x80u8, 0x90, 0xa0, 0xb5, 0x9f])) {
        let mut data = data;
        if let Some(byte) = data.first_mut() { *byte = first; }
        let Ok(parsed) = RtpPacket::parse(&data) else { return Ok(()) };
        prop_assert!(parsed.elements().count() <= data.len());
        let mut again = Vec::new();
        parsed.to_header().encode_packet(parsed.payload(), &mut again);
        let kept = data.len() - usize::from(parsed.padding());
        prop_assert_eq!(again.len(), data.len());
        prop_assert_eq!(&again[..kept], &data[..kept]);
    }

    #[test]
    fn rewriting_changes_the_five_fields_alone(
        behind: Vec<u8>,
        (marker, payload_type, sequence, timestamp, ssrc) in
            (any::<bool>(), 0u8..128, any::<u16>(), any::<u32>(), any::<u32>()),
    ) {
        let mut data = packet(0x80, &behind);
        let mut edit = RtpPacketMut::parse(&mut data).unwrap();
        edit.set_marker(marker);
        edit.set_payload_type(PayloadType(payload_type));
        edit.set_sequence_number(SequenceNumber(sequence));
        edit.set_timestamp(timestamp);
        edit.set_ssrc(Ssrc(ssrc));
        prop_assert_eq!(&edit.payload_mut()[..], &behind[..]);
        let parsed = RtpPacket::parse(&data).unwrap();
        let expected = RtpHeader::new(
            PayloadType(payload_type), SequenceNumber(sequence), timestamp, Ssrc(ssrc),
        ).with_marker(marker);
        prop_assert_eq!(parsed.to_header(), expected);
        prop_assert_eq!(parsed.payload(), &behind[..]);
    }
}
