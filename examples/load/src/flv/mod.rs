//! Players of FLV over HTTP and over WebSocket.

mod http;
mod session;
mod tags;
mod websocket;

use std::{sync::Arc, time::Duration};

use crate::{
    player::{Fault, Player},
    record::Record,
    stamp::StampClock,
    target::{Scheme, Target},
};
use session::Session;

/// What all players of a stream have in common.
#[derive(Debug)]
pub(crate) struct Plan {
    target: Target,
    /// What is asked for.
    request: String,
    duration: Duration,
    repeats: bool,
    clock: StampClock,
}

/// One player.
#[derive(Debug)]
pub(crate) struct FlvPlayer {
    plan: Arc<Plan>,
}

impl Plan {
    pub(crate) fn new(
        target: Target,
        duration: Duration,
        repeats: bool,
        clock: StampClock,
    ) -> Arc<Self> {
        let request = request(&target);
        Arc::new(Self {
            target,
            request,
            duration,
            repeats,
            clock,
        })
    }

    pub(crate) fn player(self: &Arc<Self>) -> FlvPlayer {
        FlvPlayer {
            plan: Arc::clone(self),
        }
    }
}

fn request(target: &Target) -> String {
    let (_, rest) = target.url.split_once("://").unwrap_or_default();
    let (host, path) = rest
        .split_at_checked(rest.find('/').unwrap_or(rest.len()))
        .unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    // The key is to prove that the server has read the request, and has been one for all connections before.
    let switch = match target.scheme {
        Scheme::WebSocket => {
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: Y2FzdGxpbmUtbG9hZCBrZQ==\r\n"
        }
        Scheme::Http | Scheme::Rtmp | Scheme::Rtsp => "",
    };
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: castline-load/{version}\r\nAccept: */*\r\n{switch}\r\n"
    )
}

impl Player for FlvPlayer {
    fn label(&self) -> &'static str {
        if self.plan.target.scheme == Scheme::WebSocket {
            "ws-flv"
        } else {
            "http-flv"
        }
    }

    async fn play(self, record: &mut Record) -> Result<(), Fault> {
        Session::new(self.plan, record).run().await
    }
}
