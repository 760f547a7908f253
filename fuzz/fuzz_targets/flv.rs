//! FLV of any bytes: the same tags however the stream is split, within the limits; then as a file that is played and
//! sought in at any pace; then fixed and recorded.
#![no_main]

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::Tag;
use castline_rtmp_chunk::flv::*;
use libfuzzer_sys::fuzz_target;

const MAX_TAG_BYTES: u32 = 4096;
/// How many tags of one file are looked at.
const MOST: usize = 2000;

type Heard = (Vec<Tag>, Diagnostics, String);

fn read(config: ReaderConfig, stream: &[u8], piece: usize) -> Heard {
    let (mut reader, mut input, mut tags) = (Reader::new(config), BytesMut::new(), Vec::new());
    for part in stream.chunks(piece) {
        input.extend_from_slice(part);
        loop {
            match reader.decode(&mut input) {
                Ok(Some(tag)) => {
                    assert!(tag.len() <= MAX_TAG_BYTES as usize);
                    tags.push(tag);
                }
                Ok(None) => break,
                Err(error) => return (tags, *reader.diagnostics(), error.to_string()),
            }
        }
        assert!(input.len() < MAX_TAG_BYTES as usize + 30 + piece, "more is left than a tag");
    }
    (tags, *reader.diagnostics(), String::new())
}

fn play(file: &Bytes, config: FileReaderConfig, pace: usize, seeks: &[u8]) {
    let file_len = pace.is_multiple_of(2).then_some(file.len() as u64);
    let mut reader = FileReader::new(config, file_len);
    let (mut tags, mut seeks) = (0, seeks.iter());
    // Each byte of the file may be read again for each seek, and twice besides; not more.
    let mut reads = 0usize;
    while !reader.is_finished() && tags < MOST {
        while let Some(read) = reader.poll_read() {
            assert!(read.len > 0 && read.len <= 1 << 16);
            let start = usize::try_from(read.offset).map_or(file.len(), |at| at.min(file.len()));
            let end = start.saturating_add(read.len.min(pace)).min(file.len());
            reader.handle_input(read.offset, file.slice(start..end));
            reads += 1;
            assert!(reads < 40 * file.len() + 10_000, "reads without end");
        }
        if reader.poll_tag().is_some() {
            tags += 1;
            if tags.is_multiple_of(7) {
                if let Some(time) = seeks.next() {
                    reader.seek(u32::from(*time) * 40);
                }
            }
        } else {
            assert!(reader.is_finished() || reader.poll_read().is_some(), "stuck");
        }
    }
}

fn write(tags: &[Tag]) {
    let mut builder = IndexBuilder::new(8);
    let mut recorder = Recorder::new(RecorderConfig::default());
    let mut recorded: Vec<Bytes> = Vec::new();
    for tag in tags {
        builder.push(tag);
        recorder.tag(tag, &mut recorded).expect("it was read");
    }
    let len: usize = recorded.iter().map(Bytes::len).sum();
    assert_eq!(len as u64, recorder.position());
    for patch in recorder.patches() {
        assert!(patch.offset + patch.bytes.len() as u64 <= recorder.position());
    }
    let mut fixed = builder.finish().expect("small metadata");
    let mut out = fixed.start();
    for tag in tags {
        out.extend(fixed.tag(tag).expect("it was read").into_iter().flatten());
    }
    let out = out.concat();
    assert_eq!(out.len() as u64, fixed.file_bytes());
    for keyframe in fixed.metadata().index.keyframes() {
        let at = usize::try_from(keyframe.position).expect("in memory");
        let header = TagHeader::parse(&out[at..]).expect("a tag").expect("whole");
        assert_eq!(header.timestamp, keyframe.timestamp);
    }
}

fuzz_target!(|data: &[u8]| {
    // Two bytes of settings, four of seeks.
    let Some((&[settings, pace, ref seeks @ ..], stream)) = data.split_first_chunk::<6>() else {
        return;
    };
    let mut config = ReaderConfig::default();
    config.limits.max_tag_bytes = MAX_TAG_BYTES;
    config.limits.max_resync_bytes = 1 << 14;
    config.keep_encrypted = settings & 4 != 0;
    if settings & 1 != 0 {
        config.start = StreamStart::Anywhere;
    }
    if settings & 2 != 0 {
        config.recovery = Recovery::Fail;
    }
    let at_once = read(config, stream, stream.len().max(1));
    for piece in [1, usize::from(pace) + 2] {
        assert_eq!(read(config, stream, piece), at_once);
    }
    let mut file_config = FileReaderConfig::default();
    file_config.reader = config;
    file_config.read_ahead_bytes = usize::from(settings) * 64;
    file_config.scan_read_bytes = usize::from(pace);
    let pace = if pace == 0 { usize::MAX - 1 } else { usize::from(pace) * 8 + 1 };
    play(&Bytes::copy_from_slice(stream), file_config, pace, seeks);
    write(&at_once.0);
});
