//! Commands of NetConnection and NetStream (RTMP 1.0 §7.2): calls, their answers, and what both say.
//!
//! [`CommandMessage`] reads and writes the body of a command message; [`Command`] is what it says, [`Call`] its
//! generic form, for procedures of an application's own.
//!
//! ```
//! use castline_rtmp_chunk::MessageType;
//! use castline_rtmp_chunk::amf::Limits;
//! use castline_rtmp_chunk::command::{Command, CommandMessage, ConnectInfo, Reply};
//!
//! // The client connects,
//! let connect = Command::Connect(ConnectInfo::new("live", "rtmp://media.example/live"));
//! let payload = connect.with_transaction(1).to_payload(MessageType::COMMAND_AMF0);
//!
//! // the server reads it and answers what comes next, a createStream.
//! let heard = CommandMessage::parse(MessageType::COMMAND_AMF0, &payload, &Limits::DEFAULT)?;
//! let Command::Connect(info) = heard.command else { panic!("a connect") };
//! assert_eq!((info.app(), info.tc_url()), ("live", Some("rtmp://media.example/live")));
//! let answer = Command::Result(Reply::stream_id(1)).with_transaction(2);
//! assert_eq!(answer.to_message(3, 0).payload.len(), answer.encoded_len());
//! # Ok::<(), castline_rtmp_chunk::ParseError>(())
//! ```

pub mod auth;
mod call;
mod capabilities;
mod connect;
mod convert;
mod flex;
mod kinds;
mod path;
mod reply;
mod status;
mod stream;
mod url;

#[cfg(test)]
mod tests;

pub use call::Call;
pub(crate) use call::skip_format_byte;
pub use capabilities::{Capabilities, CapsEx, FourCcInfo, FourCcInfoMap};
pub use connect::{ConnectInfo, ConnectReply};
pub(crate) use flex::plain;
pub use kinds::{Command, CommandMessage};
pub use path::StreamPath;
pub use reply::Reply;
pub use status::{ReconnectRequest, Status, StatusCode, StatusLevel};
pub use stream::{Pause, Play, Play2, PlayReset, PlayStart, Publish, PublishMode};
pub use url::{RtmpUrl, Scheme};
