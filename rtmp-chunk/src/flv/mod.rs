//! FLV files and streams (Adobe Flash Video File Format 10.1, Annex E).
//!
//! [`Reader`] takes tags off a stream that arrives in pieces; [`Writer`] and [`SharedTag`] give the bytes of a
//! file or an HTTP-FLV answer as segments that are never joined.
//!
//! ```
//! use bytes::{Bytes, BytesMut};
//! use castline_rtmp_chunk::{Tag, TagType, flv};
//!
//! let mut writer = flv::Writer::new(flv::Header::new(true, false));
//! let mut stream = BytesMut::from(&writer.start()[..]);
//! let tag = Tag::new(TagType::Audio, 23, Bytes::from_static(&[0xaf, 1, 0x21, 0x10]));
//! for segment in writer.tag(&tag)? {
//!     stream.extend_from_slice(&segment); // A socket would take the segments by one vectored write.
//! }
//!
//! let mut reader = flv::Reader::new(flv::ReaderConfig::default());
//! assert_eq!(reader.decode(&mut stream)?, Some(tag));
//! assert_eq!(reader.decode(&mut stream)?, None);
//! assert!(reader.header().is_some_and(|header| header.has_audio && !header.has_video));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
mod framer;
mod header;
mod reader;
mod resync;
mod tag_header;
mod writer;

pub use config::{Diagnostics, Limits, ReaderConfig, Recovery, StreamStart};
pub use header::Header;
pub use reader::Reader;
pub use tag_header::TagHeader;
pub use writer::{SharedTag, TagTooLarge, Writer};
