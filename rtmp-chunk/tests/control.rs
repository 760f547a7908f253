//! Protocol control and user control messages, windows and bandwidth.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use bytes::Bytes;
use castline_rtmp_chunk::control::{
    ControlMessage, LimitType, ReceiveWindow, SendWindow, SwfVerification, UserControl,
};
use castline_rtmp_chunk::{Message, MessageType, ParseErrorKind};
use proptest::prelude::*;

fn parse(kind: u8, payload: &[u8]) -> ControlMessage {
    let message = Message::new(2, MessageType(kind), Bytes::copy_from_slice(payload));
    ControlMessage::parse(&message).unwrap().unwrap()
}

#[test]
fn every_message_is_read_and_written_as_the_specification_draws_it() {
    let cases: [(u8, &[u8], ControlMessage); 6] = [
        (1, &[0, 1, 0, 0], ControlMessage::SetChunkSize(65_536)),
        (
            2,
            &[0, 0, 0, 6],
            ControlMessage::Abort { chunk_stream_id: 6 },
        ),
        (
            3,
            &[0xFF, 0, 0, 1],
            ControlMessage::Acknowledgement(0xFF00_0001),
        ),
        (
            4,
            &[0, 0, 0, 0, 0, 1],
            ControlMessage::UserControl(UserControl::StreamBegin(1)),
        ),
        (
            5,
            &[0, 0x26, 0x25, 0xA0],
            ControlMessage::WindowAcknowledgementSize(2_500_000),
        ),
        (
            6,
            &[0, 0x26, 0x25, 0xA0, 2],
            ControlMessage::SetPeerBandwidth {
                window: 2_500_000,
                limit_type: LimitType::DYNAMIC,
            },
        ),
    ];
    for (kind, payload, control) in cases {
        assert_eq!(parse(kind, payload), control);
        let message = control.to_message();
        assert_eq!(
            (message.message_type, &message.payload[..]),
            (MessageType(kind), payload)
        );
        assert_eq!(
            (
                message.chunk_stream_id,
                message.stream_id,
                message.timestamp
            ),
            (2, 0, 0)
        );
        let mut longer = payload.to_vec();
        longer.push(9);
        assert_eq!(parse(kind, &longer), control, "more bytes do not count");
        for cut in 0..payload.len().min(4) {
            let message = Message::new(
                2,
                MessageType(kind),
                Bytes::copy_from_slice(&payload[..cut]),
            );
            let error = ControlMessage::parse(&message).unwrap_err();
            assert!(matches!(error.kind, ParseErrorKind::Truncated { .. }));
        }
    }
}

#[test]
fn other_messages_are_no_control_messages() {
    for kind in (7..=255).chain([0]) {
        let message = Message::new(2, MessageType(kind), Bytes::from_static(&[0; 8]));
        assert_eq!(ControlMessage::parse(&message), Ok(None));
    }
}

#[test]
fn set_peer_bandwidth_without_a_type_is_dynamic() {
    let ControlMessage::SetPeerBandwidth { limit_type, .. } = parse(6, &[0, 0, 0, 1]) else {
        panic!()
    };
    assert_eq!(limit_type, LimitType::DYNAMIC);
}

#[test]
fn every_event_has_its_number() {
    let digest = core::array::from_fn(|i| i as u8);
    let size = [0, 0, 0x10, 0];
    let cases: [(u16, Vec<u8>, UserControl); 11] = [
        (0, vec![0, 0, 0, 1], UserControl::StreamBegin(1)),
        (1, vec![0, 0, 0, 1], UserControl::StreamEof(1)),
        (2, vec![0, 0, 0, 1], UserControl::StreamDry(1)),
        (
            3,
            vec![0, 0, 0, 1, 0, 0, 0x0B, 0xB8],
            UserControl::SetBufferLength {
                stream_id: 1,
                buffer_length_ms: 3000,
            },
        ),
        (4, vec![0, 0, 0, 1], UserControl::StreamIsRecorded(1)),
        (6, vec![0, 0, 13, 15], UserControl::PingRequest(3343)),
        (7, vec![0, 0, 13, 15], UserControl::PingResponse(3343)),
        (26, vec![], UserControl::SwfVerificationRequest),
        (
            27,
            [&[1, 1][..], &size, &size, &digest].concat(),
            UserControl::SwfVerificationResponse(SwfVerification::new(4096, digest)),
        ),
        (31, vec![0, 0, 0, 1], UserControl::BufferEmpty(1)),
        (32, vec![0, 0, 0, 1], UserControl::BufferReady(1)),
    ];
    for (number, data, event) in cases {
        let payload = Bytes::from([&number.to_be_bytes()[..], &data].concat());
        assert_eq!(UserControl::parse(&payload).as_ref(), Ok(&event));
        let mut written = Vec::new();
        event.encode(&mut written);
        assert_eq!(written, payload);
        assert_eq!(event.event_type(), number);
        let answer = (number == 6).then_some(UserControl::PingResponse(3343));
        assert_eq!(event.answer(), answer);
    }
}

#[test]
fn unknown_events_and_odd_verifications_are_kept() {
    for payload in [&[0, 5][..], &[0, 27, 1, 1, 0], &[0x12, 0x34, 1, 2, 3]] {
        let payload = Bytes::copy_from_slice(payload);
        let event = UserControl::parse(&payload).unwrap();
        assert!(matches!(event, UserControl::Other { .. }), "{event:?}");
        let mut written = Vec::new();
        event.encode(&mut written);
        assert_eq!(written, payload);
    }
}

#[test]
fn acknowledgements_are_due_at_half_the_window() {
    let mut window = ReceiveWindow::new();
    window.set_window(1001);
    assert_eq!(window.receive(500), None);
    assert_eq!(window.receive(1), Some(501));
    assert_eq!(window.receive(500), None);
    assert_eq!(window.receive(10_000), Some(11_001), "one for many windows");
}

#[test]
fn acknowledgements_wrap_at_32_bits() {
    let mut window = ReceiveWindow::new();
    window.set_window(1000);
    let most = u32::MAX as usize;
    assert_eq!(window.receive(most - 9), Some(u32::MAX - 9));
    assert_eq!(window.receive(499), None);
    assert_eq!(window.receive(1), Some(490));
    assert_eq!(window.received_bytes(), u64::from(u32::MAX) + 491);
}

/// scuffle-rtmp divides by it and panics.
#[test]
fn window_acknowledgement_size_0_is_harmless() {
    let ControlMessage::WindowAcknowledgementSize(size) = parse(5, &[0; 4]) else {
        panic!()
    };
    let mut window = ReceiveWindow::new();
    assert_eq!(window.receive(5000), None);
    window.set_window(size);
    assert_eq!(window.receive(5000), None);
    window.set_window(1);
    assert_eq!(window.receive(0), Some(10_000));
    let mut sender = SendWindow::new(0);
    sender.send(1 << 40);
    assert!(!sender.is_exceeded());
}

#[test]
fn the_peers_acknowledgements_are_unrolled() {
    let mut window = SendWindow::new(1000);
    window.send(u32::MAX as usize);
    window.acknowledge(u32::MAX - 100);
    assert_eq!(window.unacknowledged_bytes(), 100);
    window.send(901);
    assert!(window.is_exceeded());
    window.acknowledge(99);
    assert_eq!(window.unacknowledged_bytes(), 801, "past the wrap");
    assert!(!window.is_exceeded());
}

#[test]
fn acknowledgements_of_what_was_not_sent_are_harmless() {
    let mut window = SendWindow::new(1000);
    window.send(5000);
    window.acknowledge(4000);
    window.acknowledge(3000);
    assert_eq!(window.unacknowledged_bytes(), 1000, "backwards");
    window.acknowledge(5000 + 3073);
    assert_eq!(
        window.unacknowledged_bytes(),
        0,
        "one that counts the handshake"
    );
    window.send(10);
    window.acknowledge(u32::MAX);
    assert_eq!(window.unacknowledged_bytes(), 10);
}

#[test]
fn hard_soft_and_dynamic() {
    let mut window = SendWindow::new(5000);
    let mut set = |size, limit_type| (window.set_peer_bandwidth(size, limit_type), window.window());
    assert_eq!(
        set(9000, LimitType::DYNAMIC),
        (None, 5000),
        "no limit was hard yet"
    );
    assert_eq!(set(9000, LimitType::SOFT), (None, 5000), "the smaller one");
    assert_eq!(set(4000, LimitType::SOFT), (Some(4000), 4000));
    assert_eq!(
        set(4500, LimitType::DYNAMIC),
        (None, 4000),
        "the last was soft"
    );
    assert_eq!(set(9000, LimitType::HARD), (Some(9000), 9000));
    assert_eq!(
        set(9000, LimitType::HARD),
        (None, 9000),
        "nothing new to announce"
    );
    assert_eq!(set(9500, LimitType::DYNAMIC), (Some(9500), 9500));
    assert_eq!(
        set(9600, LimitType::DYNAMIC),
        (Some(9600), 9600),
        "it was treated as hard"
    );
    assert_eq!(set(100, LimitType(7)), (None, 9600), "an unknown type");
    assert_eq!(
        set(9700, LimitType::DYNAMIC),
        (Some(9700), 9700),
        "which changed nothing"
    );
    assert_eq!(set(8000, LimitType::SOFT), (Some(8000), 8000));
    assert_eq!(set(1, LimitType::DYNAMIC), (None, 8000));
}

#[test]
fn bandwidth_without_a_window_and_of_0() {
    let mut window = SendWindow::new(0);
    assert_eq!(window.set_peer_bandwidth(4000, LimitType::SOFT), Some(4000));
    assert_eq!(window.set_peer_bandwidth(0, LimitType::SOFT), None);
    assert_eq!(window.set_peer_bandwidth(0, LimitType::HARD), Some(0));
    window.send(1 << 20);
    assert!(!window.is_exceeded());
}

fn user_control() -> impl Strategy<Value = UserControl> {
    let number = any::<u32>();
    prop_oneof![
        number.prop_map(UserControl::StreamBegin),
        number.prop_map(UserControl::StreamEof),
        number.prop_map(UserControl::StreamDry),
        number.prop_map(UserControl::StreamIsRecorded),
        number.prop_map(UserControl::PingRequest),
        number.prop_map(UserControl::PingResponse),
        number.prop_map(UserControl::BufferEmpty),
        number.prop_map(UserControl::BufferReady),
        (number, number).prop_map(
            |(stream_id, buffer_length_ms)| UserControl::SetBufferLength {
                stream_id,
                buffer_length_ms
            }
        ),
        Just(UserControl::SwfVerificationRequest),
        (number, any::<[u8; 32]>()).prop_map(
            |(size, digest)| UserControl::SwfVerificationResponse(SwfVerification::new(
                size, digest
            ))
        ),
        (33_u16.., any::<Vec<u8>>()).prop_map(|(event_type, data)| UserControl::Other {
            event_type,
            data: data.into()
        }),
    ]
}

fn control() -> impl Strategy<Value = ControlMessage> {
    let number = any::<u32>();
    prop_oneof![
        (1..=0xFF_FFFF_u32).prop_map(ControlMessage::SetChunkSize),
        number.prop_map(|chunk_stream_id| ControlMessage::Abort { chunk_stream_id }),
        number.prop_map(ControlMessage::Acknowledgement),
        number.prop_map(ControlMessage::WindowAcknowledgementSize),
        (number, any::<u8>()).prop_map(|(window, limit_type)| ControlMessage::SetPeerBandwidth {
            window,
            limit_type: LimitType(limit_type)
        }),
        user_control().prop_map(ControlMessage::UserControl),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(control in control()) {
        prop_assert_eq!(ControlMessage::parse(&control.to_message()), Ok(Some(control)));
    }

    #[test]
    fn any_payload_is_read_or_refused(kind: u8, payload: Vec<u8>) {
        let message = Message::new(2, MessageType(kind), payload.into());
        if let Ok(Some(control)) = ControlMessage::parse(&message) {
            prop_assert_eq!(ControlMessage::parse(&control.to_message()), Ok(Some(control)));
        }
    }

    #[test]
    fn acknowledgements_keep_a_sender_that_stops_at_its_window_going(
        window in 1_u32..100_000, pieces in prop::collection::vec(0_usize..200_000, 1..50)
    ) {
        let (mut sender, mut receiver) = (SendWindow::new(window), ReceiveWindow::new());
        receiver.set_window(window);
        for piece in pieces {
            sender.send(piece);
            if let Some(number) = receiver.receive(piece) {
                sender.acknowledge(number);
                prop_assert_eq!(sender.unacknowledged_bytes(), 0);
            }
            prop_assert!(sender.unacknowledged_bytes() < u64::from(window));
        }
    }
}
