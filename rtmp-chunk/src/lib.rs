//! RTMP and FLV, Sans-IO: sessions of both roles, and every wire form they are made of.
//!
//! [`server`] and [`client`] are whole connections (feature `std`): bytes and time go in by `handle_*`, everything
//! comes out by `poll_*`; with the feature `tokio`, `castline_core::driver::Connection` puts one on a socket. What a
//! stream carries is a [`Tag`], in RTMP messages and FLV files alike, so that relaying copies nothing; [`media`] turns
//! tags into tracks and frames and back, and [`flv`] writes and reads files, HTTP-FLV and WS-FLV.
//!
//! ```
//! use bytes::{Bytes, BytesMut};
//! use castline_core::Machine;
//! use castline_rtmp_chunk::{Tag, TagType, client::*, command::*, flv, server::*};
//! # #[allow(clippy::disallowed_methods)] let now = std::time::Instant::now();
//!
//! let mut client = ClientConnection::new(ClientConfig::default(), [1; 32], now);
//! client.connect(&ConnectInfo::new("live", "rtmp://media.example/live"))?;
//! client.publish(Publish::new("camera?key=secret", PublishMode::Live))?;
//! let mut server = ServerConnection::new(ServerConfig::default(), [2; 32], now);
//! let (mut to_server, mut to_client) = (BytesMut::new(), BytesMut::new());
//! let published = 'wire: loop {
//!     to_server.extend(std::iter::from_fn(|| client.poll_transmit()).flatten()); // The work of a socket.
//!     server.handle_input(now, &mut to_server);
//!     while let Some(event) = server.poll_event()? {
//!         match event {
//!             ServerEvent::Connect(connect) => server.accept(connect.id)?,
//!             ServerEvent::Publish(wish) if wish.path.parameter("key") == Some("secret") => server.accept(wish.id)?,
//!             ServerEvent::Tag { tag, .. } => break 'wire tag,
//!             _ => {}
//!         }
//!     }
//!     to_client.extend(std::iter::from_fn(|| server.poll_transmit()).flatten());
//!     client.handle_input(now, &mut to_client);
//!     while let Some(event) = client.poll_event()? {
//!         let ClientEvent::PublishStarted { stream, .. } = event else { continue };
//!         client.send_tag(stream, &Tag::new(TagType::Audio, 20, Bytes::from_static(b"\xaf\x01a frame")))?;
//!     }
//! };
//! let [_framing, payload, _size] = flv::Writer::new(flv::Header::new(true, false)).tag(&published)?;
//! assert_eq!(payload, published.payload); // From the socket to the file, in the same memory.
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `examples/` has programs of one screen: `rtmp_publish`, `rtmp_pull`, `flv_info` and `amf_dump`.
//!
//! # What is implemented
//!
//! RTMP 1.0 (Adobe 2012; "RTMP Chunk Stream" and "RTMP Message Formats" of 2009 are parts of it):
//! - [x] §5.2: handshakes of both roles, fragmented; versions negotiated; the echo checked as a policy says
//! - [x] §5.3: chunk streams, see [`chunk`]: ids in 1, 2 and 3 bytes, types 0 to 3, extended timestamps that
//!   type 3 repeats or leaves out, interleaving, 32-bit wrap, chunk sizes from 1 up; written with the smallest
//!   headers, or once for all viewers ([`SharedMessage`](chunk::SharedMessage))
//! - [x] §5.4: protocol control, Set Peer Bandwidth with its hard, soft and dynamic rules, see [`control`]
//! - [x] §7.1: commands, data, shared objects, audio, video, aggregates, user control, see [`command`] and [`data`]
//! - [x] §7.2.1: connect, call, close, createStream; §7.2.2: play, play2, deleteStream, receiveAudio,
//!   receiveVideo, publish, seek, pause; several streams per connection
//! - [x] releaseStream, FCPublish, FCUnpublish, FCSubscribe, getStreamLength, `onBWDone`, `_checkbw`; calls of an
//!   application's own
//! - [ ] shared objects as a service: their messages are read, written and passed on, no state is kept
//!
//! Around RTMP, without a public specification:
//! - [x] digest handshakes (Flash 9), both schemas, both roles
//! - [x] RTMPE version 6 (feature `rtmpe`)
//! - [ ] RTMPE versions 8 and 9
//! - [x] RTMPT, both roles, see [`rtmpt`]; RTMPS is this over TLS, which the application brings
//! - [x] `authmod=adobe` and `authmod=llnw`, both roles, see [`command::auth`]
//! - [ ] SWF verification: its events are read and written, the hashes are left to the application
//!
//! AMF (Adobe), see [`amf`]:
//! - [x] AMF0 §2: all types, references, typed objects, the switch to AMF3; owned and borrowed
//! - [x] AMF3 §3: all types, references also of cycles, traits, externalizable classes by a registry, vectors,
//!   dictionaries
//! - [x] values from and into serde types, AMF0 (feature `serde`)
//! - [ ] AMF0 §4.1 packets of NetConnection over HTTP (remoting)
//!
//! FLV (Adobe Flash Video File Format 10.1, Annex E), see [`flv`] and [`tag`]:
//! - [x] E.2, E.3: header and body; resynchronised where they are broken
//! - [x] E.4.1 tags, E.4.2 audio, E.4.3 video, E.4.4 data; E.5 `onMetaData`, with the `keyframes` index of common use
//! - [ ] Annex F: encrypted tags are left out, or given as they are
//! - [x] H.265 under codec id 12, as used before Enhanced RTMP
//!
//! Enhanced RTMP, read and written:
//! - [x] v1: FourCC video, sequence start and end, coded frames with and without composition time, MPEG-2 TS
//!   sequence start, HDR metadata (`colorInfo`), `fourCcList`
//! - [x] v2: FourCC audio, multichannel configuration, multitrack (one, many, many codecs), ModEx with nanosecond
//!   offsets, `capsEx`, FourCC info maps, the reconnect request both ways
//! - [x] tracks and frames ([`media`]) for `avc1`, `hvc1`, `av01`, `vp08`, `vp09`, `mp4a`, `Opus`, `.mp3`, `ac-3`,
//!   `ec-3`
//! - [ ] tracks and frames for `vvc1` and `fLaC`: their tags are read, written and relayed
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
