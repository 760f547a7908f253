//! Data messages and shared objects (RTMP 1.0 §7.1.2, §7.1.3).
//!
//! A relay needs no values at all: [`frame`] tells what a data message is and takes `@setDataFrame` off and puts
//! it on without a copy. [`DataMessage`] reads and writes what they say, [`SharedObjectMessage`] those of the
//! other kind.
//!
//! ```
//! use castline_rtmp_chunk::MessageType;
//! use castline_rtmp_chunk::amf::{Limits, amf0::Object};
//! use castline_rtmp_chunk::data::{Data, DataMessage, StreamMetadata, frame};
//!
//! let properties = Object::new().with("width", 1280).with("height", 720);
//! let sent = DataMessage::set_data_frame(Data::Metadata(StreamMetadata::new(properties)));
//! let payload = sent.to_payload(MessageType::DATA_AMF0);
//!
//! let body = frame::to_script(MessageType::DATA_AMF0, &payload); // for players and files
//! let read = DataMessage::parse(MessageType::DATA_AMF0, &body, &Limits::DEFAULT);
//! let Data::Metadata(metadata) = read.data else { panic!("metadata") };
//! assert_eq!((metadata.width(), metadata.height()), (Some(1280.0), Some(720.0)));
//! ```

mod cue;
pub mod frame;
mod message;
mod metadata;
mod shared_object;
mod shared_object_event;

#[cfg(test)]
mod tests;

pub use cue::{CuePoint, TextData};
pub use message::{Data, DataMessage};
pub use metadata::{CodecId, StreamMetadata};
pub use shared_object::{SharedObjectFlags, SharedObjectLimits, SharedObjectMessage};
pub use shared_object_event::SharedObjectEvent;
