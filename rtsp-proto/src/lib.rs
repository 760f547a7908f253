//! RTSP 1.0 (RFC 2326) and 2.0 (RFC 7826), Sans-IO.
//!
//! One [`Decoder`] turns the bytes of a connection into requests, responses and interleaved frames; [`Request`]
//! and [`Response`] are also what is built and sent; [`headers`] reads and writes header values as types.
//! A message in a contiguous buffer is read without memory of its own by [`MessageRef`]. Whole sessions are the
//! machines of [`server`] and [`client`] (feature `std`).
//!
//! ```
//! use castline_rtsp_proto::headers::{CSeq, Session, Transport, TransportSpec};
//! use castline_rtsp_proto::{Decoder, Incoming, Method, Request, Response, StatusCode};
//!
//! // The client's side.
//! let mut wire = bytes::BytesMut::new();
//! Request::new(Method::SETUP, "rtsp://camera.example/stream/trackID=1")
//!     .typed(&CSeq::new(3))
//!     .typed(&Transport::from(TransportSpec::interleaved(0, 1)))
//!     .encode(&mut wire);
//!
//! // The server's side.
//! let mut decoder = Decoder::new();
//! let Some(Incoming::Request(setup)) = decoder.decode(&mut wire)? else { panic!("a request") };
//! let transport: Transport = setup.headers().typed()?.expect("SETUP has one");
//! let answer = Response::new(StatusCode::OK)
//!     .typed(&CSeq::new(setup.cseq().unwrap_or(0)))
//!     .typed(&Session::new("9a3f21c4").with_timeout_seconds(60))
//!     .typed(&transport);
//! let (head, body) = answer.into_segments();
//! assert!(head.ends_with(b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n") && body.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is implemented
//!
//! - [x] RFC 2326 §4-7, RFC 7826 §4-8: messages of both versions, folding, any line end but a lone CR
//! - [x] RFC 2326 §10.12, RFC 7826 §14: interleaved frames
//! - [x] RFC 2326 §7.1.1, RFC 7826 §17: status codes
//! - [x] RFC 2326 §12, RFC 7826 §18: typed headers, see [`headers`]
//! - [x] RFC 7826 §4.4: npt, smpte, smpte-30-drop, smpte-25 and clock ranges
//! - [x] RFC 7826 §18.54: Transport with all parameters of both versions
//! - [x] RFC 2326 §10 and A.2, RFC 7826 §13 and B: [`server`] sessions that play, by aggregate and by track, over
//!   TCP (interleaved) and UDP unicast, over several connections; [`client`] sessions that play
//! - [x] RFC 7826 §18.33, §13.5.1, §18.52: pipelined requests, end of stream, the server's TEARDOWN
//! - [ ] RFC 2326 §10.3, §10.11: ANNOUNCE and RECORD; multicast; RFC 7826 §18.54: RTCP-mux, media over TCP of its own
//! - [x] RFC 7235: challenges and credentials as values
//! - [ ] RFC 7616: computing and checking Digest responses
//! - [ ] RFC 7826 §19: the meaning of MIKEY messages (kept as base64)
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

#[cfg(feature = "std")]
pub mod client;
mod decoder;
mod error;
mod grammar;
pub mod headers;
mod interleaved;
mod limits;
mod message;
mod method;
#[cfg(feature = "std")]
pub mod server;
#[cfg(feature = "std")]
mod session;
mod status;
mod uri;
mod version;

pub use self::decoder::{Decoder, Incoming, Skipped};
pub use self::error::{HeaderError, ParseError, ParseErrorKind, UriError};
pub use self::interleaved::{InterleavedFrame, InterleavedHeader};
pub use self::limits::{Limits, Tolerance};
pub use self::message::{
    HeaderIter, HeaderValue, Headers, MessageRef, Request, RequestRef, Response, ResponseRef,
    canonical_header_name,
};
pub use self::method::Method;
#[cfg(feature = "std")]
pub use self::session::{ChannelKind, ConnectionError, SendError};
pub use self::status::StatusCode;
pub use self::uri::{Uri, join_control, percent_decode, percent_encode_path};
pub use self::version::Version;
