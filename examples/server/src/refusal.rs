//! Connections above the limit: they are told why, in RTSP, and then closed.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use castline_core::driver::Connection;
use castline_rtsp_proto::{
    StatusCode,
    server::{CloseReason, ServerConfig, ServerConnection, ServerEvent},
};
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use crate::{admission::Full, client::now};

/// How many refusals are told at the same time; connections above are closed without a word.
const REFUSALS: usize = 32;
/// How long a refused client has to ask something that can be answered.
const PATIENCE: Duration = Duration::from_secs(5);

/// The places of those who are being refused.
#[derive(Debug)]
pub(crate) struct Refusals(Arc<Semaphore>);

impl Default for Refusals {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(REFUSALS)))
    }
}

impl Refusals {
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0).try_acquire_owned().ok()
    }
}

/// Answers the first request that is no OPTIONS with 503 and the reason, and closes.
pub(crate) async fn refuse(
    config: Arc<ServerConfig>,
    stream: TcpStream,
    refused: (SocketAddr, Full),
    _place: OwnedSemaphorePermit,
) {
    let (peer, full) = refused;
    let machine = ServerConnection::new(config, peer, rand::random(), now());
    let mut connection = Connection::new(machine, stream);
    let answered = async {
        while let Ok(Some(event)) = connection.next_event().await {
            let (ServerEvent::Describe { id, .. }
            | ServerEvent::Setup { id, .. }
            | ServerEvent::ForeignRequest { id, .. }) = event
            else {
                continue;
            };
            // The request waits for just this answer.
            let _ =
                connection
                    .machine()
                    .reject(id, StatusCode::SERVICE_UNAVAILABLE, &full.to_string());
            break;
        }
    };
    // Whoever asks nothing in time is closed without an answer.
    let _ = tokio::time::timeout(PATIENCE, answered).await;
    connection.machine().close(CloseReason::ServerAdmin);
    let _ = connection.close().await;
}
