//! One RTSP session: its tracks, what it plays, and what it tells the log at its end.

use std::{
    net::SocketAddr,
    sync::Arc,
    task::Context,
    time::{Duration, Instant},
};

use castline_core::Machine;
use castline_rtsp_proto::{
    headers::Range,
    server::{Scope, ServerConnection, SessionId},
};
use tracing::{info, warn};

use crate::{
    admission::Share,
    client::now,
    gate::Guest,
    outlet::{Exit, Outlet},
    player::{Next, Player},
    source::Source,
    unit::Unit,
};

/// Units handled before other sessions and the connection have their turn.
const UNITS_PER_TURN: usize = 64;
/// How long after the last frame BYE follows: it must not overtake the last packets on its own port.
const BYE_DELAY: Duration = Duration::from_millis(250);
/// How often a client is told to be slow, at the most.
const SLOW_LOG_INTERVAL: Duration = Duration::from_secs(10);

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) path: String,
    /// What stands behind the number in the URLs of its tracks.
    pub(crate) track_query: String,
    pub(crate) source: Source,
    pub(crate) outlets: Vec<Outlet>,
    pub(crate) player: Option<Player>,
    /// The tracks that the player was begun with, by their indices.
    pub(crate) selected: Vec<usize>,
    /// Where the last PLAY ends.
    pub(crate) range_end: Option<Duration>,
    /// How much the client's queue may hold.
    queue_bytes: usize,
    pub(crate) bandwidth: Option<Share>,
    client: SocketAddr,
    /// Its share of the sessions, and that its client was let in; dropping the guest tells the hooks of the end.
    _held: (Share, Guest),
    began: Instant,
    end: Option<Instant>,
    is_finished: bool,
    slow: Slow,
}

/// How a client that does not keep up is treated.
#[derive(Debug, Default)]
struct Slow {
    /// Units are dropped until the next key frame.
    is_dropping: bool,
    dropped: u64,
    told: Option<Instant>,
}

impl Session {
    pub(crate) fn new(
        id: SessionId,
        path: &str,
        source: Source,
        client: SocketAddr,
        held: (Share, Guest),
    ) -> Self {
        Self {
            id,
            path: path.to_owned(),
            track_query: String::new(),
            source,
            outlets: Vec::new(),
            player: None,
            selected: Vec::new(),
            range_end: None,
            queue_bytes: usize::MAX,
            bandwidth: None,
            client,
            _held: held,
            began: now(),
            end: None,
            is_finished: false,
            slow: Slow::default(),
        }
    }

    /// With tracks whose URLs end with a query.
    pub(crate) fn with_track_query(mut self, query: String) -> Self {
        self.track_query = query;
        self
    }

    /// With a limit on what waits in the client's queue.
    pub(crate) fn with_queue(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// True when it outlives its connection.
    pub(crate) fn is_udp(&self) -> bool {
        self.outlets
            .first()
            .is_some_and(|outlet| !outlet.is_interleaved())
    }

    pub(crate) fn outlet(&mut self, number: u32) -> Option<&mut Outlet> {
        self.outlets
            .iter_mut()
            .find(|outlet| outlet.number == number)
    }

    /// Plays from here on.
    pub(crate) fn play(&mut self, player: Player) {
        self.player = Some(player);
        self.end = None;
        self.slow.is_dropping = false;
    }

    /// Stands still, or lets one track do so; the reports go on.
    pub(crate) fn pause(&mut self, now: Instant, scope: Scope) {
        for outlet in &mut self.outlets {
            match scope {
                Scope::Aggregate => {}
                Scope::Track(number) if number == outlet.number => outlet.is_playing = false,
                Scope::Track(_) => continue,
            }
            outlet.sender.pause(now);
        }
        let is_still =
            scope == Scope::Aggregate || !self.outlets.iter().any(|outlet| outlet.is_playing);
        if let Some(player) = self.player.as_mut().filter(|_| is_still) {
            player.pause(now);
        }
    }

    fn plays_video(&self) -> bool {
        let mut playing = self.outlets.iter().filter(|outlet| outlet.is_playing);
        playing.any(|outlet| self.source.is_video(outlet.index))
    }

    /// Sends what is due, hears the ports, and says when it wants to be called again.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        machine: &mut ServerConnection,
    ) -> Option<Instant> {
        let mut heard = false;
        for outlet in &mut self.outlets {
            heard |= outlet.poll_ports(cx, now, self.client.ip());
        }
        if heard {
            machine.keep_alive(now, self.id);
        }
        let mut exit = Exit {
            machine,
            session: self.id,
        };
        let wake = self.poll_player(cx, now, &mut exit);
        self.outlets
            .iter_mut()
            .for_each(|outlet| outlet.handle_timeout(now, &mut exit));
        let reports = self
            .outlets
            .iter()
            .filter_map(|outlet| outlet.sender.poll_timeout());
        reports.chain(wake).min()
    }

    fn poll_player(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        exit: &mut Exit<'_>,
    ) -> Option<Instant> {
        for _ in 0..UNITS_PER_TURN {
            let player = self.player.as_mut()?;
            match player.poll_next(cx, now) {
                Next::Unit(unit) => {
                    self.slow.dropped = self.slow.dropped.saturating_add(player.take_skipped());
                    self.send(now, &unit, exit);
                }
                Next::At(instant) => return Some(instant),
                Next::Waiting => return None,
                Next::End => return self.poll_end(now, exit),
            }
        }
        cx.waker().wake_by_ref();
        None
    }

    /// Everything is sent: BYE, and then the session waits for its client, who may seek back.
    fn poll_end(&mut self, now: Instant, exit: &mut Exit<'_>) -> Option<Instant> {
        let end = *self.end.get_or_insert(now.checked_add(BYE_DELAY)?);
        if now < end {
            return Some(end);
        }
        for outlet in self.outlets.iter_mut().filter(|outlet| outlet.is_playing) {
            outlet.goodbye(now, "end of stream", exit);
        }
        let played = Range::npt(Duration::ZERO, self.range_end);
        // Only a session that ended meanwhile is unknown.
        let _ = exit.machine.end_of_stream(self.id, &played, None);
        self.player = None;
        None
    }

    fn send(&mut self, now: Instant, unit: &Arc<Unit>, exit: &mut Exit<'_>) {
        let is_playing = |outlet: &Outlet| outlet.index == unit.track && outlet.is_playing;
        let Some(place) = self.outlets.iter().position(is_playing) else {
            return;
        };
        let is_interleaved = self.outlets.get(place).is_some_and(Outlet::is_interleaved);
        if is_interleaved && self.is_dropped(now, unit, exit.machine.queued_bytes()) {
            self.slow.dropped = self.slow.dropped.saturating_add(1);
        } else if let Some(outlet) = self.outlets.get_mut(place) {
            outlet.send(now, unit, exit);
        }
    }

    /// True when the client is so far behind that this unit is left out. Once it is, everything up to the next key frame
    /// is, and until half the queue is free: packets keep their numbers in order, and a decoder can go on.
    fn is_dropped(&mut self, now: Instant, unit: &Unit, queued: usize) -> bool {
        // What is queued counts, not what is to come: a frame larger than the queue passes too, when it is its turn.
        let is_full = queued >= self.queue_bytes;
        if self.slow.is_dropping {
            let is_entry =
                unit.keyframe && (self.source.is_video(unit.track) || !self.plays_video());
            self.slow.is_dropping = !is_entry || queued > self.queue_bytes / 2;
        } else if is_full {
            self.slow.is_dropping = true;
            self.tell_slow(now, queued);
        }
        self.slow.is_dropping
    }

    fn tell_slow(&mut self, now: Instant, queued: usize) {
        if self
            .slow
            .told
            .is_some_and(|told| now.saturating_duration_since(told) < SLOW_LOG_INTERVAL)
        {
            return;
        }
        self.slow.told = Some(now);
        let bits = (queued as u64).saturating_mul(8_000);
        let behind_ms = bits.checked_div(self.source.bit_rate()).unwrap_or(0);
        warn!(
            client = %self.client, url = %self.path, queued_kib = queued / 1024, behind_ms,
            "the client reads too slowly: frames are dropped up to the next key frame; play it by UDP, give it a faster \
             network, or raise client_queue_kib"
        );
    }

    /// Says BYE on every track and writes the session's line into the log.
    pub(crate) fn finish(&mut self, now: Instant, machine: &mut ServerConnection, why: &str) {
        if std::mem::replace(&mut self.is_finished, true) {
            return;
        }
        let mut exit = Exit {
            machine,
            session: self.id,
        };
        for outlet in &mut self.outlets {
            outlet.goodbye(now, why, &mut exit);
        }
        self.tell_end(now, why);
    }

    /// Takes one track out, with BYE.
    pub(crate) fn remove_track(
        &mut self,
        now: Instant,
        machine: &mut ServerConnection,
        number: u32,
    ) {
        let mut exit = Exit {
            machine,
            session: self.id,
        };
        if let Some(outlet) = self.outlet(number) {
            outlet.goodbye(now, "the client ended it", &mut exit);
        }
        self.outlets.retain(|outlet| outlet.number != number);
    }

    fn tell_end(&self, now: Instant, why: &str) {
        let mut totals = (0u64, 0u64, 0i64, 0u128);
        for stats in self.outlets.iter().map(|outlet| outlet.sender.stats()) {
            totals.0 = totals.0.saturating_add(stats.packets);
            totals.1 = totals.1.saturating_add(stats.octets);
            if let Some(report) = stats.last_report {
                totals.2 = totals.2.saturating_add(report.cumulative_lost.into());
                totals.3 = totals.3.max(report.jitter_time.as_micros());
            }
        }
        let (packets, bytes, lost, jitter_us) = totals;
        let seconds = now.saturating_duration_since(self.began).as_secs_f64();
        info!(
            client = %self.client, session = ?self.id, url = %self.path, transport = self.transport(), why,
            seconds = (seconds * 10.0).round() / 10.0, packets, bytes, lost, jitter_us, dropped_frames = self.slow.dropped,
            "session ends"
        );
    }

    /// Writes the line of a session that begins.
    pub(crate) fn tell_begin(&self) {
        info!(
            client = %self.client, session = ?self.id, url = %self.path, transport = self.transport(),
            tracks = self.outlets.len(), "session plays"
        );
    }

    fn transport(&self) -> &'static str {
        match self.outlets.first().map(Outlet::is_interleaved) {
            Some(true) => "tcp",
            Some(false) => "udp",
            None => "none",
        }
    }
}
