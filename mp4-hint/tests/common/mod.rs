//! Builds files box by box, and reads files the way a host does.

#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod hostile;
#[cfg(feature = "rtp")]
pub(crate) mod rtp;

use bytes::Bytes;
use castline_codec::Frame;
use castline_mp4_hint::{FrameReader, Movie, MovieReader, ParseError, ReaderConfig};

/// A box with a 32-bit size.
pub(crate) fn boxed(kind: &[u8; 4], payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let size = u32::try_from(payload.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, payload].concat()
}

/// A box with a 64-bit size.
pub(crate) fn boxed_64(kind: &[u8; 4], payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let size = payload.len() as u64 + 16;
    [&1u32.to_be_bytes()[..], kind, &size.to_be_bytes(), payload].concat()
}

pub(crate) fn full(kind: &[u8; 4], version: u8, flags: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let head = (u32::from(version) << 24 | flags).to_be_bytes();
    boxed(kind, [&head[..], payload.as_ref()].concat())
}

pub(crate) fn words(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

/// A full box that is a count and entries of `words`.
pub(crate) fn table(kind: &[u8; 4], version: u8, entries: &[&[u32]]) -> Vec<u8> {
    let count = u32::try_from(entries.len()).unwrap();
    full(
        kind,
        version,
        0,
        [words(&[count]), words(&entries.concat())].concat(),
    )
}

/// A track of a file that is being built.
#[derive(Clone)]
pub(crate) struct TrackSpec {
    pub(crate) id: u32,
    pub(crate) handler: [u8; 4],
    pub(crate) timescale: u32,
    pub(crate) entry: Vec<u8>,
    /// The media header box: `smhd`, `hmhd`, `gmhd`...
    pub(crate) media_header: Vec<u8>,
    pub(crate) stts: Vec<u8>,
    /// All other tables: `ctts`, `stsc`, `stsz`, `stco`, `stss`.
    pub(crate) tables: Vec<Vec<u8>>,
    pub(crate) edts: Vec<u8>,
    /// After `mdia`: `udta`, `tref`...
    pub(crate) extra: Vec<u8>,
}

impl TrackSpec {
    /// PCMU at 8 kHz, one sample per chunk of `size` bytes at these offsets: no codec record to get wrong.
    pub(crate) fn audio(id: u32, size: u32, offsets: &[u32]) -> Self {
        let count = u32::try_from(offsets.len()).unwrap();
        Self {
            id,
            handler: *b"soun",
            timescale: 8000,
            entry: audio_entry(b".mp3", 1, 16, 8000),
            media_header: full(b"smhd", 0, 0, [0; 4]),
            stts: table(b"stts", 0, &[&[count, 160]]),
            tables: vec![
                table(b"stsc", 0, &[&[1, 1, 1]]),
                full(b"stsz", 0, 0, words(&[size, count])),
                table(b"stco", 0, &offsets.chunks(1).collect::<Vec<_>>()),
            ],
            edts: Vec::new(),
            extra: Vec::new(),
        }
    }

    pub(crate) fn trak(&self) -> Vec<u8> {
        let tkhd = full(
            b"tkhd",
            0,
            3,
            words(&[&[0, 0, self.id, 0, 0][..], &[0; 15]].concat()),
        );
        let mdhd = full(
            b"mdhd",
            0,
            0,
            words(&[0, 0, self.timescale, 0, 0x55c4_0000]),
        );
        let hdlr = full(
            b"hdlr",
            0,
            0,
            [&[0; 4][..], &self.handler, &[0; 13]].concat(),
        );
        let stsd = full(b"stsd", 0, 0, [words(&[1]), self.entry.clone()].concat());
        let stbl = boxed(
            b"stbl",
            [stsd, self.stts.clone(), self.tables.concat()].concat(),
        );
        let dinf = boxed(b"dinf", table(b"dref", 0, &[]));
        let minf = boxed(b"minf", [self.media_header.clone(), dinf, stbl].concat());
        let mdia = boxed(b"mdia", [mdhd, hdlr, minf].concat());
        boxed(
            b"trak",
            [tkhd, self.edts.clone(), mdia, self.extra.clone()].concat(),
        )
    }
}

/// An audio sample entry of version 0.
pub(crate) fn audio_entry(kind: &[u8; 4], channels: u16, bits: u16, rate: u16) -> Vec<u8> {
    let mut payload = vec![0, 0, 0, 0, 0, 0, 0, 1];
    payload.extend([0; 8]);
    payload.extend(channels.to_be_bytes());
    payload.extend(bits.to_be_bytes());
    payload.extend([0; 4]);
    payload.extend((u32::from(rate) << 16).to_be_bytes());
    boxed(kind, payload)
}

pub(crate) fn mvhd(timescale: u32) -> Vec<u8> {
    full(
        b"mvhd",
        0,
        0,
        words(&[&[0, 0, timescale, 0][..], &[0; 20]].concat()),
    )
}

pub(crate) fn moov(children: &[Vec<u8>]) -> Vec<u8> {
    boxed(b"moov", [mvhd(1000), children.concat()].concat())
}

pub(crate) fn ftyp() -> Vec<u8> {
    boxed(b"ftyp", b"isom\0\0\x02\0isommp41")
}

pub(crate) fn read(file: &[u8]) -> Result<Movie, ParseError> {
    MovieReader::read_all(ReaderConfig::default(), &Bytes::copy_from_slice(file))
}

/// The range of a file, cut to what there is.
pub(crate) fn range(file: &Bytes, offset: u64, len: usize) -> Bytes {
    let start = usize::try_from(offset).map_or(file.len(), |at| at.min(file.len()));
    file.slice(start..start.saturating_add(len).min(file.len()))
}

/// All frames, answering every request in full.
pub(crate) fn frames(reader: &mut FrameReader, file: &Bytes) -> Vec<Frame> {
    let mut frames = Vec::new();
    while !reader.is_finished() {
        while let Some(read) = reader.poll_read() {
            reader.handle_input(read.offset, range(file, read.offset, read.len));
        }
        while let Some(frame) = reader.poll_frame() {
            frames.push(frame);
        }
    }
    frames
}
