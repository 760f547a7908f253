//! What the description says that a player must know.

use std::time::Duration;

use castline_rtsp_proto::join_control;
use castline_sdp::{Media, NptTime, Range, SessionDescription};

/// The clock of a track whose payload type nothing explains.
const UNKNOWN_CLOCK_RATE: u32 = 90_000;
/// Spread players begin before this share of the file, so that each has something left to play.
const SPREAD_SHARE: f64 = 0.9;

/// A presentation's tracks and how long it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) tracks: Vec<DescribedTrack>,
    /// Where a file begins and ends; `None` for what is live.
    pub(super) span: Option<(Duration, Duration)>,
}

/// One media section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DescribedTrack {
    pub(super) url: String,
    pub(super) clock_rate: u32,
}

impl Description {
    /// Reads the SDP of a DESCRIBE, whose `control` attributes are relative to `base`.
    pub(super) fn parse(sdp: &[u8], base: &str) -> Result<Self, String> {
        let (session, _) = SessionDescription::parse_lenient(sdp)
            .map_err(|error| format!("the description cannot be read: {error}"))?;
        let tracks: Vec<_> = session
            .media()
            .map(|media| DescribedTrack::of(&media, base))
            .collect();
        if tracks.is_empty() {
            return Err("the description has no media".to_owned());
        }
        Ok(Self {
            tracks,
            span: session.range().and_then(span),
        })
    }

    /// Where to begin: `start` or the file's beginning, and from there on by this share of what is left.
    /// `None` for what is live: there is one place only.
    pub(super) fn start(&self, start: Option<Duration>, share: Option<f64>) -> Option<Duration> {
        let (first, last) = self.span?;
        let first = first.max(start.unwrap_or_default());
        let left = last.saturating_sub(first).as_secs_f64();
        let further = left * SPREAD_SHARE * share.unwrap_or_default();
        Some(first.saturating_add(Duration::try_from_secs_f64(further).unwrap_or_default()))
    }
}

impl DescribedTrack {
    fn of(media: &Media<'_>, base: &str) -> Self {
        let map = media
            .payload_types()
            .next()
            .and_then(|payload_type| media.rtpmap(payload_type));
        let clock_rate = map.map(|map| map.clock_rate).filter(|rate| *rate > 0);
        Self {
            url: join_control(base, media.control().unwrap_or("*")),
            clock_rate: clock_rate.unwrap_or(UNKNOWN_CLOCK_RATE),
        }
    }
}

fn span(range: Range<'_>) -> Option<(Duration, Duration)> {
    let Range::Npt {
        start,
        end: Some(NptTime::At(end)),
    } = range
    else {
        return None;
    };
    match start {
        Some(NptTime::At(start)) if start < end => Some((start, end)),
        None => Some((Duration::ZERO, end)),
        Some(NptTime::At(_) | NptTime::Now) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "rtsp://h/vod/film.mp4/";

    fn sdp(range: &str) -> String {
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n{range}m=video 0 RTP/AVP 96\r\n\
             a=rtpmap:96 H264/90000\r\na=control:trackID=1\r\nm=audio 0 RTP/AVP 0\r\n\
             a=control:rtsp://h/other\r\nm=application 0 RTP/AVP 107\r\n"
        )
    }

    fn parse(range: &str) -> Description {
        Description::parse(sdp(range).as_bytes(), BASE).unwrap()
    }

    #[test]
    fn tracks_have_their_urls_and_clocks() {
        let tracks = parse("").tracks;
        let seen: Vec<_> = tracks
            .iter()
            .map(|track| (track.url.as_str(), track.clock_rate))
            .collect();
        let base = BASE;
        assert_eq!(
            seen,
            [
                ("rtsp://h/vod/film.mp4/trackID=1", 90_000),
                ("rtsp://h/other", 8000),
                (base, 90_000)
            ]
        );
        assert!(Description::parse(b"v=0\r\ns=x\r\n", BASE).is_err());
        assert!(Description::parse(b"\xff\xfe", BASE).is_err());
    }

    #[test]
    fn a_file_has_a_span_and_live_has_none() {
        let second = Duration::from_secs;
        assert_eq!(
            parse("a=range:npt=0-10.000\r\n").span,
            Some((second(0), second(10)))
        );
        assert_eq!(
            parse("a=range:npt=2-10\r\n").span,
            Some((second(2), second(10)))
        );
        for live in [
            "",
            "a=range:npt=now-\r\n",
            "a=range:npt=0-\r\n",
            "a=range:npt=7-7\r\n",
            "a=range:clock=1-2\r\n",
        ] {
            assert_eq!(parse(live).span, None, "{live}");
        }
    }

    #[test]
    fn places_are_spread_over_nine_tenths() {
        let file = parse("a=range:npt=0-10\r\n");
        let second = Duration::from_secs;
        assert_eq!(file.start(None, None), Some(second(0)));
        assert_eq!(file.start(Some(second(4)), None), Some(second(4)));
        assert_eq!(
            file.start(None, Some(0.5)),
            Some(Duration::from_millis(4500))
        );
        assert_eq!(file.start(Some(second(5)), Some(0.0)), Some(second(5)));
        assert_eq!(
            file.start(Some(second(50)), Some(0.9)),
            Some(second(50)),
            "the server may say no"
        );
        assert_eq!(parse("").start(Some(second(4)), Some(0.5)), None);
    }
}
