//! The Sans-IO vocabulary that all castline crates speak.
//!
//! *Bytes and time go in by `handle_*`, which never fails; everything comes out by `poll_*`; what the
//! peer did wrong comes out of `poll_event`, in order; what you did wrong comes out of the call you
//! made.*
//!
//! - [`Machine`] is the one trait: a protocol session over one byte stream.
//! - [`Reader`] reads integers and slices from untrusted bytes, checked at every step.
//! - [`NtpTime`] and [`ClockAnchor`] tie the monotonic clock to wall-clock time.
//! - [`Random`] is the seeded generator behind identifiers that a peer must not guess.
//! - [`Path`], [`Datagram`] and [`Transmit`] are what goes over UDP, in and out.
//! - `driver::Connection` (feature `tokio`) drives any machine over any tokio stream.
//! - `udp::UdpPort` (feature `tokio`) sends and receives datagrams with GSO and GRO, and
//!   `udp::PortRange` binds RTP's even and RTCP's odd port.
//! - `testing` (feature `testing`) drives two machines against each other in memory.
//!
//! What is implemented of which document:
//!
//! - [x] RFC 3550 section 4: NTP timestamps, in 64 and 32 bits
//! - [x] RFC 3550 section 11: even and odd ports, in pairs
//! - [x] RFC 3550 section 8.1: random identifiers, from a seed of the caller's
//! - [ ] RFC 6679: ECN for RTP; datagrams are sent without a codepoint
//!
//! ```
//! use castline_core::Reader;
//!
//! let mut reader = Reader::new(&[0x80, 0x60, 0x00, 0x2a]);
//! assert_eq!(reader.u16()?, 0x8060);
//! assert_eq!(reader.u16()?, 42);
//! let end = reader.u8().unwrap_err();
//! assert_eq!((end.offset, end.needed), (4, 1));
//! # Ok::<(), castline_core::EndOfInput>(())
//! ```
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod clock;
mod datagram;
mod random;
mod reader;

#[cfg(feature = "std")]
mod machine;

#[cfg(feature = "tokio")]
pub mod driver;
#[cfg(feature = "tokio")]
pub mod udp;

#[cfg(feature = "testing")]
pub mod testing;

#[cfg(all(test, any(feature = "tokio", feature = "testing")))]
mod lines;

pub use clock::NtpTime;
pub use datagram::{Datagram, Path, Segments, Transmit};
pub use random::Random;
pub use reader::{EndOfInput, Reader};

#[cfg(feature = "std")]
pub use clock::ClockAnchor;
#[cfg(feature = "std")]
pub use machine::Machine;
