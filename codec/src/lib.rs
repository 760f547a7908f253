//! The media model of castline, and the facts of codec bitstreams that streaming needs.
//!
//! A [`Track`] has [`CodecParameters`] and a clock rate; a [`Frame`] is one access unit of a track, in
//! the one canonical form of its codec:
//!
//! | codec | a frame's `data` |
//! |---|---|
//! | H.264, H.265 | NAL units, each with its length in 4 bytes; parameter sets are in `CodecParameters` |
//! | AV1 | a temporal unit of OBUs with size fields |
//! | AAC | a raw access unit, without ADTS or LATM |
//! | all others | one packet or frame of the codec |
//!
//! Nothing here decodes pictures or sound, and nothing here trusts its input: every read is checked,
//! every count is limited before memory is taken, and no parser takes more than linear time.
//!
//! ```
//! use castline_codec::{CodecParameters, h264::{self, H264Parameters}, nal_units};
//!
//! // The `avcC` box of an MP4 file.
//! let avcc = [
//!     1, 0x42, 0xc0, 0x15, 0xff, 0xe1, 0, 22, 0x67, 0x42, 0xc0, 0x15, 0xda, 0x05, 0x07, 0xec, 0x04,
//!     0x40, 0, 0, 3, 0, 0x40, 0, 0, 0x19, 0x03, 0xc5, 0x8b, 0xa8, 1, 0, 4, 0x68, 0xce, 0x0f, 0xc8,
//! ];
//! let (parameters, length_size) = H264Parameters::from_avcc(&avcc)?;
//! assert_eq!(parameters.sequence.frame_rate, Some((50, 1)));
//!
//! let sample = length_size.canonical(vec![0, 0, 0, 2, 0x65, 0x88].into())?;
//! assert!(h264::is_keyframe(&sample));
//! assert_eq!(nal_units(&sample).count(), 1);
//!
//! let codec = CodecParameters::H264(parameters);
//! assert_eq!(codec.codec_string(), "avc1.42C015");
//! assert_eq!(codec.dimensions(), Some((320, 240)));
//! # Ok::<(), castline_codec::ParseError>(())
//! ```
//!
//! # What is implemented
//!
//! - [x] ITU-T H.264: Annex B, SPS with VUI (7.3.2.1.1, E.1), IDR and recovery points (D.2.8); avcC
//!   (ISO/IEC 14496-15 clause 5.3.3.1)
//! - [x] ITU-T H.265: VPS, SPS with VUI (7.3.2, E.2), IRAP; hvcC (ISO/IEC 14496-15 clause 8.3.3.1)
//! - [x] AV1: OBUs, sequence header, av1C
//! - [x] VP8 (RFC 6386 section 9.1), VP9: uncompressed header, vpcC
//! - [x] ISO/IEC 14496-3: AudioSpecificConfig with SBR and PS signalling, program configuration, ADTS
//! - [ ] ISO/IEC 14496-3: LATM
//! - [x] Opus: RFC 7845 identification header, dOps, packet durations (RFC 6716 section 3)
//! - [x] MPEG audio layers I to III, AC-3 and E-AC-3 frame headers, dac3, dec3
//! - [x] G.711, L16
//! - [x] RFC 6381 codec strings
//! - [ ] H.266
//!
//! # Limits
//!
//! Each ends in [`ParseError::LimitExceeded`]: [`MAX_PARAMETER_SET_BYTES`] for one parameter set or all
//! `configOBUs`; 31 SPS, 255 PPS (H.264); 16 VPS, 16 SPS, 64 PPS, 16 SEI (H.265); 1024 bytes of
//! `AudioSpecificConfig`.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]
extern crate alloc;

pub mod aac;
pub mod ac3;
pub mod av1;
pub mod h264;
pub mod h265;
pub mod mpeg_audio;
pub mod opus;
pub mod pcm;
pub mod vp8;
pub mod vp9;

mod annexb;
mod bits;
mod color;
mod error;
mod frame;
mod nal;
mod parameter_sets;
mod parameters;
mod timestamp;
mod track;
mod video_usability;

pub use aac::AacParameters;
pub use ac3::{Ac3Parameters, Eac3Parameters};
pub use annexb::{AnnexBUnits, annexb_to_length_prefixed, annexb_units, length_prefixed_to_annexb};
pub use av1::Av1Parameters;
pub use bits::BitReader;
pub use color::ColorDescription;
pub use error::ParseError;
pub use frame::Frame;
pub use h264::H264Parameters;
pub use h265::H265Parameters;
pub use mpeg_audio::{MpegAudioHeader, MpegAudioLayer, MpegAudioParameters, MpegAudioVersion};
pub use nal::{LengthSize, NalSlices, NalUnits, nal_slices, nal_units};
pub use opus::OpusParameters;
pub use parameter_sets::{MAX_PARAMETER_SET_BYTES, ParameterSetChanges, ParameterSets};
pub use parameters::CodecParameters;
pub use pcm::PcmParameters;
pub use timestamp::{duration_to_ticks, rescale, ticks_to_duration};
pub use track::{MediaKind, Track, TrackId};
pub use vp8::Vp8Parameters;
pub use vp9::Vp9Parameters;
