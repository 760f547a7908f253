//! The sample table box (ISO/IEC 14496-12, 8.5 to 8.7): finds the tables, expands nothing.

use bytes::Bytes;
use castline_core::Reader;

use super::{Children, fitting_count, full_box};
use crate::{
    FourCc, ParseError,
    table::{
        Progressive,
        chunk::{ChunkOffsets, Chunks},
        entries::Entries,
        size::Sizes,
        sync::SyncSamples,
        time::{CompositionOffsets, DecodingTimes},
    },
};

/// The children of an `stbl`, found in one walk; the first of each kind counts.
#[derive(Default)]
struct Found<'a> {
    stts: Option<Reader<'a>>,
    ctts: Option<Reader<'a>>,
    stsc: Option<Reader<'a>>,
    stsz: Option<Reader<'a>>,
    stz2: Option<Reader<'a>>,
    stco: Option<Reader<'a>>,
    co64: Option<Reader<'a>>,
    stss: Option<Reader<'a>>,
}

impl<'a> Found<'a> {
    fn in_stbl(stbl: Reader<'a>) -> Self {
        let mut found = Self::default();
        for (kind, payload) in Children::of(stbl) {
            let slot = match kind {
                FourCc::STTS => &mut found.stts,
                FourCc::CTTS => &mut found.ctts,
                FourCc::STSC => &mut found.stsc,
                FourCc::STSZ => &mut found.stsz,
                FourCc::STZ2 => &mut found.stz2,
                FourCc::STCO => &mut found.stco,
                FourCc::CO64 => &mut found.co64,
                FourCc::STSS => &mut found.stss,
                _ => continue,
            };
            slot.get_or_insert(payload);
        }
        found
    }
}

/// The tables of the `stbl` that lies in `moov`, whose samples are `sample_bytes` each if that is known
/// from elsewhere (PCM).
pub(crate) fn parse(
    stbl: Reader<'_>,
    moov: &Bytes,
    sample_bytes: Option<u32>,
) -> Result<Progressive, ParseError> {
    let found = Found::in_stbl(stbl);
    let missing = |missing| ParseError::Missing {
        offset: stbl.offset() as u64,
        missing,
    };
    let times = found.stts.ok_or_else(|| missing(FourCc::STTS))?;
    let runs = found.stsc.ok_or_else(|| missing(FourCc::STSC))?;
    let compositions = match found.ctts {
        Some(ctts) => CompositionOffsets::new(entries(ctts, moov, 8)?),
        None => CompositionOffsets::default(),
    };
    let offsets = match (found.stco, found.co64) {
        (Some(stco), _) => ChunkOffsets::Short(Entries::new(entries(stco, moov, 4)?)),
        (None, Some(co64)) => ChunkOffsets::Long(Entries::new(entries(co64, moov, 8)?)),
        (None, None) => return Err(missing(FourCc::STCO)),
    };
    let sizes = match (found.stsz, found.stz2) {
        (Some(stsz), _) => sizes(stsz, moov, sample_bytes)?,
        (None, Some(stz2)) => compact_sizes(stz2, moov)?,
        (None, None) => return Err(missing(FourCc::STSZ)),
    };
    let chunks = Chunks::new(entries(runs, moov, 12)?, offsets)
        .ok_or_else(|| ParseError::malformed(runs.offset(), "increasing first chunks in stsc"))?;
    let sync = match found.stss {
        Some(stss) => SyncSamples::new(entries(stss, moov, 4)?),
        None => SyncSamples::All,
    };
    Ok(Progressive {
        count: 0,
        times: DecodingTimes::new(entries(times, moov, 8)?),
        compositions,
        sizes,
        chunks,
        sync,
    }
    .counted())
}

/// The entries of a full box that begins with their count, which is cut to what the box holds.
fn entries(payload: Reader<'_>, moov: &Bytes, entry_len: usize) -> Result<Bytes, ParseError> {
    let (_, _, mut body) = full_box(payload)?;
    let count = body.u32()?;
    let len = fitting_count(count, &body, entry_len).saturating_mul(entry_len);
    Ok(in_place(&body, moov, len))
}

/// The next `len` bytes as a slice of the `moov` that `body` reads.
fn in_place(body: &Reader<'_>, moov: &Bytes, len: usize) -> Bytes {
    let end = body.offset().saturating_add(len);
    let is_inside = len <= body.remaining() && end <= moov.len();
    if is_inside {
        moov.slice(body.offset()..end)
    } else {
        Bytes::new()
    }
}

fn sizes(stsz: Reader<'_>, moov: &Bytes, known: Option<u32>) -> Result<Sizes, ParseError> {
    let (_, _, mut body) = full_box(stsz)?;
    let constant = body.u32()?;
    let count = body.u32()?;
    if constant != 0 {
        // QuickTime counts PCM in samples of "1 byte", whatever they take.
        return Ok(Sizes::constant(known.unwrap_or(constant), count));
    }
    let len = fitting_count(count, &body, 4).saturating_mul(4);
    Sizes::table(32, in_place(&body, moov, len), count)
        .ok_or_else(|| ParseError::malformed(stsz.offset(), "sample sizes"))
}

fn compact_sizes(stz2: Reader<'_>, moov: &Bytes) -> Result<Sizes, ParseError> {
    let (_, _, mut body) = full_box(stz2)?;
    body.skip(3)?;
    let bits = body.u8()?;
    let count = body.u32()?;
    let len = u64::from(count).saturating_mul(u64::from(bits)).div_ceil(8);
    let len = usize::try_from(len)
        .unwrap_or(usize::MAX)
        .min(body.remaining());
    Sizes::table(bits, in_place(&body, moov, len), count)
        .ok_or_else(|| ParseError::malformed(stz2.offset(), "a field size of 4, 8 or 16 bits"))
}
