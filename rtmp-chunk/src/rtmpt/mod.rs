//! RTMPT: an RTMP byte stream in HTTP requests, for clients behind proxies. Both roles, above any HTTP library.
//!
//! ```text
//! POST /fcs/ident2                 404: not asked of us                          (some clients)
//! POST /open/1                     200, the session's name
//! POST /send/<session>/<sequence>  200, polling interval, bytes for the client   (body: bytes for the server)
//! POST /idle/<session>/<sequence>  200, polling interval, bytes for the client
//! POST /close/<session>/<sequence> 200, a zero byte
//! ```
//!
//! - [`Server`] is the table of sessions: it takes a path and a body, and gives an [`Answer`]. Behind each session runs
//!   an RTMP server connection of yours.
//! - [`Client`] gives one [`Request`] at a time and takes its answer. Through it runs an RTMP client connection of yours.
//! - [`http`] frames both over a plain stream for who brings no HTTP library.
//! - [`Command`] and [`PollingInterval`] are the wire forms alone.
//!
//! There is no public specification; this is what Flash Player, librtmp and FFmpeg do.
//!
//! - [x] ident, open, idle, send and close, both roles; repeated requests; growing polling intervals
//! - [ ] RTMPTE works by the handshake's ciphers; RTMPTS by TLS below: neither needs anything here
//! - [ ] chunked transfer coding in [`http`]
//!
//! **Limits.** A server's session holds at most `max_queued_bytes` to be sent and one answer of `max_answer_bytes` in
//! case it is asked for again; all are listed at [`ServerLimits`], [`ClientLimits`] and [`http::HttpLimits`].
//!
//! ```
//! use bytes::Bytes;
//! use castline_rtmp_chunk::rtmpt::{Handled, Server, ServerLimits};
//! # #[allow(clippy::disallowed_methods)] let now = std::time::Instant::now();
//!
//! let mut server = Server::new(ServerLimits::default(), [7; 32]);
//! let Handled::Opened { session, .. } = server.handle_request(now, "/open/1", Bytes::new()) else { panic!() };
//! let path = format!("/send/{session}/2");
//! let Handled::Received { session, bytes } = server.handle_request(now, &path, "C0 C1".into()) else { panic!() };
//! assert_eq!(bytes, "C0 C1");
//! server.queue(session, "S0 S1 S2".into()).unwrap();
//! let answer = server.answer(session);
//! assert_eq!(answer.body.concat(), b"\x01S0 S1 S2");
//! ```

#[cfg(feature = "std")]
mod client;
mod command;
mod error;
pub mod http;
mod interval;
#[cfg(feature = "std")]
mod limits;
#[cfg(feature = "std")]
mod outgoing;
#[cfg(feature = "std")]
mod server;
#[cfg(feature = "std")]
mod session;

#[cfg(feature = "std")]
pub use client::{Client, ClientConfig, Request};
pub use command::{Answer, CONTENT_TYPE, Command};
pub use error::{SendError, TunnelError};
pub use interval::PollingInterval;
#[cfg(feature = "std")]
pub use limits::{ClientLimits, ServerLimits};
#[cfg(feature = "std")]
pub use server::{Handled, Server};
#[cfg(feature = "std")]
pub use session::SessionId;
