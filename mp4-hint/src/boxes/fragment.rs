//! Movie fragments (ISO/IEC 14496-12, 8.8).

use alloc::vec::Vec;

use bytes::Bytes;
use castline_core::Reader;

use super::{Children, full_box};
use crate::{
    FourCc, Movie, ParseError,
    table::fragment::{Defaults, Fields, TrackRun},
};

/// What `trex` says of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TrackExtends {
    pub(crate) track_id: u32,
    pub(crate) defaults: Defaults,
}

/// The `mvex` box: that there are fragments, and what holds for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MovieExtends {
    pub(crate) tracks: Vec<TrackExtends>,
    /// `mehd`, in the movie's timescale.
    pub(crate) duration: Option<u64>,
}

impl MovieExtends {
    /// `most_tracks` bounds how many `trex` are kept.
    pub(crate) fn parse(mvex: Reader<'_>, most_tracks: usize) -> Result<Self, ParseError> {
        let mut extends = Self::default();
        for (kind, payload) in Children::of(mvex) {
            if kind == FourCc::MEHD {
                let (version, _, mut body) = full_box(payload)?;
                extends.duration = Some(unsigned(version, &mut body)?);
            } else if kind == FourCc::TREX && extends.tracks.len() < most_tracks {
                extends.tracks.push(track_extends(payload)?);
            }
        }
        Ok(extends)
    }

    fn of(&self, track_id: u32) -> Defaults {
        let mut tracks = self.tracks.iter();
        let found = tracks.find(|track| track.track_id == track_id);
        found.map(|track| track.defaults).unwrap_or_default()
    }
}

fn track_extends(payload: Reader<'_>) -> Result<TrackExtends, ParseError> {
    let (_, _, mut body) = full_box(payload)?;
    let track_id = body.u32()?;
    body.skip(4)?; // The default sample description.
    Ok(TrackExtends {
        track_id,
        defaults: Defaults {
            duration: body.u32()?,
            size: body.u32()?,
            flags: body.u32()?,
        },
    })
}

/// A field of 64 bits in version 1, of 32 in version 0.
pub(crate) fn unsigned(version: u8, body: &mut Reader<'_>) -> Result<u64, ParseError> {
    Ok(if version == 1 {
        body.u64()?
    } else {
        u64::from(body.u32()?)
    })
}

/// What `tfhd` says of a track fragment.
struct Header {
    track_id: u32,
    base_data_offset: Option<u64>,
    default_base_is_moof: bool,
    defaults: Defaults,
}

impl Header {
    fn parse(tfhd: Reader<'_>, extends: &MovieExtends) -> Result<Self, ParseError> {
        let (_, flags, mut body) = full_box(tfhd)?;
        let track_id = body.u32()?;
        let mut defaults = extends.of(track_id);
        let base_data_offset = if flags & 0x01 != 0 {
            Some(body.u64()?)
        } else {
            None
        };
        if flags & 0x02 != 0 {
            body.skip(4)?; // The sample description.
        }
        for (flag, field) in [
            (0x08, &mut defaults.duration),
            (0x10, &mut defaults.size),
            (0x20, &mut defaults.flags),
        ] {
            if flags & flag != 0 {
                *field = body.u32()?;
            }
        }
        Ok(Self {
            track_id,
            base_data_offset,
            default_base_is_moof: flags & 0x02_0000 != 0,
            defaults,
        })
    }
}

/// One `trun`, its data offset still relative.
struct RunHeader {
    count: u32,
    data_offset: Option<i32>,
    first_flags: Option<u32>,
    fields: Fields,
    entries: Bytes,
}

impl RunHeader {
    fn parse(trun: Reader<'_>, moof: &Bytes) -> Result<Self, ParseError> {
        let (_, flags, mut body) = full_box(trun)?;
        let count = body.u32()?;
        let data_offset = if flags & 0x01 != 0 {
            Some(body.i32()?)
        } else {
            None
        };
        let first_flags = if flags & 0x04 != 0 {
            Some(body.u32()?)
        } else {
            None
        };
        let fields = Fields::of_flags(flags);
        let len = u64::from(count).saturating_mul(fields.entry_len() as u64);
        let start = body.offset();
        body.skip(usize::try_from(len).unwrap_or(usize::MAX))?;
        Ok(Self {
            count,
            data_offset,
            first_flags,
            fields,
            entries: moof.slice(start..body.offset()),
        })
    }
}

/// Puts the samples of one `moof` into the tables of the movie's tracks.
///
/// `moof` is the payload of the box, which began at `moof_offset` of the file, header included.
pub(crate) fn index(
    movie: &mut Movie,
    extends: &MovieExtends,
    moof: &Bytes,
    moof_offset: u64,
) -> Result<(), ParseError> {
    // Where the data of the last track fragment ended: the base of one that names none (8.8.7.1).
    let mut end = moof_offset;
    for (_, traf) in Children::of(Reader::new(moof)).filter(|(kind, _)| *kind == FourCc::TRAF) {
        let header = Header::parse(Children::of(traf).require(FourCc::TFHD)?, extends)?;
        let base = header
            .base_data_offset
            .unwrap_or(if header.default_base_is_moof {
                moof_offset
            } else {
                end
            });
        end = track_fragment(movie, &header, traf, (moof, base))?;
    }
    Ok(())
}

/// Appends the runs of one `traf`; gives the file offset behind the last one's data.
fn track_fragment(
    movie: &mut Movie,
    header: &Header,
    traf: Reader<'_>,
    (moof, base): (&Bytes, u64),
) -> Result<u64, ParseError> {
    let mut table = movie.samples_mut(header.track_id);
    let mut time = match Children::of(traf).find(FourCc::TFDT) {
        Some(tfdt) => {
            let (version, _, mut body) = full_box(tfdt)?;
            let time = unsigned(version, &mut body)?;
            Some(i64::try_from(time).unwrap_or(i64::MAX).min(1 << 60))
        }
        None => None,
    };
    let mut end = base;
    for (_, trun) in Children::of(traf).filter(|(kind, _)| *kind == FourCc::TRUN) {
        let run = RunHeader::parse(trun, moof)?;
        let offset = run.data_offset.map_or(end, |relative| {
            base.saturating_add_signed(i64::from(relative))
        });
        let run = TrackRun {
            count: run.count,
            offset,
            fields: run.fields,
            defaults: header.defaults,
            first_flags: run.first_flags,
            entries: run.entries,
        };
        end = match &mut table {
            Some(table) => table
                .append(time.take(), run)
                .ok_or_else(|| ParseError::malformed(trun.offset(), "fewer than 2^32 samples"))?,
            None => run.end(),
        };
    }
    Ok(end)
}
