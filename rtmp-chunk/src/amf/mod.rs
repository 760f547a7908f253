//! AMF0 and AMF3.

pub mod amf0;
pub mod amf3;
