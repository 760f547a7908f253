//! Protocol control and user control messages (RTMP 1.0 §5.4, §7.1.7), and the accounting behind them.
//!
//! [`ControlMessage`] reads and writes all of them. [`ReceiveWindow`] tells when to acknowledge, [`SendWindow`] what
//! the peer has acknowledged and what window its Set Peer Bandwidth results in.
//!
//! ```
//! use castline_rtmp_chunk::control::{ControlMessage, UserControl};
//!
//! let ping = ControlMessage::UserControl(UserControl::PingRequest(77)).to_message();
//! assert_eq!((ping.chunk_stream_id, &ping.payload[..]), (2, &[0, 6, 0, 0, 0, 77][..]));
//! let Some(ControlMessage::UserControl(event)) = ControlMessage::parse(&ping)? else { panic!("it is one") };
//! assert_eq!(event.answer(), Some(UserControl::PingResponse(77)));
//! # Ok::<(), castline_rtmp_chunk::ParseError>(())
//! ```
//!
//! - [x] §5.4.1 Set Chunk Size, §5.4.2 Abort, §5.4.3 Acknowledgement, §5.4.4 Window Acknowledgement Size
//! - [x] §5.4.5 Set Peer Bandwidth with the hard, soft and dynamic rules
//! - [x] §7.1.7 User Control events 0 to 4, 6 and 7; 26, 27 (SWF verification), 31 and 32 (buffer empty, ready),
//!   which peers use; others are kept

mod message;
mod user_control;
mod window;

pub use self::message::{ControlMessage, LimitType};
pub use self::user_control::{SwfVerification, UserControl};
pub use self::window::{ReceiveWindow, SendWindow};

/// The chunk stream of control messages (RTMP 1.0 §5.4).
pub const CONTROL_CHUNK_STREAM_ID: u32 = 2;
