/// Numbers of a few bits that stay as they came: unknown ones survive a round trip.
macro_rules! registry {
    ($($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $number:literal,)* })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(clippy::exhaustive_structs, reason = "an open registry")]
        pub struct $name(pub u8);

        impl $name {
            $($(#[$doc])* pub const $value: Self = Self($number);)*
        }
    )*};
}

registry! {
    /// What kind of picture a video tag holds, in 4 bits (3 in Enhanced RTMP).
    FrameType {
        /// A keyframe: decoding can start here.
        KEY = 1,
        /// Refers to other pictures.
        INTER = 2,
        /// Refers to others, and nothing refers to it (H.263).
        DISPOSABLE_INTER = 3,
        /// A keyframe made by a server.
        GENERATED_KEY = 4,
        /// No picture: a command or info (see [`VideoCommand`]).
        COMMAND = 5,
    }
    /// The codec of a legacy video tag, in 4 bits.
    VideoCodecId {
        /// JPEG, of the first drafts; not used.
        JPEG = 1,
        /// Sorenson H.263.
        H263 = 2,
        /// Screen video.
        SCREEN = 3,
        /// On2 VP6.
        VP6 = 4,
        /// On2 VP6 with an alpha channel.
        VP6_ALPHA = 5,
        /// Screen video version 2.
        SCREEN_2 = 6,
        /// H.264 / AVC.
        AVC = 7,
        /// H.265 in the form that was common before Enhanced RTMP; not registered.
        HEVC = 12,
        /// AV1 in the form that was common before Enhanced RTMP; not registered.
        AV1 = 13,
        /// H.266 in the form that was common before Enhanced RTMP; not registered.
        VVC = 14,
    }
    /// What follows the header of a legacy AVC tag (and of the unregistered codecs with its form).
    AvcPacketType {
        /// The decoder configuration record.
        SEQUENCE_HEADER = 0,
        /// A coded picture.
        NALU = 1,
        /// The end of the sequence: nothing.
        END_OF_SEQUENCE = 2,
    }
    /// What a command tag says.
    VideoCommand {
        /// A client-side seek starts.
        START_SEEK = 0,
        /// A client-side seek is done.
        END_SEEK = 1,
    }
    /// What an Enhanced RTMP video tag holds, in 4 bits. The numbers for
    /// [multitrack](super::TrackLayout) (6) and [modifiers](super::ModEx) (7) never stand here: what
    /// they wrap does.
    VideoPacketType {
        /// The decoder configuration record.
        SEQUENCE_START = 0,
        /// A coded picture, with a composition time where the codec reorders.
        CODED_FRAMES = 1,
        /// The end of the sequence: nothing.
        SEQUENCE_END = 2,
        /// A coded picture, its composition time 0 left out.
        CODED_FRAMES_X = 3,
        /// AMF0 name and value pairs, such as `colorInfo`; the frame type means nothing.
        METADATA = 4,
        /// A configuration as MPEG-2 TS has it (for AV1, the AV1 video descriptor).
        MPEG2_TS_SEQUENCE_START = 5,
    }
    /// The codec or format of a legacy audio tag, in 4 bits.
    SoundFormat {
        /// Linear PCM in the byte order of the writer: little-endian in practice.
        LINEAR_PCM = 0,
        /// ADPCM.
        ADPCM = 1,
        /// MP3.
        MP3 = 2,
        /// Linear PCM, little-endian.
        LINEAR_PCM_LITTLE_ENDIAN = 3,
        /// Nellymoser at 16 kHz, mono.
        NELLYMOSER_16_KHZ = 4,
        /// Nellymoser at 8 kHz, mono.
        NELLYMOSER_8_KHZ = 5,
        /// Nellymoser.
        NELLYMOSER = 6,
        /// G.711 with the A law.
        G711_A_LAW = 7,
        /// G.711 with the mu law.
        G711_MU_LAW = 8,
        /// No format: an Enhanced RTMP header.
        EX_HEADER = 9,
        /// AAC.
        AAC = 10,
        /// Speex at 16 kHz, mono.
        SPEEX = 11,
        /// Opus in the form that was common before Enhanced RTMP; not registered.
        OPUS = 13,
        /// MP3 at 8 kHz.
        MP3_8_KHZ = 14,
        /// Sound of the device itself.
        DEVICE_SPECIFIC = 15,
    }
    /// What follows the header of a legacy AAC tag.
    AacPacketType {
        /// The `AudioSpecificConfig`.
        SEQUENCE_HEADER = 0,
        /// A raw access unit.
        RAW = 1,
    }
    /// What an Enhanced RTMP audio tag holds, in 4 bits. The numbers for
    /// [multitrack](super::TrackLayout) (5) and [modifiers](super::ModEx) (7) never stand here: what
    /// they wrap does.
    AudioPacketType {
        /// The decoder's configuration.
        SEQUENCE_START = 0,
        /// A coded frame.
        CODED_FRAMES = 1,
        /// The end of the sequence: nothing.
        SEQUENCE_END = 2,
        /// The channels and their places: see [`MultichannelConfig`](super::MultichannelConfig).
        MULTICHANNEL_CONFIG = 4,
    }
    /// What a modifier of an Enhanced RTMP packet says, in 4 bits.
    ModExType {
        /// Nanoseconds to add to the tag's time, in 24 bits.
        TIMESTAMP_OFFSET_NANO = 0,
    }
}

impl FrameType {
    /// Decoding can start here.
    #[must_use]
    pub const fn is_keyframe(self) -> bool {
        matches!(self, Self::KEY | Self::GENERATED_KEY)
    }
}

impl VideoCodecId {
    /// Its tags have a packet type and a composition time behind the first byte: AVC, and the codecs
    /// that took over its form.
    #[must_use]
    pub const fn has_avc_form(self) -> bool {
        matches!(self, Self::AVC | Self::HEVC | Self::AV1 | Self::VVC)
    }
}
