//! The real binary, on loopback, against a client that is written by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    dead_code,
    missing_docs,
    reason = "test code; what the tests share is not all used by each"
)]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod files;
mod flv;
mod hostile;
mod http;
mod limits;
mod live_flv;
mod playing;
mod process;
mod slow;
mod udp;
