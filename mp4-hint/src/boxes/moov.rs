//! The `moov` box (ISO/IEC 14496-12, 8.2).

use bytes::Bytes;
use castline_core::Reader;

use super::{
    Children,
    fragment::{MovieExtends, unsigned},
    full_box,
    trak::{self, ParsedTrack},
};
use crate::{
    Brands, FourCc, Movie, ParseError,
    movie::{UnsupportedReason, UnsupportedTrack},
};

/// `mvhd`: ticks per second, and how many of them the movie lasts.
fn movie_header(mvhd: Reader<'_>) -> Result<(u32, u64), ParseError> {
    let (version, _, mut body) = full_box(mvhd)?;
    body.skip(if version == 1 { 16 } else { 8 })?;
    let timescale = body.u32()?;
    Ok((timescale, unsigned(version, &mut body)?))
}

/// The `ftyp` box's payload; the brands that are not all there are left out.
pub(crate) fn brands(ftyp: &[u8]) -> Brands {
    let mut words = ftyp.as_chunks::<4>().0.iter();
    let major = words.next().copied().map(FourCc).unwrap_or_default();
    let minor_version = words.next().copied().map_or(0, u32::from_be_bytes);
    Brands {
        major,
        minor_version,
        compatible: words.copied().map(FourCc).collect(),
    }
}

/// Parses the payload of a `moov`. Offsets in errors count from the payload's start.
pub(crate) fn parse(
    moov: &Bytes,
    brands: Brands,
    most_tracks: usize,
) -> Result<(Movie, Option<MovieExtends>), ParseError> {
    let reader = Reader::new(moov);
    let (timescale, duration) = movie_header(Children::of(reader).require(FourCc::MVHD)?)?;
    let extends = match Children::of(reader).find(FourCc::MVEX) {
        Some(mvex) => Some(MovieExtends::parse(mvex, most_tracks)?),
        None => None,
    };
    let fragments_duration = extends.as_ref().and_then(|extends| extends.duration);
    let duration = duration.max(fragments_duration.unwrap_or(0));
    let mut movie = Movie::new(brands, timescale, duration, extends.is_some());
    let mut count = 0usize;
    for (_, trak) in Children::of(reader).filter(|(kind, _)| *kind == FourCc::TRAK) {
        count = count.saturating_add(1);
        if count > most_tracks {
            return Err(ParseError::OverLimit {
                offset: trak.offset() as u64,
                what: "the number of tracks",
                value: count as u64,
                limit: most_tracks as u64,
            });
        }
        add(
            &mut movie,
            trak::parse(trak, moov, timescale),
            trak.offset(),
        );
    }
    Ok((movie, extends))
}

fn add(movie: &mut Movie, track: ParsedTrack, offset: usize) {
    let id = match &track {
        ParsedTrack::Playable(track) => track.media.id.0,
        ParsedTrack::Pending(track) => track.facts.id,
        ParsedTrack::Unsupported(track) => {
            movie.unsupported.push(track.clone());
            return;
        }
    };
    if movie.samples_mut(id).is_some() {
        let error = ParseError::malformed(offset, "a track_ID that no other track has");
        movie.unsupported.push(UnsupportedTrack {
            id,
            handler: FourCc::default(),
            fourcc: FourCc::default(),
            reason: UnsupportedReason::Malformed(error),
        });
        return;
    }
    match track {
        ParsedTrack::Playable(track) => movie.tracks.push(*track),
        ParsedTrack::Pending(track) => movie.pending.push(*track),
        ParsedTrack::Unsupported(_) => {}
    }
}
