//! One publisher's life.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use castline_core::driver::Connection;
use castline_rtmp_chunk::{
    TagType,
    client::{ClientConfig, ClientConnection, ClientEvent, StreamHandle},
    command::{ConnectInfo, Publish, PublishMode, RtmpUrl, Status},
    session::SendError,
};
use tokio::{
    net::TcpStream,
    sync::{oneshot, watch},
};

use super::{
    Publication,
    source::{Feed, Source, TimedTag, stamped},
};
use crate::{
    net::{self, after},
    now,
    player::Fault,
    stamp::{Stamp, StampClock},
};

/// One publisher before it connects.
#[derive(Debug)]
pub(super) struct Publisher {
    pub(super) address: SocketAddr,
    pub(super) url: RtmpUrl,
    pub(super) source: Arc<Source>,
    pub(super) seed: [u8; 32],
    pub(super) clock: StampClock,
}

type Started = oneshot::Sender<Result<(), String>>;

struct Session {
    connection: Connection<ClientConnection, TcpStream>,
    source: Arc<Source>,
    clock: StampClock,
    live: Option<Live>,
    publication: Publication,
}

/// A stream that is published.
struct Live {
    stream: StreamHandle,
    began: Instant,
    feed: Feed,
    next: TimedTag,
}

impl Publisher {
    /// Publishes until it is told to stop, and tells when the first picture is out.
    pub(super) async fn run(self, started: Started, stop: watch::Receiver<bool>) -> Publication {
        let mut session = match self.connect().await {
            Ok(session) => session,
            Err(why) => {
                let _ = started.send(Err(why.clone()));
                return Publication {
                    fault: Some(Fault::Failed(why)),
                    ..Publication::default()
                };
            }
        };
        let result = session.run(started, stop).await;
        session.publication.fault = result.err();
        session.publication
    }

    async fn connect(self) -> Result<Session, String> {
        let stream = net::connect(self.address).await?;
        let mut machine = ClientConnection::new(ClientConfig::default(), self.seed, now());
        let info = ConnectInfo::new(self.url.app.as_str(), self.url.tc_url())
            .with_kind("nonprivate")
            .with_flash_version("FMLE/3.0 (compatible; castline-load)");
        let publish = Publish::new(self.url.stream_name.as_str(), PublishMode::Live);
        let asked = machine
            .connect(&info)
            .and_then(|()| machine.publish(publish));
        asked.map_err(|error| error.to_string())?;
        Ok(Session {
            connection: Connection::new(machine, stream),
            source: self.source,
            clock: self.clock,
            live: None,
            publication: Publication::default(),
        })
    }
}

impl Session {
    async fn run(
        &mut self,
        started: Started,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), Fault> {
        let mut started = Some(started);
        loop {
            if self.live.is_some() {
                self.send_due();
                let told = started.take();
                told.into_iter()
                    .for_each(|started| drop(started.send(Ok(()))));
            }
            let due = self
                .live
                .as_ref()
                .map(|live| after(live.began, live.next.due));
            let wait = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due.into()).await,
                    None => std::future::pending().await,
                }
            };
            let heard = tokio::select! {
                event = self.connection.next_event() => event,
                () = wait => continue,
                _ = stop.changed() => break,
            };
            let handled = match heard {
                Ok(Some(event)) => self.handle(event),
                Ok(None) => Err("the server ended the connection".to_owned()),
                Err(error) => Err(error.to_string()),
            };
            if let Err(why) = handled {
                self.note_end();
                return Err(match started.take() {
                    Some(started) => {
                        let _ = started.send(Err(why.clone()));
                        Fault::Failed(why)
                    }
                    None => Fault::Cut(why),
                });
            }
        }
        self.note_end();
        self.connection.machine().close();
        let _ = self.connection.close().await;
        Ok(())
    }

    fn note_end(&mut self) {
        if let Some(live) = &self.live {
            self.publication.lasted = now().saturating_duration_since(live.began);
        }
    }

    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "a publisher need not understand all that a server may say"
    )]
    fn handle(&mut self, event: ClientEvent) -> Result<(), String> {
        match event {
            ClientEvent::PublishStarted { stream, .. } => self.begin(stream),
            ClientEvent::ConnectRejected { status, .. }
            | ClientEvent::StreamRejected { status, .. } => Err(words(&status)),
            ClientEvent::Status { status, .. } if status.is_error() => Err(words(&status)),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, stream: StreamHandle) -> Result<(), String> {
        for tag in self.source.headers() {
            let sent = self.connection.machine().send_tag(stream, &tag);
            sent.map_err(|error| error.to_string())?;
        }
        let mut feed = self.source.feed();
        let next = feed.next();
        self.live = Some(Live {
            stream,
            began: now(),
            feed,
            next,
        });
        Ok(())
    }

    /// Sends all that is due.
    fn send_due(&mut self) {
        let Some(live) = &mut self.live else {
            return;
        };
        let publication = &mut self.publication;
        loop {
            let now = now();
            let due = after(live.began, live.next.due);
            if due > now {
                return;
            }
            let TimedTag { tag, .. } = std::mem::replace(&mut live.next, live.feed.next());
            let stamp = Stamp {
                number: publication.pictures,
                sent_at: now,
            };
            let tag = stamped(&tag, || self.clock.encode(stamp)).unwrap_or(tag);
            if tag.tag_type == TagType::Video {
                publication.pictures = publication.pictures.saturating_add(1);
            }
            publication
                .behind
                .record(now.saturating_duration_since(due));
            match self.connection.machine().send_tag(live.stream, &tag) {
                Ok(()) => {
                    publication.tags = publication.tags.saturating_add(1);
                    publication.bytes = publication.bytes.saturating_add(tag.len() as u64);
                }
                Err(SendError::QueueFull { .. }) => {
                    publication.dropped = publication.dropped.saturating_add(1)
                }
                // The connection is over, which is the next thing that it tells.
                Err(_) => return,
            }
        }
    }
}

fn words(status: &Status) -> String {
    format!("{}: {}", status.code.as_str(), status.description)
}
