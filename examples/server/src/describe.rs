//! A movie as a presentation: its tracks that can be sent, and their description.

use std::time::Duration;

use castline_mp4_hint::{Movie, rtp_tracks, sdp};
use castline_rtp_rtcp::payload::PacketizationMode;
use castline_sdp::{NptTime, Origin, Range};

use crate::movie::{MovieError, Openings, Presentation, PresentationTrack};

impl Presentation {
    /// The tracks of a file.
    pub(crate) fn of(movie: &Movie) -> Result<Self, MovieError> {
        Self::with_duration(movie, movie.play_time())
    }

    /// The tracks of a file as a live source, which has no end.
    pub(crate) fn live(movie: &Movie) -> Result<Self, MovieError> {
        Self::with_duration(movie, None)
    }

    fn with_duration(movie: &Movie, duration: Option<Duration>) -> Result<Self, MovieError> {
        let tracks: Vec<PresentationTrack> = rtp_tracks(movie)
            .into_iter()
            .filter_map(|track| {
                let codec = &movie.track(track.track)?.media.codec;
                Some(PresentationTrack {
                    number: track.track.0,
                    kind: codec.kind(),
                    rtp: track,
                    openings: Openings::of(codec),
                })
            })
            .collect();
        if tracks.is_empty() {
            return Err(MovieError::Unplayable(
                "the file has no track that can be sent by RTP".to_owned(),
            ));
        }
        let mut session =
            sdp(movie, &Origin::new(1, 1), PacketizationMode::default()).name("castline");
        if duration.is_none() {
            let live = Range::Npt {
                start: Some(NptTime::Now),
                end: None,
            };
            session = session.without_attribute("range").attribute(&live);
        }
        let sdp = session
            .build()
            .map_err(|error| MovieError::Unplayable(error.to_string()))?;
        let rates = movie
            .tracks()
            .iter()
            .filter_map(|track| track.media.bit_rate);
        let bit_rate = rates.map(u64::from).sum();
        Ok(Self {
            sdp: sdp.to_string().into(),
            tracks,
            duration,
            bit_rate,
        })
    }
}
