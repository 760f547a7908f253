//! One track of the `moov` (ISO/IEC 14496-12, 8.3 and 8.4).

use alloc::boxed::Box;
use core::num::NonZeroU32;

use bytes::Bytes;
use castline_core::Reader;

use super::{Children, edit::Edits, fragment::unsigned, full_box, stbl, stsd};
use crate::{
    FourCc, ParseError,
    movie::{MovieTrack, PendingTrack, TrackFacts, UnsupportedReason, UnsupportedTrack},
    table::SampleTable,
};

/// What became of a `trak`.
pub(crate) enum ParsedTrack {
    Playable(Box<MovieTrack>),
    /// Its parameter sets are in its samples.
    Pending(Box<PendingTrack>),
    Unsupported(UnsupportedTrack),
}

/// `mdhd`.
struct MediaHeader {
    timescale: u32,
    language: Option<[u8; 3]>,
}

impl MediaHeader {
    fn parse(mdhd: Reader<'_>) -> Result<Self, ParseError> {
        let (version, _, mut body) = full_box(mdhd)?;
        body.skip(if version == 1 { 16 } else { 8 })?;
        let timescale = body.u32()?;
        unsigned(version, &mut body)?; // The duration; the tables know better.
        Ok(Self {
            timescale,
            language: language(body.u16()?),
        })
    }
}

/// Three letters of 5 bits each; QuickTime's numeric codes and "und" are no language.
fn language(packed: u16) -> Option<[u8; 3]> {
    let letter = |shift: u32| ((packed >> shift) & 0x1f) as u8 | 0x60;
    let language = [letter(10), letter(5), letter(0)];
    let is_text = language.iter().all(u8::is_ascii_lowercase);
    (is_text && language != *b"und").then_some(language)
}

fn track_id(tkhd: Reader<'_>) -> Result<u32, ParseError> {
    let (version, _, mut body) = full_box(tkhd)?;
    body.skip(if version == 1 { 16 } else { 8 })?;
    Ok(body.u32()?)
}

fn handler(hdlr: Reader<'_>) -> Result<FourCc, ParseError> {
    let (_, _, mut body) = full_box(hdlr)?;
    body.skip(4)?; // QuickTime's component type.
    Ok(FourCc(body.array()?))
}

/// The parts of a `trak`, found in one walk each.
struct Parts<'a> {
    id: u32,
    handler: FourCc,
    mdhd: Reader<'a>,
    stbl: Reader<'a>,
    edits: Edits,
}

impl<'a> Parts<'a> {
    fn of(trak: Reader<'a>) -> Result<Self, ParseError> {
        let id = track_id(Children::of(trak).require(FourCc::TKHD)?)?;
        let mdia = Children::of(trak).require(FourCc::MDIA)?;
        let minf = Children::of(mdia).require(FourCc::MINF)?;
        let edits = Children::of(trak)
            .find(FourCc::EDTS)
            .and_then(|edts| Children::of(edts).find(FourCc::ELST));
        Ok(Self {
            id,
            handler: handler(Children::of(mdia).require(FourCc::HDLR)?)?,
            mdhd: Children::of(mdia).require(FourCc::MDHD)?,
            stbl: Children::of(minf).require(FourCc::STBL)?,
            edits: edits.map(Edits::parse).transpose()?.unwrap_or_default(),
        })
    }
}

/// Parses one `trak` of `moov`. What is wrong with a track is told of the track alone, so that the others
/// can still be played.
pub(crate) fn parse(trak: Reader<'_>, moov: &Bytes, movie_timescale: u32) -> ParsedTrack {
    let parts = match Parts::of(trak) {
        Ok(parts) => parts,
        Err(error) => {
            let id = Children::of(trak).find(FourCc::TKHD);
            return unsupported(
                id.and_then(|tkhd| track_id(tkhd).ok()).unwrap_or(0),
                (FourCc::default(), FourCc::default()),
                UnsupportedReason::Malformed(error),
            );
        }
    };
    let entry = Children::of(parts.stbl).require(FourCc::STSD);
    let entry = entry.and_then(|stsd| {
        let timescale = MediaHeader::parse(parts.mdhd)?.timescale;
        stsd::SampleEntry::first(stsd, parts.handler, timescale)
    });
    let names = (
        parts.handler,
        entry.as_ref().map(|entry| entry.fourcc).unwrap_or_default(),
    );
    let parsed = entry.and_then(|entry| match entry.coding {
        stsd::Coding::Known(coding) => track(&parts, moov, movie_timescale, coding),
        stsd::Coding::Hint => Ok(unsupported(parts.id, names, UnsupportedReason::Hint)),
        stsd::Coding::Unknown => Ok(unsupported(parts.id, names, UnsupportedReason::Codec)),
    });
    parsed.unwrap_or_else(|error| unsupported(parts.id, names, UnsupportedReason::Malformed(error)))
}

fn track(
    parts: &Parts<'_>,
    moov: &Bytes,
    movie_timescale: u32,
    coding: stsd::KnownCoding,
) -> Result<ParsedTrack, ParseError> {
    let header = MediaHeader::parse(parts.mdhd)?;
    let clock_rate = NonZeroU32::new(header.timescale)
        .ok_or_else(|| ParseError::malformed(parts.mdhd.offset(), "a timescale above 0"))?;
    let tables = stbl::parse(parts.stbl, moov, coding.form.pcm_sample_bytes())?;
    let shift = parts.edits.shift(movie_timescale, clock_rate.get());
    let facts = TrackFacts {
        id: parts.id,
        clock_rate,
        language: header.language,
        form: coding.form,
        samples: SampleTable::new(tables, shift),
        has_later_edits: parts.edits.later_edits,
    };
    Ok(match coding.parameters {
        stsd::Parameters::OutOfBand(codec) => {
            ParsedTrack::Playable(Box::new(MovieTrack::new(*codec, facts)))
        }
        stsd::Parameters::InBand(codec) => {
            ParsedTrack::Pending(Box::new(PendingTrack { codec, facts }))
        }
    })
}

fn unsupported(
    id: u32,
    (handler, fourcc): (FourCc, FourCc),
    reason: UnsupportedReason,
) -> ParsedTrack {
    ParsedTrack::Unsupported(UnsupportedTrack {
        id,
        handler,
        fourcc,
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_letters() {
        assert_eq!(language(0x15c7), Some(*b"eng"));
        assert_eq!(language(0x55c4), None, "und");
        assert_eq!(language(0), None, "QuickTime's English");
        assert_eq!(language(0x7fff), None, "QuickTime's unspecified");
    }
}
