//! RTMP handshakes, both roles: simple, digest (both schemas), and RTMPE behind the feature `rtmpe`.
//!
//! ```text
//! client                     server
//!   C0 C1  ────────────────▶           version, 1536 bytes
//!          ◀────────────────  S0 S1 S2 version, 1536 bytes, C1 answered
//!   C2     ────────────────▶           S1 answered
//! ```
//!
//! A [`ServerHandshake`] or [`ClientHandshake`] takes bytes off the front of a buffer, in pieces of any size, and
//! gives an [`Outcome`] when its last packet is in. What stands in the buffer then is the first chunk, enciphered
//! when the outcome has [`Ciphers`].
//!
//! - [x] RTMP 1.0 §5.2: C0/S0, C1/S1, C2/S2; deprecated versions 0-2, reserved 4-31, not RTMP from 32 on
//! - [x] Flash 9 digests (HMAC-SHA256 inside C1 and S1, signed C2 and S2), schema 0 and 1, both roles, by detection
//! - [x] RTMPE version 6: Diffie-Hellman in the 1024-bit MODP group of RFC 2409 §6.2, RC4 (feature `rtmpe`)
//! - [ ] RTMPE versions 8 and 9: their signatures are enciphered once more; a client that asks for them is answered 6
//! - [ ] SWF verification
//!
//! RTMPE is kept for old players. It authenticates nobody, RC4 is broken, and its arithmetic here is not constant
//! in time: whoever needs secrecy takes RTMPS.
//!
//! **Limits.** A handshake never needs more than 1537 bytes of input at once and keeps less than 1 KiB itself
//! between packets; what it has to send is 3073 bytes at most. It has no clock: the session times it out.
//!
//! ```
//! use bytes::BytesMut;
//! use castline_rtmp_chunk::handshake::{ClientHandshake, ServerHandshake};
//!
//! let mut client = ClientHandshake::new(Default::default(), [1; 32], 0);
//! let mut server = ServerHandshake::new(Default::default(), [2; 32], 0);
//! let (mut to_server, mut to_client) = (BytesMut::new(), BytesMut::new());
//! let (mut at_server, mut at_client) = (None, None);
//! while at_server.is_none() || at_client.is_none() {
//!     while let Some(bytes) = client.poll_transmit() {
//!         to_server.extend_from_slice(&bytes);
//!     }
//!     at_server = at_server.or(server.handle_input(&mut to_server)?);
//!     while let Some(bytes) = server.poll_transmit() {
//!         to_client.extend_from_slice(&bytes);
//!     }
//!     at_client = at_client.or(client.handle_input(&mut to_client)?);
//! }
//! # Ok::<(), castline_rtmp_chunk::handshake::HandshakeError>(())
//! ```

mod cipher;
mod client;
mod config;
mod digest;
mod echo;
mod error;
mod outcome;
mod packet;
#[cfg(feature = "rtmpe")]
mod rtmpe;
mod server;
#[cfg(test)]
mod tests;
mod version;

pub use cipher::{Cipher, Ciphers};
pub use client::ClientHandshake;
#[cfg(feature = "rtmpe")]
pub use config::Encryption;
pub use config::{ClientHandshakeConfig, DigestPolicy, Offer, ServerHandshakeConfig};
pub use digest::Schema;
pub use echo::{Echo, EchoCheck};
pub use error::{Foreign, HandshakeError};
pub use outcome::{HandshakeKind, Outcome};
pub use packet::PACKET_BYTES;
pub use server::ServerHandshake;
pub use version::{Version, VersionPolicy};
