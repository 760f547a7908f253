use std::{collections::BTreeSet, net::Ipv4Addr, time::Duration};

use super::*;
use crate::Random;

fn localhost() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn roomy() -> UdpOptions {
    UdpOptions {
        receive_buffer_bytes: Some(4 << 20),
        ..UdpOptions::default()
    }
}

fn pair(options: &UdpOptions) -> (UdpPort, UdpPort) {
    let near = UdpPort::bind(localhost(), options).unwrap();
    (near, UdpPort::bind(localhost(), &roomy()).unwrap())
}

fn path(from: &UdpPort, to: &UdpPort) -> Path {
    Path {
        local: from.local_addr(),
        remote: to.local_addr(),
    }
}

/// A header of its own and a shared payload, `len` bytes in all.
fn packet(number: usize, len: usize) -> [Bytes; 2] {
    let header = (number as u32).to_be_bytes();
    let payload = vec![number as u8; len - header.len()];
    [Bytes::copy_from_slice(&header), payload.into()]
}

async fn exchange(options: &UdpOptions, lens: &[usize]) -> (UdpStats, UdpStats) {
    let (mut near, mut far) = pair(options);
    let path = path(&near, &far);
    let transmits: Vec<Transmit> = lens
        .iter()
        .enumerate()
        .map(|(number, len)| Transmit::datagram(path, packet(number, *len)))
        .collect();
    let mut heard = Vec::new();
    for batch in transmits.chunks(50) {
        near.send(batch).await.unwrap();
        for _ in batch {
            let datagram = tokio::time::timeout(Duration::from_secs(10), far.recv()).await;
            heard.push(datagram.expect("a datagram was lost").unwrap());
        }
    }
    for (number, (datagram, len)) in heard.iter().zip(lens).enumerate() {
        assert_eq!(
            datagram.data,
            packet(number, *len).concat(),
            "datagram {number}"
        );
        assert_eq!(datagram.path.remote, near.local_addr());
        assert_eq!(datagram.path.local, far.local_addr());
    }
    assert!(far.try_recv().unwrap().is_none());
    (near.stats(), far.stats())
}

#[tokio::test]
async fn a_thousand_datagrams_of_equal_size_arrive_equal_in_few_calls() {
    let (sent, received) = exchange(&UdpOptions::default(), &[1200; 1000]).await;
    assert_eq!((sent.sent_datagrams, sent.sent_bytes), (1000, 1_200_000));
    assert_eq!(
        (received.received_datagrams, received.received_bytes),
        (1000, 1_200_000)
    );
    assert_eq!((sent.refused_datagrams, sent.icmp_errors), (0, 0));
    if UdpPort::bind(localhost(), &roomy())
        .unwrap()
        .max_gso_segments()
        > 1
    {
        assert_eq!(sent.send_calls, 20, "50 datagrams are one call");
        assert!(received.receive_calls <= 100, "{received:?}");
    }
}

#[tokio::test]
async fn a_thousand_datagrams_of_mixed_sizes_arrive_equal() {
    let mut random = Random::new([5; 32]);
    let lens: Vec<usize> = (0..1000)
        .map(|_| match random.u32() % 4 {
            0 => 4,
            1 => 4 + random.u32() as usize % 1400,
            _ => 1000,
        })
        .collect();
    let (sent, received) = exchange(&UdpOptions::default(), &lens).await;
    assert_eq!(
        (sent.sent_datagrams, received.received_datagrams),
        (1000, 1000)
    );
}

#[tokio::test]
async fn without_gso_each_datagram_is_a_call() {
    let options = UdpOptions {
        disable_gso: true,
        ..UdpOptions::default()
    };
    let (sent, _) = exchange(&options, &[1200; 100]).await;
    assert_eq!((sent.sent_datagrams, sent.send_calls), (100, 100));
}

#[tokio::test]
async fn one_transmit_can_be_many_datagrams_beyond_one_call() {
    let (mut near, mut far) = pair(&UdpOptions::default());
    let payload: Vec<u8> = (0..200_000u32).map(|byte| byte as u8).collect();
    let transmit = Transmit {
        segment_size: Some(1400),
        ..Transmit::datagram(path(&near, &far), [Bytes::from(payload.clone())])
    };
    assert_eq!(transmit.datagrams(), 143);
    near.send(&[transmit]).await.unwrap();
    let mut heard = Vec::new();
    for number in 0..143 {
        let datagram = far.recv().await.unwrap().data;
        assert_eq!(datagram.len(), if number < 142 { 1400 } else { 1200 });
        heard.extend_from_slice(&datagram);
    }
    assert_eq!(heard, payload);
}

#[tokio::test]
async fn a_datagram_may_be_empty_and_the_largest() {
    let (mut near, mut far) = pair(&UdpOptions::default());
    let path = path(&near, &far);
    let largest = vec![9; gather::MAX_BATCH_BYTES];
    let batch = [
        Transmit::datagram(path, []),
        Transmit::datagram(path, [Bytes::from(largest.clone())]),
        Transmit::datagram(path, [Bytes::new()]),
    ];
    near.send(&batch).await.unwrap();
    for expected in [&[][..], &largest, &[]] {
        assert_eq!(far.recv().await.unwrap().data, expected);
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_counted_and_the_rest_goes_on() {
    let (mut near, mut far) = pair(&UdpOptions::default());
    let good = path(&near, &far);
    let to = |remote: &str| Path {
        remote: remote.parse().unwrap(),
        ..good
    };
    let text = || [Bytes::from_static(b"text")];
    let too_long = Bytes::from(vec![0; gather::MAX_BATCH_BYTES + 1]);
    let batch = [
        Transmit::datagram(to("127.0.0.1:0"), text()),
        Transmit::datagram(to("[::1]:5000"), text()),
        Transmit::datagram(good, [too_long]),
        Transmit::datagram(good, text()),
        Transmit::datagram(good, text()),
    ];
    let gso = near.max_gso_segments();
    assert_eq!(near.try_send(&batch), 5);
    let stats = near.stats();
    assert_eq!((stats.refused_datagrams, stats.sent_datagrams), (3, 2));
    assert_eq!(
        near.max_gso_segments(),
        gso,
        "a bad address does not end GSO"
    );
    assert_eq!(far.recv().await.unwrap().data, "text");
    assert_eq!(far.recv().await.unwrap().data, "text");
}

#[tokio::test]
async fn icmp_errors_end_nothing() {
    let (mut near, mut far) = pair(&UdpOptions::default());
    near.state
        .enable_transport_errors(UdpSockRef::from(&near.socket))
        .unwrap();
    let closed = {
        let gone = UdpPort::bind(localhost(), &UdpOptions::default()).unwrap();
        path(&near, &gone)
    };
    let text = || [Bytes::from_static(b"text")];
    for _ in 0..20 {
        let batch = [
            Transmit::datagram(closed, text()),
            Transmit::datagram(path(&near, &far), text()),
        ];
        assert_eq!(near.try_send(&batch), 2);
    }
    assert_eq!(near.stats().refused_datagrams, 0);
    for _ in 0..20 {
        assert_eq!(far.recv().await.unwrap().data, "text");
    }
    if cfg!(target_os = "linux") {
        assert!(near.stats().icmp_errors > 0);
    }
    let back = path(&far, &near);
    assert_eq!(far.try_send(&[Transmit::datagram(back, text())]), 1);
    assert_eq!(near.recv().await.unwrap().data, "text");
}

#[tokio::test]
async fn datagrams_kept_share_dense_blocks() {
    let (mut near, mut far) = pair(&UdpOptions::default());
    let path = path(&near, &far);
    let mut kept = Vec::new();
    for number in 0..2000 {
        near.send(&[Transmit::datagram(path, packet(number, 500))])
            .await
            .unwrap();
        kept.push(far.recv().await.unwrap().data);
    }
    // 1 MB of datagrams: neighbours in memory but for the few that begin a block.
    let gaps = kept
        .windows(2)
        .filter(|two| two[0].as_ptr() as usize + 500 != two[1].as_ptr() as usize)
        .count();
    assert!(gaps <= 6, "{gaps}");
    for (number, datagram) in kept.iter().enumerate() {
        assert_eq!(*datagram, packet(number, 500).concat());
    }
}

#[tokio::test]
async fn buffer_options_reach_the_socket() {
    let options = UdpOptions {
        receive_buffer_bytes: Some(50_000),
        send_buffer_bytes: Some(40_000),
        ..UdpOptions::default()
    };
    let port = UdpPort::bind(localhost(), &options).unwrap();
    assert!((50_000..=100_000).contains(&port.receive_buffer_bytes().unwrap()));
    assert!((40_000..=80_000).contains(&port.send_buffer_bytes().unwrap()));
}

#[tokio::test]
async fn dual_stack_ports_speak_of_ipv4_peers_as_ipv4() {
    let Ok(mut near) = UdpPort::bind("[::]:0".parse().unwrap(), &UdpOptions::default()) else {
        return; // This machine has no IPv6.
    };
    let mut far = UdpPort::bind(localhost(), &UdpOptions::default()).unwrap();
    let text = || [Bytes::from_static(b"text")];
    near.send(&[Transmit::datagram(path(&near, &far), text())])
        .await
        .unwrap();
    let heard = far.recv().await.unwrap();
    let back = Path {
        local: heard.path.local,
        remote: heard.path.remote,
    };
    far.send(&[Transmit::datagram(back, text())]).await.unwrap();
    let heard = near.recv().await.unwrap();
    assert_eq!(heard.path.remote, far.local_addr());
    assert_eq!(heard.path.local.ip(), Ipv4Addr::LOCALHOST);
}

#[tokio::test]
async fn a_port_bound_to_all_answers_from_the_address_it_was_asked_at() {
    if !cfg!(target_os = "linux") {
        return; // Only there is all of 127.0.0.0/8 local.
    }
    let mut near = UdpPort::bind("0.0.0.0:0".parse().unwrap(), &UdpOptions::default()).unwrap();
    let mut far = UdpPort::bind(localhost(), &UdpOptions::default()).unwrap();
    let asked = SocketAddr::new([127, 0, 0, 2].into(), near.local_addr().port());
    let text = || [Bytes::from_static(b"text")];
    let to_asked = Path {
        remote: asked,
        ..path(&far, &near)
    };
    far.send(&[Transmit::datagram(to_asked, text())])
        .await
        .unwrap();
    let heard = near.recv().await.unwrap();
    assert_eq!(heard.path.local, asked);
    near.send(&[Transmit::datagram(heard.path, text())])
        .await
        .unwrap();
    assert_eq!(far.recv().await.unwrap().path.remote, asked);
}

/// A stretch of ports that is likely free, apart for each test.
fn some_range(test: u16, pairs: u16) -> PortRange {
    let process = (std::process::id() % 200) as u16;
    let first = 20_001 + process * 60 + test * 20;
    PortRange::new(first, first + 2 * pairs).unwrap()
}

#[tokio::test]
async fn pairs_are_even_and_odd_and_go_round_past_those_in_use() {
    let range = some_range(0, 5);
    let ip = Ipv4Addr::LOCALHOST.into();
    assert_eq!(range.pairs(), 5);
    let mut seen = BTreeSet::new();
    let mut kept = Vec::new();
    for turn in 0..10 {
        let (rtp, rtcp) = range.bind_pair(ip, &UdpOptions::default()).unwrap();
        let (even, odd) = (rtp.local_addr().port(), rtcp.local_addr().port());
        assert_eq!((even % 2, odd), (0, even + 1));
        assert!(
            seen.insert(even) || turn >= 5 - kept.len(),
            "each once before any twice"
        );
        if turn == 2 {
            kept.push((rtp, rtcp));
        } else {
            assert!(kept.iter().all(|(rtp, _)| rtp.local_addr().port() != even));
        }
    }
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn a_full_range_says_so_and_recovers() {
    let range = some_range(1, 3);
    let ip = Ipv4Addr::LOCALHOST.into();
    let options = UdpOptions::default();
    let mut kept: Vec<_> = (0..3)
        .map(|_| range.bind_pair(ip, &options).unwrap())
        .collect();
    let error = range.bind_pair(ip, &options).unwrap_err().to_string();
    let first = range.bind_pair(ip, &options).unwrap_err();
    let BindError::Exhausted { first, last, .. } = first else {
        panic!("{first}");
    };
    assert_eq!(
        error,
        format!("all 3 port pairs from {first} to {last} are in use on 127.0.0.1")
    );
    let freed = kept.remove(1).0.local_addr();
    assert_eq!(range.bind_pair(ip, &options).unwrap().0.local_addr(), freed);
}

#[tokio::test]
async fn an_odd_port_in_use_passes_over_its_pair() {
    let range = some_range(2, 2);
    let ip: IpAddr = Ipv4Addr::LOCALHOST.into();
    let options = UdpOptions::default();
    let (rtp, rtcp) = range.bind_pair(ip, &options).unwrap();
    drop(rtp);
    for _ in 0..3 {
        let (other, _) = range.bind_pair(ip, &options).unwrap();
        assert_ne!(other.local_addr().port() + 1, rtcp.local_addr().port());
    }
}

#[test]
fn ranges_without_a_pair_are_refused() {
    for (first, last) in [
        (30_001, 30_002),
        (30_000, 30_000),
        (40_000, 30_000),
        (65_535, 65_535),
        (0, 1),
    ] {
        assert_eq!(
            PortRange::new(first, last).unwrap_err(),
            EmptyRange { first, last }
        );
    }
    for (first, last, pairs) in [
        (30_000, 30_001, 1),
        (30_001, 30_004, 1),
        (65_534, 65_535, 1),
        (0, 65_535, 32_767),
    ] {
        assert_eq!(PortRange::new(first, last).unwrap().pairs(), pairs);
    }
}
