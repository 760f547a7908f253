//! What real writers do that breaks naive readers: one test per quirk, on files built box by box.
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
use castline_mp4_hint::{
    FaultReason, FrameReader, FrameReaderConfig, Movie, MovieReader, ParseError, ReaderConfig,
    UnsupportedReason,
};
use common::{
    TrackSpec, audio_entry, boxed, boxed_64, frames, ftyp, full, moov, mvhd, read, table, words,
};

/// Four packets of 8 bytes in an `mdat` in front, each filled with its number from 1.
fn media() -> Vec<u8> {
    boxed(b"mdat", [[1u8; 8], [2; 8], [3; 8], [4; 8]].concat())
}

/// Offsets of the packets when `ftyp` and [`media`] come first, each packet a chunk.
fn offsets() -> Vec<u32> {
    let start = u32::try_from(ftyp().len()).unwrap() + 8;
    (0..4).map(|number| start + number * 8).collect()
}

fn track() -> TrackSpec {
    TrackSpec::audio(1, 8, &offsets())
}

/// The file with its `moov` last.
fn file_of(tracks: &[TrackSpec]) -> Vec<u8> {
    let traks: Vec<_> = tracks.iter().map(TrackSpec::trak).collect();
    [ftyp(), media(), moov(&traks)].concat()
}

/// The first byte and the pts of every frame.
fn played(file: &[u8]) -> Vec<(u8, i64)> {
    let file = Bytes::copy_from_slice(file);
    let movie = Arc::new(read(&file).unwrap());
    let len = Some(file.len() as u64);
    let mut reader = FrameReader::all_tracks(movie, len, FrameReaderConfig::default());
    frames(&mut reader, &file)
        .iter()
        .map(|frame| (frame.data[0], frame.pts))
        .collect()
}

const ALL: [(u8, i64); 4] = [(1, 0), (2, 160), (3, 320), (4, 480)];

fn with_extra(extra: Vec<u8>) -> Vec<u8> {
    file_of(&[TrackSpec { extra, ..track() }])
}

#[test]
fn plain_file() {
    let file = file_of(&[track()]);
    assert_eq!(played(&file), ALL);
    let movie = read(&file).unwrap();
    assert_eq!(movie.brands().major.0, *b"isom");
    assert_eq!(movie.brands().compatible.len(), 2);
    assert_eq!(movie.duration().unwrap().as_millis(), 80);
}

#[test]
fn quirk_1_udta_with_a_four_byte_terminator() {
    assert_eq!(played(&with_extra(boxed(b"udta", [0; 4]))), ALL);
    let name = [boxed(b"name", b"x"), vec![0; 4]].concat();
    assert_eq!(played(&with_extra(boxed(b"udta", name))), ALL);
    let mut file = file_of(&[track()]);
    let in_moov = moov(&[track().trak(), boxed(b"udta", [0; 4])]);
    file.truncate(ftyp().len() + media().len());
    assert_eq!(played(&[file, in_moov].concat()), ALL);
}

fn hint_track(media_header: Vec<u8>, entry: &[u8; 4]) -> TrackSpec {
    TrackSpec {
        handler: *b"hint",
        entry: audio_entry(entry, 0, 0, 0),
        media_header,
        ..TrackSpec::audio(65_536, 8, &offsets())
    }
}

#[test]
fn quirk_2_gmhd_instead_of_hmhd_and_8_no_tref_and_9_large_ids() {
    for header in [
        boxed(b"gmhd", [0; 24]),
        full(b"hmhd", 0, 0, [0; 16]),
        Vec::new(),
    ] {
        let file = file_of(&[track(), hint_track(header, b"rtp ")]);
        assert_eq!(played(&file), ALL);
        let movie = read(&file).unwrap();
        let hint = &movie.unsupported_tracks()[0];
        assert_eq!(
            (hint.id, hint.handler.0, &hint.reason),
            (65_536, *b"hint", &UnsupportedReason::Hint)
        );
    }
}

#[test]
fn hint_tracks_of_an_unknown_format_are_hint_tracks() {
    let movie = read(&file_of(&[track(), hint_track(Vec::new(), b"sm2t")])).unwrap();
    assert_eq!(
        movie.unsupported_tracks()[0].reason,
        UnsupportedReason::Hint
    );
}

#[test]
fn quirk_5_pcm_counted_in_samples_of_one_byte() {
    let entry = audio_entry(b"twos", 2, 16, 8000);
    let offset = offsets()[0];
    let tables = vec![
        table(b"stsc", 0, &[&[1, 8, 1]]),
        full(b"stsz", 0, 0, words(&[1, 8])),
        table(b"stco", 0, &[&[offset]]),
    ];
    let stts = table(b"stts", 0, &[&[8, 1]]);
    let file = Bytes::from(file_of(&[TrackSpec {
        entry,
        tables,
        stts,
        ..track()
    }]));
    let movie = Arc::new(read(&file).unwrap());
    let mut reader =
        FrameReader::all_tracks(movie, Some(file.len() as u64), FrameReaderConfig::default());
    let frames = frames(&mut reader, &file);
    assert_eq!(frames.len(), 1, "one chunk, less than 20 ms");
    assert_eq!(frames[0].data, &media()[8..40]);
    assert_eq!(frames[0].duration, 8);
}

#[test]
fn quirk_10_stts_with_deltas_of_zero() {
    let stts = table(b"stts", 0, &[&[2, 0], &[2, 160]]);
    let file = file_of(&[TrackSpec { stts, ..track() }]);
    assert_eq!(played(&file), [(1, 0), (2, 0), (3, 0), (4, 160)]);
    let stts = table(b"stts", 0, &[&[4, 0]]);
    let file = file_of(&[TrackSpec { stts, ..track() }]);
    assert_eq!(played(&file).len(), 4);
}

#[test]
fn quirk_17_handler_names_are_not_looked_at() {
    let mut file = file_of(&[track()]);
    let at = file
        .windows(4)
        .position(|window| window == b"soun")
        .unwrap();
    file[at + 4..at + 17].copy_from_slice(b"\xff\xff\xff\xff\0\0\0\0\0\0\0\0\xfe");
    assert_eq!(played(&file), ALL);
}

#[test]
fn quirk_18_edit_lists_empty_zero_and_missing() {
    let edited = |entries: &[&[u32]]| {
        let edts = boxed(b"edts", table(b"elst", 0, entries));
        played(&file_of(&[TrackSpec { edts, ..track() }]))
    };
    let rate = 0x1_0000;
    let none = u32::MAX;
    assert_eq!(edited(&[&[0, none, rate], &[80, 0, rate]]), ALL);
    assert_eq!(edited(&[])[0].1, 0);
    assert_eq!(edited(&[&[80, 20, rate]])[0].1, -20);
    assert_eq!(
        edited(&[&[500, none, rate], &[80, 40, rate]])[0].1,
        4000 - 40
    );
    assert_eq!(played(&with_extra(boxed(b"edts", [])))[0].1, 0);
}

#[test]
fn quirk_19_several_mdat_uuid_wide_and_free_between() {
    let fillers = [
        boxed(b"free", [7; 5]),
        boxed(b"uuid", [9; 40]),
        boxed(b"wide", []),
        boxed_64(b"mdat", [0; 33]),
        boxed(b"mdat", []),
    ];
    let file = [ftyp(), media(), fillers.concat(), moov(&[track().trak()])].concat();
    assert_eq!(played(&file), ALL);
}

#[test]
fn quirk_19_moov_first_last_64_bit_and_to_the_end() {
    let shifted = |by: usize| {
        let by = u32::try_from(by).unwrap();
        let offsets: Vec<u32> = offsets().iter().map(|offset| offset + by).collect();
        TrackSpec::audio(1, 8, &offsets).trak()
    };
    let len = moov(&[track().trak()]).len();
    assert_eq!(
        played(&[ftyp(), moov(&[shifted(len)]), media()].concat()),
        ALL
    );
    let payload = [mvhd(1000), track().trak()].concat();
    assert_eq!(
        played(&[ftyp(), media(), boxed_64(b"moov", &payload)].concat()),
        ALL
    );
    let to_the_end = [&[0; 4][..], b"moov", &payload].concat();
    assert_eq!(played(&[ftyp(), media(), to_the_end].concat()), ALL);
    let mut open_ended = media();
    open_ended[..4].fill(0);
    assert_eq!(
        played(&[ftyp(), moov(&[shifted(len)]), open_ended].concat()),
        ALL
    );
    let mut wide = media();
    wide[..8].copy_from_slice(b"\0\0\0\x08wide");
    let no_ftyp = [
        boxed_64(b"mdat", &media()[8..]),
        moov(&[TrackSpec::audio(1, 8, &[16, 24, 32, 40]).trak()]),
    ];
    assert_eq!(played(&no_ftyp.concat()), ALL);
}

#[test]
fn quirk_22_several_tracks_of_a_kind() {
    let file = file_of(&[
        track(),
        TrackSpec { id: 2, ..track() },
        TrackSpec { id: 9, ..track() },
    ]);
    let movie = read(&file).unwrap();
    let ids: Vec<u32> = movie
        .tracks()
        .iter()
        .map(|track| track.media.id.0)
        .collect();
    assert_eq!(ids, [1, 2, 9]);
    let file = Bytes::from(file);
    let chosen = [movie.tracks()[2].media.id];
    let mut reader = FrameReader::new(Arc::new(movie), &chosen, None, FrameReaderConfig::default());
    assert!(
        frames(&mut reader, &file)
            .iter()
            .all(|frame| frame.track == chosen[0])
    );
}

#[test]
fn quirk_23_meta_as_full_box_or_plain_is_passed_over() {
    assert_eq!(
        played(&with_extra(boxed(
            b"udta",
            full(b"meta", 0, 0, boxed(b"hdlr", [0; 24]))
        ))),
        ALL
    );
    assert_eq!(
        played(&with_extra(boxed(b"meta", boxed(b"hdlr", [0; 24])))),
        ALL
    );
}

#[test]
fn trailing_garbage_after_the_movie_does_no_harm() {
    let file = file_of(&[track()]);
    for garbage in [&b"\0\0\0"[..], b"\0\0\0\x02garbage garbage", &[0xff; 100]] {
        assert_eq!(played(&[&file, garbage].concat()), ALL);
    }
}

#[test]
fn unknown_codecs_are_listed_and_the_others_play() {
    let alien = TrackSpec {
        id: 7,
        entry: audio_entry(b"QDM2", 2, 16, 44_100),
        ..track()
    };
    let text = TrackSpec {
        id: 8,
        handler: *b"text",
        ..track()
    };
    let file = file_of(&[alien, track(), text]);
    assert_eq!(played(&file), ALL);
    let movie = read(&file).unwrap();
    let listed = movie.unsupported_tracks().iter();
    let listed: Vec<_> = listed
        .map(|track| (track.id, track.fourcc.0, track.reason.clone()))
        .collect();
    assert_eq!(
        listed,
        [
            (7, *b"QDM2", UnsupportedReason::Codec),
            (8, *b".mp3", UnsupportedReason::Codec)
        ]
    );
}

fn broken(movie: &Movie) -> &ParseError {
    assert!(movie.tracks().is_empty());
    let reason = &movie.unsupported_tracks()[0].reason;
    let UnsupportedReason::Malformed(error) = reason else {
        panic!("{reason:?}");
    };
    error
}

#[test]
fn a_timescale_of_zero_is_told_of_the_track() {
    let movie = read(&file_of(&[TrackSpec {
        timescale: 0,
        ..track()
    }]))
    .unwrap();
    assert!(
        broken(&movie).to_string().contains("a timescale above 0"),
        "{}",
        broken(&movie)
    );
    let zero = boxed(b"moov", [mvhd(0), track().trak()].concat());
    assert_eq!(
        played(&[ftyp(), media(), zero].concat()),
        ALL,
        "the movie's is not needed"
    );
}

#[test]
fn the_same_track_id_twice() {
    let movie = read(&file_of(&[track(), track()])).unwrap();
    assert_eq!(
        (movie.tracks().len(), movie.unsupported_tracks().len()),
        (1, 1)
    );
}

#[test]
fn missing_tables_are_named() {
    for (number, name) in ["stsc", "stsz", "stco"].iter().enumerate() {
        let mut spec = track();
        spec.tables.remove(number);
        let movie = read(&file_of(&[spec])).unwrap();
        assert!(
            broken(&movie).to_string().contains(name),
            "{}",
            broken(&movie)
        );
    }
}

#[test]
fn counts_that_do_not_agree_are_cut_to_the_least() {
    let mut spec = track();
    spec.tables[1] = full(b"stsz", 0, 0, words(&[8, 4_000_000_000]));
    assert_eq!(
        played(&file_of(&[spec.clone()])),
        ALL,
        "no more than the chunks hold"
    );
    spec.tables[1] = full(b"stsz", 0, 0, words(&[0, u32::MAX, 8, 8]));
    assert_eq!(
        played(&file_of(&[spec])),
        ALL[..2],
        "no more than the box holds"
    );
    let stts = table(b"stts", 0, &[&[1, 160]]);
    assert_eq!(
        played(&file_of(&[TrackSpec { stts, ..track() }])),
        ALL,
        "the last duration goes on"
    );
}

#[test]
fn a_compact_size_table() {
    let mut spec = track();
    spec.tables[1] = full(b"stz2", 0, 0, [words(&[4, 4]), vec![0x88, 0x88]].concat());
    assert_eq!(played(&file_of(&[spec.clone()])), ALL);
    spec.tables[1] = full(b"stz2", 0, 0, [words(&[5, 4]), vec![0x88, 0x88]].concat());
    assert!(read(&file_of(&[spec])).unwrap().tracks().is_empty());
}

#[test]
fn samples_beyond_the_file_are_faults() {
    let mut offsets = offsets();
    offsets[1] = 1 << 30;
    offsets[3] = u32::MAX;
    let file = Bytes::from(file_of(&[TrackSpec::audio(1, 8, &offsets)]));
    for file_len in [Some(file.len() as u64), None] {
        let movie = Arc::new(read(&file).unwrap());
        let mut reader = FrameReader::all_tracks(movie, file_len, FrameReaderConfig::default());
        let delivered = frames(&mut reader, &file);
        assert_eq!(
            delivered
                .iter()
                .map(|frame| frame.data[0])
                .collect::<Vec<_>>(),
            [1, 3]
        );
        let fault = reader.poll_fault().unwrap();
        assert_eq!((fault.sample, fault.reason), (1, FaultReason::BeyondFile));
        assert_eq!(reader.fault_count(), 2);
    }
}

#[test]
fn a_truncated_file_plays_as_far_as_it_goes() {
    let len = moov(&[track().trak()]).len() as u32;
    let offsets: Vec<u32> = offsets().iter().map(|offset| offset + len).collect();
    let mut file = [
        ftyp(),
        moov(&[TrackSpec::audio(1, 8, &offsets).trak()]),
        media(),
    ]
    .concat();
    file.truncate(file.len() - 9);
    assert_eq!(played(&file), ALL[..2]);
}

#[test]
fn files_without_a_movie() {
    assert!(matches!(read(&[]), Err(ParseError::Missing { .. })));
    assert!(matches!(
        read(&[ftyp(), media()].concat()),
        Err(ParseError::Missing { .. })
    ));
    assert!(matches!(
        read(b"RIFF\x24\0\0\0WAVEfmt "),
        Err(ParseError::Missing { .. })
    ));
    assert!(matches!(
        read(b"\0\0\0\x03not a movie"),
        Err(ParseError::Malformed { offset: 0, .. })
    ));
    let mut cut = file_of(&[track()]);
    cut.truncate(cut.len() - 1);
    assert!(
        matches!(read(&cut), Err(ParseError::EndOfInput { needed: 1, .. })),
        "{:?}",
        read(&cut)
    );
    let empty = [ftyp(), boxed(b"moov", [])].concat();
    let error = read(&empty).unwrap_err();
    assert_eq!(error.to_string(), "at byte 32: no 'mvhd' box in here");
}

#[test]
fn limits_are_kept() {
    let file = Bytes::from(file_of(&[track(), TrackSpec { id: 2, ..track() }]));
    let with = |limit: &dyn Fn(&mut ReaderConfig)| {
        let mut config = ReaderConfig::default();
        limit(&mut config);
        MovieReader::read_all(config, &file)
    };
    let error = with(&|config| config.limits.moov_bytes = 100).unwrap_err();
    assert!(
        matches!(error, ParseError::OverLimit { limit: 100, .. }),
        "{error}"
    );
    let error = with(&|config| config.limits.tracks = 1).unwrap_err();
    assert!(
        matches!(
            error,
            ParseError::OverLimit {
                value: 2,
                limit: 1,
                ..
            }
        ),
        "{error}"
    );
    let error = with(&|config| config.limits.file_boxes = 2).unwrap_err();
    assert!(matches!(error, ParseError::Missing { .. }), "{error}");
    let mut lying = file.to_vec();
    let at = lying
        .windows(4)
        .position(|window| window == b"moov")
        .unwrap();
    lying[at - 4..at].copy_from_slice(&0x7fff_ffffu32.to_be_bytes());
    let error = read(&lying).unwrap_err();
    assert!(matches!(error, ParseError::OverLimit { .. }), "{error}");
}

#[test]
fn samples_over_the_limit_are_skipped() {
    let file = Bytes::from(file_of(&[track()]));
    let movie = Arc::new(read(&file).unwrap());
    let mut config = FrameReaderConfig::default();
    config.sample_bytes = 7;
    config.unusable_samples = 2;
    let mut reader = FrameReader::all_tracks(movie, None, config);
    assert_eq!(frames(&mut reader, &file), []);
    let reasons: Vec<_> = std::iter::from_fn(|| reader.poll_fault())
        .map(|fault| fault.reason)
        .collect();
    assert_eq!(
        reasons,
        [
            FaultReason::TooLarge,
            FaultReason::TooLarge,
            FaultReason::TrackGivenUp
        ]
    );
}

#[test]
fn chunk_offsets_of_64_bits() {
    let mut spec = track();
    let offsets = offsets();
    let entries: Vec<[u32; 2]> = offsets.iter().map(|offset| [0, *offset]).collect();
    let entries: Vec<&[u32]> = entries.iter().map(|entry| &entry[..]).collect();
    spec.tables[2] = table(b"co64", 0, &entries);
    assert_eq!(played(&file_of(&[spec])), ALL);
}

/// The fixture's `avc1` entry as `avc3`, without its parameter sets, which go into the first sample.
fn in_band() -> (Vec<u8>, Vec<u8>) {
    let fixture = include_bytes!("data/faststart.mp4");
    let at = fixture
        .windows(4)
        .position(|window| window == b"avcC")
        .unwrap();
    let size = u32::from_be_bytes(fixture[at - 4..at].try_into().unwrap()) as usize;
    let record = &fixture[at + 4..at - 4 + size];
    let (parameters, _) = castline_codec::H264Parameters::from_avcc(record).unwrap();
    let unit = |unit: &[u8]| [words(&[u32::try_from(unit.len()).unwrap()]), unit.to_vec()].concat();
    let idr = [
        unit(&parameters.sps[0]),
        unit(&parameters.pps[0]),
        unit(&[0x65, 0x88]),
    ]
    .concat();
    let mut fields = vec![0; 78];
    fields[7] = 1;
    let empty = [&record[..5], &[0xe0, 0][..]].concat();
    (
        boxed(b"avc3", [fields, boxed(b"avcC", empty)].concat()),
        idr,
    )
}

fn video_of(entry: Vec<u8>, sizes: &[u32]) -> TrackSpec {
    let count = u32::try_from(sizes.len()).unwrap();
    TrackSpec {
        handler: *b"vide",
        entry,
        stts: table(b"stts", 0, &[&[count, 160]]),
        tables: vec![
            table(b"stsc", 0, &[&[1, count, 1]]),
            full(b"stsz", 0, 0, [words(&[0, count]), words(sizes)].concat()),
            table(b"stco", 0, &[&[offsets()[0]]]),
        ],
        ..track()
    }
}

#[test]
fn avc3_takes_its_parameter_sets_from_the_first_sample() {
    let (entry, idr) = in_band();
    let size = u32::try_from(idr.len()).unwrap();
    let file = |media: &[u8], sizes: &[u32]| {
        let track = video_of(entry.clone(), sizes).trak();
        Bytes::from([ftyp(), boxed(b"mdat", media), moov(&[track])].concat())
    };
    let whole = file(&idr, &[size]);
    let movie = read(&whole).unwrap();
    assert_eq!(movie.tracks()[0].media.codec.dimensions(), Some((64, 48)));
    // In answers of one byte, and at the end of the file.
    let mut reader = MovieReader::new(ReaderConfig::default(), None);
    while let Some(wanted) = reader.poll_read() {
        reader.handle_input(wanted.offset, common::range(&whole, wanted.offset, 1));
    }
    assert_eq!(reader.into_movie().unwrap().tracks().len(), 1);
    for broken in [
        file(&idr[4..], &[size - 4]),
        file(&[0; 8], &[8]),
        file(&[], &[]),
        file(&idr, &[u32::MAX]),
    ] {
        let movie = read(&broken).unwrap();
        if let Some(track) = movie.unsupported_tracks().first() {
            assert_eq!(track.fourcc.0, *b"avc3");
            assert!(matches!(track.reason, UnsupportedReason::Malformed(_)));
        } else {
            assert_eq!(
                movie.tracks().len(),
                1,
                "a size that lies, but sets that are there"
            );
        }
    }
}

#[test]
fn a_sample_whose_nal_lengths_lie_is_skipped() {
    let (entry, idr) = in_band();
    let size = u32::try_from(idr.len()).unwrap();
    let lying = [&[0, 0, 0, 9][..], &[0x41; 4]].concat();
    let good = [&[0, 0, 0, 4][..], &[0x41; 4]].concat();
    let media = boxed(b"mdat", [idr, lying, good].concat());
    let track = video_of(entry, &[size, 8, 8]).trak();
    let file = Bytes::from([ftyp(), media, moov(&[track])].concat());
    let movie = Arc::new(read(&file).unwrap());
    let mut reader = FrameReader::all_tracks(movie, None, FrameReaderConfig::default());
    assert_eq!(frames(&mut reader, &file).len(), 2);
    let fault = reader.poll_fault().unwrap();
    assert_eq!((fault.sample, fault.reason), (1, FaultReason::Malformed));
}

#[test]
fn the_fragment_index_has_a_limit() {
    let fixture = Bytes::from_static(include_bytes!("data/frag.mp4"));
    let with = |limit: &dyn Fn(&mut ReaderConfig)| {
        let mut config = ReaderConfig::default();
        limit(&mut config);
        MovieReader::read_all(config, &fixture).unwrap()
    };
    assert!(!with(&|_| ()).is_truncated());
    let none = with(&|config| config.limits.moof_bytes = 100);
    assert!(none.is_truncated() && none.tracks()[0].samples.is_empty());
    let some = with(&|config| config.limits.fragment_index_bytes = 500);
    assert!(some.is_truncated() && some.tracks()[0].samples.len() == 5);
    let cut = fixture.slice(..fixture.len() - 600);
    let movie = read(&cut).unwrap();
    assert!(movie.is_truncated() && !movie.tracks()[0].samples.is_empty());
}
