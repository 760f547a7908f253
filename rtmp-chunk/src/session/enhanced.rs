//! What the sessions can do of Enhanced RTMP.

use crate::command::{Capabilities, CapsEx, FourCcInfo};

/// All extensions and all codecs of Enhanced RTMP v2, each of which one can do this with: what a relay declares with
/// [`CAN_FORWARD`](FourCcInfo::CAN_FORWARD), an archive with [`CAN_DECODE`](FourCcInfo::CAN_DECODE).
#[must_use]
pub fn all_codecs(info: FourCcInfo) -> Capabilities {
    const VIDEO: [&str; 6] = ["avc1", "hvc1", "vvc1", "av01", "vp09", "vp08"];
    const AUDIO: [&str; 6] = ["mp4a", "Opus", "fLaC", "ac-3", "ec-3", ".mp3"];
    let extensions =
        CapsEx::RECONNECT | CapsEx::MULTITRACK | CapsEx::MOD_EX | CapsEx::TIMESTAMP_NANO_OFFSET;
    let declared = Capabilities::new().with_caps_ex(extensions);
    let declared = VIDEO
        .iter()
        .fold(declared, |all, codec| all.with_video(codec, info));
    AUDIO
        .iter()
        .fold(declared, |all, codec| all.with_audio(codec, info))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_declared_for_both_versions() {
        let all = all_codecs(FourCcInfo::CAN_FORWARD);
        assert_eq!(all.four_cc_list.len(), 12);
        assert_eq!(all.video_info("hvc1"), FourCcInfo::CAN_FORWARD);
        assert_eq!(all.audio_info("Opus"), FourCcInfo::CAN_FORWARD);
        assert!(all.supports(CapsEx::RECONNECT));
    }
}
