//! Players of RTSP (RFC 2326), over TCP and UDP.

mod description;
mod phase;
mod session;
mod track;

use std::{sync::Arc, time::Duration};

use crate::{
    arguments::Arguments,
    net, now,
    player::{Fault, Player},
    record::Record,
    target::Target,
};
use anyhow::{Context, Result};
use castline_core::{Random, driver::Connection, udp::PortRange};
use castline_rtsp_proto::client::{ClientConfig, ClientConnection};
use session::Session;

/// What all players have in common.
#[derive(Debug)]
pub(crate) struct Plan {
    target: Target,
    duration: Duration,
    start: Option<Duration>,
    repeats: bool,
    ports: PortRange,
    client: Arc<ClientConfig>,
}

/// One player.
#[derive(Debug)]
pub(crate) struct RtspPlayer {
    plan: Arc<Plan>,
    is_udp: bool,
    /// Its place among those that are spread over the file, from 0 to below 1.
    share: Option<f64>,
    random: Random,
}

/// Makes so many players.
pub(crate) fn players(
    arguments: &Arguments,
    target: Target,
    count: usize,
) -> Result<Vec<RtspPlayer>> {
    let ports = PortRange::new(arguments.ports.first, arguments.ports.last)
        .context("--ports must hold a pair: give a range like 40000-49999")?;
    let mut client = ClientConfig::default();
    client.user_agent = concat!("castline-load/", env!("CARGO_PKG_VERSION")).to_owned();
    let plan = Arc::new(Plan {
        target,
        duration: arguments.duration,
        start: arguments.start,
        repeats: arguments.repeats,
        ports,
        client: Arc::new(client),
    });
    let mut random = Random::new(rand::random());
    let player = |index: usize| RtspPlayer {
        plan: Arc::clone(&plan),
        is_udp: arguments.is_udp(index),
        share: arguments.spread.then(|| index as f64 / count as f64),
        random: Random::new(random.seed()),
    };
    Ok((0..count).map(player).collect())
}

impl Player for RtspPlayer {
    fn label(&self) -> &'static str {
        if self.is_udp { "udp" } else { "tcp" }
    }

    async fn play(self, record: &mut Record) -> Result<(), Fault> {
        let stream = net::connect(self.plan.target.address)
            .await
            .map_err(Fault::Failed)?;
        let machine = ClientConnection::new(Arc::clone(&self.plan.client), now());
        let connection = Connection::new(machine, stream);
        Session::new(self, connection, record).run().await
    }
}

#[cfg(test)]
mod tests;
