//! Answers of any size at any pace: short ones, long ones, and those that nobody asked for, come to the
//! same as whole ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

mod common;

use std::sync::Arc;

use bytes::Bytes;
use castline_codec::Frame;
use castline_mp4_hint::{
    FrameReader, FrameReaderConfig, Movie, MovieReader, ReadRequest, ReaderConfig, Sample,
};
use proptest::prelude::*;

const FILES: [&[u8]; 5] = [
    include_bytes!("data/moovend.mp4"),
    include_bytes!("data/faststart.mp4"),
    include_bytes!("data/frag.mp4"),
    include_bytes!("data/bframes_frag.mp4"),
    include_bytes!("data/bframes.mov"),
];

/// How a host answers a request for `len` bytes at an offset: from where, and how much.
type Answer<'a> = &'a mut dyn FnMut(ReadRequest) -> (u64, usize);

fn open(file: &Bytes, file_len: Option<u64>, answer: Answer<'_>) -> (Movie, usize) {
    let mut reader = MovieReader::new(ReaderConfig::default(), file_len);
    let mut answers = 0;
    while let Some(request) = reader.poll_read() {
        assert_eq!(
            reader.poll_read(),
            Some(request),
            "the same until it is answered"
        );
        let (offset, len) = answer(request);
        reader.handle_input(offset, common::range(file, offset, len));
        answers += 1;
    }
    (reader.into_movie().unwrap(), answers)
}

fn samples(movie: &Movie) -> Vec<Vec<Sample>> {
    let tracks = movie.tracks().iter();
    tracks
        .map(|track| track.samples.cursor().collect())
        .collect()
}

fn play(file: &Bytes, movie: Movie, file_len: Option<u64>, answer: Answer<'_>) -> Vec<Frame> {
    let config = FrameReaderConfig::default();
    let mut reader = FrameReader::all_tracks(Arc::new(movie), file_len, config);
    let mut frames = Vec::new();
    while !reader.is_finished() {
        if let Some(request) = reader.poll_read() {
            let (offset, len) = answer(request);
            reader.handle_input(offset, common::range(file, offset, len));
        }
        frames.extend(std::iter::from_fn(|| reader.poll_frame()));
    }
    assert_eq!(reader.fault_count(), 0);
    frames
}

fn whole(request: ReadRequest) -> (u64, usize) {
    (request.offset, request.len)
}

#[test]
fn one_byte_at_a_time_is_the_same_and_linear() {
    for file in FILES.map(Bytes::from_static) {
        for file_len in [Some(file.len() as u64), None] {
            let (expected, _) = open(&file, file_len, &mut whole);
            let one = &mut |request: ReadRequest| (request.offset, 1);
            let (movie, answers) = open(&file, file_len, one);
            assert_eq!(samples(&movie), samples(&expected));
            assert!(answers <= file.len() * 2, "{answers} answers");
            let frames = play(&file, movie, file_len, one);
            assert_eq!(frames, play(&file, expected, file_len, &mut whole));
        }
    }
}

#[test]
fn the_whole_file_as_each_answer() {
    for file in FILES.map(Bytes::from_static) {
        let all = &mut |_: ReadRequest| (0, usize::MAX);
        let len = Some(file.len() as u64);
        let (expected, _) = open(&file, len, &mut whole);
        let (movie, answers) = open(&file, len, all);
        assert!(answers <= 8, "{answers} answers");
        assert_eq!(samples(&movie), samples(&expected));
        assert_eq!(
            play(&file, movie, len, all),
            play(&file, expected, len, &mut whole)
        );
    }
}

#[test]
fn an_interrupted_read_gives_what_is_known() {
    let file = Bytes::from_static(FILES[2]);
    let mut reader = MovieReader::new(ReaderConfig::default(), None);
    while reader
        .movie()
        .is_none_or(|movie| movie.tracks()[0].samples.is_empty())
    {
        let request = reader.poll_read().unwrap();
        reader.handle_input(request.offset, common::range(&file, request.offset, 100));
    }
    assert!(!reader.is_complete());
    let movie = reader.into_movie().unwrap();
    assert!(movie.is_truncated());
    assert_eq!(movie.tracks()[0].samples.len(), 5, "one fragment of two");
    let early = MovieReader::new(ReaderConfig::default(), None);
    assert!(early.into_movie().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_answers_come_to_the_same(file in 0..FILES.len(), seed: Vec<(u8, u16)>) {
        let file = Bytes::from_static(FILES[file]);
        let len = Some(file.len() as u64);
        let (expected, _) = open(&file, len, &mut whole);
        let mut turns = seed.iter().cycle();
        // Before the wanted offset by some bytes, and any number of them; now and then elsewhere.
        let mut answer = |request: ReadRequest| match turns.next() {
            Some((0, elsewhere)) if *elsewhere % 2 == 0 => (u64::from(*elsewhere), 7),
            Some((before, count)) => {
                let before = u64::from(*before).min(request.offset);
                (request.offset - before, usize::from(*count) + before as usize + 1)
            }
            None => (request.offset, request.len),
        };
        // Answers to nothing must not be all there is.
        let mut turn = 0;
        let mut answer = |request: ReadRequest| {
            turn += 1;
            if turn % 3 == 0 { (request.offset, request.len) } else { answer(request) }
        };
        let (movie, _) = open(&file, len, &mut answer);
        prop_assert_eq!(samples(&movie), samples(&expected));
        prop_assert_eq!(play(&file, movie, len, &mut answer), play(&file, expected, len, &mut whole));
    }
}
