//! The RTSP decoder fed whole and in pieces must find the same, and what it finds must survive encoding; every
//! typed header is read from every value.
#![no_main]

use bytes::BytesMut;
use castline_rtsp_proto::headers::*;
use castline_rtsp_proto::{Decoder, Headers, Incoming, Limits, MessageRef, ParseError, Tolerance, Uri, percent_decode};
use libfuzzer_sys::fuzz_target;

type Found = Vec<Result<Incoming, ParseError>>;

fn drain(decoder: &mut Decoder, input: &mut BytesMut, found: &mut Found) -> bool {
    loop {
        match decoder.decode(input) {
            Ok(None) => return true,
            Ok(Some(incoming)) => found.push(Ok(incoming)),
            Err(error) => {
                let fatal = error.is_fatal();
                found.push(Err(error));
                if fatal {
                    return false;
                }
            }
        }
    }
}

fn decode(data: &[u8], piece: usize, limits: Limits, tolerance: Tolerance) -> Found {
    let mut decoder = Decoder::with_limits(limits, tolerance);
    let (mut input, mut found) = (BytesMut::new(), Found::new());
    for piece in data.chunks(piece.max(1)) {
        input.extend_from_slice(piece);
        if !drain(&mut decoder, &mut input, &mut found) {
            break;
        }
    }
    found
}

/// A value that can be read must be read again from what is written for it.
fn stable<T: TypedHeader + PartialEq + std::fmt::Debug>(headers: Headers<'_>) {
    for value in headers.iter().map(|(_, value)| value.to_string_lossy()) {
        if let Ok(header) = T::parse(&value) {
            let written = header.to_string();
            let again = T::parse(&written).unwrap_or_else(|error| panic!("{error}: {value:?} became {written:?}"));
            assert_eq!(again.to_string(), written, "{value:?}");
        }
    }
    let _ = headers.typed::<T>();
}

fn typed(headers: Headers<'_>) {
    stable::<CSeq>(headers);
    stable::<Session>(headers);
    stable::<Transport>(headers);
    stable::<Range>(headers);
    stable::<RtpInfo>(headers);
    stable::<Public>(headers);
    stable::<Require>(headers);
    stable::<Scale>(headers);
    stable::<Speed>(headers);
    stable::<Date>(headers);
    stable::<WwwAuthenticate>(headers);
    stable::<Authorization>(headers);
    stable::<MediaProperties>(headers);
    stable::<MediaRange>(headers);
    stable::<SeekStyle>(headers);
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else { return };
    let piece = usize::from(first & 0x3f) + 1;
    let tolerance = if first & 0x40 == 0 { Tolerance::Lenient } else { Tolerance::Strict };
    let mut limits = Limits::default();
    if first & 0x80 != 0 {
        limits.max_line_bytes = 40;
        limits.max_head_bytes = 200;
        limits.max_headers = 4;
        limits.max_body_bytes = 8;
        limits.max_discarded_body_bytes = 16;
        limits.max_interleaved_bytes = 8;
        limits.max_garbage_bytes = 16;
    }
    let whole = decode(data, data.len(), limits, tolerance);
    assert_eq!(whole, decode(data, piece, limits, tolerance));
    for found in whole.into_iter().flatten() {
        let (mut wire, headers) = match &found {
            Incoming::Request(request) => {
                let _ = request.parsed_uri();
                let mut wire = BytesMut::new();
                request.encode(&mut wire);
                assert_eq!(wire.len(), request.encoded_len());
                (wire, request.headers())
            }
            Incoming::Response(response) => {
                let mut wire = BytesMut::new();
                response.encode(&mut wire);
                assert_eq!(wire.len(), response.encoded_len());
                (wire, response.headers())
            }
            _ => continue,
        };
        typed(headers);
        // Escapes may make a URI longer than a limit that it was within.
        let again = Decoder::new().decode(&mut wire).expect("sound").expect("whole");
        let names = |incoming: &Incoming| match incoming {
            Incoming::Request(request) => request.headers().len(),
            Incoming::Response(response) => response.headers().len(),
            _ => usize::MAX,
        };
        assert_eq!(names(&again), names(&found));
    }
    let _ = MessageRef::parse_with(data, &limits, tolerance);
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Uri::parse(text);
        let _ = percent_decode(text);
    }
});
