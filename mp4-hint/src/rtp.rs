//! A movie as RTP payloads, made on demand.

use alloc::{collections::VecDeque, sync::Arc, vec::Vec};
use core::{num::NonZeroU32, time::Duration};

use bytes::Bytes;
use castline_codec::{Frame, TrackId, rescale, ticks_to_duration};
use castline_rtp_rtcp::{
    media_section::rtp_clock_rate,
    payload::{
        AnyPacketizer, PacketizationMode, PacketizeError, Packetizer, Payload, Settings,
        Unsupported, packetizer,
    },
};

use crate::{
    FrameReader, FrameReaderConfig, Movie, ReadRequest, SampleFault,
    movie::{NANOS, nanos},
};

/// How many faults are kept until they are polled.
const KEPT_FAULTS: usize = 16;

/// How an [`RtpSource`] reads and cuts.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RtpSourceConfig {
    /// How the file is read.
    pub frames: FrameReaderConfig,
    /// The most bytes of an RTP payload; `None`: what the packetizers take for right, 1400.
    pub max_payload_len: Option<usize>,
    /// Of H.264 and H.265: may units be aggregated and fragmented.
    pub packetization_mode: PacketizationMode,
    /// Whether parameter sets are left to the SDP alone. They are repeated before each keyframe otherwise.
    pub parameter_sets_out_of_band: bool,
}

/// Reads a movie and cuts its frames into RTP payloads, as they are polled.
///
/// Sans-IO, as [`FrameReader`]. Payloads have all that viewers have in common; sequence numbers and
/// timestamp offsets are the sender's.
///
/// All times here are normal play time (NPT), which begins with the movie's first presentation:
/// [`Movie::lead`] is added to the times of the file, alike for all tracks. So neither an RTP timestamp nor a
/// position lies before 0, and sound and picture keep their distance.
#[derive(Debug)]
pub struct RtpSource {
    frames: FrameReader,
    /// The movie's lead in nanoseconds: what lies between a time of the file and its NPT.
    lead: i64,
    tracks: Vec<TrackSource>,
    /// The track whose frame is being cut, and that frame's facts.
    current: Option<(usize, FrameFacts)>,
    faults: VecDeque<RtpFault>,
    is_flushed: bool,
}

#[derive(Debug)]
struct TrackSource {
    id: TrackId,
    /// The movie's lead in ticks of the RTP clock, as a track's own clock may be as coarse as its pictures.
    lead: i64,
    /// Of the frames' times.
    track_rate: NonZeroU32,
    /// Of the RTP timestamps.
    rtp_rate: NonZeroU32,
    packetizer: AnyPacketizer,
}

#[derive(Debug, Clone, Copy)]
struct FrameFacts {
    due: Duration,
    is_keyframe: bool,
    is_first: bool,
}

/// One packet to be sent.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaPacket {
    /// The track it belongs to.
    pub track: TrackId,
    /// What follows the RTP header; its timestamp counts from NPT 0, the movie's first presentation.
    pub payload: Payload,
    /// When it is to be sent, in NPT: its frame's decoding time; 0 for what is decoded before the movie
    /// begins, as pictures are whose order changes.
    pub due: Duration,
    /// It belongs to a frame at which decoding can begin.
    pub is_keyframe: bool,
    /// It is the first packet of its frame.
    pub begins_frame: bool,
}

/// What could not be sent.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RtpFault {
    /// The file does not hold the sample.
    Sample(SampleFault),
    /// The payload format does not take the frame.
    Frame {
        /// The track.
        track: TrackId,
        /// The frame's presentation time in the file, in ticks of the track's clock.
        pts: i64,
        /// Why.
        error: PacketizeError,
    },
}

impl RtpSource {
    /// Sends the tracks with these ids; unknown ones are left out.
    ///
    /// # Errors
    /// A track's codec has no payload format; see [`rtp_tracks`](crate::rtp_tracks) for those that have.
    pub fn new(
        movie: Arc<Movie>,
        tracks: &[TrackId],
        file_len: Option<u64>,
        config: &RtpSourceConfig,
    ) -> Result<Self, Unsupported> {
        let lead = nanos(movie.lead());
        let frames = FrameReader::new(movie, tracks, file_len, config.frames.clone());
        let tracks = frames.tracks().map(|track| {
            let codec = &track.media.codec;
            let mut settings = Settings::new(track.media.clock_rate);
            settings.max_frame_len = config.frames.sample_bytes;
            settings.max_payload_len = config.max_payload_len.unwrap_or(settings.max_payload_len);
            settings.packetization_mode = config.packetization_mode;
            settings.parameter_sets_in_band = !config.parameter_sets_out_of_band;
            let rtp_rate = rtp_clock_rate(codec).ok_or_else(|| Unsupported::Codec(codec.name()))?;
            Ok(TrackSource {
                id: track.media.id,
                lead: rescale(lead, NANOS, rtp_rate),
                track_rate: track.media.clock_rate,
                rtp_rate,
                packetizer: packetizer(codec, &settings)?,
            })
        });
        let tracks = tracks.collect::<Result<_, _>>()?;
        Ok(Self {
            frames,
            lead,
            tracks,
            current: None,
            faults: VecDeque::new(),
            is_flushed: false,
        })
    }

    /// The bytes that are wanted next; the same until they are given. `None` when enough is read ahead.
    pub fn poll_read(&mut self) -> Option<ReadRequest> {
        self.frames.poll_read()
    }

    /// Takes bytes of the file that lie at `offset`.
    pub fn handle_input(&mut self, offset: u64, bytes: Bytes) {
        self.frames.handle_input(offset, bytes);
    }

    /// The next packet, in the order of decoding over all tracks, when its bytes are there.
    pub fn poll_packet(&mut self) -> Option<MediaPacket> {
        loop {
            if let Some(packet) = self.next_of_frame() {
                return Some(packet);
            }
            match self.frames.poll_frame() {
                Some(frame) => self.push(frame),
                None if self.frames.is_finished() => return self.flush(),
                None => return None,
            }
        }
    }

    /// All packets were polled, up to the end of the file or of the range.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.current.is_none() && self.is_flushed && self.frames.is_finished()
    }

    /// Goes to the last keyframe at or before `npt`: see [`FrameReader::seek`]. Gives the position that was
    /// found, never behind `npt`, and 0 when everything is sent; [`rtp_time`](Self::rtp_time) of it goes
    /// into RTP-Info.
    pub fn seek(&mut self, npt: Duration) -> Duration {
        self.current = None;
        self.is_flushed = false;
        for track in &mut self.tracks {
            track.packetizer.flush();
            while track.packetizer.poll_packet().is_some() {}
        }
        let start = self.frames.seek_to(nanos(npt).saturating_sub(self.lead));
        play_time(start, self.lead)
    }

    /// Ends at `npt`, or with `None` at the end of the file: see [`FrameReader::set_end`].
    pub fn set_end(&mut self, npt: Option<Duration>) {
        self.frames
            .end_at(npt.map(|npt| nanos(npt).saturating_sub(self.lead)));
    }

    /// The RTP timestamp of a point in normal play time, before the sender's random offset and not yet
    /// wrapped to 32 bits.
    #[must_use]
    pub fn rtp_time(&self, track: TrackId, npt: Duration) -> Option<i64> {
        let track = self.tracks.iter().find(|source| source.id == track)?;
        Some(rescale(nanos(npt), NANOS, track.rtp_rate))
    }

    /// The point in normal play time of an RTP timestamp; 0 for what comes before the beginning.
    #[must_use]
    pub fn npt(&self, track: TrackId, rtp_time: i64) -> Option<Duration> {
        let track = self.tracks.iter().find(|source| source.id == track)?;
        let ticks = u64::try_from(rtp_time).unwrap_or(0);
        Some(ticks_to_duration(ticks, track.rtp_rate))
    }

    /// When the next packet is to be sent, in NPT, if that is known: also before its bytes are there.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        if let Some((_, facts)) = &self.current {
            return Some(facts.due);
        }
        let (id, dts) = self.frames.next_dts()?;
        let track = self.tracks.iter().find(|source| source.id == id)?;
        Some(track.due(dts, self.lead))
    }

    /// The reader behind: the movie, what is buffered, how many samples were unusable.
    #[must_use]
    pub const fn frames(&self) -> &FrameReader {
        &self.frames
    }

    /// What could not be sent, oldest first. At most 16 of each kind are kept unpolled.
    pub fn poll_fault(&mut self) -> Option<RtpFault> {
        let sample = self.frames.poll_fault().map(RtpFault::Sample);
        sample.or_else(|| self.faults.pop_front())
    }

    fn next_of_frame(&mut self) -> Option<MediaPacket> {
        let (number, facts) = self.current.as_mut()?;
        let source = self.tracks.get_mut(*number)?;
        let Some(payload) = source.poll_packet() else {
            self.current = None;
            return None;
        };
        let begins_frame = core::mem::replace(&mut facts.is_first, false);
        Some(MediaPacket {
            track: source.id,
            payload,
            due: facts.due,
            is_keyframe: facts.is_keyframe,
            begins_frame,
        })
    }

    fn push(&mut self, frame: Frame) {
        let Some(number) = self
            .tracks
            .iter()
            .position(|source| source.id == frame.track)
        else {
            return;
        };
        let Some(source) = self.tracks.get_mut(number) else {
            return;
        };
        match source.packetizer.push(&frame) {
            Ok(()) => {
                let facts = FrameFacts {
                    due: source.due(frame.dts, self.lead),
                    is_keyframe: frame.keyframe,
                    is_first: true,
                };
                self.current = Some((number, facts));
            }
            Err(error) if self.faults.len() < KEPT_FAULTS => {
                self.faults.push_back(RtpFault::Frame {
                    track: frame.track,
                    pts: frame.pts,
                    error,
                });
            }
            Err(_) => {}
        }
    }

    /// Lets out what packetizers hold back, one packet at a time.
    fn flush(&mut self) -> Option<MediaPacket> {
        for source in &mut self.tracks {
            source.packetizer.flush();
            if let Some(payload) = source.poll_packet() {
                let ticks = u64::try_from(payload.timestamp).unwrap_or(0);
                return Some(MediaPacket {
                    track: source.id,
                    due: ticks_to_duration(ticks, source.rtp_rate),
                    payload,
                    is_keyframe: true,
                    begins_frame: true,
                });
            }
        }
        self.is_flushed = true;
        None
    }
}

impl TrackSource {
    fn poll_packet(&mut self) -> Option<Payload> {
        let mut payload = self.packetizer.poll_packet()?;
        payload.timestamp = payload.timestamp.saturating_add(self.lead);
        Some(payload)
    }

    fn due(&self, dts: i64, lead: i64) -> Duration {
        play_time(rescale(dts, self.track_rate, NANOS), lead)
    }
}

/// The NPT of a time of the file, both in nanoseconds.
fn play_time(time: i64, lead: i64) -> Duration {
    Duration::from_nanos(u64::try_from(time.saturating_add(lead)).unwrap_or(0))
}
