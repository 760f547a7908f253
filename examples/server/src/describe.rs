//! A source as a presentation: its tracks that can be sent by RTP, and their description.

use castline_codec::Track;
use castline_mp4_hint::{Movie, rtp_tracks, sdp};
use castline_rtp_rtcp::{
    media_section::{self, RtpTrack, media_section},
    payload::PacketizationMode,
};
use castline_sdp::{
    Bandwidth, Connection, NptTime, Origin, Range, SessionBuilder, SessionDescription,
};

use crate::movie::{MovieError, Openings, Presentation, PresentationTrack};

/// What a session is called.
const NAME: &str = "castline";

impl Presentation {
    /// The tracks of a file.
    pub(crate) fn of(movie: &Movie) -> Result<Self, MovieError> {
        let media = movie.tracks().iter().map(|track| &track.media);
        let media: Vec<&Track> = media.collect();
        let session = sdp(movie, &Origin::new(1, 1), PacketizationMode::default());
        let mut presentation = Self::new(&rtp_tracks(movie), &media, session)?;
        presentation.duration = movie.play_time();
        Ok(presentation)
    }

    /// The tracks of a live stream, which has no end.
    pub(crate) fn of_tracks(tracks: &[Track]) -> Result<Self, MovieError> {
        let live = Range::Npt {
            start: Some(NptTime::Now),
            end: None,
        };
        let mut session = SessionDescription::builder(&Origin::new(1, 1))
            .connection(&Connection::unicast("0.0.0.0"))
            .attribute(&live)
            .raw_attribute("control", "*");
        let sent = media_section::rtp_tracks(tracks);
        let media: Vec<&Track> = tracks.iter().collect();
        for rtp in &sent {
            let track = media.iter().find(|track| track.id == rtp.track);
            let section = track.and_then(|track| {
                let mode = PacketizationMode::default();
                let section = media_section(&track.codec, rtp.payload_type, mode).ok()?;
                let section = section.raw_attribute("control", &rtp.control);
                Some(match track.bit_rate {
                    Some(rate) => {
                        let kbps = u64::from(rate.div_ceil(1000));
                        section.bandwidth(&Bandwidth::application_specific_kbps(kbps))
                    }
                    None => section,
                })
            });
            if let Some(section) = section {
                session = session.media(section);
            }
        }
        Self::new(&sent, &media, session)
    }

    fn new(
        sent: &[RtpTrack],
        media: &[&Track],
        session: SessionBuilder,
    ) -> Result<Self, MovieError> {
        let tracks = sent.iter().filter_map(|rtp| {
            let codec = &media.iter().find(|track| track.id == rtp.track)?.codec;
            Some(PresentationTrack {
                number: rtp.track.0,
                kind: codec.kind(),
                codec: codec.name(),
                id: rtp.track,
                payload_type: rtp.payload_type,
                clock_rate: rtp.clock_rate,
                openings: Openings::of(codec),
            })
        });
        let tracks: Vec<PresentationTrack> = tracks.collect();
        if tracks.is_empty() {
            return Err(MovieError::Unplayable(
                "it has no track that can be sent by RTP".to_owned(),
            ));
        }
        let sdp = session
            .name(NAME)
            .build()
            .map_err(|error| MovieError::Unplayable(error.to_string()))?;
        let rates = media.iter().filter_map(|track| track.bit_rate);
        Ok(Self {
            sdp: sdp.to_string().into(),
            tracks,
            duration: None,
            bit_rate: rates.map(u64::from).sum(),
        })
    }
}
