//! RTMP and FLV, Sans-IO.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

pub mod amf;
pub mod chunk;
#[cfg(feature = "std")]
pub mod client;
pub mod command;
pub mod control;
pub mod data;
mod error;
pub mod flv;
pub mod handshake;
pub mod media;
mod message;
pub mod rtmpt;
#[cfg(feature = "std")]
pub mod server;
#[cfg(feature = "std")]
pub mod session;
pub mod tag;

pub use error::{ParseError, ParseErrorKind};
pub use message::{Message, MessageType};
pub use tag::{Tag, TagType};
