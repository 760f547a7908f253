//! Made-up media: 25 pictures a second that look like H.264 from afar, and sound that looks like AAC.
//!
//! Headers are real ones, so that servers that read them find what they expect; pictures and sound are filler that no
//! decoder should be given. All pictures share one memory, as does all sound.

use std::time::Duration;

use bytes::Bytes;
use castline_rtmp_chunk::{
    Tag, TagType,
    amf::amf0::{Object, Value},
};

use super::source::{TimedTag, milliseconds};

const PICTURES_PER_SECOND: u64 = 25;
const SAMPLE_RATE: u64 = 44_100;
const SAMPLES_PER_FRAME: u64 = 1024;
/// A key frame is so many times as large as another picture.
const KEY_FRAME_WEIGHT: u64 = 6;
const MOST_SOUND_KBITS: u64 = 96;
/// H.264 main profile, 1280x720, 25 pictures a second.
const AVC_CONFIGURATION: [u8; 41] = [
    0x01, 0x4D, 0x40, 0x1F, 0xFF, 0xE1, 0x00, 0x19, 0x67, 0x4D, 0x40, 0x1F, 0xD9, 0x00, 0x50, 0x05,
    0xBB, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0x20, 0xF1, 0x83, 0x24,
    0x80, 0x01, 0x00, 0x04, 0x68, 0xEB, 0xCC, 0xB2, 0x00,
];
/// AAC LC, 44100 Hz, stereo.
const AUDIO_CONFIGURATION: [u8; 2] = [0x12, 0x10];

/// How many pictures and frames of sound one publisher has sent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    pictures: u64,
    sounds: u64,
}

/// Made-up media of one bit rate.
#[derive(Debug)]
pub(crate) struct Synthetic {
    pictures_per_group: u64,
    key_frame: Bytes,
    picture: Bytes,
    sound: Bytes,
    kbits: u32,
}

impl Synthetic {
    pub(crate) fn new(kbits: u32, group: Duration) -> Self {
        let pictures_per_group = u64::try_from(group.as_millis()).unwrap_or(u64::MAX);
        let pictures_per_group =
            (pictures_per_group.saturating_mul(PICTURES_PER_SECOND) / 1000).max(1);
        let sound_kbits = MOST_SOUND_KBITS.min(u64::from(kbits) / 4);
        let sound_bytes = sound_kbits * 125 * SAMPLES_PER_FRAME / SAMPLE_RATE;
        let bytes_per_second = (u64::from(kbits) - sound_kbits) * 125;
        let group_bytes = bytes_per_second.saturating_mul(pictures_per_group) / PICTURES_PER_SECOND;
        let picture_bytes = group_bytes / (pictures_per_group + KEY_FRAME_WEIGHT - 1);
        Self {
            pictures_per_group,
            key_frame: unit(
                [0x65, 0x88, 0x84],
                picture_bytes.saturating_mul(KEY_FRAME_WEIGHT),
            ),
            picture: unit([0x41, 0x9A, 0x24], picture_bytes),
            sound: Bytes::from(filler(sound_bytes)),
            kbits,
        }
    }

    pub(crate) fn headers(&self) -> Vec<Tag> {
        let metadata = Object::new()
            .with("width", 1280.0)
            .with("height", 720.0)
            .with("framerate", PICTURES_PER_SECOND as f64)
            .with("videocodecid", 7.0)
            .with("videodatarate", f64::from(self.kbits))
            .with("audiocodecid", 10.0)
            .with("audiosamplerate", SAMPLE_RATE as f64)
            .with("stereo", true);
        let mut script = Vec::new();
        Value::from("onMetaData").encode(&mut script);
        Value::Object(metadata).encode(&mut script);
        vec![
            Tag::new(TagType::Script, 0, Bytes::from(script)),
            video(0, true, 0, Bytes::from_static(&AVC_CONFIGURATION)),
            sound(0, 0, Bytes::from_static(&AUDIO_CONFIGURATION)),
        ]
    }

    /// The next tag: pictures and sound in the order of their times.
    pub(crate) fn next(&self, place: &mut Place) -> TimedTag {
        let Place { pictures, sounds } = *place;
        let picture_due =
            Duration::from_millis(pictures.saturating_mul(1000 / PICTURES_PER_SECOND));
        let samples = sounds.saturating_mul(SAMPLES_PER_FRAME);
        let sound_due = Duration::from_micros(samples.saturating_mul(1_000_000) / SAMPLE_RATE);
        if sound_due < picture_due {
            place.sounds = sounds.saturating_add(1);
            let tag = sound(milliseconds(sound_due), 1, self.sound.clone());
            return TimedTag {
                due: sound_due,
                tag,
            };
        }
        place.pictures = pictures.saturating_add(1);
        let is_key = pictures.is_multiple_of(self.pictures_per_group);
        let data = if is_key {
            &self.key_frame
        } else {
            &self.picture
        };
        let tag = video(milliseconds(picture_due), is_key, 1, data.clone());
        TimedTag {
            due: picture_due,
            tag,
        }
    }
}

fn video(timestamp: u32, is_key: bool, packet_type: u8, data: Bytes) -> Tag {
    let first = if is_key { 0x17 } else { 0x27 };
    let header = Bytes::copy_from_slice(&[first, packet_type, 0, 0, 0]);
    Tag::new(TagType::Video, timestamp, data).with_header(header)
}

fn sound(timestamp: u32, packet_type: u8, data: Bytes) -> Tag {
    let header = Bytes::copy_from_slice(&[0xAF, packet_type]);
    Tag::new(TagType::Audio, timestamp, data).with_header(header)
}

/// A NAL unit behind its length.
fn unit(start: [u8; 3], bytes: u64) -> Bytes {
    let filler = filler(bytes.saturating_sub(4 + start.len() as u64));
    let length = (filler.len() + start.len()) as u32;
    Bytes::from([&length.to_be_bytes()[..], &start, &filler].concat())
}

/// Bytes that never look like a start code.
fn filler(bytes: u64) -> Vec<u8> {
    (0..bytes)
        .map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8 | 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(synthetic: &Synthetic) -> impl Iterator<Item = TimedTag> {
        let mut place = Place::default();
        std::iter::repeat_with(move || synthetic.next(&mut place))
    }

    #[test]
    fn ten_seconds_have_the_bit_rate_the_pictures_and_the_sound() {
        for kbits in [100, 1000, 8000] {
            let synthetic = Synthetic::new(kbits, Duration::from_secs(2));
            let tags: Vec<TimedTag> = tags(&synthetic)
                .take_while(|timed| timed.due < Duration::from_secs(10))
                .collect();
            let kilobits =
                tags.iter().map(|timed| timed.tag.len() as u64).sum::<u64>() * 8 / 10_000;
            assert!(
                kilobits.abs_diff(u64::from(kbits)) <= u64::from(kbits) / 20,
                "{kilobits} for {kbits}"
            );
            let pictures = tags
                .iter()
                .filter(|timed| timed.tag.tag_type == TagType::Video)
                .count();
            assert!((249..=251).contains(&pictures), "{pictures}");
            assert!((675..=685).contains(&tags.len()), "{}", tags.len());
        }
    }

    #[test]
    fn sound_and_pictures_come_in_the_order_of_their_times() {
        let synthetic = Synthetic::new(1000, Duration::from_secs(2));
        let times: Vec<Duration> = tags(&synthetic)
            .take(10_000)
            .map(|timed| timed.due)
            .collect();
        let gaps = times.windows(2).map(|pair| pair[1].checked_sub(pair[0]));
        let longest = gaps.map(|gap| gap.expect("never backwards")).max();
        assert!(
            longest <= Some(Duration::from_micros(23_220)),
            "{longest:?}"
        );
    }

    #[test]
    fn key_frames_come_as_often_as_said_and_are_the_larger_ones() {
        let synthetic = Synthetic::new(1000, Duration::from_secs(1));
        let pictures: Vec<TimedTag> = tags(&synthetic)
            .take(300)
            .filter(|timed| timed.tag.tag_type == TagType::Video)
            .collect();
        let is_key = |timed: &&TimedTag| timed.tag.header[0] == 0x17;
        let keys: Vec<u64> = pictures
            .iter()
            .filter(is_key)
            .map(|timed| timed.due.as_secs())
            .collect();
        assert_eq!(keys, (0..keys.len() as u64).collect::<Vec<_>>());
        assert!(pictures[0].tag.payload.len() > 5 * pictures[1].tag.payload.len());
        let sizes = &pictures[1].tag.payload;
        assert_eq!(
            u32::from_be_bytes(*sizes.first_chunk().unwrap()) as usize,
            sizes.len() - 4
        );
    }

    #[test]
    fn headers_are_what_a_server_reads() {
        let headers = Synthetic::new(1000, Duration::from_secs(2)).headers();
        assert_eq!(headers.len(), 3);
        let mut demuxer = castline_rtmp_chunk::media::Demuxer::new(Default::default());
        headers.iter().for_each(|tag| demuxer.push(tag).unwrap());
        let events: Vec<_> = std::iter::from_fn(|| demuxer.poll_event()).collect();
        let text = format!("{events:?}");
        assert!(text.contains("H264") && text.contains("Aac"), "{text}");
    }
}
