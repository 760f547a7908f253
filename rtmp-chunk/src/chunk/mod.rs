//! Chunk streams (RTMP 1.0 §5.3): messages cut into chunks and interleaved, and put together again.
//!
//! [`ChunkReader`] takes the bytes of a connection after its handshake and gives whole messages; [`ChunkWriter`]
//! makes the segments that go out. [`SharedMessage`] is one message chunked once for all viewers. [`aggregate`]
//! splits and builds aggregate messages (§7.1.6).
//!
//! ```
//! use bytes::{Bytes, BytesMut};
//! use castline_rtmp_chunk::chunk::{ChunkReader, ChunkWriter, MessageHeader, ReaderConfig};
//! use castline_rtmp_chunk::MessageType;
//!
//! let mut segments = Vec::new();
//! let mut writer = ChunkWriter::new();
//! let header = MessageHeader::new(6, MessageType::VIDEO, 1, 40);
//! writer.write(&header, &[Bytes::from_static(&[0x17; 300])], &mut segments)?;
//! assert_eq!(segments.len(), 6, "three chunks: a header and a slice of the payload each");
//!
//! let mut input: BytesMut = segments.concat().as_slice().into();
//! let mut reader = ChunkReader::new(ReaderConfig::default());
//! let message = reader.decode(&mut input)?.expect("all of it is there");
//! assert_eq!((message.timestamp, message.payload.len()), (40, 300));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [x] §5.3.1.1: chunk stream ids in 1, 2 and 3 bytes
//! - [x] §5.3.1.2: message headers of types 0 to 3
//! - [x] §5.3.1.3: extended timestamps; in type 3 chunks present, absent or found out, see [`ExtTimestamp`]
//! - [x] §5.4.1, §5.4.2: Set Chunk Size and Abort take effect as they are read
//! - [x] §7.1.6: aggregate messages

pub mod aggregate;
mod assembly;
mod basic_header;
mod config;
mod error;
mod ext_timestamp;
mod message_header;
mod reader;
mod segments;
mod shared;
mod table;
mod writer;

pub use self::config::{ExtTimestamp, Interrupted, Limits, ReaderConfig, TimestampBits};
pub use self::error::WriteError;
pub use self::message_header::MessageHeader;
pub use self::reader::ChunkReader;
pub use self::shared::SharedMessage;
pub use self::writer::ChunkWriter;

/// The chunk size of a fresh connection, both ways, in bytes (RTMP 1.0 §5.4.1).
pub const DEFAULT_CHUNK_SIZE: u32 = 128;

/// The largest chunk size that makes a difference, in bytes: no message is longer (RTMP 1.0 §5.4.1).
pub const MAX_CHUNK_SIZE: u32 = 0xFF_FFFF;

/// The longest message in bytes: its length field has 24 bits (RTMP 1.0 §5.3.1.2).
pub const MAX_MESSAGE_BYTES: u32 = 0xFF_FFFF;

/// The largest chunk stream id; the smallest is 2 (RTMP 1.0 §5.3.1.1).
pub const MAX_CHUNK_STREAM_ID: u32 = 65_599;

/// The field value that says that an extended timestamp follows (RTMP 1.0 §5.3.1.3).
const EXTENDED: u32 = 0xFF_FFFF;
