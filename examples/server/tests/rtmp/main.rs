//! The real binary over RTMP, against this house's own client machine and against raw sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    dead_code,
    unused_imports,
    missing_docs,
    reason = "test code; what the tests share is not all used by each"
)]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod bystanders;
mod floods;
mod hooks;
mod hostile;
mod house;
mod live;
mod media;
mod peer;
mod record;
mod relay;
mod several;
mod tls;
mod vod;
