//! Authentication in `connect`: `authmod=adobe` and `authmod=llnw`, both sides.
//!
//! The server refuses (`_error`, `NetConnection.Connect.Rejected`) with an [`AuthRejection`] as description; the
//! client connects again with more in the query of its application, twice. The password never crosses the wire,
//! but neither scheme hides media or stops a man in the middle: MD5 is what deployed peers speak, TLS is what
//! protects.
//!
//! ```
//! use core::time::Duration;
//! use castline_rtmp_chunk::command::auth::{AuthMode, Authenticator, ClientAuth, Verdict};
//!
//! let mut server = Authenticator::new(AuthMode::Adobe, [1; 32]);
//! let mut client = ClientAuth::new("ann", "secret", [2; 32]);
//! let mut app = String::from("live");
//! loop {
//!     match server.check(Duration::ZERO, &app, |user| (user == "ann").then_some("secret".into())) {
//!         Verdict::Accepted { user } => break assert_eq!(user, "ann"),
//!         Verdict::Rejected(rejection) => {
//!             app = format!("live{}", client.answer("live", &rejection.to_string())?);
//!         }
//!     }
//! }
//! # Ok::<(), castline_rtmp_chunk::command::auth::AuthError>(())
//! ```

mod client;
mod digest;
mod rejection;
mod server;

#[cfg(test)]
mod tests;

pub use client::{AuthError, ClientAuth};
pub use digest::{LlnwAnswer, adobe_response, llnw_response};
pub use rejection::{AuthMode, AuthRejection, Challenge};
pub use server::{Authenticator, Verdict};
