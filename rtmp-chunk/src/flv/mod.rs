//! FLV files and streams (Adobe Flash Video File Format 10.1, Annex E).
//!
//! - [`Reader`] takes tags off a stream that arrives in pieces; [`Writer`] and [`SharedTag`] give the bytes of a
//!   file or an HTTP-FLV answer as segments that are never joined.
//! - [`FileReader`] plays a file that it may read anywhere, and seeks in it.
//! - [`Metadata`] is `onMetaData` with the keyframe index. [`IndexBuilder`] makes it for a file that has none,
//!   [`Recorder`] for one that is being written.
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
mod file_reader;
mod fix;
mod framer;
mod header;
mod index;
mod metadata;
mod reader;
mod recorder;
mod resync;
mod survey;
mod tag_header;
mod writer;

pub use config::{Diagnostics, Limits, ReaderConfig, Recovery, StreamStart};
pub use file_reader::{FileReader, FileReaderConfig, ReadRequest};
pub use fix::{Fixed, IndexBuilder};
pub use header::Header;
pub use index::{Keyframe, KeyframeIndex};
pub use metadata::Metadata;
pub use reader::Reader;
pub use recorder::{Patch, Recorder, RecorderConfig};
pub use tag_header::TagHeader;
pub use writer::{SharedTag, TagTooLarge, Writer};
