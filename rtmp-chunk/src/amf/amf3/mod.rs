//! AMF3 ("Action Message Format -- AMF 3", Adobe 2013).
//!
//! ```
//! use castline_rtmp_chunk::amf::{Limits, amf3::{Object, Traits, Value}};
//!
//! let point = Traits::new("Point").with_sealed(["x", "y"]);
//! let value = Value::from(Object::new(point).with("x", 3).with("y", 0.5));
//! let mut bytes = Vec::new();
//! value.encode(&mut bytes);
//! let (read, len) = Value::parse(&bytes, &Limits::DEFAULT)?;
//! assert_eq!((&read, len), (&value, bytes.len()));
//! let object = read.as_object().ok_or("an object")?;
//! assert_eq!(object.class_name(), "Point");
//! assert_eq!(object.get("y").and_then(Value::as_f64), Some(0.5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Strings and traits share memory where the input refers back to them; whether they were sent in full or by
//! reference is kept beside them ([`Utf8Vr`]), is no part of what they are equal to, and is followed when they are
//! written again as far as it still makes sense. Objects that were sent by reference stay
//! [`Value::Reference`], which is what makes cycles harmless; [`References`] looks them up.
//!
//! What is read is written again byte for byte, with these exceptions: integers that were not in their shortest
//! U29 form, the flag bytes of vectors and dictionaries where they are above 1, and the meaningless bits
//! beside the flag of externalizable traits.

mod collections;
mod decode;
mod encode;
mod external;
mod object;
mod references;
#[cfg(feature = "serde")]
mod typed;
mod utf8_vr;
mod value;

pub use collections::{Array, Dictionary, ObjectVector, Vector};
pub use decode::Decoder;
pub(crate) use decode::{Parser, Tables};
pub use encode::Encoder;
pub(crate) use encode::{Writer, Written};
pub use external::{ExternalPart, ExternalReader, Externals, FlexCollections, NoExternals};
pub use object::{Object, Traits};
pub use references::References;
#[cfg(feature = "serde")]
pub(crate) use typed::deserialize;
#[cfg(feature = "serde")]
pub use typed::{from_slice, from_value};
pub use utf8_vr::Utf8Vr;
pub use value::{Reference, ReferenceKind, Value};

/// The type markers (AMF3 §3.1).
mod marker {
    pub(super) const UNDEFINED: u8 = 0x00;
    pub(super) const NULL: u8 = 0x01;
    pub(super) const FALSE: u8 = 0x02;
    pub(super) const TRUE: u8 = 0x03;
    pub(super) const INTEGER: u8 = 0x04;
    pub(super) const DOUBLE: u8 = 0x05;
    pub(super) const STRING: u8 = 0x06;
    pub(super) const XML_DOCUMENT: u8 = 0x07;
    pub(super) const DATE: u8 = 0x08;
    pub(super) const ARRAY: u8 = 0x09;
    pub(super) const OBJECT: u8 = 0x0a;
    pub(super) const XML: u8 = 0x0b;
    pub(super) const BYTE_ARRAY: u8 = 0x0c;
    pub(super) const VECTOR_INT: u8 = 0x0d;
    pub(super) const VECTOR_UINT: u8 = 0x0e;
    pub(super) const VECTOR_DOUBLE: u8 = 0x0f;
    pub(super) const VECTOR_OBJECT: u8 = 0x10;
    pub(super) const DICTIONARY: u8 = 0x11;
}

/// The most that fits a U29 beside its reference flag: lengths, counts and ids (AMF3 §1.3.1).
const MAX_U28: usize = (1 << 28) - 1;
