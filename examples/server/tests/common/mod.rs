//! What the integration tests share: the real server as a child process, a small raw client, and files to serve.

mod client;
mod folder;
mod http;
mod process;
mod rtp;
mod udp;
mod watcher;

pub(crate) use client::{Client, Response, Unit};
pub(crate) use folder::{DEMO, Folder, boxes, demo_samples, find_box, spoilt, tall_movie};
pub(crate) use http::{Answer, Http, WebSocket, fetch};
pub(crate) use process::{Server, free_port, run_to_end};
pub(crate) use rtp::{Report, Rtp, access_units, assert_contiguous, nal_units, reports, rtp_info};
pub(crate) use udp::{UdpPair, UdpTrack, receive, receiver_report};
pub(crate) use watcher::Watcher;
