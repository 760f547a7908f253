use bytes::{Buf, Bytes};
use castline_codec::{
    CodecParameters, Frame, H264Parameters, H265Parameters, LengthSize, MediaKind, Track, TrackId,
    Vp8Parameters, Vp9Parameters, annexb_to_length_prefixed,
    av1::Av1Parameters,
    h264::{RandomAccess, random_access},
};

use super::{
    DemuxEvent, Demuxer, OpaqueTrack, Packet, PacketKind, Shared,
    event::count,
    nal::{canonical, has_start_code, is_whole},
};
use crate::{
    ParseError,
    media::clock::{VIDEO_CLOCK_RATE, VideoClock},
    tag::{
        AvcPacketType, ColorInfo, EnhancedVideoHeader, FourCc, FrameType, LegacyVideoHeader, Tag,
        TagCodec, TrackData, TrackLayout, VideoCodecId, VideoContent, VideoPacketType,
    },
};

/// A configuration up to this size is remembered, to see that it only repeats.
const MAX_REMEMBERED_BYTES: usize = 16 * 1024;

/// What a picture has besides its data.
pub(super) struct Picture {
    frame_type: FrameType,
    composition_time_ms: i32,
    /// The packet has no composition time although the codec may have one (`CodedFramesX`).
    is_untimed: bool,
    /// The data together with the 3 bytes before them that were read as a composition time.
    pub(super) with_time: Option<Bytes>,
}

pub(super) fn of_legacy(
    header: LegacyVideoHeader,
    timestamp: u32,
    data: Bytes,
) -> (Packet, Picture) {
    let kind = match header.avc.map(|avc| avc.packet_type) {
        Some(AvcPacketType::SEQUENCE_HEADER) => PacketKind::Configuration,
        Some(AvcPacketType::END_OF_SEQUENCE) => PacketKind::End,
        Some(AvcPacketType::NALU) | None => PacketKind::Frame,
        Some(_) => PacketKind::Other,
    };
    let packet = Packet {
        codec: TagCodec::Video(header.codec),
        kind,
        timestamp,
        nanoseconds: 0,
        data,
    };
    let picture = Picture {
        frame_type: header.frame_type,
        composition_time_ms: header.avc.map_or(0, |avc| avc.composition_time_ms),
        is_untimed: false,
        with_time: None,
    };
    (packet, picture)
}

pub(super) fn of_enhanced(
    header: &EnhancedVideoHeader,
    timestamp: u32,
    track: TrackData,
) -> (Packet, Picture) {
    let kind = match header.packet_type {
        VideoPacketType::SEQUENCE_START => PacketKind::Configuration,
        VideoPacketType::CODED_FRAMES | VideoPacketType::CODED_FRAMES_X => PacketKind::Frame,
        VideoPacketType::SEQUENCE_END => PacketKind::End,
        VideoPacketType::METADATA => PacketKind::Metadata,
        _ => PacketKind::Other,
    };
    let packet = Packet {
        codec: TagCodec::FourCc(track.four_cc),
        kind,
        timestamp,
        nanoseconds: header.timestamp_offset_nanoseconds(),
        data: track.data,
    };
    let picture = Picture {
        frame_type: header.frame_type,
        composition_time_ms: track.composition_time_ms,
        is_untimed: header.packet_type == VideoPacketType::CODED_FRAMES_X,
        with_time: None,
    };
    (packet, picture)
}

/// See [`Picture::with_time`]: of the default track alone, whose tag came in one piece.
pub(super) fn with_time(header: &EnhancedVideoHeader, tag: &Tag, rest: &Bytes) -> Option<Bytes> {
    let VideoContent::Tracks { layout, .. } = header.content else {
        return None;
    };
    let TrackLayout::Single(four_cc) = layout else {
        return None;
    };
    let is_timed = header.packet_type == VideoPacketType::CODED_FRAMES;
    if !is_timed || !four_cc.has_composition_time() || !tag.header.is_empty() {
        return None;
    }
    let start = tag.payload.len().checked_sub(rest.len())?.checked_sub(3)?;
    Some(tag.payload.slice(start..))
}

/// The codecs of video that make frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    H264,
    H265,
    Av1,
    Vp8,
    Vp9,
}

impl Codec {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "all other codecs make no frames"
    )]
    fn of(codec: TagCodec) -> Option<Self> {
        Some(match codec {
            TagCodec::Video(VideoCodecId::AVC) | TagCodec::FourCc(FourCc::AVC1) => Self::H264,
            TagCodec::Video(VideoCodecId::HEVC) | TagCodec::FourCc(FourCc::HVC1) => Self::H265,
            TagCodec::Video(VideoCodecId::AV1) | TagCodec::FourCc(FourCc::AV01) => Self::Av1,
            TagCodec::FourCc(FourCc::VP08) => Self::Vp8,
            TagCodec::FourCc(FourCc::VP09) => Self::Vp9,
            _ => return None,
        })
    }
}

/// One video track.
#[derive(Debug)]
pub(super) struct VideoTrack {
    id: TrackId,
    carried: Option<TagCodec>,
    parameters: Option<CodecParameters>,
    length_size: LengthSize,
    /// The last configuration as it came.
    configuration: Bytes,
    announced: Option<Track>,
    /// The bitstream itself showed a keyframe, so that it is to be trusted more than the tags' flags.
    shows_keyframes: bool,
    clock: VideoClock,
}

impl VideoTrack {
    pub(super) fn new(track_index: u8) -> Self {
        Self {
            id: Demuxer::video_track_id(track_index),
            carried: None,
            parameters: None,
            length_size: LengthSize::Four,
            configuration: Bytes::new(),
            announced: None,
            shows_keyframes: false,
            clock: VideoClock::default(),
        }
    }

    pub(super) fn take(
        &mut self,
        packet: Packet,
        picture: Picture,
        shared: &mut Shared,
    ) -> Result<(), ParseError> {
        if packet.kind == PacketKind::Metadata {
            return self.metadata(&packet.data, shared);
        }
        let codec = Codec::of(packet.codec);
        if self.carried != Some(packet.codec) {
            self.begin(packet.codec, codec.is_none(), shared);
        }
        let Some(codec) = codec else { return Ok(()) };
        match packet.kind {
            PacketKind::Configuration => self.configure(codec, packet.data, shared),
            PacketKind::Frame => self.picture(codec, packet, picture, shared),
            PacketKind::End => {
                if self.announced.is_some() {
                    shared.events.push_back(DemuxEvent::EndOfSequence(self.id));
                }
                Ok(())
            }
            PacketKind::Metadata | PacketKind::Other => Ok(()),
        }
    }

    /// Another codec than before: nothing of the old one holds any more.
    fn begin(&mut self, carried: TagCodec, is_opaque: bool, shared: &mut Shared) {
        self.carried = Some(carried);
        self.parameters = None;
        self.length_size = LengthSize::Four;
        self.configuration = Bytes::new();
        self.shows_keyframes = false;
        if is_opaque {
            shared.events.push_back(DemuxEvent::Opaque(OpaqueTrack {
                track: self.id,
                kind: MediaKind::Video,
                codec: carried,
            }));
        }
    }

    fn metadata(&self, data: &[u8], shared: &mut Shared) -> Result<(), ParseError> {
        if let Some(info) = ColorInfo::parse(data)? {
            shared
                .events
                .push_back(DemuxEvent::ColorInfo(self.id, info));
        }
        Ok(())
    }

    fn configure(
        &mut self,
        codec: Codec,
        data: Bytes,
        shared: &mut Shared,
    ) -> Result<(), ParseError> {
        if data.is_empty() {
            count(&mut shared.counters.empty);
            return Ok(());
        }
        if self.configuration == data {
            return Ok(());
        }
        let parameters = match codec {
            Codec::H264 => self.configure_h264(&data, shared),
            Codec::H265 => self.configure_h265(&data, shared),
            Codec::Av1 => Av1Parameters::from_av1c(&data)
                .map(CodecParameters::Av1)
                .ok(),
            Codec::Vp8 => Some(CodecParameters::Vp8(Vp8Parameters::default())),
            Codec::Vp9 => vp9_parameters(&data).map(CodecParameters::Vp9),
        };
        let Some(parameters) = parameters else {
            return Err(ParseError::expected(0, "a decoder configuration record"));
        };
        if data.len() <= MAX_REMEMBERED_BYTES {
            self.configuration = Bytes::copy_from_slice(&data);
        }
        self.parameters = Some(self.with_known_size(parameters));
        self.announce(shared);
        Ok(())
    }

    /// Configurations of VP8 and VP9 do not tell the size: what a keyframe told stays until the next.
    fn with_known_size(&self, new: CodecParameters) -> CodecParameters {
        match (new, &self.parameters) {
            (CodecParameters::Vp8(_), Some(CodecParameters::Vp8(old))) => {
                CodecParameters::Vp8(*old)
            }
            (CodecParameters::Vp9(mut new), Some(CodecParameters::Vp9(old))) => {
                new.size = old.size;
                CodecParameters::Vp9(new)
            }
            (new, _) => new,
        }
    }

    fn configure_h264(&mut self, data: &Bytes, shared: &mut Shared) -> Option<CodecParameters> {
        if let Ok((parameters, length_size)) = H264Parameters::from_avcc(data) {
            self.length_size = length_size;
            return Some(CodecParameters::H264(parameters));
        }
        let units = self.annex_b_configuration(data, shared)?;
        let parameters = H264Parameters::from_access_unit(&units).ok()?;
        parameters.map(CodecParameters::H264)
    }

    fn configure_h265(&mut self, data: &Bytes, shared: &mut Shared) -> Option<CodecParameters> {
        // Early betas of OBS 29.1 wrote a composition time in front of the record.
        let shifted = data
            .get(3..)
            .filter(|record| data.starts_with(&[0, 0, 0]) && record.first() == Some(&1));
        for (record, is_mended) in [(shifted, true), (Some(&**data), false)] {
            let parsed = record.and_then(|record| H265Parameters::from_hvcc(record).ok());
            if let Some((parameters, length_size)) = parsed {
                self.length_size = length_size;
                if is_mended {
                    count(&mut shared.counters.composition_time_mended);
                }
                return Some(CodecParameters::H265(parameters));
            }
        }
        let units = self.annex_b_configuration(data, shared)?;
        let parameters = H265Parameters::from_access_unit(&units).ok()?;
        parameters.map(CodecParameters::H265)
    }

    /// Some encoders put the parameter sets there as they are, with start codes.
    fn annex_b_configuration(&mut self, data: &Bytes, shared: &mut Shared) -> Option<Bytes> {
        if !has_start_code(data) {
            return None;
        }
        count(&mut shared.counters.annex_b);
        self.length_size = LengthSize::Four;
        Some(annexb_to_length_prefixed(data))
    }

    fn picture(
        &mut self,
        codec: Codec,
        packet: Packet,
        mut picture: Picture,
        shared: &mut Shared,
    ) -> Result<(), ParseError> {
        if packet.data.is_empty() {
            count(&mut shared.counters.empty);
            return Ok(());
        }
        let data = match codec {
            Codec::H264 | Codec::H265 => {
                let data = self.mend_composition_time(packet.data, &mut picture, shared);
                canonical(data, self.length_size, &mut shared.counters)
                    .ok_or_else(|| ParseError::expected(0, "whole NAL units"))?
            }
            Codec::Av1 | Codec::Vp8 | Codec::Vp9 => packet.data,
        };
        let changed = self.learn(codec, &data, shared)?;
        let Some(parameters) = self.parameters.as_ref().filter(|known| is_complete(known)) else {
            count(&mut shared.counters.before_configuration);
            return Ok(());
        };
        let shown = parameters.is_keyframe(&data);
        let keyframe = shown || self.trusts_flag(&data) && picture.frame_type.is_keyframe();
        self.shows_keyframes |= shown;
        if changed {
            self.announce(shared);
        }
        let time_ms = shared.unroll(packet.timestamp, self.clock.last_ms);
        let (pts, dts) = self
            .clock
            .stamp(time_ms, packet.nanoseconds, picture.composition_time_ms);
        let frame = Frame::new(self.id, pts, data)
            .with_dts(dts)
            .with_keyframe(keyframe);
        shared.events.push_back(DemuxEvent::Frame(frame));
        Ok(())
    }

    /// The tag's word that this is a keyframe counts as long as the bitstream has shown none itself, and
    /// where H.264 has a recovery point (periodic intra refresh has nothing better).
    fn trusts_flag(&self, data: &[u8]) -> bool {
        let is_h264 = matches!(self.parameters, Some(CodecParameters::H264(_)));
        let recovers = || matches!(random_access(data), RandomAccess::RecoveryPoint(_));
        !self.shows_keyframes || is_h264 && recovers()
    }

    /// Takes over the parameter sets in the picture; from them alone where no configuration came. Says
    /// whether that is news.
    fn learn(
        &mut self,
        codec: Codec,
        data: &[u8],
        shared: &mut Shared,
    ) -> Result<bool, ParseError> {
        let result = match &mut self.parameters {
            Some(parameters) => parameters.update_from(data),
            None => found_in(codec, data).map(|found| {
                self.parameters = found;
                self.parameters.is_some()
            }),
        };
        match (result, codec) {
            (Ok(changed), _) => Ok(changed),
            // The units are whole, and what is known may well do: a decoder shall judge.
            (Err(_), Codec::H264 | Codec::H265) => {
                count(&mut shared.counters.malformed);
                Ok(false)
            }
            (Err(error), Codec::Av1 | Codec::Vp8 | Codec::Vp9) => {
                let expected = "a frame of the track's codec";
                Err(ParseError::expected(error.offset(), expected))
            }
        }
    }

    /// Early betas of OBS 29.1 wrote `CodedFrames` of H.265 without a composition time, and
    /// `CodedFramesX` with one. Only where the NAL units fit exactly one reading is it taken.
    fn mend_composition_time(
        &self,
        data: Bytes,
        picture: &mut Picture,
        shared: &mut Shared,
    ) -> Bytes {
        let may_be = picture.is_untimed || picture.with_time.is_some();
        if !may_be || is_whole(&data, self.length_size) || has_start_code(&data) {
            return data;
        }
        if let Some(with_time) = picture.with_time.take()
            && is_whole(&with_time, self.length_size)
        {
            count(&mut shared.counters.composition_time_mended);
            picture.composition_time_ms = 0;
            return with_time;
        }
        let mut behind = data.clone();
        if picture.is_untimed && data.len() > 3 {
            let time = behind.split_to(3);
            if is_whole(&behind, self.length_size) {
                count(&mut shared.counters.composition_time_mended);
                picture.composition_time_ms =
                    i32::try_from((&*time).get_int(3)).unwrap_or_default();
                return behind;
            }
        }
        data
    }

    fn announce(&mut self, shared: &mut Shared) {
        let known = self.parameters.as_ref().filter(|known| is_complete(known));
        if let Some(parameters) = known {
            let track = Track::new(self.id, parameters.clone(), VIDEO_CLOCK_RATE);
            shared.announce(&mut self.announced, track);
        }
    }
}

/// The parameters that a frame itself tells.
fn found_in(
    codec: Codec,
    data: &[u8],
) -> Result<Option<CodecParameters>, castline_codec::ParseError> {
    Ok(match codec {
        Codec::H264 => H264Parameters::from_access_unit(data)?.map(CodecParameters::H264),
        Codec::H265 => H265Parameters::from_access_unit(data)?.map(CodecParameters::H265),
        Codec::Av1 => Av1Parameters::from_temporal_unit(data)?.map(CodecParameters::Av1),
        Codec::Vp8 => Vp8Parameters::from_keyframe(data)
            .ok()
            .map(CodecParameters::Vp8),
        Codec::Vp9 => Vp9Parameters::from_keyframe(data)
            .ok()
            .map(CodecParameters::Vp9),
    })
}

/// Enough is known to say the track: VP8 and VP9 tell their size with the first keyframe, AV1 may leave
/// its sequence header to it.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the others are complete from the start"
)]
const fn is_complete(parameters: &CodecParameters) -> bool {
    match parameters {
        CodecParameters::Vp8(known) => known.width > 0,
        CodecParameters::Vp9(known) => known.size.is_some(),
        CodecParameters::Av1(known) => known.sequence.is_some(),
        _ => true,
    }
}

/// The record as Enhanced RTMP has it, or with the version and flags of the MP4 box in front.
fn vp9_parameters(data: &[u8]) -> Option<Vp9Parameters> {
    // As a record alone, a box would have profile 1 and a bit depth of 0.
    if data.starts_with(&[1, 0, 0, 0]) {
        return Vp9Parameters::from_vpcc(data).ok();
    }
    let mut boxed = [0; 12];
    let (head, record) = boxed.split_at_mut(4);
    head.copy_from_slice(&[1, 0, 0, 0]);
    record.copy_from_slice(data.get(..8)?);
    Vp9Parameters::from_vpcc(&boxed).ok()
}
