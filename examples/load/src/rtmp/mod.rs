//! Players of RTMP.

mod chunks;
mod session;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use castline_core::Random;
use castline_rtmp_chunk::command::RtmpUrl;

use crate::{
    net,
    player::{Fault, Player},
    record::Record,
    stamp::StampClock,
    target::Target,
};
use session::Session;

/// What all players of a stream have in common.
#[derive(Debug)]
pub(crate) struct Plan {
    target: Target,
    url: RtmpUrl,
    duration: Duration,
    repeats: bool,
    clock: StampClock,
}

/// One player.
#[derive(Debug)]
pub(crate) struct RtmpPlayer {
    plan: Arc<Plan>,
    seed: [u8; 32],
}

impl Plan {
    pub(crate) fn new(
        target: Target,
        duration: Duration,
        repeats: bool,
        clock: StampClock,
    ) -> Result<Arc<Self>> {
        let url = RtmpUrl::parse(&target.url)
            .with_context(|| format!("{:?} is no RTMP URL", target.url))?;
        Ok(Arc::new(Self {
            target,
            url,
            duration,
            repeats,
            clock,
        }))
    }

    pub(crate) fn player(self: &Arc<Self>, random: &mut Random) -> RtmpPlayer {
        RtmpPlayer {
            plan: Arc::clone(self),
            seed: random.seed(),
        }
    }
}

impl Player for RtmpPlayer {
    fn label(&self) -> &'static str {
        "rtmp"
    }

    async fn play(self, record: &mut Record) -> Result<(), Fault> {
        let stream = net::connect(self.plan.target.address)
            .await
            .map_err(Fault::Failed)?;
        Session::new(self, record).run(stream).await
    }
}
