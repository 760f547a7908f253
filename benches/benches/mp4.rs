//! MP4: opening a movie of a million samples and finding samples in it, beside mp4-atom, re_mp4 and
//! shiguredo_mp4; and the memory each keeps.
//!
//! The movie: 500,000 video samples with a `ctts` entry each, 500,000 audio samples, one sample per
//! chunk. Its `moov` has 12 bytes per sample.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::missing_panics_doc,
    reason = "benches"
)]

use std::{hint::black_box, process::Command, sync::Arc};

use bytes::Bytes;
use castline_mp4_hint::{FrameReader, FrameReaderConfig, Movie, MovieReader, ReaderConfig};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use mp4_atom::{Header, ReadAtom, ReadFrom};

const SAMPLES: u32 = 500_000;
const FIXTURE: &[u8] = include_bytes!("../../mp4-hint/tests/data/faststart.mp4");

fn boxed(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    let size = u32::try_from(payload.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, &payload].concat()
}

fn words(values: impl IntoIterator<Item = u32>) -> Vec<u8> {
    values.into_iter().flat_map(u32::to_be_bytes).collect()
}

fn zeros(count: usize) -> Vec<u32> {
    vec![0; count]
}

/// The `number`th `stsd` box of the fixture.
fn stsd(number: usize) -> &'static [u8] {
    let names = FIXTURE
        .windows(4)
        .enumerate()
        .filter(|(_, name)| name == b"stsd");
    let (at, _) = { names }.nth(number).unwrap();
    let size = u32::from_be_bytes(FIXTURE[at - 4..at].try_into().unwrap());
    &FIXTURE[at - 4..at - 4 + size as usize]
}

const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

fn trak(number: u32, handler: &[u8; 4], timescale: u32, delta: u32, base: u32) -> Vec<u8> {
    let duration = SAMPLES * delta;
    let is_video = handler == b"vide";
    let tkhd = [
        &[3, 0, 0, number + 1, 0, duration, 0, 0, 0, 0][..],
        &MATRIX,
        &[64 << 16, 48 << 16],
    ];
    let tkhd = boxed(b"tkhd", &[&words(tkhd.concat())]);
    let mdhd = boxed(
        b"mdhd",
        &[&words([0, 0, 0, timescale, duration, 0x55c4_0000])],
    );
    let hdlr = boxed(b"hdlr", &[&words([0, 0]), handler, &words([0, 0, 0]), &[0]]);
    let media = if is_video {
        boxed(b"vmhd", &[&words([1, 0, 0])])
    } else {
        boxed(b"smhd", &[&words([0, 0])])
    };
    let url = boxed(b"url ", &[&words([1])]);
    let dinf = boxed(b"dinf", &[&boxed(b"dref", &[&words([0, 1]), &url])]);
    let stts = boxed(b"stts", &[&words([0, 1, SAMPLES, delta])]);
    let offsets = [1024, 2048, 512, 0];
    let ctts = (0..SAMPLES).flat_map(|sample| [1, offsets[sample as usize % 4]]);
    let ctts = boxed(b"ctts", &[&words([0, SAMPLES]), &words(ctts)]);
    let ctts = if is_video { ctts } else { Vec::new() };
    let stsc = boxed(b"stsc", &[&words([0, 1, 1, 1, 1])]);
    let sizes = (0..SAMPLES).map(|sample| 100 + sample % 800);
    let stsz = boxed(b"stsz", &[&words([0, 0, SAMPLES]), &words(sizes)]);
    let chunks = (0..SAMPLES).map(|sample| base + sample * 2000);
    let stco = boxed(b"stco", &[&words([0, SAMPLES]), &words(chunks)]);
    let keys = (0..SAMPLES / 50).map(|key| key * 50 + 1);
    let stss = boxed(b"stss", &[&words([0, SAMPLES / 50]), &words(keys)]);
    let stss = if is_video { stss } else { Vec::new() };
    let stsd = stsd(number as usize);
    let stbl = boxed(b"stbl", &[stsd, &stts, &ctts, &stss, &stsc, &stsz, &stco]);
    let minf = boxed(b"minf", &[&media, &dinf, &stbl]);
    boxed(b"trak", &[&tkhd, &boxed(b"mdia", &[&mdhd, &hdlr, &minf])])
}

/// `ftyp`, `moov` and an empty `mdat`.
fn file() -> Bytes {
    let ftyp = boxed(b"ftyp", &[b"isom\0\0\x02\0isomiso2avc1mp41"]);
    let mvhd = [
        &[0, 0, 0, 1000, 20_000_000, 0x1_0000, 0x0100_0000, 0, 0][..],
        &MATRIX,
        &zeros(6),
        &[3],
    ];
    let mvhd = boxed(b"mvhd", &[&words(mvhd.concat())]);
    let base = 16 << 20;
    let video = trak(0, b"vide", 12_800, 512, base);
    let audio = trak(1, b"soun", 44_100, 1024, base + 1000);
    let moov = boxed(b"moov", &[&mvhd, &video, &audio]);
    [ftyp, moov, boxed(b"mdat", &[])].concat().into()
}

fn castline(file: &Bytes) -> Movie {
    let mut config = ReaderConfig::default();
    config.header_read_bytes = 64;
    MovieReader::read_all(config, file).unwrap()
}

fn atom(file: &[u8]) -> mp4_atom::Moov {
    let mut rest = file;
    loop {
        let header = Header::read_from(&mut rest).unwrap();
        if header.kind == mp4_atom::FourCC::new(b"moov") {
            return mp4_atom::Moov::read_atom(&header, &mut rest).unwrap();
        }
        rest = &rest[header.size.unwrap()..];
    }
}

fn re_mp4(file: &[u8]) -> re_mp4::Mp4 {
    re_mp4::Mp4::read_bytes(file).unwrap()
}

fn shiguredo(file: &[u8]) -> shiguredo_mp4::demux::Mp4FileDemuxer {
    use shiguredo_mp4::demux::{Input, Mp4FileDemuxer};
    let mut demuxer = Mp4FileDemuxer::new();
    while let Some(wanted) = demuxer.required_input() {
        let start = usize::try_from(wanted.position).unwrap();
        let end = wanted
            .size
            .map_or(file.len(), |size| (start + size).min(file.len()));
        demuxer.handle_input(Input {
            position: wanted.position,
            data: &file[start..end],
        });
    }
    assert_eq!(demuxer.tracks().unwrap().len(), 2);
    demuxer
}

/// Resident memory, where the system tells it.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Prints what a few opened movies keep, each read from a copy of the file of its own.
fn memory<T>(name: &str, open: impl Fn(Bytes) -> T) {
    const COPIES: usize = 4;
    let file = file();
    let before = resident_bytes();
    let kept: Vec<T> = (0..COPIES)
        .map(|_| open(Bytes::copy_from_slice(&file)))
        .collect();
    let after = resident_bytes();
    drop(black_box(kept));
    if let (Some(before), Some(after)) = (before, after) {
        let each = after.saturating_sub(before) as f64 / COPIES as f64;
        let each = each / f64::from(2 * SAMPLES);
        println!("mp4/memory {name}: {each:.1} bytes per sample");
    }
}

fn memory_of(name: &str) {
    match name {
        "castline" => memory(name, |file| castline(&file)),
        "mp4-atom (tables only)" => memory(name, |file| atom(&file)),
        "shiguredo_mp4" => memory(name, |file| shiguredo(&file)),
        _ => memory(name, |file| re_mp4(&file)),
    }
}

/// Measures each reader in a process of its own, whose allocator gives back what is freed.
fn all_memory(_: &mut Criterion) {
    const NAME: &str = "CASTLINE_BENCH_MEMORY";
    if let Ok(name) = std::env::var(NAME) {
        memory_of(&name);
        std::process::exit(0);
    }
    let file = file();
    let movie = castline(&file);
    let tracks = movie.tracks().iter();
    let index: usize = tracks.map(|track| track.samples.index_bytes()).sum();
    println!(
        "mp4/memory castline, by its own count: moov {:.2} + index {:.2} bytes per sample",
        file.len() as f64 / f64::from(2 * SAMPLES),
        index as f64 / f64::from(2 * SAMPLES),
    );
    for name in [
        "castline",
        "mp4-atom (tables only)",
        "shiguredo_mp4",
        "re_mp4",
    ] {
        let status = Command::new(std::env::current_exe().unwrap())
            .env(NAME, name)
            .env("MALLOC_MMAP_THRESHOLD_", "65536")
            .env("MALLOC_TRIM_THRESHOLD_", "65536")
            .arg("--bench")
            .status();
        assert!(status.unwrap().success());
    }
}

fn open(c: &mut Criterion) {
    let file = file();
    let mut group = c.benchmark_group("mp4/open, 1M samples");
    group.sample_size(20);
    group.bench_function("castline", |b| {
        b.iter_with_large_drop(|| castline(black_box(&file)))
    });
    group.bench_function("mp4-atom (tables only)", |b| {
        b.iter_with_large_drop(|| atom(black_box(&file)))
    });
    group.bench_function("shiguredo_mp4", |b| {
        b.iter_with_large_drop(|| shiguredo(black_box(&file)))
    });
    group.bench_function("re_mp4", |b| {
        b.iter_with_large_drop(|| re_mp4(black_box(&file)))
    });
    group.finish();
}

/// Numbers all over the track, the same in each run.
fn scattered() -> impl FnMut() -> u32 {
    let mut state = 1u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state % SAMPLES
    }
}

fn access(c: &mut Criterion) {
    let file = file();
    let movie = castline(&file);
    let video = &movie.tracks()[0];
    let mut group = c.benchmark_group("mp4/sample");
    let mut cursor = video.samples.cursor();
    group.bench_function("next, castline", |b| {
        b.iter(|| {
            cursor.next().or_else(|| {
                cursor = video.samples.cursor();
                cursor.next()
            })
        });
    });
    let mut demuxer = shiguredo(&file);
    group.bench_function("next, shiguredo_mp4", |b| {
        b.iter(|| match demuxer.next_sample().unwrap() {
            Some(sample) => sample.data_offset,
            None => {
                demuxer = shiguredo(&file);
                0
            }
        });
    });
    let mut number = scattered();
    group.bench_function("random, castline", |b| {
        b.iter(|| video.samples.get(black_box(number())))
    });
    let expanded = re_mp4(&file);
    let expanded = &expanded.tracks()[&1].samples;
    group.bench_function("random, re_mp4 (expanded)", |b| {
        b.iter(|| expanded[black_box(number()) as usize].offset);
    });
    group.bench_function("keyframe before a time, castline", |b| {
        b.iter(|| {
            video
                .samples
                .keyframe_before(i64::from(black_box(number())) * 512)
        });
    });
    group.finish();
}

fn frames(c: &mut Criterion) {
    // The fixture, so that there are bytes to deliver.
    let file = Bytes::from_static(FIXTURE);
    let movie = Arc::new(castline(&file));
    let mut group = c.benchmark_group("mp4/frames");
    group.bench_function("28 frames of 2 tracks, castline", |b| {
        b.iter_batched(
            || FrameReader::all_tracks(Arc::clone(&movie), None, FrameReaderConfig::default()),
            |mut reader| {
                let mut count = 0;
                while !reader.is_finished() {
                    while let Some(read) = reader.poll_read() {
                        let start = usize::try_from(read.offset).unwrap();
                        reader.handle_input(read.offset, file.slice(start..start + read.len));
                    }
                    while reader.poll_frame().is_some() {
                        count += 1;
                    }
                }
                count
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, all_memory, open, access, frames);
criterion_main!(benches);
