//! Media that can be told apart when it arrives: each picture and each sound is full of its number.

use bytes::{BufMut, Bytes, BytesMut};
use castline_rtmp_chunk::{
    Tag, TagType,
    amf::amf0::{EcmaArray, Object, Value},
    tag,
};

use crate::common::{DEMO, find_box};

/// Milliseconds between two pictures.
pub(crate) const STEP_MS: u32 = 40;
/// Pictures from one key frame to the next.
pub(crate) const GROUP: u32 = 25;

/// What the metadata says.
pub(crate) fn metadata() -> Tag {
    let object = Object::new()
        .with("width", 320.0)
        .with("height", 180.0)
        .with("videocodecid", 7.0)
        .with("audiocodecid", 10.0)
        .with("title", "a test");
    let mut body = BytesMut::new();
    Value::from("onMetaData").encode(&mut body);
    Value::from(object).encode(&mut body);
    Tag::new(TagType::Script, 0, body.freeze())
}

/// The sequence header of the demo's pictures.
pub(crate) fn picture_header() -> Tag {
    let table = find_box(DEMO, "moov/trak/mdia/minf/stbl/stsd");
    let table = &DEMO[table];
    let at = table.windows(4).position(|four| four == b"avcC").unwrap();
    let len = u32::from_be_bytes(table[at - 4..at].try_into().unwrap()) as usize;
    let config = &table[at + 4..at - 4 + len];
    Tag::new(
        TagType::Video,
        0,
        [&[0x17, 0, 0, 0, 0], config].concat().into(),
    )
}

/// AAC-LC, 44.1 kHz, stereo.
pub(crate) fn sound_header() -> Tag {
    Tag::new(
        TagType::Audio,
        0,
        Bytes::from_static(&[0xaf, 0, 0x12, 0x10]),
    )
}

/// Metadata and both sequence headers, as ffmpeg sends them.
pub(crate) fn headers() -> Vec<Tag> {
    vec![metadata(), picture_header(), sound_header()]
}

/// The slice of a picture, without its length.
pub(crate) fn slice(number: u32, bytes: usize) -> Vec<u8> {
    let kind = if number.is_multiple_of(GROUP) {
        0x65
    } else {
        0x41
    };
    let mut unit = vec![kind];
    unit.extend(number.to_be_bytes());
    // No start code may come of it.
    unit.resize(bytes.max(8), (number % 200 + 3) as u8);
    unit
}

/// A picture of `bytes` bytes.
pub(crate) fn large_picture(number: u32, bytes: usize) -> Tag {
    let mut body = BytesMut::new();
    let is_key = number.is_multiple_of(GROUP);
    body.put_slice(&[if is_key { 0x17 } else { 0x27 }, 1, 0, 0, 0]);
    let slice = slice(number, bytes);
    body.put_u32(slice.len() as u32);
    body.put_slice(&slice);
    Tag::new(TagType::Video, number * STEP_MS, body.freeze())
}

/// A picture of some bytes.
pub(crate) fn picture(number: u32) -> Tag {
    large_picture(number, 300 + number as usize % 7 * 100)
}

/// Sound that goes with a picture.
pub(crate) fn sound(number: u32) -> Tag {
    let mut body = vec![0xaf, 1, 0x21];
    body.extend(number.to_be_bytes());
    body.resize(40, number as u8);
    Tag::new(TagType::Audio, number * STEP_MS + 1, body.into())
}

/// Pictures and sound, without headers.
pub(crate) fn movie(numbers: std::ops::Range<u32>) -> Vec<Tag> {
    numbers
        .flat_map(|number| [picture(number), sound(number)])
        .collect()
}

/// The whole body of a tag.
pub(crate) fn body(tag: &Tag) -> Vec<u8> {
    [&tag.header[..], &tag.payload[..]].concat()
}

/// Metadata or a sequence header.
pub(crate) fn is_header(tag: &Tag) -> bool {
    tag.tag_type == TagType::Script || tag::classify(tag).is_sequence_header
}

/// The number of a picture; `None` for all else.
pub(crate) fn picture_number(tag: &Tag) -> Option<u32> {
    if tag.tag_type != TagType::Video || is_header(tag) {
        return None;
    }
    let body = body(tag);
    let number = body.get(10..14)?;
    Some(u32::from_be_bytes(number.try_into().unwrap()))
}

/// What comes to the same: kind, time and bytes.
pub(crate) fn seen(tags: &[Tag]) -> Vec<(TagType, u32, Vec<u8>)> {
    let tags = tags.iter();
    tags.map(|tag| (tag.tag_type, tag.timestamp, body(tag)))
        .collect()
}

/// Headers first, in order, with these bytes, and then exactly these tags.
pub(crate) fn assert_played(tags: &[Tag], media: &[Tag]) {
    let kinds: Vec<TagType> = tags.iter().take(3).map(|tag| tag.tag_type).collect();
    assert_eq!(kinds, [TagType::Script, TagType::Video, TagType::Audio]);
    for (tag, header) in tags.iter().zip(headers()) {
        assert_eq!(body(tag), body(&header), "a header");
        assert_eq!(
            tag.timestamp, media[0].timestamp,
            "headers have the time of what follows"
        );
    }
    let (tags, media) = (seen(&tags[3..]), seen(media));
    for (index, (tag, sent)) in tags.iter().zip(&media).enumerate() {
        let (said, wanted) = ((tag.0, tag.1), (sent.0, sent.1));
        assert_eq!(said, wanted, "tag {index}");
        assert!(tag.2 == sent.2, "the bytes of tag {index}, {said:?}");
    }
    assert_eq!(tags.len(), media.len());
}
