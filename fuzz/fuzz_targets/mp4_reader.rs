//! A file of any bytes: opened with answers of any size, seeked about, and sent.
#![no_main]

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use castline_mp4_hint::{
    FrameReader, FrameReaderConfig, MovieReader, ReaderConfig, RtpSource, RtpSourceConfig,
    rtp_tracks, sdp,
};
use libfuzzer_sys::fuzz_target;

/// How many frames or packets of one file are looked at.
const MOST: usize = 2000;

fn range(file: &Bytes, offset: u64, len: usize) -> Bytes {
    let start = usize::try_from(offset).map_or(file.len(), |at| at.min(file.len()));
    file.slice(start..start.saturating_add(len).min(file.len()))
}

fuzz_target!(|data: &[u8]| {
    // The first byte says how much of each request is answered.
    let Some((&pace, file)) = data.split_first() else {
        return;
    };
    let file = Bytes::copy_from_slice(file);
    let answered = |len: usize| {
        if pace == 0 {
            len
        } else {
            len.min(usize::from(pace) * 16)
        }
    };
    let file_len = pace.is_multiple_of(2).then_some(file.len() as u64);

    let mut reader = MovieReader::new(ReaderConfig::default(), file_len);
    while let Some(read) = reader.poll_read() {
        assert!(read.len > 0);
        reader.handle_input(read.offset, range(&file, read.offset, answered(read.len)));
    }
    let Ok(movie) = reader.into_movie() else {
        return;
    };
    for track in movie.tracks() {
        let samples = &track.samples;
        for (sample, index) in samples.cursor().take(200).zip(0..) {
            assert_eq!(samples.get(index), Some(sample));
            assert!(sample.pts >= sample.dts);
        }
        for time in [i64::MIN, 0, track.ticks(Duration::from_secs(1)), i64::MAX] {
            let found = samples.keyframe_before(time);
            assert!(found.is_none_or(|index| index < samples.len()));
        }
    }

    let movie = Arc::new(movie);
    let mut frames =
        FrameReader::all_tracks(Arc::clone(&movie), file_len, FrameReaderConfig::default());
    frames.seek(Duration::from_millis(u64::from(pace)));
    for _ in 0..MOST {
        while let Some(read) = frames.poll_read() {
            frames.handle_input(read.offset, range(&file, read.offset, answered(read.len)));
        }
        let frame = frames.poll_frame();
        assert!(frame.is_some() || frames.is_finished() || frames.poll_read().is_some());
        if frame.is_none() && frames.is_finished() {
            break;
        }
    }

    let origin = castline_sdp::Origin::new(1, 1);
    let _ = sdp(&movie, &origin, Default::default()).build();
    let tracks: Vec<_> = rtp_tracks(&movie).iter().map(|track| track.track).collect();
    let config = RtpSourceConfig::default();
    let Ok(mut source) = RtpSource::new(movie, &tracks, file_len, &config) else {
        return;
    };
    for _ in 0..MOST {
        while let Some(read) = source.poll_read() {
            source.handle_input(read.offset, range(&file, read.offset, answered(read.len)));
        }
        if source.poll_packet().is_none() && source.is_finished() {
            break;
        }
    }
});
