use alloc::string::String;

use bytes::Bytes;

use super::parameter::{Parameter, fmtp_parameters};

fmtp_parameters! {
    /// AAC and other MPEG-4 streams as mpeg4-generic (RFC 3640 section 4.1). Lengths are in bits; an
    /// absent one means 0: the field is not in the AU headers.
    AacFmtp {
        /// 5 for audio.
        stream_type: Option<u8> = "streamtype",
        /// audioProfileLevelIndication, or 1 where nothing fits.
        profile_level_id: Option<u32> = "profile-level-id",
        /// `"AAC-hbr"`, `"AAC-lbr"`, `"generic"`, `"CELP-cbr"`, `"CELP-vbr"`; compare without case.
        mode: String = "mode",
        /// The AudioSpecificConfig.
        config: Bytes = "config",
        /// Of AU-size.
        size_length: u8 = "sizelength",
        /// Of AU-Index.
        index_length: u8 = "indexlength",
        /// Of AU-Index-delta.
        index_delta_length: u8 = "indexdeltalength",
        /// Of CTS-delta.
        cts_delta_length: u8 = "ctsdeltalength",
        /// Of DTS-delta.
        dts_delta_length: u8 = "dtsdeltalength",
        /// Whether the AU headers carry a random access flag.
        random_access_indication: bool = "randomaccessindication",
        /// Of Stream-state.
        stream_state_indication: u8 = "streamstateindication",
        /// Of auxiliary-data-size.
        auxiliary_data_size_length: u8 = "auxiliarydatasizelength",
        /// Bytes in each access unit, where all are alike.
        constant_size: Option<u32> = "constantsize",
        /// Ticks of each access unit, where all are alike.
        constant_duration: Option<u32> = "constantduration",
        /// Ticks that interleaving may displace an access unit by.
        max_displacement: Option<u32> = "maxdisplacement",
        /// Bytes needed to put access units back in order.
        de_interleave_buffer_size: Option<u32> = "de-interleavebuffersize",
        /// objectTypeIndication.
        object_type: Option<u8> = "objecttype",
    }
}

impl AacFmtp {
    /// High bit rate AAC (RFC 3640 section 3.3.6): 13 bits of size, 3 of index, 3 of index delta.
    #[must_use]
    pub fn high_bit_rate(audio_specific_config: Bytes) -> Self {
        Self {
            stream_type: Some(5),
            profile_level_id: Some(1),
            mode: String::from("AAC-hbr"),
            config: audio_specific_config,
            size_length: 13,
            index_length: 3,
            index_delta_length: 3,
            ..Self::default()
        }
    }
}

fmtp_parameters! {
    /// AAC as MP4A-LATM (RFC 6416 section 7.3).
    LatmFmtp {
        /// audioProfileLevelIndication; absent means 30.
        profile_level_id: Option<u32> = "profile-level-id",
        /// Audio object type.
        object: Option<u8> = "object",
        /// Whether StreamMuxConfig is in the stream; absent means it is.
        cpresent: Option<bool> = "cpresent",
        /// StreamMuxConfig.
        config: Bytes = "config",
        /// Bits per second.
        bitrate: Option<u32> = "bitrate",
        /// Milliseconds in a packet.
        ptime: Option<u32> = "ptime",
        /// Whether SBR is in the stream.
        sbr_enabled: Option<bool> = "SBR-enabled",
        /// MPEG Surround profile and level.
        mps_profile_level_id: Option<u32> = "MPS-profile-level-id",
        /// MPEG Surround AudioSpecificConfig.
        mps_config: Bytes = "MPS-config",
    }
}

fmtp_parameters! {
    /// Opus (RFC 7587 section 6.1), and the channel layout of multi-channel Opus.
    OpusFmtp {
        /// Highest sampling rate worth sending to this side, in Hz.
        max_playback_rate: Option<u32> = "maxplaybackrate",
        /// Highest sampling rate this side is likely to send, in Hz.
        sprop_max_capture_rate: Option<u32> = "sprop-maxcapturerate",
        /// Longest packet, in ms.
        max_ptime: Option<u32> = "maxptime",
        /// Preferred packet, in ms.
        ptime: Option<u32> = "ptime",
        /// Shortest packet, in ms.
        min_ptime: Option<u32> = "minptime",
        /// Bits per second on average.
        max_average_bitrate: Option<u32> = "maxaveragebitrate",
        /// Whether this side prefers stereo.
        stereo: bool = "stereo",
        /// Whether this side is likely to send stereo.
        sprop_stereo: bool = "sprop-stereo",
        /// Whether this side prefers a constant bit rate.
        cbr: bool = "cbr",
        /// Whether this side can use in-band FEC.
        use_in_band_fec: bool = "useinbandfec",
        /// Whether this side prefers discontinuous transmission.
        use_dtx: bool = "usedtx",
        /// Streams in a packet (multi-channel Opus).
        num_streams: Option<u8> = "num_streams",
        /// Coupled streams among them (multi-channel Opus).
        coupled_streams: Option<u8> = "coupled_streams",
        /// Which stream feeds which channel, between commas (multi-channel Opus).
        channel_mapping: String = "channel_mapping",
    }
}
