//! The memory that files built to hurt can take: alone in its process, so that the process can be asked.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

mod common;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use castline_mp4_hint::{FrameReader, FrameReaderConfig, MovieReader, ReaderConfig};
use common::hostile;

/// The high-water mark of resident memory, where the system tells it.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[test]
fn files_built_to_hurt_stay_below_64_mib() {
    let cases: Vec<(&str, Bytes)> = hostile::cases()
        .into_iter()
        .map(|(name, file)| (name, Bytes::from(file)))
        .collect();
    let before = peak_bytes();
    for (name, file) in &cases {
        if let Ok(movie) = MovieReader::read_all(ReaderConfig::default(), file) {
            let config = FrameReaderConfig::default();
            let mut reader = FrameReader::all_tracks(Arc::new(movie), None, config);
            reader.seek(Duration::from_secs(1));
            for _ in 0..1000 {
                while let Some(read) = reader.poll_read() {
                    reader.handle_input(read.offset, common::range(file, read.offset, read.len));
                }
                let _ = reader.poll_frame();
            }
        }
        if let (Some(before), Some(peak)) = (before, peak_bytes()) {
            assert!(peak - before <= 64 << 20, "{name}: {} bytes", peak - before);
        }
    }
}
