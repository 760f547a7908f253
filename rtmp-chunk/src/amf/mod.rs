//! AMF0 and AMF3, the object notations of commands, metadata and shared objects.
//!
//! Values come in two forms: owned ([`amf0::Value`], [`amf3::Value`]) and, for AMF0, borrowed and lazy
//! ([`amf0::ValueRef`]), which takes no memory at all. Every read has a budget, [`Limits`]: depth, nodes and
//! bytes. References are never expanded, so that input of n bytes never makes more than a small constant
//! times n of memory, and cyclic values are no more dangerous than others.

pub mod amf0;
pub mod amf3;
mod limits;
#[cfg(feature = "serde")]
mod serde_error;
mod sink;
mod text;

pub use limits::Limits;
#[cfg(feature = "serde")]
pub use serde_error::SerdeError;
pub use text::{Text, TextRef};
