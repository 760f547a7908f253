use alloc::vec::Vec;

use bytes::Bytes;

use super::parameter::{Parameter, fmtp_parameters};

fmtp_parameters! {
    /// H.264 (RFC 6184 section 8.1). Absent numbers that default to 0 are 0.
    H264Fmtp {
        /// profile_idc, profile-iop and level_idc.
        profile_level_id: Option<[u8; 3]> = "profile-level-id",
        /// 0 single NAL units, 1 non-interleaved (STAP-A, FU-A), 2 interleaved.
        packetization_mode: u8 = "packetization-mode",
        /// SPS and PPS NAL units, without start codes, in their order.
        sprop_parameter_sets: Vec<Bytes> = "sprop-parameter-sets",
        /// Whether each side may send at a level of its own.
        level_asymmetry_allowed: bool = "level-asymmetry-allowed",
        /// The highest level received, when above the one in the profile.
        max_recv_level: Option<[u8; 2]> = "max-recv-level",
        /// Macroblocks per second.
        max_mbps: Option<u32> = "max-mbps",
        /// Static macroblocks per second.
        max_smbps: Option<u32> = "max-smbps",
        /// Macroblocks in a frame.
        max_fs: Option<u32> = "max-fs",
        /// Coded picture buffer, in units of 1000 or 1200 bits.
        max_cpb: Option<u32> = "max-cpb",
        /// Decoded picture buffer, in units of 8/3 macroblocks.
        max_dpb: Option<u32> = "max-dpb",
        /// Bit rate, in units of 1000 or 1200 bit/s.
        max_br: Option<u32> = "max-br",
        /// Whether redundant slices are decoded.
        redundant_pic_cap: bool = "redundant-pic-cap",
        /// Whether parameter sets may come in the stream.
        in_band_parameter_sets: Option<bool> = "in-band-parameter-sets",
        /// Whether the parameter sets of `a=ssrc` are used.
        use_level_src_parameter_sets: bool = "use-level-src-parameter-sets",
        /// How far NAL units are interleaved (mode 2).
        sprop_interleaving_depth: Option<u32> = "sprop-interleaving-depth",
        /// Bytes needed to put NAL units back in order (mode 2).
        sprop_deint_buf_req: Option<u32> = "sprop-deint-buf-req",
        /// Bytes available for that (mode 2).
        deint_buf_cap: Option<u32> = "deint-buf-cap",
        /// Ticks of 90 kHz to wait before decoding (mode 2).
        sprop_init_buf_time: Option<u32> = "sprop-init-buf-time",
        /// Largest difference of decoding order numbers (mode 2).
        sprop_max_don_diff: Option<u32> = "sprop-max-don-diff",
        /// Largest NAL unit received, in bytes.
        max_rcmd_nalu_size: Option<u32> = "max-rcmd-nalu-size",
    }
}

fmtp_parameters! {
    /// H.265 (RFC 7798 section 7.1). Where absence means another value than 0, the field is an
    /// `Option` and its documentation says which.
    H265Fmtp {
        /// general_profile_space.
        profile_space: u8 = "profile-space",
        /// general_profile_idc; absent means 1 (Main).
        profile_id: Option<u8> = "profile-id",
        /// general_tier_flag: false Main, true High.
        tier_flag: bool = "tier-flag",
        /// general_level_idc; absent means 93 (level 3.1).
        level_id: Option<u8> = "level-id",
        /// The six bytes behind the compatibility flags; absent means B00000000000.
        interop_constraints: Option<[u8; 6]> = "interop-constraints",
        /// general_profile_compatibility_flag 0 to 31.
        profile_compatibility_indicator: Option<[u8; 4]> = "profile-compatibility-indicator",
        /// Video parameter sets, without start codes.
        sprop_vps: Vec<Bytes> = "sprop-vps",
        /// Sequence parameter sets, without start codes.
        sprop_sps: Vec<Bytes> = "sprop-sps",
        /// Picture parameter sets, without start codes.
        sprop_pps: Vec<Bytes> = "sprop-pps",
        /// SEI NAL units, without start codes.
        sprop_sei: Vec<Bytes> = "sprop-sei",
        /// The highest sub-layer sent.
        sprop_sub_layer_id: Option<u8> = "sprop-sub-layer-id",
        /// The highest sub-layer wanted.
        recv_sub_layer_id: Option<u8> = "recv-sub-layer-id",
        /// The highest level received.
        max_recv_level_id: Option<u8> = "max-recv-level-id",
        /// Luma samples per second.
        max_lsr: Option<u64> = "max-lsr",
        /// Luma samples in a picture.
        max_lps: Option<u64> = "max-lps",
        /// Coded picture buffer, in units of the level's CPB factor.
        max_cpb: Option<u32> = "max-cpb",
        /// Pictures in the decoded picture buffer.
        max_dpb: Option<u8> = "max-dpb",
        /// Bit rate, in units of the level's bit rate factor.
        max_br: Option<u32> = "max-br",
        /// Tile rows.
        max_tr: Option<u32> = "max-tr",
        /// Tile columns.
        max_tc: Option<u32> = "max-tc",
        /// Frames per 100 seconds.
        max_fps: Option<u32> = "max-fps",
        /// Largest difference of decoding order numbers; above 0, DONL fields are in the packets.
        sprop_max_don_diff: u32 = "sprop-max-don-diff",
        /// NAL units held back at most.
        sprop_depack_buf_nalus: u32 = "sprop-depack-buf-nalus",
        /// Bytes held back at most.
        sprop_depack_buf_bytes: u32 = "sprop-depack-buf-bytes",
        /// Bytes the receiver can hold back.
        depack_buf_cap: Option<u32> = "depack-buf-cap",
        /// Spatial segmentation of the stream.
        sprop_segmentation_id: Option<u8> = "sprop-segmentation-id",
        /// min_spatial_segmentation_idc.
        sprop_spatial_segmentation_idc: Option<u32> = "sprop-spatial-segmentation-idc",
    }
}

fmtp_parameters! {
    /// AV1 (RTP Payload Format For AV1 v1.0.0 section 7.2).
    Av1Fmtp {
        /// seq_profile; absent means 0.
        profile: u8 = "profile",
        /// seq_level_idx; absent means 5 (level 3.1).
        level_idx: Option<u8> = "level-idx",
        /// seq_tier; absent means 0.
        tier: u8 = "tier",
    }
}

fmtp_parameters! {
    /// VP8 (RFC 7741 section 6.1).
    Vp8Fmtp {
        /// Frames per second.
        max_fr: Option<u32> = "max-fr",
        /// Macroblocks in a frame.
        max_fs: Option<u32> = "max-fs",
    }
}

fmtp_parameters! {
    /// VP9 (RFC 9628 section 6).
    Vp9Fmtp {
        /// 0 to 3; absent means 0.
        profile_id: u8 = "profile-id",
        /// Frames per second.
        max_fr: Option<u32> = "max-fr",
        /// Macroblocks in a frame.
        max_fs: Option<u32> = "max-fs",
    }
}
