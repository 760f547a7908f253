//! AMF0 ("Action Message Format -- AMF 0", Adobe 2007).
//!
//! ```
//! use castline_rtmp_chunk::amf::{Limits, amf0::{Object, Value}};
//!
//! let connect = [
//!     Value::from("connect"),
//!     Value::from(1),
//!     Object::new().with("app", "live").with("tcUrl", "rtmp://h/live").into(),
//! ];
//! let bytes = castline_rtmp_chunk::amf::amf0::to_vec(&connect);
//! let read = Value::parse_all(&bytes, &Limits::DEFAULT)?;
//! assert_eq!(read, connect);
//! let app = read[2].as_object().and_then(|object| object.get("app"));
//! assert_eq!(app.and_then(Value::as_str), Some("live"));
//! # Ok::<(), castline_rtmp_chunk::ParseError>(())
//! ```
//!
//! Three ways to read: [`Value`] owns what it holds; [`ValueRef`] looks at the input where it lies, without
//! taking memory; with the feature `serde`, `from_slice` and `from_message` fill any type.
//!
//! What is read is written again byte for byte, with these exceptions: a boolean byte above 1 becomes 1, an
//! ECMA array that ran into the end of the input gets its end marker, a long string of fewer bytes stays
//! long, but a string of more than 65,535 bytes that was built as a short one becomes long; and what holds for
//! [`amf3`](super::amf3) inside.

mod borrowed;
mod decode;
mod encode;
mod object;
mod quick;
mod references;
mod skim;
#[cfg(feature = "serde")]
mod typed;
mod value;

pub use borrowed::{ArrayRef, BorrowedDecoder, Items, Members, ObjectRef, ValueRef};
pub use decode::Decoder;
pub use encode::{Encoder, encode_all, to_vec};
pub use object::Object;
pub use references::References;
#[cfg(feature = "serde")]
pub use typed::{
    ValueDeserializer, from_message, from_slice, from_slice_within, from_value, to_bytes,
    to_message, to_value,
};
pub use value::{Date, EcmaArray, TypedObject, Value};

/// The type markers (AMF0 §2.1).
mod marker {
    pub(super) const NUMBER: u8 = 0x00;
    pub(super) const BOOLEAN: u8 = 0x01;
    pub(super) const STRING: u8 = 0x02;
    pub(super) const OBJECT: u8 = 0x03;
    pub(super) const MOVIE_CLIP: u8 = 0x04;
    pub(super) const NULL: u8 = 0x05;
    pub(super) const UNDEFINED: u8 = 0x06;
    pub(super) const REFERENCE: u8 = 0x07;
    pub(super) const ECMA_ARRAY: u8 = 0x08;
    pub(super) const OBJECT_END: u8 = 0x09;
    pub(super) const STRICT_ARRAY: u8 = 0x0a;
    pub(super) const DATE: u8 = 0x0b;
    pub(super) const LONG_STRING: u8 = 0x0c;
    pub(super) const UNSUPPORTED: u8 = 0x0d;
    pub(super) const RECORD_SET: u8 = 0x0e;
    pub(super) const XML_DOCUMENT: u8 = 0x0f;
    pub(super) const TYPED_OBJECT: u8 = 0x10;
    pub(super) const AVM_PLUS: u8 = 0x11;
}
