//! One session: its tracks, its state, its time.

use std::time::{Duration, Instant};

use smallvec::SmallVec;

use super::{Scope, SessionId, TransportOffer};
use crate::session::{after, path_of};
use crate::{ChannelKind, Version};

/// How the packets of a track travel, as SETUP agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackTransport {
    /// The channels, or the addresses of the client.
    pub offer: TransportOffer,
    /// Our own ports for RTP and RTCP (UDP).
    pub server_ports: Option<(u16, u16)>,
    /// The source of our RTP, where the application told it.
    pub ssrc: Option<u32>,
}

#[derive(Debug)]
pub(super) struct Track {
    pub(super) number: u32,
    /// The path of its control URI.
    pub(super) path: String,
    pub(super) transport: TrackTransport,
    pub(super) is_playing: bool,
}

impl Track {
    /// The flow that an interleaved channel carries, if it is of this track.
    fn kind_of(&self, channel: u8) -> Option<ChannelKind> {
        match self.transport.offer {
            TransportOffer::Interleaved { rtp, .. } if rtp == channel => Some(ChannelKind::Rtp),
            TransportOffer::Interleaved { rtcp, .. } if rtcp == channel => Some(ChannelKind::Rtcp),
            TransportOffer::Interleaved { .. } | TransportOffer::Udp { .. } => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    /// The version of the SETUP that made it: decides which requests of ours the client understands.
    pub(super) version: Version,
    /// The URI of all its tracks together, for requests of ours.
    pub(super) uri: String,
    /// The client's own name for it (RFC 7826 §18.33).
    pub(super) pipelined: Option<u32>,
    /// CSeq of the last PLAY.
    pub(super) play_cseq: Option<u32>,
    pub(super) tracks: SmallVec<[Track; 2]>,
    /// When it is over unless something is heard.
    pub(super) deadline: Instant,
}

impl Session {
    pub(super) fn track(&self, number: u32) -> Option<&Track> {
        self.tracks.iter().find(|track| track.number == number)
    }

    pub(super) fn track_at(&self, path: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.path == path)
    }

    pub(super) fn flow_of(&self, channel: u8) -> Option<(u32, ChannelKind)> {
        self.tracks
            .iter()
            .find_map(|track| track.kind_of(channel).map(|kind| (track.number, kind)))
    }

    /// True when the end of the connection is the end of the session.
    pub(super) fn is_interleaved(&self) -> bool {
        self.tracks
            .iter()
            .any(|track| track.transport.offer.is_interleaved())
    }

    /// What a request URI means in this session; `None` when it names something else.
    ///
    /// Everything at or above the tracks' common parent is the whole: clients play the URI that they described,
    /// the Content-Base, or the aggregate `control`, and these need not be equal.
    pub(super) fn scope_of(&self, uri: &str) -> Option<Scope> {
        let path = path_of(uri);
        if let Some(track) = self.track_at(&path) {
            let is_only_one = self.tracks.len() == 1;
            return Some(if is_only_one {
                Scope::Aggregate
            } else {
                Scope::Track(track.number)
            });
        }
        // A query stands behind the track in one URI, and behind the whole in the other.
        let whole = path.split_once('?');
        let whole = whole.map(|(whole, _)| whole.trim_end_matches('/'));
        let is_above = |track: &Track| {
            let rest = track.path.strip_prefix(&*path);
            let below = whole.and_then(|whole| track.path.strip_prefix(whole));
            rest.is_some_and(|rest| rest.starts_with(['/', '?']))
                || below.is_some_and(|below| below.starts_with('/'))
        };
        (path == "*" || self.tracks.iter().any(is_above)).then_some(Scope::Aggregate)
    }

    /// Sets the state of what `scope` names.
    pub(super) fn set_playing(&mut self, scope: Scope, is_playing: bool) {
        for track in self
            .tracks
            .iter_mut()
            .filter(|track| contains(scope, track.number))
        {
            track.is_playing = is_playing;
        }
    }

    pub(super) fn keep_alive(&mut self, now: Instant, timeout: Duration) {
        self.deadline = self.deadline.max(after(now, timeout));
    }
}

pub(super) fn contains(scope: Scope, number: u32) -> bool {
    scope == Scope::Aggregate || scope == Scope::Track(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use castline_core::Random;

    fn session(paths: &[&str]) -> Session {
        let transport = |rtp| TrackTransport {
            offer: TransportOffer::Interleaved { rtp, rtcp: rtp + 1 },
            server_ports: None,
            ssrc: None,
        };
        let track = |(number, path): (usize, &&str)| Track {
            number: number as u32,
            path: (*path).to_owned(),
            transport: transport(number as u8 * 2),
            is_playing: false,
        };
        Session {
            id: SessionId::new(&mut Random::new([0; 32])),
            version: Version::V1_0,
            uri: String::new(),
            pipelined: None,
            play_cseq: None,
            tracks: paths.iter().enumerate().map(track).collect(),
            #[allow(clippy::disallowed_methods, reason = "a test may read the clock")]
            deadline: Instant::now(),
        }
    }

    #[test]
    fn uris_name_a_track_or_all() {
        let session = session(&["/vod/a.mp4/trackID=1", "/vod/a.mp4/trackID=2"]);
        let scope = |uri| session.scope_of(uri);
        assert_eq!(scope("rtsp://h/vod/a.mp4/trackID=2"), Some(Scope::Track(1)));
        for whole in [
            "rtsp://h/vod/a.mp4",
            "rtsp://other:1/vod/a.mp4/",
            "*",
            "rtsp://h",
            "/vod/a.mp4",
        ] {
            assert_eq!(scope(whole), Some(Scope::Aggregate), "{whole}");
        }
        for other in [
            "rtsp://h/vod/b.mp4",
            "rtsp://h/vod/a.mp4/trackID=3",
            "rtsp://h/vod/a.mp",
            "x",
        ] {
            assert_eq!(scope(other), None, "{other}");
        }
    }

    #[test]
    fn quirk_a_query_before_the_track() {
        let session = session(&["/cam?user=x/trackID=1"]);
        assert_eq!(
            session.scope_of("rtsp://h/cam?user=x/"),
            Some(Scope::Aggregate)
        );
        assert_eq!(session.scope_of("rtsp://h/cam"), Some(Scope::Aggregate));
        assert_eq!(
            session.scope_of("rtsp://h/cam?user=x/trackID=1"),
            Some(Scope::Aggregate)
        );
    }

    #[test]
    fn quirk_a_query_behind_the_track() {
        let session = session(&["/cam/trackID=1?user=x", "/cam/trackID=2?user=x"]);
        let scope = |uri| session.scope_of(uri);
        for whole in [
            "rtsp://h/cam/",
            "rtsp://h/cam?user=x",
            "rtsp://h/cam/?user=x",
        ] {
            assert_eq!(scope(whole), Some(Scope::Aggregate), "{whole}");
        }
        let second = "rtsp://h/cam/trackID=2?user=x";
        assert_eq!(scope(second), Some(Scope::Track(1)));
        for other in ["rtsp://h/ca?user=x", "rtsp://h/cam/trackID=3?user=x"] {
            assert_eq!(scope(other), None, "{other}");
        }
    }

    #[test]
    fn channels_name_flows() {
        let session = session(&["/a/1", "/a/2"]);
        assert_eq!(session.flow_of(2), Some((1, ChannelKind::Rtp)));
        assert_eq!(session.flow_of(1), Some((0, ChannelKind::Rtcp)));
        assert_eq!(session.flow_of(4), None);
    }
}
