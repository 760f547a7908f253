//! The payload formats against small receivers written from the RFCs (`depacketize`): what comes
//! out is the frame that went in, for every size of frame and packet.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    missing_docs,
    unreachable_pub,
    reason = "test code"
)]

mod audio;
mod av1;
mod depacketize;
mod h264;
mod h265;
mod limits;
mod pcm;
mod pictures;

use core::num::NonZeroU32;

use bytes::Bytes;
use castline_codec::{Frame, TrackId};
use castline_rtp_rtcp::payload::{Packetizer, Settings};
use depacketize::Packet;
use proptest::prelude::*;

const TRACK: TrackId = TrackId(1);

fn rate(ticks: u32) -> NonZeroU32 {
    NonZeroU32::new(ticks).unwrap()
}

fn settings(clock_rate: u32, max_payload_len: usize) -> Settings {
    let mut settings = Settings::new(rate(clock_rate));
    settings.max_payload_len = max_payload_len;
    settings
}

fn frame(pts: i64, data: impl Into<Bytes>) -> Frame {
    Frame::new(TRACK, pts, data.into())
}

/// Pushes and takes all that is ready.
fn packetize(
    packetizer: &mut impl Packetizer,
    frame: &Frame,
    max_payload_len: usize,
) -> Vec<Packet> {
    packetizer.push(frame).unwrap();
    depacketize::drain(packetizer, max_payload_len)
}

/// Units in the canonical form, 4-byte lengths.
fn length_prefixed<T: AsRef<[u8]>>(units: &[T]) -> Vec<u8> {
    let mut data = Vec::new();
    for unit in units {
        let unit = unit.as_ref();
        data.extend_from_slice(&u32::try_from(unit.len()).unwrap().to_be_bytes());
        data.extend_from_slice(unit);
    }
    data
}

fn max_payload_lens() -> impl Strategy<Value = usize> {
    prop_oneof![64_usize..200, 200_usize..1500, Just(9_000), Just(65_000)]
}

/// Bytes of a length that is often around a few packets long.
fn blob(longest: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![0..40_usize, 40..300_usize, 0..longest]
        .prop_flat_map(|len| prop::collection::vec(any::<u8>(), len))
}
