//! PLAY: from where to where, and what the client is told of it.

use std::time::{Duration, Instant};

use castline_codec::duration_to_ticks;
use castline_rtp_rtcp::{Continuity, payload::Unsupported};
use castline_rtsp_proto::{
    StatusCode,
    headers::{Range, RangeSpec, RtpInfo, RtpInfoEntry},
    server::{PlayReply, RequestId, Scope, ServerConnection, SessionId},
};
use tokio::sync::mpsc::Receiver;
use tracing::debug;

use crate::{
    client::{Client, now},
    player::{LiveFeed, Player},
    requests::{Done, Refusal},
    session::Session,
    source::Source,
    stream::Viewer,
    unit::Unit,
    vod,
};

/// A PLAY as it was asked.
pub(crate) struct Play {
    pub(crate) id: RequestId,
    pub(crate) session: SessionId,
    pub(crate) scope: Scope,
    pub(crate) range: Option<Range>,
    pub(crate) uri: String,
    /// The client's name for itself.
    pub(crate) agent: String,
}

impl Client {
    /// Plays, from where it is asked.
    pub(crate) fn play(&mut self, machine: &mut ServerConnection, play: &Play) -> Done {
        let gone = || Refusal::new(StatusCode::SESSION_NOT_FOUND, "");
        let session = self.sessions.get_mut(&play.session).ok_or_else(gone)?;
        let wanted = match &session.source {
            Source::Live(..) => None,
            Source::File(_) => wanted_range(play, session.source.duration())?,
        };
        if session.bandwidth.is_none() {
            session.bandwidth = Some(self.shared.admission.bandwidth(session.source.bit_rate())?);
        }
        let is_first = session.player.is_none();
        for outlet in &mut session.outlets {
            outlet.is_playing |=
                play.scope == Scope::Aggregate || play.scope == Scope::Track(outlet.number);
        }
        let now = now();
        let (range, start) = match session.source.clone() {
            Source::Live(stream, told) => {
                session.play_live(now, LiveFeed::new(Viewer::new(stream), told))
            }
            Source::File(movie) => {
                let config = &self.shared.config;
                let begun = session.play_file(now, wanted, |selected, wanted| {
                    vod::start(&movie, selected, wanted, config)
                });
                begun.map_err(|error| {
                    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error.to_string())
                })?
            }
        };
        session.open(&play.agent, start);
        let info = rtp_info(session, play, start);
        machine.play(
            play.id,
            PlayReply::new().with_range(range).with_rtp_info(info),
        )?;
        if is_first {
            session.tell_begin();
        }
        Ok(())
    }
}

/// Where to play from and to; `None` goes on where it paused.
pub(crate) type Wanted = Option<vod::Span>;

fn wanted_range(play: &Play, duration: Option<Duration>) -> Done<Wanted> {
    let Some(range) = &play.range else {
        return Ok(None);
    };
    let start = match (range.npt_start(), range.npt_end()) {
        (Some(start), _) => start,
        // `npt=-5`, the last seconds in other protocols, means from the beginning here.
        (None, Some(_)) => Duration::ZERO,
        (None, None) if matches!(range.spec, RangeSpec::Npt { .. }) => return Ok(None),
        (None, None) => {
            return Err(Refusal::new(
                StatusCode::INVALID_RANGE,
                "only npt and smpte ranges can be played",
            ));
        }
    };
    let end = range.npt_end();
    if duration.is_some_and(|duration| start > duration) || end.is_some_and(|end| end <= start) {
        return Err(Refusal::new(
            StatusCode::INVALID_RANGE,
            "the range is outside the presentation",
        ));
    }
    Ok(Some((start, end)))
}

/// What RTP-Info tells of each track that plays.
fn rtp_info(session: &Session, play: &Play, start: Duration) -> RtpInfo {
    let query = session.track_query.as_str();
    let whole = play.uri.split('?').next().unwrap_or_default();
    let base = if query.is_empty() { &play.uri } else { whole };
    let base = base.trim_end_matches('/');
    let base = base.rsplit_once("/trackID=").map_or(base, |(base, _)| base);
    RtpInfo::new(
        session
            .outlets
            .iter()
            .filter(|outlet| outlet.is_playing)
            .map(|outlet| {
                let sender = &outlet.sender;
                let rtptime = sender.rtp_time(session.ticks(outlet.index, start));
                let url = format!("{base}/trackID={}{query}", outlet.number);
                RtpInfoEntry::new(url, Some(sender.next_sequence_number().0), Some(rtptime))
                    .with_ssrc(sender.ssrc().0)
            }),
    )
}

impl Session {
    fn play_live(&mut self, now: Instant, feed: LiveFeed) -> (Range, Duration) {
        let (started, start) = (feed.started(), feed.entry_position().unwrap_or_default());
        self.anchor(started, Duration::ZERO);
        self.play(Player::live(feed));
        debug!(behind = ?now.saturating_duration_since(started).checked_sub(start), "joins at the last key frame");
        (Range::now(), start)
    }

    /// Plays a file as `wanted`; `begin` opens the feed and tells where it really begins.
    fn play_file<F>(
        &mut self,
        now: Instant,
        wanted: Wanted,
        begin: F,
    ) -> Result<(Range, Duration), Unsupported>
    where
        F: FnOnce(&[usize], vod::Span) -> Result<(Duration, Receiver<Unit>), Unsupported>,
    {
        let playing = self.outlets.iter().filter(|outlet| outlet.is_playing);
        let selected: Vec<usize> = playing.map(|outlet| outlet.index).collect();
        let is_read = selected.iter().all(|index| self.selected.contains(index));
        if let (None, Some(player), true) = (wanted, &mut self.player, is_read) {
            player.resume(now);
            let position = player.position(now);
            self.outlets
                .iter_mut()
                .for_each(|outlet| outlet.sender.resume(now));
            return Ok((Range::npt(position, self.range_end), position));
        }
        // A track that joins the others is read with them from where they are.
        let wanted = wanted.unwrap_or_else(|| match &self.player {
            Some(player) => (player.position(now), self.range_end),
            None => (Duration::ZERO, None),
        });
        let (start, units) = begin(&selected, wanted)?;
        self.selected = selected;
        self.range_end = wanted.1.or_else(|| self.source.duration());
        self.anchor(now, start);
        self.play(Player::file(units, now, start));
        Ok((Range::npt(start, self.range_end), start))
    }

    /// Has each track begin with what the client needs, if it begins at all: one that goes on after a pause does not.
    fn open(&mut self, agent: &str, start: Duration) {
        if !self.player.as_ref().is_some_and(Player::is_fresh) {
            return;
        }
        let ticks: Vec<i64> = self
            .outlets
            .iter()
            .map(|outlet| self.ticks(outlet.index, start))
            .collect();
        let is_sought = !start.is_zero() && matches!(self.source, Source::File(_));
        for (outlet, ticks) in self.outlets.iter_mut().zip(ticks) {
            if let Some(track) = self.source.presentation().tracks.get(outlet.index) {
                outlet.open(&track.openings, agent, ticks);
                // After a seek, libavformat takes the first frame to be where it asked for, not where the range begins.
                outlet.needs_opening |= is_sought;
            }
        }
    }

    /// Ties the tracks' RTP time to the source's time line: `position` plays at `instant`.
    fn anchor(&mut self, instant: Instant, position: Duration) {
        let ticks: Vec<i64> = self
            .outlets
            .iter()
            .map(|outlet| self.ticks(outlet.index, position))
            .collect();
        for (outlet, ticks) in self.outlets.iter_mut().zip(ticks) {
            outlet
                .sender
                .reanchor(instant, ticks, Continuity::Continuous);
        }
    }

    /// A place on the time line in ticks of a track's RTP clock.
    pub(crate) fn ticks(&self, index: usize, position: Duration) -> i64 {
        let track = self.source.presentation().tracks.get(index);
        track.map_or(0, |track| {
            duration_to_ticks(position, track.clock_rate)
                .try_into()
                .unwrap_or(i64::MAX)
        })
    }
}
