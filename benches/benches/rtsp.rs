//! RTSP: parse, typed headers, interleaved frames and writing, beside rtsp-types.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a bench stops at what it did not expect"
)]

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use castline_rtsp_proto::headers::{CSeq, Session, Transport, TransportSpec, UserAgent};
use castline_rtsp_proto::{
    Decoder, Incoming, InterleavedFrame, InterleavedHeader, MessageRef, Method, Request,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// 350 bytes, as a player sends them.
const SETUP: &[u8] =
    b"SETUP rtsp://camera.example.com:554/Streaming/Channels/101/trackID=1 RTSP/1.0\r\n\
    CSeq: 4\r\n\
    User-Agent: LibVLC/3.0.20 (LIVE555 Streaming Media v2016.11.28)\r\n\
    Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\
    Session: 1185d20035702ca;timeout=60\r\n\
    Accept-Language: en-US\r\n\
    Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
    X-Request-Id: 6f1c2a9b7d3e\r\n\
    Blocksize: 1400\r\n\r\n";

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rtsp_setup_parse");
    group.throughput(Throughput::Bytes(SETUP.len() as u64));
    group.bench_function("castline_borrowed", |bencher| {
        bencher.iter(|| MessageRef::parse(black_box(SETUP)).unwrap().unwrap().1);
    });
    group.bench_function("castline_decoder", |bencher| {
        let mut decoder = Decoder::new();
        let mut input = BytesMut::new();
        bencher.iter(|| {
            input.extend_from_slice(black_box(SETUP));
            decoder.decode(&mut input).unwrap().unwrap()
        });
    });
    group.bench_function("rtsp_types", |bencher| {
        bencher.iter(|| rtsp_types::Message::<Vec<u8>>::parse(black_box(&SETUP)).unwrap());
    });
    group.finish();
}

fn parse_typed(criterion: &mut Criterion) {
    use rtsp_types::headers;
    let mut group = criterion.benchmark_group("rtsp_setup_parse_typed");
    group.bench_function("castline_borrowed", |bencher| {
        bencher.iter(|| {
            let (message, _) = MessageRef::parse(black_box(SETUP)).unwrap().unwrap();
            let headers = message.headers();
            black_box((
                headers.typed::<CSeq>().unwrap().unwrap(),
                headers.typed::<Session>().unwrap().unwrap(),
                headers.typed::<Transport>().unwrap().unwrap(),
            ));
        });
    });
    group.bench_function("castline_decoder", |bencher| {
        let mut decoder = Decoder::new();
        let mut input = BytesMut::new();
        bencher.iter(|| {
            input.extend_from_slice(black_box(SETUP));
            let Some(Incoming::Request(request)) = decoder.decode(&mut input).unwrap() else {
                panic!()
            };
            let headers = request.headers();
            black_box((
                headers.typed::<CSeq>().unwrap().unwrap(),
                headers.typed::<Session>().unwrap().unwrap(),
                headers.typed::<Transport>().unwrap().unwrap(),
            ));
        });
    });
    group.bench_function("rtsp_types", |bencher| {
        bencher.iter(|| {
            let (message, _) = rtsp_types::Message::<Vec<u8>>::parse(black_box(&SETUP)).unwrap();
            let rtsp_types::Message::Request(request) = message else {
                panic!()
            };
            black_box((
                request.typed_header::<headers::CSeq>().unwrap().unwrap(),
                request.typed_header::<headers::Session>().unwrap().unwrap(),
                request
                    .typed_header::<headers::Transports>()
                    .unwrap()
                    .unwrap(),
            ));
        });
    });
    group.finish();
}

fn interleaved(criterion: &mut Criterion) {
    let mut frame = InterleavedHeader {
        channel: 0,
        length: 1208,
    }
    .to_bytes()
    .to_vec();
    frame.resize(1212, 0x80);
    let mut group = criterion.benchmark_group("rtsp_interleaved_1212_bytes");
    group.bench_function("castline_header", |bencher| {
        bencher.iter(|| InterleavedHeader::parse(black_box(&frame)).unwrap());
    });
    // A read of 64 frames, taken apart: what a connection does.
    group.throughput(Throughput::Elements(64));
    let read = Bytes::from(frame.repeat(64));
    group.bench_function("castline_decoder_64_frames", |bencher| {
        let mut decoder = Decoder::new();
        bencher.iter_batched(
            || BytesMut::from(&read[..]),
            |mut input| {
                while let Some(frame) = decoder.decode(&mut input).unwrap() {
                    black_box(&frame);
                }
                input
            },
            criterion::BatchSize::SmallInput,
        );
    });
    for (name, copied) in [
        ("rtsp_types_borrowed_64_frames", false),
        ("rtsp_types_vec_64_frames", true),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut rest = &read[..];
                while !rest.is_empty() {
                    let used = if copied {
                        let (message, used) = rtsp_types::Message::<Vec<u8>>::parse(&rest).unwrap();
                        black_box(message);
                        used
                    } else {
                        let (message, used) = rtsp_types::Message::<&[u8]>::parse(&rest).unwrap();
                        black_box(message);
                        used
                    };
                    rest = rest.get(used..).unwrap_or_default();
                }
            });
        });
    }
    group.finish();
}

fn write(criterion: &mut Criterion) {
    use rtsp_types::headers;
    const URI: &str = "rtsp://camera.example.com:554/Streaming/Channels/101/trackID=1";
    let transport = Transport::from(TransportSpec::interleaved(0, 1));
    let mut group = criterion.benchmark_group("rtsp_setup_write");
    let request = Request::new(Method::SETUP, URI)
        .typed(&CSeq::new(4))
        .typed(&UserAgent::new("castline"))
        .typed(&transport)
        .typed(&Session::new("1185d20035702ca"));
    let rival = rtsp_types::Request::builder(rtsp_types::Method::Setup, rtsp_types::Version::V1_0)
        .request_uri(rtsp_types::Url::parse(URI).unwrap())
        .header(headers::CSEQ, "4")
        .header(headers::USER_AGENT, "castline")
        .header(headers::TRANSPORT, "RTP/AVP/TCP;unicast;interleaved=0-1")
        .header(headers::SESSION, "1185d20035702ca")
        .empty();
    let mut out = Vec::with_capacity(1024);
    group.bench_function("castline", |bencher| {
        bencher.iter(|| {
            out.clear();
            black_box(&request).encode(&mut out);
            out.len()
        });
    });
    group.bench_function("castline_built_anew", |bencher| {
        let session = Session::new("1185d20035702ca");
        bencher.iter(|| {
            out.clear();
            Request::new(Method::SETUP, black_box(URI))
                .typed(&CSeq::new(4))
                .header("User-Agent", "castline")
                .typed(&transport)
                .typed(&session)
                .encode(&mut out);
            out.len()
        });
    });
    group.bench_function("rtsp_types", |bencher| {
        bencher.iter(|| {
            out.clear();
            black_box(&rival).write(&mut out).unwrap();
            out.len()
        });
    });
    group.finish();
    let frame = InterleavedFrame::new(0, Bytes::from(vec![0; 1208])).unwrap();
    criterion.bench_function("rtsp_interleaved_write_header", |bencher| {
        bencher.iter(|| black_box(&frame).header().to_bytes());
    });
}

criterion_group!(benches, parse, parse_typed, interleaved, write);
criterion_main!(benches);
