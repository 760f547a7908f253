//! The requests of RTSP: what each does to the server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use castline_core::{Path, udp::UdpOptions};
use castline_rtp_rtcp::{Continuity, Sender, SenderConfig, payload::Unsupported};
use castline_rtsp_proto::{
    SendError, StatusCode, Uri,
    headers::{MediaProperties, MediaProperty, Range, RangeSpec, RtpInfo, RtpInfoEntry},
    percent_decode,
    server::{
        Description, PlayReply, RequestId, Scope, ServerConnection, ServerEvent, SessionId,
        SetupReply, TransportOffer,
    },
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc::Receiver,
};
use tracing::{debug, info};

use crate::{
    admission::Full,
    client::{Client, Rtsp, now},
    movie::MovieError,
    outlet::{Outlet, Ports, Way},
    player::Player,
    session::Session,
    source::{Source, split_path},
    stream::Viewer,
    unit::Unit,
    vod,
};

/// Receivers that a sender remembers: one, and a few for a client that changes its name.
const UNICAST_RECEIVERS: usize = 4;

/// Why a request is refused.
struct Refusal {
    status: StatusCode,
    reason: String,
}

impl Refusal {
    fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
        }
    }
}

impl From<MovieError> for Refusal {
    fn from(error: MovieError) -> Self {
        let status = match error {
            MovieError::NotFound => StatusCode::NOT_FOUND,
            MovieError::Unreadable(_) => StatusCode::FORBIDDEN,
            MovieError::Unplayable(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        };
        Self::new(status, error.to_string())
    }
}

impl From<Full> for Refusal {
    fn from(full: Full) -> Self {
        let status = match full {
            Full::Bandwidth { .. } => StatusCode::NOT_ENOUGH_BANDWIDTH,
            Full::Connections(_) | Full::Sessions(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, full.to_string())
    }
}

impl From<SendError> for Refusal {
    fn from(error: SendError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

type Done<T = ()> = Result<T, Refusal>;

/// A PLAY as it was asked.
struct Play {
    id: RequestId,
    session: SessionId,
    scope: Scope,
    range: Option<Range>,
    uri: String,
    /// The client's name for itself.
    agent: String,
}

/// A SETUP as it was asked.
struct Setup {
    id: RequestId,
    session: Option<SessionId>,
    uri: String,
    offer: TransportOffer,
}

impl Client {
    /// Does what a request asks, or refuses it.
    pub(crate) async fn handle_request<IO>(&mut self, connection: &mut Rtsp<IO>, event: ServerEvent)
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let (id, done) = match event {
            ServerEvent::Describe { id, uri, .. } => {
                (id, self.describe(connection, id, &uri).await)
            }
            ServerEvent::Setup {
                id,
                session,
                uri,
                offers,
                ..
            } => {
                let Some(offer) = offers.first().copied() else {
                    return;
                };
                (
                    id,
                    self.set_up(
                        connection,
                        Setup {
                            id,
                            session,
                            uri,
                            offer,
                        },
                    )
                    .await,
                )
            }
            ServerEvent::Play {
                id,
                session,
                scope,
                range,
                request,
                ..
            } => {
                let uri = request.uri().to_owned();
                let agent = request.headers().get("User-Agent");
                let agent = agent
                    .map(|agent| agent.to_string_lossy().into_owned())
                    .unwrap_or_default();
                let play = Play {
                    id,
                    session,
                    scope,
                    range,
                    uri,
                    agent,
                };
                (id, self.play(connection.machine(), play))
            }
            ServerEvent::Pause { id, session, .. } => {
                if let Some(session) = self.sessions.get_mut(&session) {
                    session.pause(now());
                }
                (id, connection.machine().pause(id).map_err(Refusal::from))
            }
            ServerEvent::Teardown {
                id, session, scope, ..
            } => (
                id,
                self.tear_down(connection.machine(), (id, session), scope),
            ),
            ServerEvent::GetParameter { id, .. } | ServerEvent::SetParameter { id, .. } => (
                id,
                Err(Refusal::new(StatusCode::PARAMETER_NOT_UNDERSTOOD, "")),
            ),
            _ => return,
        };
        if let Err(Refusal { status, reason }) = done {
            info!(peer = %self.peer, status = status.as_u16(), reason, "refused");
            // A request that was answered meanwhile needs no refusal.
            let _ = connection.machine().reject(id, status, &reason);
        }
    }

    async fn describe<IO>(&mut self, connection: &mut Rtsp<IO>, id: RequestId, uri: &str) -> Done
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let path = decoded_path(uri)?;
        let (path, _) = split_path(&path);
        let shared = Arc::clone(&self.shared);
        let source = connection.drive_while(shared.find(path)).await?;
        let base = format!("{}/", uri.trim_end_matches('/'));
        let description =
            Description::new(source.presentation().sdp.clone()).with_content_base(base);
        self.described = Some((path.to_owned(), source));
        Ok(connection.machine().describe(id, description)?)
    }

    async fn set_up<IO>(&mut self, connection: &mut Rtsp<IO>, setup: Setup) -> Done
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let path = decoded_path(&setup.uri)?;
        let (path, number) = split_path(&path);
        let known = setup.session.and_then(|id| self.sessions.get(&id));
        if known.is_some_and(|session| session.path != path) {
            let reason = "the session is of another URL";
            return Err(Refusal::new(
                StatusCode::AGGREGATE_OPERATION_NOT_ALLOWED,
                reason,
            ));
        }
        let source = match (known, &self.described) {
            (Some(session), _) => session.source.clone(),
            (None, Some((described, source))) if described == path => source.clone(),
            (None, _) => {
                let shared = Arc::clone(&self.shared);
                connection.drive_while(shared.find(path)).await?
            }
        };
        let (number, index) = track_of(&source, number)?;
        let share = match known {
            Some(_) => None,
            None => Some(self.shared.admission.session()?),
        };
        let (outlet, reply) = self.outlet(&source, (number, index), setup.offer)?;
        let id = connection.machine().setup(setup.id, reply)?;
        if let Some(share) = share {
            let session = Session::new(id, path, source, self.peer, share);
            let queue_bytes = self.shared.config.client_queue_kib.saturating_mul(1024);
            self.sessions.insert(id, session.with_queue(queue_bytes));
            self.shared.owners.insert(id, self.forwards.clone());
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.outlets.retain(|outlet| outlet.number != number);
            session.outlets.push(outlet);
        }
        Ok(())
    }

    /// The way of one track to the client, and what SETUP is answered.
    fn outlet(
        &mut self,
        source: &Source,
        track: (u32, usize),
        offer: TransportOffer,
    ) -> Done<(Outlet, SetupReply)> {
        let (number, index) = track;
        let mut reply = SetupReply::new(number, offer);
        let way = match offer {
            TransportOffer::Udp { rtp, rtcp } => {
                let ports = self
                    .shared
                    .ports
                    .bind_pair(self.local, &UdpOptions::default());
                let (ours, ours_rtcp) = ports.map_err(|error| {
                    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
                })?;
                reply = reply
                    .with_server_ports(ours.local_addr().port(), ours_rtcp.local_addr().port());
                let rtp_path = Path {
                    local: ours.local_addr(),
                    remote: rtp,
                };
                let rtcp_path = Path {
                    local: ours_rtcp.local_addr(),
                    remote: rtcp,
                };
                Way::Udp(Box::new(Ports {
                    rtp: ours,
                    rtcp: ours_rtcp,
                    rtp_path,
                    rtcp_path,
                }))
            }
            _ => Way::Interleaved,
        };
        let presentation = source.presentation();
        let missing = || Refusal::new(StatusCode::NOT_FOUND, "there is no such track");
        let described = presentation.tracks.get(index).ok_or_else(missing)?;
        let (cname, clock) = (self.shared.cname.clone(), self.shared.clock);
        let mut config = SenderConfig::new(
            described.rtp.payload_type,
            described.rtp.clock_rate,
            cname,
            clock,
        );
        config.limits.receivers = UNICAST_RECEIVERS;
        config.bandwidth_bits_per_second = u32::try_from(presentation.bit_rate)
            .unwrap_or(u32::MAX)
            .max(64_000);
        let sender = Sender::new(config, self.random.seed())
            .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
        let mut reply = reply.with_ssrc(sender.ssrc().0);
        reply.media_properties = Some(media_properties(source));
        Ok((Outlet::new(number, index, sender, way), reply))
    }

    fn play(&mut self, machine: &mut ServerConnection, play: Play) -> Done {
        let gone = || Refusal::new(StatusCode::SESSION_NOT_FOUND, "");
        let session = self.sessions.get_mut(&play.session).ok_or_else(gone)?;
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
            Source::Live(stream) => session.play_live(now, Viewer::new(stream)),
            Source::File(movie) => {
                let wanted = wanted_range(&play, session.source.duration())?;
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
        let info = rtp_info(session, &play, start);
        machine.play(
            play.id,
            PlayReply::new().with_range(range).with_rtp_info(info),
        )?;
        if is_first {
            session.tell_begin();
        }
        Ok(())
    }

    fn tear_down(
        &mut self,
        machine: &mut ServerConnection,
        request: (RequestId, SessionId),
        scope: Scope,
    ) -> Done {
        let (id, session) = request;
        if let Some(session) = self.sessions.get_mut(&session) {
            match scope {
                Scope::Aggregate => session.finish(now(), machine, "the client ended it"),
                Scope::Track(number) => session.remove_track(now(), machine, number),
            }
        }
        Ok(machine.teardown(id)?)
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

/// What RTSP/2.0 clients may do with a source: seek in a file, and follow a live stream.
fn media_properties(source: &Source) -> MediaProperties {
    match source {
        Source::File(_) => MediaProperties::new([
            MediaProperty::RandomAccess(None),
            MediaProperty::Immutable,
            MediaProperty::Unlimited,
        ]),
        Source::Live(_) => MediaProperties::new([
            MediaProperty::NoSeeking,
            MediaProperty::TimeProgressing,
            MediaProperty::TimeDuration(Duration::ZERO),
        ]),
    }
}

/// What RTP-Info tells of each track that plays.
fn rtp_info(session: &Session, play: &Play, start: Duration) -> RtpInfo {
    let base = play.uri.trim_end_matches('/');
    let base = base.rsplit_once("/trackID=").map_or(base, |(base, _)| base);
    RtpInfo::new(
        session
            .outlets
            .iter()
            .filter(|outlet| outlet.is_playing)
            .map(|outlet| {
                let sender = &outlet.sender;
                let rtptime = sender.rtp_time(session.ticks(outlet.index, start));
                let url = format!("{base}/trackID={}", outlet.number);
                RtpInfoEntry::new(url, Some(sender.next_sequence_number().0), Some(rtptime))
                    .with_ssrc(sender.ssrc().0)
            }),
    )
}

/// The number and index of the track that a SETUP names; without a number, the only one there is.
fn track_of(source: &Source, number: Option<u32>) -> Done<(u32, usize)> {
    let tracks = &source.presentation().tracks;
    match (number, tracks.as_slice()) {
        (Some(number), _) => {
            let index = tracks.iter().position(|track| track.number == number);
            let missing = || Refusal::new(StatusCode::NOT_FOUND, "there is no such track");
            index.map(|index| (number, index)).ok_or_else(missing)
        }
        (None, [only]) => Ok((only.number, 0)),
        (None, _) => {
            let reason = "SETUP names the whole; name one of its tracks";
            Err(Refusal::new(
                StatusCode::AGGREGATE_OPERATION_NOT_ALLOWED,
                reason,
            ))
        }
    }
}

/// A URI's path with its query, which may stand before `trackID=`, left out, and percent signs decoded.
fn decoded_path(uri: &str) -> Done<String> {
    let malformed = |error| {
        debug!(uri, %error, "malformed URI");
        Refusal::new(StatusCode::BAD_REQUEST, "malformed URI")
    };
    let parsed = Uri::parse(uri).map_err(malformed)?;
    let mut path = percent_decode(parsed.path())
        .map_err(malformed)?
        .into_owned();
    if let Some((_, track)) = parsed
        .query()
        .and_then(|query| query.rsplit_once("/trackID="))
    {
        path.push_str("/trackID=");
        path.push_str(track);
    }
    Ok(path)
}

impl Session {
    fn play_live(&mut self, now: Instant, viewer: Viewer) -> (Range, Duration) {
        let (started, start) = (
            viewer.started(),
            viewer.entry_position().unwrap_or_default(),
        );
        self.anchor(started, Duration::ZERO);
        self.play(Player::live(viewer));
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
        if let (None, Some(player)) = (wanted, &mut self.player) {
            player.resume(now);
            let position = player.position(now);
            self.outlets
                .iter_mut()
                .for_each(|outlet| outlet.sender.resume(now));
            return Ok((Range::npt(position, self.range_end), position));
        }
        let wanted = wanted.unwrap_or((Duration::ZERO, None));
        let playing = self.outlets.iter().filter(|outlet| outlet.is_playing);
        let selected: Vec<usize> = playing.map(|outlet| outlet.index).collect();
        let (start, units) = begin(&selected, wanted)?;
        self.range_end = wanted.1.or(self.source.duration());
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
        for (outlet, ticks) in self.outlets.iter_mut().zip(ticks) {
            let track = self.source.presentation().tracks.get(outlet.index);
            outlet.opening = track
                .map(|track| track.openings.for_agent(agent).to_vec())
                .unwrap_or_default();
            outlet
                .opening
                .iter_mut()
                .for_each(|payload| payload.timestamp = ticks);
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
            castline_codec::duration_to_ticks(position, track.rtp.clock_rate)
                .try_into()
                .unwrap_or(i64::MAX)
        })
    }
}
