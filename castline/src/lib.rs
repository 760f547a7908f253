//! castline is a family of streaming-protocol crates that never touch a socket, a clock, a thread or a random source:
//! bytes and time go in by `handle_*`, everything comes out by `poll_*`. This one has all of them behind features, so
//! that a program needs one dependency line.
//!
//! | feature | module | what it is | crate |
//! |---|---|---|---|
//! | always | [`core`] | [`Machine`](core::Machine), clocks, bounds-checked reading | `castline-core` |
//! | `codec` (default) | [`codec`] | tracks, frames, facts of H.264, H.265, AV1, VP8, VP9, AAC, Opus and more | `castline-codec` |
//! | `sdp` (default) | [`sdp`] | session descriptions (RFC 8866) with typed attributes | `castline-sdp` |
//! | `rtp` (default) | [`rtp`] | RTP and RTCP (RFC 3550), payload formats, senders | `castline-rtp-rtcp` |
//! | `rtsp` (default) | [`rtsp`] | RTSP 1.0 and 2.0: messages, server and client sessions | `castline-rtsp-proto` |
//! | `rtmp` (default) | [`rtmp`] | RTMP and FLV: server and client sessions, AMF, Enhanced RTMP, files | `castline-rtmp-chunk` |
//! | `rtmpe`, `serde` | | what these add to [`rtmp`]: RTMPE; AMF from and into serde types | |
//! | `mp4` (default) | [`mp4`] | MP4, QuickTime and fragmented files; with `rtp`, files turned into RTP and SDP | `castline-mp4-hint` |
//! | `std` (default) | | session machines and senders; without it the wire modules are `no_std` with `alloc` | |
//! | `tokio` | `core::driver`, `core::udp` | any machine over any tokio stream; UDP with GSO and GRO | |
//! | `testing` | `core::testing` | two machines against each other in memory | |
//!
//! The features enable each other where they build on each other: `rtp` brings `codec` and `sdp`, `rtmp` brings `codec`. The features and
//! modules have the short names of the protocols; [`bytes`] is here because media goes in and out as its `Bytes`.
//!
//! # An MP4 file as SDP and RTP
//!
#![cfg_attr(all(feature = "rtp", feature = "mp4"), doc = "```")]
#![cfg_attr(not(all(feature = "rtp", feature = "mp4")), doc = "```ignore")]
//! # fn film() -> Bytes { Bytes::from_static(include_bytes!("../../mp4-hint/tests/data/faststart.mp4")) }
//! use std::sync::Arc;
//! use castline::bytes::Bytes;
//! use castline::mp4::{self, MovieReader, RtpSource};
//! use castline::rtp::{RtpHeader, SequenceNumber, Ssrc};
//!
//! let file: Bytes = film(); // From a disk, an object store, an upload.
//! let movie = Arc::new(MovieReader::read_all(Default::default(), &file)?);
//! let sdp = mp4::sdp(&movie, &castline::sdp::Origin::new(1, 1), Default::default()).build()?;
//! assert!(sdp.to_string().contains("a=rtpmap:96 H264/90000"));
//!
//! let video = &mp4::rtp_tracks(&movie)[0];
//! let mut source = RtpSource::new(movie, &[video.track], None, &Default::default())?;
//! let (mut number, mut datagrams) = (SequenceNumber(7), Vec::new());
//! while datagrams.len() < 3 {
//!     while let Some(read) = source.poll_read() { // Which bytes of the file it needs next.
//!         let start = read.offset as usize;
//!         source.handle_input(read.offset, file.slice(start..(start + read.len).min(file.len())));
//!     }
//!     let Some(packet) = source.poll_packet() else { break };
//!     let header = RtpHeader::new(video.payload_type, number, packet.payload.timestamp as u32, Ssrc(1));
//!     let mut datagram = Vec::new(); // To be sent at `packet.due`, over UDP or inside RTSP.
//!     header.with_marker(packet.payload.marker).encode(&mut datagram);
//!     packet.payload.write_to(&mut datagram);
//!     datagrams.push(datagram);
//!     number = number.wrapping_add(1);
//! }
//! assert_eq!(datagrams.len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is implemented
//!
//! - [x] RTSP, RTP and RTCP, SDP, RTMP and FLV, MP4: see the checklist of each module
//! - [ ] MPEG-TS, HLS
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[doc(no_inline)]
pub use bytes;
pub use castline_core as core;

#[cfg(feature = "codec")]
pub use castline_codec as codec;
#[cfg(feature = "mp4")]
pub use castline_mp4_hint as mp4;
#[cfg(feature = "rtmp")]
pub use castline_rtmp_chunk as rtmp;
#[cfg(feature = "rtp")]
pub use castline_rtp_rtcp as rtp;
#[cfg(feature = "rtsp")]
pub use castline_rtsp_proto as rtsp;
#[cfg(feature = "sdp")]
pub use castline_sdp as sdp;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
