//! The server's end of a connection: commands become events, the application answers with verbs.
//!
//! | event | answer |
//! |---|---|
//! | [`Connect`](ServerEvent::Connect), [`Publish`](ServerEvent::Publish), [`Play`](ServerEvent::Play) | [`accept`](ServerConnection::accept) or [`reject`](ServerConnection::reject); [`accept_recorded`](ServerConnection::accept_recorded) for files |
//! | [`Tag`](ServerEvent::Tag), [`Data`](ServerEvent::Data) | none: what a publisher sends |
//! | [`Pause`](ServerEvent::Pause) | [`notify_paused`](ServerConnection::notify_paused), [`notify_resumed`](ServerConnection::notify_resumed) |
//! | [`Seek`](ServerEvent::Seek) | [`notify_seek`](ServerConnection::notify_seek), [`refuse_seek`](ServerConnection::refuse_seek) |
//! | [`StreamLength`](ServerEvent::StreamLength) | [`reply_length`](ServerConnection::reply_length) |
//! | [`Call`](ServerEvent::Call) | [`result`](ServerConnection::result), [`error`](ServerConnection::error) |
//! | [`StreamClosed`](ServerEvent::StreamClosed) | none: a publisher or player is gone |
//!
//! Players are sent to by [`send_tag`](ServerConnection::send_tag), or by
//! [`send_shared`](ServerConnection::send_shared) where many get the same: a message is cut into chunks once, and
//! each connection only queues references to it.
//!
//! Everything else is answered by the machine: the handshake, chunk sizes and windows, pings, `createStream`,
//! `releaseStream`, `FCPublish`, `FCSubscribe`, `_checkbw`, and every command that makes no sense in its state.
//!
//! # Example
//! ```
//! use castline_core::Machine;
//! use castline_rtmp_chunk::{Tag, command::StatusCode, server::*, session::SendError};
//!
//! fn answer(server: &mut ServerConnection, event: ServerEvent) -> Result<(), SendError> {
//!     match event {
//!         ServerEvent::Connect(connect) if connect.path.app == "live" => server.accept(connect.id),
//!         ServerEvent::Connect(connect) => {
//!             server.reject(connect.id, StatusCode::NET_CONNECTION_CONNECT_REJECTED, "no such application")
//!         }
//!         ServerEvent::Publish(publish) if publish.path.parameter("key") == Some("secret") => server.accept(publish.id),
//!         ServerEvent::Publish(publish) => server.reject(publish.id, StatusCode::NET_STREAM_PUBLISH_BAD_NAME, "wrong key"),
//!         ServerEvent::Tag { stream, tag, .. } => Ok(println!("{} bytes published on {stream}", tag.len())),
//!         ServerEvent::Play(play) => {
//!             server.accept(play.id)?;
//!             server.send_tag(play.stream, &Tag::new(castline_rtmp_chunk::TagType::Audio, 0, vec![0xaf, 0, 0x12, 0x10].into()))
//!         }
//!         _ => Ok(()),
//!     }
//! }
//! # #[allow(clippy::disallowed_methods)]
//! # fn main() {
//! # let (now, seed) = (std::time::Instant::now(), [0; 32]);
//! let mut server = ServerConnection::new(ServerConfig::default(), seed, now);
//! let mut input = bytes::BytesMut::from(&[3; 1537][..]);
//! server.handle_input(now, &mut input);
//! assert_eq!(server.poll_transmit().unwrap().len(), 1 + 1536 + 1536);
//! # }
//! ```

mod command;
mod config;
mod connection;
mod event;
mod id;
mod notify;
mod outgoing;
mod pending;
mod respond;
mod stream;

pub use config::ServerConfig;
pub use connection::{ServerConnection, ServerStats};
pub use event::{ClosedBy, ConnectRequest, PlayRequest, PublishRequest, Role, ServerEvent};
pub use id::RequestId;
pub use notify::CloseReason;

pub use crate::session::{Acknowledgements, Limits, StreamId};
