//! The server's end of a connection: requests become events, the application answers with verbs.
//!
//! | event | answer | what it means |
//! |---|---|---|
//! | [`Describe`](ServerEvent::Describe) | [`describe`](ServerConnection::describe) | |
//! | [`Setup`](ServerEvent::Setup) | [`setup`](ServerConnection::setup) | the track is set up, and the session with the first one |
//! | [`Play`](ServerEvent::Play) | [`play`](ServerConnection::play) | what is [sent](ServerConnection::send) now comes after the answer |
//! | [`Pause`](ServerEvent::Pause) | [`pause`](ServerConnection::pause) | |
//! | [`Teardown`](ServerEvent::Teardown) | [`teardown`](ServerConnection::teardown) | the session is over |
//! | [`GetParameter`](ServerEvent::GetParameter), [`SetParameter`](ServerEvent::SetParameter) | [`parameters`](ServerConnection::parameters) | |
//! | [`ForeignRequest`](ServerEvent::ForeignRequest) | [`respond`](ServerConnection::respond) | |
//! | any | [`reject`](ServerConnection::reject) | |
//!
//! Everything else is answered by the machine: OPTIONS, signs of life, and every request that is wrong in itself
//! or in the state of its session. Sessions time out, transports are filtered down to what is safe to serve, and
//! channels are given out, without the application.
//!
//! # Sessions and connections
//! A connection may have several sessions. A session over UDP outlives its connection: keep the machine and call
//! its timeouts until [`is_closed`](castline_core::Machine::is_closed). A client that comes back on another
//! connection is heard there as [`ForeignRequest`](ServerEvent::ForeignRequest), which the application passes to
//! the session's machine by [`handle_forwarded`](ServerConnection::handle_forwarded).
//!
//! # Example
//! ```
//! use castline_core::Machine;
//! use castline_rtsp_proto::{ChannelKind, SendError, server::*};
//!
//! fn answer(server: &mut ServerConnection, event: ServerEvent) -> Result<(), SendError> {
//!     match event {
//!         ServerEvent::Describe { id, .. } => {
//!             let sdp = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:trackID=0\r\n";
//!             server.describe(id, Description::new(sdp))
//!         }
//!         ServerEvent::Setup { id, offers, .. } => match offers.iter().find(|offer| offer.is_interleaved()) {
//!             Some(offer) => server.setup(id, SetupReply::new(0, *offer)).map(drop),
//!             None => server.reject(id, castline_rtsp_proto::StatusCode::UNSUPPORTED_TRANSPORT, "TCP only"),
//!         },
//!         ServerEvent::Play { id, session, .. } => {
//!             server.play(id, PlayReply::new())?;
//!             server.send(session, 0, ChannelKind::Rtp, [vec![0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7].into()])
//!         }
//!         ServerEvent::Pause { id, .. } => server.pause(id),
//!         ServerEvent::Teardown { id, .. } => server.teardown(id),
//!         _ => Ok(()),
//!     }
//! }
//! # #[allow(clippy::disallowed_methods)]
//! # fn main() {
//! # let (now, seed, peer) = (std::time::Instant::now(), [0; 32], ([127, 0, 0, 1], 40000).into());
//! let mut server = ServerConnection::new(ServerConfig::default(), peer, seed, now);
//! let mut input = bytes::BytesMut::from("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n");
//! server.handle_input(now, &mut input);
//! assert!(server.poll_transmit().unwrap().starts_with(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n"));
//! # }
//! ```

mod close;
mod config;
mod connection;
mod event;
mod id;
mod outgoing;
mod pending;
mod reply;
mod request;
mod respond;
mod session;
mod transport;

pub use close::CloseReason;
pub use config::{ServerConfig, ServerLimits};
pub use connection::{ServerConnection, ServerStats};
pub use event::{ClosedBy, Scope, ServerEvent, TransportOffer};
pub use id::{RequestId, SessionId};
pub use reply::{Description, PlayReply, SetupReply};
pub use session::TrackTransport;
