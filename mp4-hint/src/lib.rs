//! ISO base media files (MP4, QuickTime, fragmented MP4) read without a file handle: the movie's tracks,
//! compact sample tables, and frames.
//!
//! Sans-IO: [`MovieReader`] and [`FrameReader`] say which bytes of the file they want, and are given them.
//! The `moov` box is kept as it was read and indexed in place, so that a million samples cost 12 bytes each
//! for the file's own tables and a quarter of a byte for the index.
//!
//! ```
//! # fn file() -> bytes::Bytes { bytes::Bytes::from_static(include_bytes!("../tests/data/faststart.mp4")) }
//! use std::sync::Arc;
//! use castline_mp4_hint::{FrameReader, MovieReader};
//!
//! let file = file(); // Read it from where you like: a disk, an object store.
//! let mut reader = MovieReader::new(Default::default(), Some(file.len() as u64));
//! while let Some(read) = reader.poll_read() {
//!     let start = read.offset as usize;
//!     reader.handle_input(read.offset, file.slice(start..start + read.len));
//! }
//! let movie = Arc::new(reader.into_movie()?);
//! assert_eq!(movie.tracks()[0].media.codec.name(), "H.264");
//!
//! let mut frames = FrameReader::all_tracks(movie, Some(file.len() as u64), Default::default());
//! let mut count = 0;
//! while !frames.is_finished() {
//!     while let Some(read) = frames.poll_read() {
//!         let start = read.offset as usize;
//!         frames.handle_input(read.offset, file.slice(start..start + read.len));
//!     }
//!     while let Some(_frame) = frames.poll_frame() {
//!         count += 1;
//!     }
//! }
//! assert!(count > 3);
//! # Ok::<(), castline_mp4_hint::ParseError>(())
//! ```
//!
//! With the feature `rtp` (default), [`sdp()`] describes a movie, and [`RtpSource`] cuts its frames into RTP
//! payloads; both in normal play time (NPT), so that seeks map. [`FrameReader`] has the times of the file,
//! where what an edit list hides at the beginning lies before 0; NPT counts from there on, so that a time
//! of the file and [`Movie::lead`] together are its NPT.
//!
//! # What is implemented
//!
//! ISO/IEC 14496-12:
//! - [x] 4.2 boxes: 32- and 64-bit sizes, size 0, `uuid`; `wide` and unended `udta` of QuickTime
//! - [x] 4.3 `ftyp`; 8.2 `moov`, `mvhd`; 8.3 `trak`, `tkhd`; 8.4 `mdia`, `mdhd`, `hdlr`
//! - [x] 8.5 `stsd` (first entry); 8.6 `stts`, `ctts` (both versions), `stss`; 8.7 `stsz`, `stz2`, `stsc`,
//!   `stco`, `co64`
//! - [x] 8.6.6 `elst`: leading empty edits and the first real edit
//! - [x] 8.8 fragments: `mvex`, `mehd`, `trex`, `moof`, `traf`, `tfhd`, `tfdt`, `trun`
//! - [x] hint tracks are recognised and passed over
//! - [ ] `sdtp`, `sbgp`, `sgpd`, `sidx`, `mfra`: not needed to play, passed over
//! - [ ] several sample descriptions per track: the first one's parameters hold for all samples
//! - [ ] 8.12 protected media; 9 hint track formats
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

mod boxes;
mod config;
mod demux;
mod error;
mod form;
mod fourcc;
mod movie;
mod reader;
#[cfg(feature = "rtp")]
mod rtp;
#[cfg(feature = "rtp")]
mod sdp;
mod table;

pub use config::{FrameReaderConfig, Limits, ReaderConfig};
pub use demux::{FaultReason, FrameReader, SampleFault};
pub use error::ParseError;
pub use fourcc::FourCc;
pub use movie::{Brands, Movie, MovieTrack, UnsupportedReason, UnsupportedTrack};
pub use reader::{MovieReader, ReadRequest};
#[cfg(feature = "rtp")]
pub use rtp::{MediaPacket, RtpFault, RtpSource, RtpSourceConfig};
#[cfg(feature = "rtp")]
pub use sdp::{RtpTrack, rtp_tracks, sdp};
pub use table::{Sample, SampleCursor, SampleTable};
