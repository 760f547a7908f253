//! A file as units: read ahead by a task of its own, as far as its client may need.

use std::{sync::Arc, time::Duration};

use castline_mp4_hint::{MediaPacket, RtpSource, RtpSourceConfig};
use castline_rtp_rtcp::payload::Unsupported;
use tokio::sync::mpsc;
use tracing::{debug, warn};

use crate::{config::Config, movie::OpenMovie, unit::Unit};

/// RTP's header, which payloads leave room for.
const RTP_HEADER_BYTES: usize = 12;
/// Frames that are read ahead at the most.
const MOST_UNITS_AHEAD: usize = 512;
/// Units a second that a file is taken to have: 25 pictures and 50 audio frames.
const UNITS_PER_SECOND: u64 = 75;

/// A place to begin and one to end.
pub(crate) type Span = (Duration, Option<Duration>);

/// Begins to read the tracks with these indices; tells where the span really begins: at a key frame.
pub(crate) fn start(
    movie: &Arc<OpenMovie>,
    selected: &[usize],
    span: Span,
    config: &Config,
) -> Result<(Duration, mpsc::Receiver<Unit>), Unsupported> {
    let mut units = UnitReader::new(Arc::clone(movie), selected, config.rtp_packet_bytes)?;
    let start = units.seek(span);
    let ahead = config.prefetch_ms.saturating_mul(UNITS_PER_SECOND) / 1000;
    let ahead = usize::try_from(ahead)
        .unwrap_or(MOST_UNITS_AHEAD)
        .clamp(1, MOST_UNITS_AHEAD);
    let (sender, receiver) = mpsc::channel(ahead);
    tokio::spawn(async move {
        while let Some(unit) = units.next().await {
            if sender.send(unit).await.is_err() {
                return;
            }
        }
    });
    Ok((start, receiver))
}

/// The units of some tracks of a file, in decoding order.
pub(crate) struct UnitReader {
    movie: Arc<OpenMovie>,
    source: RtpSource,
    /// The frame that may still get packets.
    pending: Option<Unit>,
}

impl UnitReader {
    pub(crate) fn new(
        movie: Arc<OpenMovie>,
        selected: &[usize],
        packet_bytes: usize,
    ) -> Result<Self, Unsupported> {
        let chosen = |index: &usize| movie.presentation.tracks.get(*index).map(|track| track.id);
        let ids: Vec<_> = selected.iter().filter_map(chosen).collect();
        let mut config = RtpSourceConfig::default();
        config.max_payload_len = Some(packet_bytes.saturating_sub(RTP_HEADER_BYTES));
        let source = RtpSource::new(
            Arc::clone(&movie.movie),
            &ids,
            Some(movie.file.len()),
            &config,
        )?;
        Ok(Self {
            movie,
            source,
            pending: None,
        })
    }

    /// Goes to the key frame at or before the span's beginning, and tells where that is.
    pub(crate) fn seek(&mut self, (start, end): Span) -> Duration {
        self.pending = None;
        self.source.set_end(end);
        self.source.seek(start)
    }

    /// The next unit; `None` at the end, or when the file cannot be read any more.
    pub(crate) async fn next(&mut self) -> Option<Unit> {
        loop {
            while let Some(packet) = self.source.poll_packet() {
                if let Some(unit) = self.add(packet) {
                    return Some(unit);
                }
            }
            while let Some(fault) = self.source.poll_fault() {
                debug!(?fault, "a frame is left out");
            }
            let Some(request) = self.source.poll_read() else {
                return self.pending.take();
            };
            match self.movie.file.read_at(request.offset, request.len).await {
                Ok(bytes) => self.source.handle_input(request.offset, bytes),
                Err(error) => {
                    warn!(%error, "the file cannot be read any more; check the disk");
                    return None;
                }
            }
        }
    }

    /// Takes a packet; the unit before it is complete when the packet begins a frame.
    fn add(&mut self, packet: MediaPacket) -> Option<Unit> {
        if let Some(unit) = self.pending.as_mut().filter(|_| !packet.begins_frame) {
            unit.payloads.push(packet.payload);
            return None;
        }
        let tracks = &self.movie.presentation.tracks;
        let track = tracks.iter().position(|track| track.id == packet.track)?;
        let unit = Unit {
            track,
            due: packet.due,
            keyframe: packet.is_keyframe,
            payloads: vec![packet.payload],
        };
        self.pending.replace(unit)
    }
}
