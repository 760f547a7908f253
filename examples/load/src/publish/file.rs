//! A file that is published again and again: FLV as it is, MP4 frame by frame.

use std::{num::NonZeroU32, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use bytes::{Bytes, BytesMut};
use castline_codec::{Track, rescale};
use castline_mp4_hint::{FrameReader, Movie, MovieReader, ReadRequest, ReaderConfig};
use castline_rtmp_chunk::{
    Tag, TagType, flv,
    media::{Muxer, MuxerConfig},
    tag::classify,
};

use super::source::{Source, TimedTag, milliseconds};

const NANOS: NonZeroU32 = NonZeroU32::new(1_000_000_000).unwrap();
/// What lies between the end of a round and the next.
const LAST_TAG: Duration = Duration::from_millis(40);

/// A file's tags, in memory.
#[derive(Debug)]
pub(crate) struct Recording {
    headers: Vec<Tag>,
    tags: Vec<TimedTag>,
    round: Duration,
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Source> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let recording = if bytes.starts_with(b"FLV") {
        flv_tags(BytesMut::from(&bytes[..]))
    } else {
        movie_tags(&Bytes::from(bytes))
    };
    let recording = recording.with_context(|| format!("{} cannot be published", path.display()))?;
    Ok(Source::Recording(recording))
}

impl Recording {
    fn new(headers: Vec<Tag>, mut tags: Vec<TimedTag>) -> Result<Self> {
        tags.sort_by_key(|timed| timed.due);
        let Some((first, last)) = tags.first().zip(tags.last()) else {
            bail!("there is no sound and no picture in it");
        };
        let (first, last) = (first.due, last.due);
        ensure!(last > first, "it is too short");
        for timed in &mut tags {
            timed.due = timed.due.saturating_sub(first);
        }
        Ok(Self {
            headers,
            tags,
            round: last.saturating_sub(first).saturating_add(LAST_TAG),
        })
    }

    pub(crate) fn headers(&self) -> Vec<Tag> {
        self.headers.clone()
    }

    /// The tag of that number, in whichever round it is.
    pub(crate) fn tag(&self, number: u64) -> TimedTag {
        let count = self.tags.len().max(1) as u64;
        let round = u32::try_from(number / count).unwrap_or(u32::MAX);
        let timed = self.tags.get((number % count) as usize).cloned();
        let mut timed = timed.unwrap_or_else(|| TimedTag {
            due: Duration::ZERO,
            tag: Tag::new(TagType::Audio, 0, Bytes::new()),
        });
        timed.due = timed.due.saturating_add(self.round.saturating_mul(round));
        timed.tag.timestamp = milliseconds(timed.due);
        timed
    }
}

fn flv_tags(mut input: BytesMut) -> Result<Recording> {
    let mut reader = flv::Reader::new(flv::ReaderConfig::default());
    let (mut headers, mut tags) = (Vec::new(), Vec::new());
    while let Some(mut tag) = reader.decode(&mut input)? {
        let due = Duration::from_millis(tag.timestamp.into());
        let is_header = tag.tag_type == TagType::Script || classify(&tag).is_sequence_header;
        if is_header {
            tag.timestamp = 0;
            headers.push(tag);
        } else {
            tags.push(TimedTag { due, tag });
        }
    }
    Recording::new(headers, tags)
}

fn part(file: &Bytes, request: ReadRequest) -> Bytes {
    let start = usize::try_from(request.offset)
        .unwrap_or(usize::MAX)
        .min(file.len());
    let end = start.saturating_add(request.len).min(file.len());
    file.slice(start..end)
}

fn movie_tags(file: &Bytes) -> Result<Recording> {
    let length = Some(file.len() as u64);
    let mut reader = MovieReader::new(ReaderConfig::default(), length);
    while let Some(request) = reader.poll_read() {
        reader.handle_input(request.offset, part(file, request));
    }
    let movie = Arc::new(reader.into_movie().context("it is neither FLV nor MP4")?);
    let tracks: Vec<Track> = movie
        .tracks()
        .iter()
        .map(|track| track.media.clone())
        .collect();
    let muxer = Muxer::new(&tracks, MuxerConfig::default());
    let headers = std::iter::once(muxer.metadata_tag(0))
        .chain(muxer.sequence_headers(0))
        .collect();
    let shift = shift(&movie);
    let mut tags = Vec::new();
    let mut frames = FrameReader::all_tracks(movie, length, Default::default());
    while !frames.is_finished() {
        while let Some(request) = frames.poll_read() {
            frames.handle_input(request.offset, part(file, request));
        }
        while let Some(mut frame) = frames.poll_frame() {
            let Some(track) = tracks.iter().find(|track| track.id == frame.track) else {
                continue;
            };
            let ticks = rescale(shift, NANOS, track.clock_rate);
            frame.pts = frame.pts.saturating_add(ticks);
            frame.dts = frame.dts.saturating_add(ticks);
            let nanos = rescale(frame.dts, track.clock_rate, NANOS);
            let due = Duration::from_nanos(u64::try_from(nanos).unwrap_or(0));
            // What RTMP has no form for is left out.
            tags.extend(muxer.push(&frame).ok().map(|tag| TimedTag { due, tag }));
        }
        while frames.poll_fault().is_some() {}
    }
    Recording::new(headers, tags)
}

/// What is to be added to the file's times, in nanoseconds, so that none is before 0: pictures that are shown in another
/// order are decoded before the first is shown.
fn shift(movie: &Movie) -> i64 {
    let firsts = movie.tracks().iter().filter_map(|track| {
        let first = track.samples.cursor().next()?;
        Some(rescale(first.dts, track.media.clock_rate, NANOS))
    });
    let lead = i64::try_from(movie.lead().as_nanos()).unwrap_or(i64::MAX);
    firsts.min().unwrap_or(0).saturating_neg().max(lead)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path =
            std::env::temp_dir().join(format!("castline-load-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn an_flv_file_goes_round_and_its_headers_go_out_once() {
        let mut writer = flv::Writer::new(flv::Header::new(true, true));
        let mut wire = writer.start().to_vec();
        for (timestamp, body) in [
            (0, &b"\x17\0\0\0\0cfg"[..]),
            (100, b"\x17\x01\0\0\0key"),
            (140, b"\x27\x01\0\0\0pic"),
        ] {
            let tag = Tag::new(TagType::Video, timestamp, Bytes::from_static(body));
            writer
                .tag(&tag)
                .unwrap()
                .iter()
                .for_each(|segment| wire.extend_from_slice(segment));
        }
        let path = write("round.flv", &wire);
        let source = Arc::new(read(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
        assert_eq!(source.headers().len(), 1);
        let mut feed = source.feed();
        let times: Vec<(u128, u32)> = (0..5)
            .map(|_| feed.next())
            .map(|timed| (timed.due.as_millis(), timed.tag.timestamp))
            .collect();
        assert_eq!(times, [(0, 0), (40, 40), (80, 80), (120, 120), (160, 160)]);
    }

    #[test]
    fn an_mp4_file_goes_out_frame_by_frame_in_decoding_order() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../mp4-hint/tests/data/bframes.mp4"
        );
        let source = Arc::new(read(Path::new(path)).unwrap());
        let Source::Recording(recording) = &*source else {
            panic!("a file is no made-up media")
        };
        assert!(
            source.headers().len() >= 2,
            "metadata, and a sequence header at least"
        );
        let count = recording.tags.len();
        let mut feed = source.feed();
        let tags: Vec<TimedTag> = (0..count * 2).map(|_| feed.next()).collect();
        assert!(tags.is_sorted_by_key(|timed| timed.due));
        assert_eq!(tags[0].due, Duration::ZERO);
        let again = &tags[count];
        assert_eq!(
            (again.due, &again.tag.payload),
            (recording.round, &tags[0].tag.payload)
        );
        let is_stamped =
            |timed: &TimedTag| super::super::source::stamped(&timed.tag, Vec::new).is_some();
        let pictures = tags
            .iter()
            .filter(|timed| timed.tag.tag_type == TagType::Video);
        assert!(pictures.count() > 10 && tags.iter().any(is_stamped));
    }

    #[test]
    fn what_is_no_media_is_refused_in_words() {
        for (name, bytes, word) in [
            (
                "empty.flv",
                &b"FLV\x01\x05\0\0\0\x09\0\0\0\0"[..],
                "no sound",
            ),
            ("text.txt", b"hello", "neither"),
        ] {
            let path = write(name, bytes);
            let error = format!("{:#}", read(&path).unwrap_err());
            std::fs::remove_file(&path).unwrap();
            assert!(error.contains(word), "{error}");
        }
        assert!(read(Path::new("/nowhere/x.flv")).is_err());
    }
}
