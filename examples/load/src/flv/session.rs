//! One player's life: a request, its answer, and media until it is time to go.

use std::{
    pin::{Pin, pin},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{io::AsyncWriteExt, net::TcpStream, time::Sleep};

use super::{
    Plan,
    http::{Chunks, Framing, Head},
    tags::TagScanner,
    websocket::{self, Asked, Frames},
};
use crate::{
    net::{self, Wake, after},
    now,
    player::Fault,
    record::Record,
    stamp::Meter,
};

/// How long the server may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// What the bytes of the connection are.
#[derive(Debug)]
enum Body {
    /// Not the body yet.
    Head(Head),
    Plain(Option<u64>),
    Chunked(Chunks),
    WebSocket(Frames),
}

pub(super) struct Session<'a> {
    plan: Arc<Plan>,
    record: &'a mut Record,
    body: Body,
    tags: TagScanner,
    meter: Meter,
    played_since: Option<Instant>,
    /// When the answer must be there, or all be over.
    due: Instant,
    out: Vec<u8>,
    /// The body has ended.
    has_ended: bool,
    farewell: Option<String>,
}

impl<'a> Session<'a> {
    pub(super) fn new(plan: Arc<Plan>, record: &'a mut Record) -> Self {
        Self {
            meter: Meter::new(plan.clock),
            plan,
            record,
            body: Body::Head(Head::default()),
            tags: TagScanner::new(),
            played_since: None,
            due: after(now(), ANSWER_TIMEOUT),
            out: Vec::new(),
            has_ended: false,
            farewell: None,
        }
    }

    /// Lives it.
    pub(super) async fn run(mut self) -> Result<(), Fault> {
        let mut due = pin!(tokio::time::sleep_until(self.due.into()));
        loop {
            let connected = net::connect(self.plan.target.address).await;
            let mut stream = connected.map_err(|why| self.fault(&why))?;
            self.begin();
            let result = self.live(&mut stream, due.as_mut()).await;
            self.record.note_rest(now());
            if matches!(self.body, Body::WebSocket(_)) && self.farewell.is_none() {
                let _ = stream.write_all(&websocket::close()).await;
            }
            let _ = stream.shutdown().await;
            match result {
                Ok(After::Again) => {}
                Ok(After::Leave) => return Ok(()),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Asks from the start.
    fn begin(&mut self) {
        self.body = Body::Head(Head::default());
        self.tags = TagScanner::new();
        self.has_ended = false;
        self.farewell = None;
        self.out = self.plan.request.clone().into_bytes();
        self.meter.ask(now());
    }

    async fn live(
        &mut self,
        stream: &mut TcpStream,
        mut due: Pin<&mut Sleep>,
    ) -> Result<After, Fault> {
        loop {
            if !self.out.is_empty() {
                let out = std::mem::take(&mut self.out);
                let written = stream.write_all(&out).await;
                written.map_err(|error| self.fault(&format!("the connection failed: {error}")))?;
            }
            net::reset(due.as_mut(), self.due);
            match net::read(stream, due.as_mut(), |input| self.handle(input)).await {
                Wake::Read(handled) => handled.map_err(|why| self.fault(&why))?,
                Wake::Due if self.played_since.is_some() => return Ok(After::Leave),
                Wake::Due => {
                    return Err(self.fault(&format!("no answer within {ANSWER_TIMEOUT:?}")));
                }
                Wake::Ended(None) => self.has_ended = true,
                Wake::Ended(Some(error)) => {
                    return Err(self.fault(&format!("the connection failed: {error}")));
                }
            }
            if self.has_ended {
                return self.end();
            }
        }
    }

    fn end(&mut self) -> Result<After, Fault> {
        let Some(since) = self.played_since else {
            return Err(self.fault("the server ended the connection"));
        };
        self.record.note_end_of_stream();
        // A server that ends at once is not asked again for ever.
        if self.plan.repeats && self.record.media_bytes > 0 {
            return Ok(After::Again);
        }
        let played = now().saturating_duration_since(since).as_secs_f64();
        let why = self
            .farewell
            .take()
            .map_or_else(String::new, |why| format!(": {why}"));
        Err(self.fault(&format!("the stream ended after {played:.1} s{why}")))
    }

    fn handle(&mut self, input: &[u8]) -> Result<(), String> {
        let Body::Head(head) = &mut self.body else {
            return self.handle_body(input);
        };
        let Some((framing, used)) = head.feed(input)? else {
            return Ok(());
        };
        self.body = match framing {
            Framing::Plain(length) => Body::Plain(length),
            Framing::Chunked => Body::Chunked(Chunks::new()),
            Framing::WebSocket => Body::WebSocket(Frames::default()),
        };
        let now = now();
        if self.played_since.is_none() {
            self.played_since = Some(now);
            self.due = after(now, self.plan.duration);
            self.record.note_set_up(now);
        }
        self.record.note_playing(now);
        self.handle_body(input.get(used..).unwrap_or_default())
    }

    fn handle_body(&mut self, input: &[u8]) -> Result<(), String> {
        let now = now();
        let Self {
            body,
            tags,
            meter,
            record,
            out,
            farewell,
            has_ended,
            ..
        } = self;
        let mut take =
            |piece: &[u8]| tags.feed(piece, &mut |tag| meter.note_tag(now, &tag, record));
        match body {
            Body::Head(_) => {}
            Body::Plain(None) => take(input)?,
            Body::Plain(Some(left)) => {
                let here = usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
                take(input.get(..here).unwrap_or_default())?;
                *left = left.saturating_sub(here as u64);
                *has_ended = *left == 0;
            }
            Body::Chunked(chunks) => *has_ended = chunks.feed(input, &mut take)?,
            Body::WebSocket(frames) => frames.feed(input, &mut take, &mut |asked| match asked {
                Asked::Pong(answer) => out.extend(answer),
                Asked::Close(why) => {
                    *farewell = Some(why);
                    *has_ended = true;
                }
            })?,
        }
        Ok(())
    }

    /// What went wrong, at this point of the life.
    fn fault(&self, why: &str) -> Fault {
        if self.played_since.is_some() {
            Fault::Cut(why.to_owned())
        } else {
            Fault::Failed(why.to_owned())
        }
    }
}

/// What comes after a connection.
enum After {
    Again,
    Leave,
}
