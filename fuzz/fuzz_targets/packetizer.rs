//! Frames of any bytes through every packetizer: nothing panics, no payload is longer than it may
//! be, and a receiver written from the RFC gets the frame back.
#![no_main]

#[path = "../../rtp-rtcp/tests/payload/depacketize/mod.rs"]
mod depacketize;

use std::num::{NonZeroU8, NonZeroU32};

use bytes::Bytes;
use castline_codec::{
    AacParameters, Ac3Parameters, Frame, MpegAudioLayer, MpegAudioParameters, PcmParameters,
    TrackId,
};
use castline_rtp_rtcp::payload::{
    AacPacketizer, Ac3Packetizer, Av1Packetizer, H264Packetizer, H265Packetizer,
    MAX_PAYLOAD_LEN, MIN_PAYLOAD_LEN, MpegAudioPacketizer, OpusPacketizer, PacketizationMode,
    Packetizer, PcmPacketizer, Settings, Vp8Packetizer, Vp9Packetizer,
};
use depacketize::{Packet, drain};
use libfuzzer_sys::fuzz_target;

/// The first bytes choose the settings; the rest is one frame, and then its two halves.
const HEAD: usize = 8;

fuzz_target!(|data: &[u8]| {
    let Some((head, data)) = data.split_first_chunk::<HEAD>() else {
        return;
    };
    let mut settings = Settings::new(NonZeroU32::new(u32::from(head[0]) * 1_000 + 1).unwrap());
    settings.max_payload_len = usize::from(u16::from_be_bytes([head[1], head[2]]));
    settings.max_frames_per_packet = NonZeroU8::new(head[3]).unwrap_or(NonZeroU8::MIN);
    if head[4] & 1 != 0 {
        settings.packetization_mode = PacketizationMode::SingleNal;
    }
    let run = Run { settings, keyframe: head[4] & 2 != 0, data: Bytes::copy_from_slice(data) };
    match head[5] % 9 {
        0 => run.h264(),
        1 => run.h265(),
        2 => run.av1(),
        3 => run.pictures(),
        4 => run.aac(),
        5 => run.mpeg_audio(),
        6 => run.ac3(),
        7 => run.opus(),
        _ => run.pcm(head[6], head[7]),
    }
});

struct Run {
    settings: Settings,
    keyframe: bool,
    data: Bytes,
}

impl Run {
    fn max(&self) -> usize {
        self.settings.max_payload_len.clamp(MIN_PAYLOAD_LEN, MAX_PAYLOAD_LEN)
    }

    /// The packets of each frame that was taken, beside the frame.
    fn send(&self, packetizer: &mut impl Packetizer) -> Vec<(Bytes, Vec<Packet>)> {
        let (first, second) = self.data.split_at(self.data.len() / 2);
        let mut sent = Vec::new();
        for (pts, data) in [(0, &self.data[..]), (21, first), (43, second)] {
            let data = self.data.slice_ref(data);
            let frame = Frame::new(TrackId(1), pts, data.clone()).with_keyframe(self.keyframe);
            let taken = packetizer.push(&frame).is_ok();
            let mut packets = drain(packetizer, self.max());
            packetizer.flush();
            packets.extend(drain(packetizer, self.max()));
            assert!(taken || packets.is_empty());
            if taken {
                sent.push((data, packets));
            }
        }
        sent
    }

    fn h264(&self) {
        let mut packetizer = H264Packetizer::with_parameter_sets(&[], &self.settings);
        for (frame, packets) in self.send(&mut packetizer) {
            let carried = |unit: &&[u8]| matches!(unit[0] & 31, 1..=23);
            assert!(units(&frame).into_iter().filter(carried).eq(depacketize::h264::reassemble(&packets)));
        }
        let sets = [Bytes::from_static(&[0x67, 1]), Bytes::from_static(&[0x68, 2])];
        let mut packetizer = H264Packetizer::with_parameter_sets(&sets, &self.settings);
        for (_, packets) in self.send(&mut packetizer) {
            depacketize::h264::reassemble(&packets);
        }
    }

    fn h265(&self) {
        let mut packetizer = H265Packetizer::with_parameter_sets(&[], &self.settings);
        for (frame, packets) in self.send(&mut packetizer) {
            let carried = |unit: &&[u8]| (unit[0] >> 1) & 63 < 48;
            assert!(units(&frame).into_iter().filter(carried).eq(depacketize::h265::reassemble(&packets)));
        }
    }

    fn av1(&self) {
        let mut packetizer = Av1Packetizer::new(&Bytes::new(), &self.settings);
        for (frame, packets) in self.send(&mut packetizer) {
            assert_eq!(obus(&frame), depacketize::av1::reassemble(&packets));
        }
        let sequence_header = Bytes::from_static(&[0x0a, 1, 7]);
        for (_, packets) in self.send(&mut Av1Packetizer::new(&sequence_header, &self.settings)) {
            depacketize::av1::reassemble(&packets);
        }
    }

    fn pictures(&self) {
        for (frame, packets) in self.send(&mut Vp8Packetizer::new(&self.settings)) {
            assert_eq!(depacketize::vp8::reassemble(&packets).1, frame);
        }
        let mut packetizer = Vp9Packetizer::new(Some((640, 360)), &self.settings);
        for (frame, packets) in self.send(&mut packetizer) {
            assert_eq!(depacketize::vp9::reassemble(&packets).frame, frame);
        }
    }

    fn aac(&self) {
        let parameters = AacParameters::from_asc(&[0x11, 0x90]).unwrap();
        for (frame, packets) in self.send(&mut AacPacketizer::new(&parameters, &self.settings)) {
            let units = depacketize::aac::reassemble(&packets, 1024);
            assert!(units.iter().map(|(_, unit)| &unit[..]).eq([&frame[..]]));
        }
    }

    fn mpeg_audio(&self) {
        let parameters = MpegAudioParameters::new(MpegAudioLayer::Layer3, 44_100, 2);
        let mut packetizer = MpegAudioPacketizer::new(&parameters, &self.settings);
        for (frame, packets) in self.send(&mut packetizer) {
            assert_eq!(depacketize::mpeg_audio::reassemble(&packets), frame);
        }
    }

    fn ac3(&self) {
        let parameters = Ac3Parameters::from_dac3(&[0x10, 0x11, 0xc0]).unwrap();
        for (frame, packets) in self.send(&mut Ac3Packetizer::new(&parameters, &self.settings)) {
            assert_eq!(depacketize::ac3::reassemble(&packets), (1, frame.to_vec()));
        }
    }

    fn opus(&self) {
        for (frame, packets) in self.send(&mut OpusPacketizer::new(&self.settings)) {
            assert!(packets.iter().map(|packet| &packet.data).eq([&frame]));
        }
    }

    fn pcm(&self, channels: u8, bytes_per_sample: u8) {
        let parameters = PcmParameters::new(48_000, channels);
        let bytes_per_sample = bytes_per_sample % 3;
        let Ok(mut packetizer) = PcmPacketizer::new(&parameters, bytes_per_sample, &self.settings) else {
            return;
        };
        for (frame, packets) in self.send(&mut packetizer) {
            assert!(packets.iter().flat_map(|packet| &packet.data).eq(&frame));
        }
    }
}

/// The non-empty units of a frame with 4-byte lengths that are known to hold.
fn units(mut frame: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    while let Some((len, rest)) = frame.split_first_chunk::<4>() {
        let (unit, behind) = rest.split_at(u32::from_be_bytes(*len) as usize);
        units.push(unit);
        frame = behind;
    }
    units.retain(|unit| !unit.is_empty());
    units
}

/// The OBUs of a temporal unit that is known to be sound, without size fields, as RTP has them.
fn obus(mut unit: &[u8]) -> Vec<Vec<u8>> {
    let mut obus = Vec::new();
    while !unit.is_empty() {
        let (header, rest) = unit.split_at(if unit[0] & 4 != 0 { 2 } else { 1 });
        let (len, used) = if unit[0] & 2 != 0 {
            depacketize::av1::leb128(rest)
        } else {
            (rest.len(), 0)
        };
        let (payload, behind) = rest[used..].split_at(len);
        let mut obu = [header, payload].concat();
        obu[0] &= !2;
        if !matches!((obu[0] >> 3) & 15, 2 | 8) {
            obus.push(obu);
        }
        unit = behind;
    }
    obus
}
