//! The client's end of a connection: verbs become commands, answers and media become events.
//!
//! [`connect`](ClientConnection::connect), then [`publish`](ClientConnection::publish) or
//! [`play`](ClientConnection::play) may be called at once, before the handshake is done: the machine says everything
//! in its turn. Each stream has a [`StreamHandle`] from the start; events name it.
//!
//! # Example
//! ```
//! use castline_core::Machine;
//! use castline_rtmp_chunk::{Tag, TagType, client::*, command::{ConnectInfo, Publish, PublishMode}, session::SendError};
//!
//! fn go_on(client: &mut ClientConnection, event: ClientEvent) -> Result<(), SendError> {
//!     match event {
//!         ClientEvent::PublishStarted { stream, .. } => {
//!             client.send_tag(stream, &Tag::new(TagType::Audio, 0, vec![0xaf, 0, 0x12, 0x10].into()))
//!         }
//!         ClientEvent::ConnectRejected { status, .. } | ClientEvent::StreamRejected { status, .. } => {
//!             Ok(println!("{}: {}", status.code, status.description))
//!         }
//!         _ => Ok(()),
//!     }
//! }
//! # #[allow(clippy::disallowed_methods)]
//! # fn main() -> Result<(), SendError> {
//! # let (now, seed) = (std::time::Instant::now(), [0; 32]);
//! let mut client = ClientConnection::new(ClientConfig::default(), seed, now);
//! client.connect(&ConnectInfo::new("live", "rtmp://media.example/live"))?;
//! client.publish(Publish::new("camera", PublishMode::Live))?;
//! assert_eq!(client.poll_transmit().unwrap().len(), 1 + 1536);
//! # Ok(()) }
//! ```

mod answers;
mod config;
mod connection;
mod event;
mod stream;
mod verbs;

pub use config::ClientConfig;
pub use connection::{ClientConnection, ClientStats};
pub use event::{CallId, ClientEvent, StreamEnd, StreamHandle};

pub use crate::session::{Acknowledgements, Limits, StreamId};
