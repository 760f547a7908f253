//! The requests of RTSP: what each does to the server.

use std::{net::IpAddr, time::Duration};

use castline_core::{Path, udp::UdpOptions};
use castline_rtp_rtcp::{Sender, SenderConfig};
use castline_rtsp_proto::{
    SendError, StatusCode,
    headers::{MediaProperties, MediaProperty},
    server::{
        RequestId, Scope, ServerConnection, ServerEvent, SessionId, SetupReply, TransportOffer,
    },
};
use tokio::io::{AsyncRead, AsyncWrite};
use tracing::info;

use crate::{
    admission::Full,
    asked::Asked,
    client::{Client, Rtsp, now},
    movie::MovieError,
    outlet::{Outlet, Ports, Way},
    play::Play,
    session::Session,
    source::Source,
};

/// Receivers that a sender remembers: one, and a few for a client that changes its name.
const UNICAST_RECEIVERS: usize = 4;

/// Why a request is refused.
pub(crate) struct Refusal {
    status: StatusCode,
    reason: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, reason: impl Into<String>) -> Self {
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

pub(crate) type Done<T = ()> = Result<T, Refusal>;

/// A SETUP as it was asked.
struct Setup {
    id: RequestId,
    session: Option<SessionId>,
    uri: String,
    offer: TransportOffer,
}

impl Client {
    /// Does what a request asks, or refuses it.
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the other requests have a place of their own"
    )]
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
            other => match self.handle_control(connection.machine(), other) {
                Some(answered) => answered,
                None => return,
            },
        };
        if let Err(Refusal { status, reason }) = done {
            info!(peer = %self.peer, status = status.as_u16(), reason, "refused");
            // A request that was answered meanwhile needs no refusal.
            let _ = connection.machine().reject(id, status, &reason);
        }
    }

    /// The requests that need no file.
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "what is no request has been handled before"
    )]
    fn handle_control(
        &mut self,
        machine: &mut ServerConnection,
        event: ServerEvent,
    ) -> Option<(RequestId, Done)> {
        Some(match event {
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
                (id, self.play(machine, &play))
            }
            ServerEvent::Pause {
                id, session, scope, ..
            } => {
                if let Some(session) = self.sessions.get_mut(&session) {
                    session.pause(now(), scope);
                }
                (id, machine.pause(id).map_err(Refusal::from))
            }
            ServerEvent::Teardown {
                id, session, scope, ..
            } => (id, self.tear_down(machine, (id, session), scope)),
            ServerEvent::GetParameter { id, .. } | ServerEvent::SetParameter { id, .. } => (
                id,
                Err(Refusal::new(StatusCode::PARAMETER_NOT_UNDERSTOOD, "")),
            ),
            _ => return None,
        })
    }

    async fn describe<IO>(&mut self, connection: &mut Rtsp<IO>, id: RequestId, uri: &str) -> Done
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let asked = Asked::parse(uri)?;
        let described = self.find_described(connection, &asked).await?;
        let description = described.answer(uri, &asked);
        self.described = Some(described);
        Ok(connection.machine().describe(id, description)?)
    }

    async fn set_up<IO>(&mut self, connection: &mut Rtsp<IO>, setup: Setup) -> Done
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let asked = Asked::parse(&setup.uri)?;
        let known = setup.session.and_then(|id| self.sessions.get(&id));
        if known.is_some_and(|session| session.path != asked.path) {
            let reason = "the session is of another URL";
            return Err(Refusal::new(
                StatusCode::AGGREGATE_OPERATION_NOT_ALLOWED,
                reason,
            ));
        }
        // Another track of what plays already is no new play.
        let (source, guest) = match known {
            Some(session) => (session.source.clone(), None),
            None => {
                let (source, guest) = self.begin(connection, &asked).await?;
                (source, Some(guest))
            }
        };
        let (number, index) = track_of(&source, asked.track)?;
        let held = match guest {
            Some(guest) => Some((self.shared.admission.session()?, guest)),
            None => None,
        };
        let (outlet, reply) = self.outlet(&source, (number, index), setup.offer)?;
        let id = connection.machine().setup(setup.id, reply)?;
        if let Some(held) = held {
            let session = Session::new(id, &asked.path, source, self.peer, held);
            let queue_bytes = self.shared.config.client_queue_kib.saturating_mul(1024);
            let session = session.with_track_query(asked.behind_track());
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
                    .bind_pair(self.local, &udp_options(self.peer.ip()));
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
            TransportOffer::Interleaved { .. } => Way::Interleaved,
            _ => return Err(Refusal::new(StatusCode::UNSUPPORTED_TRANSPORT, "")),
        };
        let presentation = source.presentation();
        let missing = || Refusal::new(StatusCode::NOT_FOUND, "there is no such track");
        let described = presentation.tracks.get(index).ok_or_else(missing)?;
        let (cname, clock) = (self.shared.cname.clone(), self.shared.clock);
        let mut config =
            SenderConfig::new(described.payload_type, described.clock_rate, cname, clock);
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

/// What RTSP/2.0 clients may do with a source: seek in a file, and follow a live stream.
fn media_properties(source: &Source) -> MediaProperties {
    match source {
        Source::File(_) => MediaProperties::new([
            MediaProperty::RandomAccess(None),
            MediaProperty::Immutable,
            MediaProperty::Unlimited,
        ]),
        Source::Live(..) => MediaProperties::new([
            MediaProperty::NoSeeking,
            MediaProperty::TimeProgressing,
            MediaProperty::TimeDuration(Duration::ZERO),
        ]),
    }
}

/// Loopback has no network card that could cut a joined datagram: whoever captures there would see the packets joined.
fn udp_options(client: IpAddr) -> UdpOptions {
    let mut options = UdpOptions::default();
    options.disable_gso = client.to_canonical().is_loopback();
    options
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
