use core::num::NonZeroU32;

use bytes::{BufMut, Bytes, BytesMut};
use castline_codec::{
    AacParameters, Ac3Parameters, CodecParameters, Eac3Parameters, Frame, MediaKind,
    MpegAudioHeader, OpusParameters, PcmParameters, Track, TrackId,
    aac::AdtsHeader,
    ac3::{StreamType, SyncFrame},
    opus,
};

use super::{DemuxEvent, Demuxer, OpaqueTrack, Packet, PacketKind, Shared, event::count};
use crate::{
    ParseError,
    media::clock::AudioClock,
    tag::{
        AacPacketType, AudioPacketType, EnhancedAudioHeader, FourCc, LegacyAudioHeader,
        MultichannelConfig, SoundFormat, TagCodec, TrackData,
    },
};

pub(super) fn of_legacy(header: LegacyAudioHeader, timestamp: u32, data: Bytes) -> Packet {
    let is_opus_head = header.format == SoundFormat::OPUS && data.starts_with(b"OpusHead");
    let kind = match header.aac_packet_type {
        Some(AacPacketType::SEQUENCE_HEADER) => PacketKind::Configuration,
        None if is_opus_head => PacketKind::Configuration,
        Some(AacPacketType::RAW) | None => PacketKind::Frame,
        Some(_) => PacketKind::Other,
    };
    Packet {
        codec: TagCodec::Audio(header.format),
        kind,
        timestamp,
        nanoseconds: 0,
        data,
    }
}

pub(super) fn of_enhanced(
    header: &EnhancedAudioHeader,
    timestamp: u32,
    track: TrackData,
) -> Packet {
    let kind = match header.packet_type {
        AudioPacketType::SEQUENCE_START => PacketKind::Configuration,
        AudioPacketType::CODED_FRAMES => PacketKind::Frame,
        AudioPacketType::SEQUENCE_END => PacketKind::End,
        AudioPacketType::MULTICHANNEL_CONFIG => PacketKind::Metadata,
        _ => PacketKind::Other,
    };
    Packet {
        codec: TagCodec::FourCc(track.four_cc),
        kind,
        timestamp,
        nanoseconds: header.timestamp_offset_nanoseconds(),
        data: track.data,
    }
}

/// The codecs of audio that make frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Aac,
    Mp3,
    Opus,
    Ac3,
    Eac3,
    Pcma(PcmParameters),
    Pcmu(PcmParameters),
    /// Little-endian.
    Linear(PcmParameters),
}

impl Codec {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "all other codecs make no frames"
    )]
    fn of(codec: TagCodec, header: Option<LegacyAudioHeader>) -> Option<Self> {
        let pcm = header.map(|header| PcmParameters::new(header.sample_rate(), header.channels()));
        let has_16_bits = header.is_some_and(|header| header.sixteen_bits);
        Some(match codec {
            TagCodec::FourCc(FourCc::MP4A) | TagCodec::Audio(SoundFormat::AAC) => Self::Aac,
            TagCodec::FourCc(FourCc::MP3)
            | TagCodec::Audio(SoundFormat::MP3 | SoundFormat::MP3_8_KHZ) => Self::Mp3,
            TagCodec::FourCc(FourCc::OPUS) | TagCodec::Audio(SoundFormat::OPUS) => Self::Opus,
            TagCodec::FourCc(FourCc::AC_3) => Self::Ac3,
            TagCodec::FourCc(FourCc::EC_3) => Self::Eac3,
            TagCodec::Audio(SoundFormat::G711_A_LAW) => Self::Pcma(pcm?),
            TagCodec::Audio(SoundFormat::G711_MU_LAW) => Self::Pcmu(pcm?),
            TagCodec::Audio(SoundFormat::LINEAR_PCM | SoundFormat::LINEAR_PCM_LITTLE_ENDIAN)
                if has_16_bits =>
            {
                Self::Linear(pcm?)
            }
            _ => return None,
        })
    }
}

/// One audio track.
#[derive(Debug)]
pub(super) struct AudioTrack {
    id: TrackId,
    carried: Option<TagCodec>,
    is_opaque: bool,
    parameters: Option<CodecParameters>,
    announced: Option<Track>,
    clock: Option<AudioClock>,
}

impl AudioTrack {
    pub(super) const fn new(track_index: u8) -> Self {
        Self {
            id: Demuxer::audio_track_id(track_index),
            carried: None,
            is_opaque: false,
            parameters: None,
            announced: None,
            clock: None,
        }
    }

    /// `header` is there where the tag was a legacy one.
    pub(super) fn take(
        &mut self,
        packet: Packet,
        header: Option<LegacyAudioHeader>,
        shared: &mut Shared,
    ) -> Result<(), ParseError> {
        if packet.kind == PacketKind::Metadata {
            let config = MultichannelConfig::parse(&packet.data)?;
            shared
                .events
                .push_back(DemuxEvent::Multichannel(self.id, config));
            return Ok(());
        }
        if packet.kind == PacketKind::End {
            if self.announced.is_some() {
                shared.events.push_back(DemuxEvent::EndOfSequence(self.id));
            }
            return Ok(());
        }
        if packet.data.is_empty() {
            count(&mut shared.counters.empty);
            return Ok(());
        }
        let codec = Codec::of(packet.codec, header);
        if self.carried != Some(packet.codec) || self.is_opaque != codec.is_none() {
            self.begin(packet.codec, codec.is_none(), shared);
        }
        let Some(codec) = codec else { return Ok(()) };
        match packet.kind {
            PacketKind::Configuration => self.configure(codec, &packet.data, shared),
            PacketKind::Frame => self.sound(codec, packet, shared),
            PacketKind::End | PacketKind::Metadata | PacketKind::Other => Ok(()),
        }
    }

    /// Another codec than before: nothing of the old one holds any more.
    fn begin(&mut self, carried: TagCodec, is_opaque: bool, shared: &mut Shared) {
        self.carried = Some(carried);
        self.is_opaque = is_opaque;
        self.parameters = None;
        if is_opaque {
            shared.events.push_back(DemuxEvent::Opaque(OpaqueTrack {
                track: self.id,
                kind: MediaKind::Audio,
                codec: carried,
            }));
        }
    }

    fn configure(
        &mut self,
        codec: Codec,
        data: &[u8],
        shared: &mut Shared,
    ) -> Result<(), ParseError> {
        let parameters = match codec {
            Codec::Aac => self.aac_configuration(data).map(CodecParameters::Aac),
            Codec::Opus => OpusParameters::from_opus_head(data)
                .ok()
                .map(CodecParameters::Opus),
            // These have none; what some send is not needed.
            Codec::Mp3
            | Codec::Ac3
            | Codec::Eac3
            | Codec::Pcma(_)
            | Codec::Pcmu(_)
            | Codec::Linear(_) => return Ok(()),
        };
        let Some(parameters) = parameters else {
            return Err(ParseError::expected(0, "an audio configuration"));
        };
        self.know(parameters, shared)
    }

    /// What follows the configuration is junk that may differ each time: the old bytes stay as long as
    /// they say the same.
    fn aac_configuration(&self, data: &[u8]) -> Option<AacParameters> {
        let new = AacParameters::from_asc(data).ok()?;
        match &self.parameters {
            Some(CodecParameters::Aac(old)) if old.config == new.config => Some(old.clone()),
            _ => Some(new),
        }
    }

    /// Takes over parameters, and says the track when they are news.
    fn know(&mut self, parameters: CodecParameters, shared: &mut Shared) -> Result<(), ParseError> {
        if self.parameters.as_ref() == Some(&parameters) {
            return Ok(());
        }
        let Some(rate) = parameters.sample_rate().and_then(NonZeroU32::new) else {
            return Err(ParseError::expected(0, "a sample rate above 0"));
        };
        let tolerance = shared.config.audio_tolerance_ms;
        self.clock = Some(match self.clock.take() {
            Some(clock) if clock.clock_rate() == rate => clock,
            Some(clock) => clock.with_rate(rate, tolerance),
            None => AudioClock::new(rate, tolerance),
        });
        shared.announce(
            &mut self.announced,
            Track::new(self.id, parameters.clone(), rate),
        );
        self.parameters = Some(parameters);
        Ok(())
    }

    fn sound(
        &mut self,
        codec: Codec,
        packet: Packet,
        shared: &mut Shared,
    ) -> Result<(), ParseError> {
        let data = packet.data.clone();
        match codec {
            Codec::Aac => self.aac(data, &packet, shared),
            Codec::Mp3 => self.mp3(data, &packet, shared),
            Codec::Opus => {
                let samples = opus::packet_samples(&data)
                    .map_err(|_| ParseError::expected(0, "an Opus packet"))?;
                if self.parameters.is_none() {
                    // Bit 2 of the table of contents: stereo (RFC 6716 section 3.1).
                    let channels = if data.first().is_some_and(|toc| toc & 4 != 0) {
                        2
                    } else {
                        1
                    };
                    self.know(CodecParameters::Opus(OpusParameters::new(channels)), shared)?;
                }
                self.emit(&packet, data, samples, shared);
                Ok(())
            }
            Codec::Ac3 | Codec::Eac3 => self.ac3(codec, data, &packet, shared),
            Codec::Pcma(pcm) => self.pcm(CodecParameters::Pcma(pcm), data, &packet, shared),
            Codec::Pcmu(pcm) => self.pcm(CodecParameters::Pcmu(pcm), data, &packet, shared),
            Codec::Linear(pcm) => {
                self.pcm(CodecParameters::L16(pcm), swapped(&data), &packet, shared)
            }
        }
    }

    fn aac(
        &mut self,
        mut data: Bytes,
        packet: &Packet,
        shared: &mut Shared,
    ) -> Result<(), ParseError> {
        // No raw access unit begins with an ADTS sync word: its first element would be the end.
        if let Ok(Some(header)) = AdtsHeader::parse(&data)
            && usize::from(header.frame_len) == data.len()
        {
            count(&mut shared.counters.adts);
            if self.parameters.is_none()
                && let Ok(parameters) = AacParameters::from_adts(&data)
            {
                self.know(CodecParameters::Aac(parameters), shared)?;
            }
            data = data.slice(header.header_len().min(data.len())..);
        }
        let Some(CodecParameters::Aac(parameters)) = &self.parameters else {
            count(&mut shared.counters.before_configuration);
            return Ok(());
        };
        let config = &parameters.config;
        // With SBR a frame of the core makes more samples, in proportion.
        let core = u64::from(config.sampling_frequency.max(1));
        let samples = u64::from(config.samples_per_frame)
            .saturating_mul(u64::from(config.output_frequency()))
            / core;
        self.emit(
            packet,
            data,
            u32::try_from(samples).unwrap_or_default(),
            shared,
        );
        Ok(())
    }

    /// A tag mostly holds one MP3 frame; where it holds several, each is a frame of its own.
    fn mp3(
        &mut self,
        mut data: Bytes,
        packet: &Packet,
        shared: &mut Shared,
    ) -> Result<(), ParseError> {
        let mut first = true;
        while !data.is_empty() {
            let header = match MpegAudioHeader::parse_prefix(&data) {
                Ok(Some(header)) => header,
                // What is behind whole frames is padding or a tag of another kind.
                _ if !first => break,
                _ => return Err(ParseError::expected(0, "an MPEG audio frame")),
            };
            self.know(CodecParameters::MpegAudio(header.parameters()), shared)?;
            let len = header
                .frame_len()
                .unwrap_or(data.len())
                .min(data.len())
                .max(1);
            let frame = data.split_to(len);
            let samples = header.samples_per_frame();
            if first {
                self.emit(packet, frame, samples, shared);
            } else if let Some(clock) = &mut self.clock {
                let time = clock.stamp_next(samples);
                push_frame(self.id, time, samples, frame, shared);
            }
            first = false;
        }
        Ok(())
    }

    fn ac3(
        &mut self,
        codec: Codec,
        data: Bytes,
        packet: &Packet,
        shared: &mut Shared,
    ) -> Result<(), ParseError> {
        let read = if codec == Codec::Ac3 {
            Ac3Parameters::from_sync_frame(&data).map(CodecParameters::Ac3)
        } else {
            Eac3Parameters::from_sync_frame(&data).map(CodecParameters::Eac3)
        };
        let mut new = read.map_err(|_| ParseError::expected(0, "a sync frame of the codec"))?;
        // Frames differ in size, so that each tells another rate: the first one's stays.
        match (&mut new, &self.parameters) {
            (CodecParameters::Ac3(new), Some(CodecParameters::Ac3(old))) => {
                new.bit_rate = old.bit_rate;
            }
            (CodecParameters::Eac3(new), Some(CodecParameters::Eac3(old))) => {
                new.bit_rate = old.bit_rate;
            }
            _ => {}
        }
        self.know(new, shared)?;
        let samples = ac3_samples(&data);
        self.emit(packet, data, samples, shared);
        Ok(())
    }

    fn pcm(
        &mut self,
        parameters: CodecParameters,
        data: Bytes,
        packet: &Packet,
        shared: &mut Shared,
    ) -> Result<(), ParseError> {
        let sample_bytes = if matches!(parameters, CodecParameters::L16(_)) {
            2
        } else {
            1
        };
        let channels = usize::from(parameters.channels().unwrap_or(1).max(1));
        let samples = data.len() / sample_bytes / channels;
        self.know(parameters, shared)?;
        self.emit(
            packet,
            data,
            u32::try_from(samples).unwrap_or_default(),
            shared,
        );
        Ok(())
    }

    fn emit(&mut self, packet: &Packet, data: Bytes, samples: u32, shared: &mut Shared) {
        // An ADTS header, or half a sample, may have been all.
        if data.is_empty() {
            count(&mut shared.counters.empty);
            return;
        }
        if let Some(clock) = &mut self.clock {
            let time_ms = shared.unroll(packet.timestamp, clock.last_ms);
            let time = clock.stamp(time_ms, packet.nanoseconds, samples);
            push_frame(self.id, time, samples, data, shared);
        }
    }
}

/// Samples of all sync frames in a packet; those of other substreams lie beside, not behind, the first.
fn ac3_samples(mut data: &[u8]) -> u32 {
    let mut samples = 0u32;
    while let Ok(Some(header)) = SyncFrame::parse(data) {
        let is_main = header.substream_id == 0 && header.stream_type != Some(StreamType::Dependent);
        if is_main {
            samples = samples.saturating_add(header.samples);
        }
        data = data.get(header.len.max(1)..).unwrap_or_default();
    }
    samples
}

fn push_frame(track: TrackId, time: i64, samples: u32, data: Bytes, shared: &mut Shared) {
    let frame = Frame::new(track, time, data)
        .with_duration(samples)
        .with_keyframe(true);
    shared.events.push_back(DemuxEvent::Frame(frame));
}

/// Samples of 16 bits from little-endian to big-endian: the one copy of linear audio.
fn swapped(data: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(data.len());
    for sample in data.chunks_exact(2) {
        if let [low, high] = *sample {
            out.put_slice(&[high, low]);
        }
    }
    out.freeze()
}
