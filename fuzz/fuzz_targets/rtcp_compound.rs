//! Any datagram as RTCP: strictly, leniently, and through a sender that hears it.
#![no_main]

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use castline_core::{ClockAnchor, NtpTime};
use castline_rtp_rtcp::rtcp::{Compound, RtcpPacket};
use castline_rtp_rtcp::{PayloadType, Sender, SenderConfig, Ssrc};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let strict = Compound::parse(data);
    let lenient = Compound::parse_lenient(data);
    if let Ok(strict) = &strict {
        let lenient = lenient.as_ref().expect("lenient takes what strict takes");
        assert_eq!(strict.iter().count(), lenient.iter().count());
        for (strict, lenient) in strict.iter().zip(lenient.iter()) {
            if strict.is_ok() {
                assert_eq!(strict, lenient);
            }
        }
    }
    for compound in [strict, lenient].into_iter().flatten() {
        let mut count = 0;
        for packet in compound.iter().flatten() {
            count += 1;
            survives(&packet);
        }
        assert!(count <= data.len() / 4);
        let _ = compound.cname();
    }
    hears(data);
});

/// What was read can be written, unless its data is no whole number of words; then it is the same.
fn survives(packet: &RtcpPacket<'_>) {
    let mut again = Vec::new();
    if packet.encode(&mut again).is_ok() {
        assert_eq!(again.len(), packet.encoded_len());
        assert_eq!(RtcpPacket::parse(&again).as_ref(), Ok(packet));
    }
}

/// The first half in one datagram, the second in another, 40 s of timers between and behind.
fn hears(data: &[u8]) {
    let start = Instant::now();
    let clock = ClockAnchor::new(start, NtpTime(3_900_000_000 << 32));
    let rate = NonZeroU32::new(90_000).expect("not zero");
    let mut config = SenderConfig::new(PayloadType(96), rate, "fuzz", clock);
    config.ssrc = Some(Ssrc(1));
    let mut sender = Sender::new(config, [0; 32]).expect("a proper CNAME");
    let _ = sender.header(start, 0, true, 1);
    let (first, second) = data.split_at(data.len() / 2);
    for (step, datagram) in [first, second, data].into_iter().enumerate() {
        let now = start + Duration::from_secs(40 * step as u64);
        while let Some(next) = sender.poll_timeout().filter(|next| *next <= now) {
            sender.handle_timeout(next);
        }
        sender.handle_rtcp(now, datagram);
        if let Some(report) = sender.poll_rtcp() {
            assert!(Compound::parse(&report).is_ok());
        }
    }
    while sender.poll_event().is_some() {}
}
