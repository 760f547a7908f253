//! One player's life: DESCRIBE, SETUP, PLAY, perhaps again, TEARDOWN.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use castline_core::{
    Machine, Random,
    driver::{Connection, Error},
};
use castline_rtp_rtcp::Ssrc;
use castline_rtsp_proto::{
    ChannelKind, ConnectionError, SendError,
    client::{AgreedTransport, ClientConnection, ClientEvent, PlayRequest, SetupRequest},
    headers::Range,
};
use tokio::{net::TcpStream, time::Sleep};

use super::{
    Plan, RtspPlayer,
    description::{DescribedTrack, Description},
    phase::{Phase, Playing, words},
    track::{Ports, Track},
};
use crate::{net::after, now, player::Fault, record::Record};

/// How often receiver reports are sent (RFC 3550 section 6.2).
const REPORT_INTERVAL: Duration = Duration::from_secs(5);
/// How long BYE may take after TEARDOWN was answered; it says how many packets were sent.
const GOODBYE_GRACE: Duration = Duration::from_millis(300);
/// One RTSP session on one connection.
pub(super) struct Session<'a> {
    plan: Arc<Plan>,
    is_udp: bool,
    share: Option<f64>,
    random: Random,
    connection: Connection<ClientConnection, TcpStream>,
    record: &'a mut Record,
    phase: Phase,
    tracks: Vec<Track>,
    /// Where the file begins and ends.
    span: Option<(Duration, Duration)>,
    play_at: Option<Duration>,
    timer: Pin<Box<Sleep>>,
}

/// Why the task wakes.
enum Wake {
    Event(Result<Option<ClientEvent>, Error<ConnectionError>>),
    Due,
    /// All tracks have said BYE.
    Ended,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        player: RtspPlayer,
        connection: Connection<ClientConnection, TcpStream>,
        record: &'a mut Record,
    ) -> Self {
        let RtspPlayer {
            plan,
            is_udp,
            share,
            random,
        } = player;
        Self {
            plan,
            is_udp,
            share,
            random,
            connection,
            record,
            phase: Phase::Describing,
            tracks: Vec::new(),
            span: None,
            play_at: None,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
        }
    }

    /// Lives it.
    pub(super) async fn run(mut self) -> Result<(), Fault> {
        let result = self.live().await;
        self.record.note_rest(now());
        self.tracks
            .drain(..)
            .for_each(|track| track.finish(self.record));
        self.connection.machine().close();
        // All that mattered is said; a server that does not end its side is not waited for long.
        let _ = self.connection.close().await;
        result
    }

    async fn live(&mut self) -> Result<(), Fault> {
        let url = self.plan.target.url.clone();
        self.ask("DESCRIBE", |machine| machine.describe(&url))?;
        loop {
            match poll_fn(|cx| self.poll(cx)).await {
                Wake::Event(Ok(Some(event))) => self.handle_event(event)?,
                Wake::Event(Ok(None)) => return Err(self.fault("the connection ended".to_owned())),
                Wake::Event(Err(error)) => return Err(self.fault(error.to_string())),
                Wake::Due => self.handle_due()?,
                Wake::Ended => self.handle_end_of_stream()?,
            }
            if matches!(self.phase, Phase::Left(until) if until <= now()) {
                return Ok(());
            }
        }
    }

    /// Hears the ports, then waits for the timer or the connection.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Wake> {
        if let Some(due) = self.phase.due() {
            let due = tokio::time::Instant::from_std(due);
            if self.timer.deadline() != due {
                self.timer.as_mut().reset(due);
            }
            if self.timer.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Wake::Due);
            }
        }
        for track in &mut self.tracks {
            track.poll_ports(cx, self.record);
        }
        if matches!(self.phase, Phase::Playing(_) | Phase::Left(_)) && self.has_ended() {
            return Poll::Ready(Wake::Ended);
        }
        self.connection.poll_next_event(cx).map(Wake::Event)
    }

    fn has_ended(&self) -> bool {
        !self.tracks.is_empty() && self.tracks.iter().all(|track| track.goodbye.is_some())
    }

    fn handle_event(&mut self, event: ClientEvent) -> Result<(), Fault> {
        match event {
            ClientEvent::Data {
                track, kind, data, ..
            } => {
                if let Some(track) = self.tracks.get_mut(track as usize) {
                    track.handle(now(), kind, &data, self.record);
                }
                Ok(())
            }
            ClientEvent::Described { sdp, base, .. } => self.handle_description(&sdp, &base),
            ClientEvent::SetUp {
                track, transport, ..
            } => self.handle_set_up(track, transport),
            ClientEvent::Playing { .. } => self.handle_playing(),
            ClientEvent::TornDown { .. } => {
                // Over TCP all has come before the answer, or never comes.
                let grace = if self.is_udp {
                    GOODBYE_GRACE
                } else {
                    Duration::ZERO
                };
                self.phase = Phase::Left(after(now(), grace));
                Ok(())
            }
            ClientEvent::Failed {
                method, failure, ..
            } => Err(self.fault(format!("{method}: {}", words(&failure)))),
            ClientEvent::Redirected { location, .. } => {
                Err(self.fault(format!("the server says to play {location:?} instead")))
            }
            ClientEvent::SessionLost => Err(self.fault("the server ended the session".to_owned())),
            ClientEvent::Options { .. }
            | ClientEvent::Paused { .. }
            | ClientEvent::Parameters { .. }
            | ClientEvent::ServerRequest { .. }
            | ClientEvent::Writable
            | _ => Ok(()),
        }
    }

    fn handle_description(&mut self, sdp: &[u8], base: &str) -> Result<(), Fault> {
        let description = Description::parse(sdp, base).map_err(Fault::Failed)?;
        self.span = description.span;
        self.play_at = description.start(self.plan.start, self.share);
        for (number, track) in (0..).zip(&description.tracks) {
            self.set_up(number, track)?;
        }
        self.phase = Phase::SettingUp(description.tracks.len());
        Ok(())
    }

    fn set_up(&mut self, number: u32, track: &DescribedTrack) -> Result<(), Fault> {
        let ports = if self.is_udp {
            // On the address that the connection has on our side.
            let local = self.connection.io().local_addr();
            let ports = local.map_err(|error| error.to_string()).and_then(|local| {
                Ports::bind(&self.plan.ports, local.ip(), self.plan.target.address.ip())
            });
            Some(ports.map_err(Fault::Failed)?)
        } else {
            None
        };
        let setup = match &ports {
            Some(ports) => {
                let (rtp, rtcp) = ports.numbers();
                SetupRequest::udp(number, track.url.as_str(), rtp, rtcp)
            }
            None => SetupRequest::interleaved(number, track.url.as_str()),
        };
        self.tracks
            .push(Track::new(track.clock_rate, Ssrc(self.random.u32()), ports));
        self.ask("SETUP", |machine| machine.setup(setup))
    }

    fn handle_set_up(&mut self, track: u32, transport: AgreedTransport) -> Result<(), Fault> {
        if let Some(track) = self.tracks.get_mut(track as usize) {
            track.agree(transport);
        }
        match self.phase {
            Phase::SettingUp(1) => {
                self.record.note_set_up(now());
                let until = after(now(), self.plan.duration);
                // Not all players report at the same time.
                let report_at = after(now(), REPORT_INTERVAL.mul_f64(self.random.unit()));
                self.play(
                    self.play_at,
                    Playing {
                        until,
                        report_at,
                        ends_at: None,
                    },
                )
            }
            Phase::SettingUp(waiting) => {
                self.phase = Phase::SettingUp(waiting.saturating_sub(1));
                Ok(())
            }
            Phase::Describing
            | Phase::Starting(_)
            | Phase::Playing(_)
            | Phase::Leaving
            | Phase::Left(_) => Ok(()),
        }
    }

    fn play(&mut self, start: Option<Duration>, playing: Playing) -> Result<(), Fault> {
        let left = |(_, last): (Duration, Duration)| last.saturating_sub(start.unwrap_or_default());
        let ends_at = self.span.map(|span| after(now(), left(span)));
        for track in &mut self.tracks {
            track.restart(self.record);
        }
        let request = match start {
            Some(start) => PlayRequest::new().with_range(Range::npt(start, None)),
            None => PlayRequest::new(),
        };
        self.phase = Phase::Starting(Playing { ends_at, ..playing });
        self.ask("PLAY", |machine| machine.play(request))
    }

    fn handle_playing(&mut self) -> Result<(), Fault> {
        if let Phase::Starting(playing) = self.phase {
            self.record.note_playing(now());
            self.phase = Phase::Playing(playing);
        }
        Ok(())
    }

    fn handle_due(&mut self) -> Result<(), Fault> {
        match &mut self.phase {
            Phase::Starting(playing) | Phase::Playing(playing) if playing.until > now() => {
                playing.report_at = after(now(), REPORT_INTERVAL);
                self.send_reports();
                Ok(())
            }
            Phase::Starting(_) | Phase::Playing(_) => {
                self.record.note_rest(now());
                self.leave()
            }
            Phase::Describing | Phase::SettingUp(_) | Phase::Leaving | Phase::Left(_) => Ok(()),
        }
    }

    fn send_reports(&mut self) {
        for (number, track) in (0..).zip(&mut self.tracks) {
            if let Some(report) = track.report(now()) {
                // A report that the queue does not take now is replaced by the next.
                let _ = self
                    .connection
                    .machine()
                    .send(number, ChannelKind::Rtcp, [report]);
            }
        }
    }

    fn leave(&mut self) -> Result<(), Fault> {
        self.phase = Phase::Leaving;
        self.ask("TEARDOWN", ClientConnection::teardown)
    }

    /// BYE on every track: the file is over, or the session is.
    fn handle_end_of_stream(&mut self) -> Result<(), Fault> {
        let playing = match self.phase {
            Phase::Playing(playing) => playing,
            Phase::Left(_) => {
                self.phase = Phase::Left(now());
                return Ok(());
            }
            Phase::Describing | Phase::SettingUp(_) | Phase::Starting(_) | Phase::Leaving => {
                return Ok(());
            }
        };
        self.record.note_end_of_stream();
        let reason = self
            .tracks
            .iter()
            .find_map(|track| track.goodbye.as_deref());
        if let Some(why) = playing.cut_short(now(), reason.unwrap_or_default()) {
            return Err(self.fault(why));
        }
        if self.plan.repeats {
            return self.play(self.span.map(|(first, _)| first), playing);
        }
        self.leave()
    }

    fn ask<T>(
        &mut self,
        method: &str,
        verb: impl FnOnce(&mut ClientConnection) -> Result<T, SendError>,
    ) -> Result<(), Fault> {
        let machine = self.connection.machine();
        // Verbs count from the time the machine was last told. Over UDP nothing has told it since the answer before, and
        // the new request would be overdue as it goes out.
        machine.handle_timeout(now());
        let asked = verb(machine);
        asked
            .map(drop)
            .map_err(|error| self.fault(format!("{method}: {error}")))
    }

    /// What went wrong, at this point of the life.
    fn fault(&self, why: String) -> Fault {
        self.phase.fault(why, self.record.plays > 0)
    }
}
