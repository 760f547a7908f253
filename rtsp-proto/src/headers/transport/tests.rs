use super::*;
use alloc::string::ToString;
use alloc::vec;
use proptest::prelude::*;

fn spec(value: &str) -> TransportSpec {
    Transport::parse(value).unwrap().first().clone()
}

#[test]
fn parameters_of_rtsp_1() {
    let all = "RTP/AVP/TCP;unicast;destination=10.0.0.1;source=10.0.0.2;interleaved=0-1;append;ttl=16;layers=2;port=3456-3457;client_port=5000-5001;server_port=6000-6001;ssrc=0A13C760;mode=RECORD;x-foo=\"a;b\";x-bar";
    let read = spec(all);
    assert_eq!(read.destination.as_deref(), Some("10.0.0.1"));
    assert_eq!(read.interleaved, Some(ChannelPair::new(0, 1)));
    assert_eq!(
        (read.append, read.ttl, read.layers),
        (true, Some(16), Some(2))
    );
    assert_eq!(
        (read.port, read.server_port),
        (
            Some(PortPair::new(3456, 3457)),
            Some(PortPair::new(6000, 6001))
        )
    );
    assert_eq!(
        (read.ssrc.as_slice(), read.is_record()),
        (&[0x0A13_C760][..], true)
    );
    assert_eq!(read.extensions.len(), 2);
    assert_eq!(read.to_string(), all);
}

#[test]
fn parameters_of_rtsp_2() {
    let all = "RTP/SAVPF/TCP;unicast;ssrc=00000001/00000002;mode=\"PLAY,RECORD\";dest_addr=\":8000\"/\":8001\";src_addr=\"[::1]:9\";setup=active;connection=new;RTCP-mux;MIKEY=\"AQAF+/==\"";
    let read = spec(all);
    assert_eq!(read.dest_addr, [":8000", ":8001"]);
    assert_eq!(read.src_addr, ["[::1]:9"]);
    assert_eq!(
        (read.setup, read.connection),
        (Some(SetupRole::Active), Some(ConnectionMode::New))
    );
    assert_eq!(
        (read.rtcp_mux, read.mikey.as_deref()),
        (true, Some("AQAF+/=="))
    );
    assert_eq!((read.ssrc.as_slice(), read.modes.len()), (&[1, 2][..], 2));
    assert_eq!(read.to_string(), all);
}

#[test]
fn choices_in_order_and_lower_transports() {
    let value = "RTP/AVP/TCP;unicast;interleaved=0-1,RTP/AVP;multicast, MP2T/H2221/UDP;unicast";
    let transport = Transport::parse(value).unwrap();
    let lower: Vec<_> = transport
        .specs()
        .iter()
        .map(TransportSpec::lower_transport)
        .collect();
    assert_eq!(
        lower,
        [
            LowerTransport::Tcp,
            LowerTransport::Udp,
            LowerTransport::Udp
        ]
    );
    assert!(!transport.specs()[1].is_unicast());
    assert_eq!(
        transport.specs()[2].protocol,
        Protocol::Other("MP2T/H2221/UDP".into())
    );
    assert_eq!(
        spec("RTP/AVP;interleaved=0-1").lower_transport(),
        LowerTransport::Tcp
    );
}

#[test]
fn quirk_ssrc_with_leading_spaces() {
    assert_eq!(spec("RTP/AVP;unicast;ssrc=  4F3D21A0").ssrc, [0x4F3D_21A0]);
}

#[test]
fn quirk_ssrc_odd_digits() {
    assert_eq!(spec("RTP/AVP;ssrc=D4C").ssrc, [0xD4C]);
    assert_eq!(spec("RTP/AVP;ssrc=030FB16").ssrc, [0x0003_0FB16]);
}

#[test]
fn quirk_ssrc_with_0x() {
    assert_eq!(spec("RTP/AVP;ssrc=0x6f7c").ssrc, [0x6f7c]);
}

#[test]
fn quirk_ssrc_invalid_is_ignored() {
    for bad in [
        "RTP/AVP;ssrc=",
        "RTP/AVP;ssrc=xyz",
        "RTP/AVP;ssrc=123456789",
        "RTP/AVP;ssrc=-1",
        "RTP/AVP;ssrc=+1",
        "RTP/AVP;ssrc=0x",
    ] {
        assert_eq!(spec(bad).ssrc, [], "{bad}");
    }
}

#[test]
fn quirk_ssrc_before_the_protocol() {
    let read = spec("ssrc=22345684;RTP/AVP/TCP;unicast;interleaved=0-1");
    assert_eq!(
        (read.ssrc.as_slice(), read.interleaved),
        (&[0x2234_5684][..], Some(ChannelPair::new(0, 1)))
    );
}

#[test]
fn quirk_space_after_semicolon() {
    let read = spec("RTP/AVP/TCP; unicast; interleaved = 0 - 1 ;mode = play");
    assert_eq!(
        (read.interleaved, read.modes),
        (Some(ChannelPair::new(0, 1)), vec![Mode::Play])
    );
}

#[test]
fn quirk_empty_destination_and_trailing_semicolon() {
    let read = spec("RTP/AVP;unicast;destination=;client_port=1000-1001;");
    assert_eq!(read.destination.as_deref(), Some(""));
    assert_eq!(read.client_port, Some(PortPair::new(1000, 1001)));
    assert_eq!(spec("RTP/AVP;destination").destination.as_deref(), Some(""));
}

#[test]
fn quirk_single_port_and_single_channel() {
    let read = spec("RTP/AVP;unicast;client_port=8523");
    assert_eq!(read.client_port, Some(PortPair::single(8523)));
    assert_eq!(read.client_port.unwrap().rtcp_or_next(), Some(8524));
    assert_eq!(
        spec("RTP/AVP/TCP;interleaved=0")
            .interleaved
            .unwrap()
            .rtcp_or_next(),
        Some(1)
    );
    assert_eq!(PortPair::single(65_535).rtcp_or_next(), None);
}

#[test]
fn quirk_no_interleaved_and_no_server_port() {
    assert_eq!(spec("RTP/AVP/TCP;unicast").interleaved, None);
    assert_eq!(
        spec("RTP/AVP;unicast;client_port=5000-5001").server_port,
        None
    );
}

#[test]
fn quirk_mode_receive_quoted_or_not_in_any_case() {
    for record in [
        "RTP/AVP;mode=receive",
        "RTP/AVP;mode=record",
        "RTP/AVP;mode=\"RECORD\"",
        "RTP/AVP;mode=\"record",
        "RTP/AVP;MODE=Receive",
    ] {
        assert!(spec(record).is_record(), "{record}");
    }
    assert_eq!(
        spec("RTP/AVP;mode=\"x y\"").modes,
        [Mode::Other("x y".into())]
    );
}

#[test]
fn quirk_leading_garbage_bytes() {
    assert_eq!(
        spec("\u{fffd}\u{fffd}RTP/AVP/TCP;unicast;interleaved=0-1").interleaved,
        Some(ChannelPair::new(0, 1))
    );
    assert_eq!(spec(" ;RTP/AVP;unicast").delivery, Some(Delivery::Unicast));
}

#[test]
fn quirk_odd_interleaved_pairs() {
    assert_eq!(
        spec("RTP/AVP/TCP;interleaved=1-2").interleaved,
        Some(ChannelPair::new(1, 2))
    );
    assert_eq!(
        spec("RTP/AVP/TCP;interleaved=8-9").interleaved,
        Some(ChannelPair::new(8, 9))
    );
}

#[test]
fn quirk_quotes_that_crash_others() {
    for value in [
        "RTP/AVP;dest_addr=\"\\\"",
        "RTP/AVP;dest_addr=\"",
        "RTP/AVP;mode=\"",
        "RTP/AVP;MIKEY=\"",
        "RTP/AVP;dest_addr=",
        "RTP/AVP;destination=\"",
    ] {
        assert!(Transport::parse(value).is_ok(), "{value}");
    }
}

#[test]
fn absurd_numbers_are_errors() {
    for bad in [
        "client_port=65536-65537",
        "client_port=-1",
        "client_port=5001-5000",
        "client_port=a-b",
        "client_port=",
        "interleaved=256-257",
        "interleaved=1-0",
        "ttl=256",
        "layers=x",
        "setup=maybe",
        "connection=old",
    ] {
        assert!(
            Transport::parse(&alloc::format!("RTP/AVP;{bad}")).is_err(),
            "{bad}"
        );
    }
    let error = Transport::parse("RTP/AVP;client_port=70000").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Transport, byte 8: expected ports from 0 to 65535, in order"
    );
}

#[test]
fn a_malformed_choice_does_not_spoil_the_rest() {
    let transport =
        Transport::parse("RTP/AVP;client_port=99999,RTP/AVP/TCP;interleaved=0-1").unwrap();
    assert_eq!(transport.specs().len(), 1);
    assert!(Transport::parse("").is_err());
    assert!(Transport::parse("unicast").is_err());
}

#[test]
fn lists_are_bounded() {
    assert!(Transport::parse(&vec!["RTP/AVP"; 17].join(",")).is_err());
    assert!(Transport::parse(&alloc::format!("RTP/AVP{}", ";a".repeat(33))).is_err());
    assert!(Transport::parse(&alloc::format!("{}RTP/AVP", "a;".repeat(33))).is_err());
    assert!(Transport::parse(&alloc::format!("RTP/AVP;ssrc={}", "1/".repeat(33))).is_err());
    assert!(Transport::parse(&alloc::format!("RTP/AVP;dest_addr={}", "a/".repeat(33))).is_err());
    assert!(Transport::parse(&alloc::format!("RTP/AVP;mode=\"{}\"", "a,".repeat(33))).is_err());
}

fn ports() -> impl Strategy<Value = Option<PortPair>> {
    proptest::option::of((any::<u16>(), proptest::option::of(0..100_u16)).prop_map(
        |(rtp, more)| PortPair {
            rtp,
            rtcp: more.map(|more| rtp.saturating_add(more)),
        },
    ))
}

fn protocol() -> impl Strategy<Value = Protocol> {
    let profile = prop_oneof![
        Just(Profile::Avp),
        Just(Profile::Savp),
        Just(Profile::Avpf),
        Just(Profile::Savpf)
    ];
    let lower = prop_oneof![
        Just(None),
        Just(Some(LowerTransport::Udp)),
        Just(Some(LowerTransport::Tcp))
    ];
    prop_oneof![
        (profile, lower).prop_map(|(profile, lower)| Protocol::Rtp { profile, lower }),
        "MP2T/[a-z]{1,5}".prop_map(Protocol::Other),
    ]
}

prop_compose! {
    fn any_spec()(
        protocol in protocol(),
        delivery in prop_oneof![Just(None), Just(Some(Delivery::Unicast)), Just(Some(Delivery::Multicast))],
        hosts in proptest::array::uniform2(proptest::option::of("[a-z0-9.:;, \"\\\\]{0,10}")),
        interleaved in proptest::option::of((any::<u8>(), any::<u8>()).prop_map(|(a, b)| ChannelPair::new(a.min(b), a.max(b)))),
        numbers in (proptest::option::of(any::<u8>()), proptest::option::of(any::<u16>()), any::<bool>(), any::<bool>()),
        ports in [ports(), ports(), ports()],
        ssrc in proptest::collection::vec(any::<u32>(), 0..3),
        modes in proptest::collection::vec(prop_oneof![Just(Mode::Play), Just(Mode::Record), "x-[a-z]{1,4}".prop_map(Mode::Other)], 0..3),
        addresses in proptest::array::uniform2(proptest::collection::vec("[a-z0-9:.\\[\\]\"/,;]{0,10}", 0..3)),
        mikey in proptest::option::of("[A-Za-z0-9+/=]{0,12}"),
        extensions in proptest::collection::vec(("x-[a-z]{1,4}", proptest::option::of("[a-z0-9]{0,5}")), 0..3),
    ) -> TransportSpec {
        let [destination, source] = hosts.map(|host| host.map(|host: String| host.trim().into()));
        let [port, client_port, server_port] = ports;
        let [dest_addr, src_addr] = addresses;
        let (ttl, layers, append, rtcp_mux) = numbers;
        let extensions = extensions.into_iter().map(|(name, value)| Parameter::new(name, value)).collect();
        TransportSpec {
            delivery, destination, source, interleaved, append, ttl, layers, port, client_port, server_port, ssrc, modes, dest_addr,
            src_addr, rtcp_mux, mikey, extensions, ..TransportSpec::new(protocol)
        }
    }
}

proptest! {
    #[test]
    fn round_trip(specs in proptest::collection::vec(any_spec(), 1..4)) {
        let mut specs = specs.into_iter();
        let first = Transport::from(specs.next().unwrap());
        let transport = specs.fold(first, Transport::with);
        prop_assert_eq!(Transport::parse(&transport.to_string()).unwrap(), transport);
    }

    #[test]
    fn what_is_read_is_written_so_that_it_reads_the_same(text in "(RTP/AVP)?(;|,|=|\"|\\\\|ssrc|mode|dest_addr|client_port|[ -~])*") {
        if let Ok(header) = Transport::parse(&text) {
            let written = header.to_string();
            prop_assert_eq!(Transport::parse(&written).map(|again| again.to_string()), Ok(written));
        }
    }
}

#[test]
fn odd_modes_are_escaped() {
    let read = spec("RTP/AVP;mode=a\\");
    assert_eq!(read.modes, [Mode::Other("a\\".into())]);
    assert_eq!(spec(&read.to_string()), read);
}
