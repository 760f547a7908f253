//! The client's end of a connection: verbs become requests, answers and packets become events.
//!
//! The verbs [`options`](ClientConnection::options), [`describe`](ClientConnection::describe),
//! [`setup`](ClientConnection::setup), [`play`](ClientConnection::play), [`pause`](ClientConnection::pause),
//! [`teardown`](ClientConnection::teardown) and [`get_parameter`](ClientConnection::get_parameter) give the CSeq by
//! which their answer is known. They need not be called one at a time: what needs the name of the session waits in
//! the machine until SETUP has been answered. Signs of life are given without the application.
//!
//! What deployed cameras get wrong is read as it was meant: answers without CSeq, SETUP answers without Transport or
//! with other channels than asked for, sessions that change their name, packets before the answer to PLAY.
//!
//! # Example
//! ```
//! use castline_core::Machine;
//! use castline_rtsp_proto::{SendError, client::*, headers::Range, join_control};
//! use std::time::Duration;
//!
//! fn go_on(client: &mut ClientConnection, event: ClientEvent) -> Result<(), SendError> {
//!     match event {
//!         ClientEvent::Described { base, .. } => {
//!             client.setup(SetupRequest::interleaved(0, join_control(&base, "trackID=0")))?;
//!             client.play(PlayRequest::new().with_range(Range::npt(Duration::from_secs(4), None)))?;
//!         }
//!         ClientEvent::Data { track, data, .. } => println!("{} bytes of track {track}", data.len()),
//!         ClientEvent::Failed { method, failure, .. } => println!("{method}: {failure:?}"),
//!         _ => {}
//!     }
//!     Ok(())
//! }
//! # #[allow(clippy::disallowed_methods)]
//! # fn main() -> Result<(), SendError> {
//! # let now = std::time::Instant::now();
//! let mut client = ClientConnection::new(ClientConfig::default(), now);
//! client.describe("rtsp://127.0.0.1:8554/vod/demo.mp4")?;
//! assert!(client.poll_transmit().unwrap().starts_with(b"DESCRIBE rtsp://127.0.0.1:8554/vod/demo.mp4 RTSP/1.0\r\n"));
//! # Ok(()) }
//! ```

mod answers;
mod call;
mod config;
mod connection;
mod event;
mod transport;
mod verbs;

pub use call::{PlayRequest, SetupRequest, WantedTransport};
pub use config::{ClientConfig, ClientLimits};
pub use connection::{ClientConnection, ClientStats};
pub use event::{AgreedTransport, ClientEvent, Failure};
