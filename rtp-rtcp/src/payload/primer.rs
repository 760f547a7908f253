//! A way round receivers that lose the first timestamp.

use bytes::Bytes;
use castline_codec::CodecParameters;

use super::packet::{Header, Payload};

/// H.264: data partition A (type 2) of a picture that has nothing more. No profile that is streamed has data
/// partitions, so decoders pass over it.
static H264: &[u8] = &[0x02, 0xe0, 0x80];
/// H.265: a RASL picture (type 8) that no CRA picture goes before, which decoders have to discard (H.265
/// clause 8.1.3).
static H265: &[u8] = &[0x10, 0x01, 0xe0, 0x80];

/// Access units without a picture, to send ahead of the first key frame, for receivers that are built on
/// libavformat (they name themselves `Lavf` in RTSP's User-Agent).
///
/// Their parser has no timestamp for the first access unit that it sees, whatever the RTP packets say; what
/// is recorded then begins with a frame at a wrong time, or with B-frames is refused altogether. With such a
/// unit ahead, it is this one that has none, and as it is no key frame, recorders drop it. H.264 gets one for
/// each frame of its reorder depth, so that the decoding time of the first real frame can be told as well.
///
/// None for other codecs. (AV1's depacketizer there passes over everything before a key frame, so nothing can
/// be put before one.) Other receivers need none of it, and should not get it.
pub fn timestamp_primers(codec: &CodecParameters, timestamp: i64) -> impl Iterator<Item = Payload> {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "what is not parsed needs none"
    )]
    let (unit, count) = match codec {
        CodecParameters::H264(parameters) => {
            let depth = usize::from(parameters.sequence.max_num_reorder_frames);
            (H264, depth.clamp(1, MAX_PRIMERS))
        }
        CodecParameters::H265(_) => (H265, 1),
        _ => (&[][..], 0),
    };
    core::iter::repeat_with(move || {
        let unit = Bytes::from_static(unit);
        Payload::single(true, timestamp, Header::new_const(), unit)
    })
    .take(count)
}

/// An access unit delimiter as a packet of its own, to send at the beginning of a range for receivers that
/// take the first packet of every track to be of the same moment (GStreamer, by its User-Agent), and
/// correct the picture's time by the SR only after it has begun.
///
/// It has the time where the range begins, which the first picture may come after: AAC priming makes sound
/// begin some milliseconds before it. A delimiter begins an access unit (H.264 clause 7.4.1.2.3) and holds
/// nothing to show. `None` for other codecs.
#[must_use]
pub fn access_unit_delimiter(codec: &CodecParameters, timestamp: i64) -> Option<Payload> {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the other codecs have no such unit"
    )]
    let unit: &[u8] = match codec {
        // primary_pic_type 7 and pic_type 2: any slices may follow.
        CodecParameters::H264(_) => &[0x09, 0xf0],
        CodecParameters::H265(_) => &[0x46, 0x01, 0x50],
        _ => return None,
    };
    let unit = Bytes::from_static(unit);
    Some(Payload::single(false, timestamp, Header::new_const(), unit))
}

/// H.264 clause A.3.1: no profile reorders more.
const MAX_PRIMERS: usize = 16;

#[cfg(test)]
mod tests {
    use castline_codec::{H264Parameters, OpusParameters, PcmParameters, h264};

    use super::*;

    #[test]
    fn it_is_no_picture_and_no_key_frame() {
        let sps = [0x67, 0x42, 0xc0, 0x0d, 0xda, 0x05, 0x06, 0x7e, 0x7c, 0x04];
        let codec =
            H264Parameters::from_parameter_sets([&sps[..]], [&[0x68, 0xce, 0x3c, 0x80][..]]);
        let codec = CodecParameters::H264(codec.unwrap());
        let mut primers = timestamp_primers(&codec, 7);
        let payload = primers.next().unwrap();
        assert_eq!((payload.timestamp, payload.marker), (7, true));
        let mut framed = vec![0, 0, 0, 3];
        payload.write_to(&mut framed);
        assert!(!codec.is_keyframe(&framed));
        assert!(!h264::is_parameter_set(&framed[4..]));
    }

    #[test]
    fn a_delimiter_is_the_beginning_of_the_frame() {
        let sps = [0x67, 0x42, 0xc0, 0x0d, 0xda, 0x05, 0x06, 0x7e, 0x7c, 0x04];
        let codec =
            H264Parameters::from_parameter_sets([&sps[..]], [&[0x68, 0xce, 0x3c, 0x80][..]]);
        let payload = access_unit_delimiter(&CodecParameters::H264(codec.unwrap()), 9).unwrap();
        assert_eq!((payload.timestamp, payload.marker), (9, false));
        let unit = payload.slices()[0].clone();
        assert_eq!(
            h264::NalUnitType::of(&unit),
            Some(h264::NalUnitType::ACCESS_UNIT_DELIMITER)
        );
    }

    #[test]
    fn audio_needs_none() {
        let opus = CodecParameters::Opus(OpusParameters::new(2));
        let pcm = CodecParameters::Pcmu(PcmParameters::new(8000, 1));
        assert!(
            [opus, pcm]
                .iter()
                .all(|codec| timestamp_primers(codec, 0).next().is_none())
        );
    }
}
