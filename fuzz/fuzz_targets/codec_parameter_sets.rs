//! Every parser of castline-codec on arbitrary bytes: the first byte chooses, the rest is the input. What
//! parses must survive writing and parsing again.
#![no_main]

use bytes::Bytes;
use castline_codec::{
    AacParameters, Ac3Parameters, Av1Parameters, Eac3Parameters, H264Parameters, H265Parameters,
    LengthSize, MpegAudioHeader, OpusParameters, Vp8Parameters, Vp9Parameters, aac,
    annexb_to_length_prefixed, annexb_units, av1, h264, h265, length_prefixed_to_annexb,
    nal_slices, nal_units, opus,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, input)) = data.split_first() else {
        return;
    };
    match choice % 12 {
        0 => avcc(input),
        1 => hvcc(input),
        2 => h264_units(input),
        3 => h265_units(input),
        4 => av1(input),
        5 => vpx(input),
        6 => aac_config(input),
        7 => adts(input),
        8 => opus_headers(input),
        9 => frame_headers(input),
        10 => byte_stream(input),
        _ => length_prefixed(input),
    }
});

fn avcc(input: &[u8]) {
    let _ = LengthSize::from_avcc(input);
    if let Ok((parameters, _)) = H264Parameters::from_avcc(input) {
        let again = H264Parameters::from_avcc(&parameters.to_avcc()).expect("written by us");
        assert_eq!(again, (parameters, LengthSize::Four));
    }
}

fn hvcc(input: &[u8]) {
    let _ = LengthSize::from_hvcc(input);
    if let Ok((parameters, _)) = H265Parameters::from_hvcc(input) {
        let _ = parameters.codec_string();
        let again = H265Parameters::from_hvcc(&parameters.to_hvcc()).expect("written by us");
        assert_eq!(again, (parameters, LengthSize::Four));
    }
}

fn h264_units(input: &[u8]) {
    let _ = h264::SequenceParameters::parse(input);
    let frame = annexb_to_length_prefixed(input);
    let _ = h264::random_access(&frame);
    if let Ok(Some(mut parameters)) = H264Parameters::from_access_unit(&frame) {
        let changes = parameters.update_from(&frame);
        assert_eq!(parameters.to_avcc().first(), Some(&1));
        let _ = changes;
    }
}

fn h265_units(input: &[u8]) {
    let _ = h265::SequenceParameters::parse(input);
    let _ = h265::VideoParameters::parse(input);
    let frame = annexb_to_length_prefixed(input);
    let _ = h265::is_keyframe(&frame);
    if let Ok(Some(mut parameters)) = H265Parameters::from_access_unit(&frame) {
        let _ = parameters.update_from(&frame);
        assert_eq!(parameters.to_hvcc().first(), Some(&1));
    }
}

fn av1(input: &[u8]) {
    let _ = av1::is_keyframe(input);
    let _ = av1::SequenceHeader::parse(input);
    if let Ok(Some(mut parameters)) = Av1Parameters::from_temporal_unit(input) {
        assert_eq!(parameters.update_from(input), Ok(false));
    }
    if let Ok(parameters) = Av1Parameters::from_av1c(input) {
        let _ = parameters.codec_string();
        let again = Av1Parameters::from_av1c(&parameters.to_av1c()).expect("written by us");
        assert_eq!(again, parameters);
    }
}

fn vpx(input: &[u8]) {
    let _ = Vp8Parameters::from_keyframe(input);
    let _ = Vp9Parameters::from_keyframe(input);
    if let Ok(parameters) = Vp9Parameters::from_vpcc(input) {
        let again = Vp9Parameters::from_vpcc(&parameters.to_vpcc()).expect("written by us");
        assert_eq!(again, parameters);
    }
}

fn aac_config(input: &[u8]) {
    if let Ok(parameters) = AacParameters::from_asc(input) {
        let _ = (parameters.codec_string(), parameters.config.channels());
        if let Some(bytes) = parameters.config.to_bytes() {
            let again = aac::AudioSpecificConfig::parse(&bytes).expect("written by us");
            assert_eq!(again, parameters.config);
        }
    }
}

fn adts(input: &[u8]) {
    let _ = AacParameters::from_adts(input);
    let input = Bytes::copy_from_slice(input);
    let mut frames = aac::adts_frames(&input);
    let mut taken = 0;
    for frame in frames.by_ref().flatten() {
        taken += frame.payload.len();
        let header = aac::AdtsHeader::parse(&frame.header.encode()).expect("written by us");
        assert_eq!(header, Some(frame.header));
    }
    assert!(taken <= frames.consumed() && frames.consumed() <= input.len());
}

fn opus_headers(input: &[u8]) {
    let _ = opus::packet_samples(input);
    for parsed in [
        OpusParameters::from_dops(input),
        OpusParameters::from_opus_head(input),
    ] {
        let Ok(parameters) = parsed else { continue };
        let dops = OpusParameters::from_dops(&parameters.to_dops()).expect("written by us");
        let head =
            OpusParameters::from_opus_head(&parameters.to_opus_head()).expect("written by us");
        assert_eq!((&dops, &head), (&parameters, &parameters));
    }
}

fn frame_headers(input: &[u8]) {
    if let Ok(Some(header)) = MpegAudioHeader::parse_prefix(input) {
        assert!(
            header
                .frame_len()
                .is_none_or(|len| len >= MpegAudioHeader::LEN)
        );
    }
    let _ = Ac3Parameters::from_sync_frame(input);
    let _ = Eac3Parameters::from_sync_frame(input);
    if let Ok(parameters) = Ac3Parameters::from_dac3(input) {
        let again = Ac3Parameters::from_dac3(&parameters.to_dac3()).expect("written by us");
        assert_eq!(again, parameters);
    }
    if let Ok(parameters) = Eac3Parameters::from_dec3(input) {
        let again = Eac3Parameters::from_dec3(&parameters.to_dec3()).expect("written by us");
        assert_eq!(again, parameters);
    }
}

fn byte_stream(input: &[u8]) {
    let frame = annexb_to_length_prefixed(input);
    let units: Vec<&[u8]> = annexb_units(input).collect();
    let read: Vec<&[u8]> = nal_units(&frame)
        .map(|unit| unit.expect("written by us"))
        .collect();
    assert_eq!(units, read);
    let stream = length_prefixed_to_annexb(&frame).expect("written by us");
    assert_eq!(annexb_to_length_prefixed(&stream), frame);
}

fn length_prefixed(input: &[u8]) {
    let data = Bytes::copy_from_slice(input);
    let _ = nal_slices(&data).count();
    for size in [LengthSize::One, LengthSize::Two, LengthSize::Three] {
        if let Ok(canonical) = size.canonical(data.clone()) {
            assert!(nal_units(&canonical).all(|unit| unit.is_ok()));
        }
    }
}
