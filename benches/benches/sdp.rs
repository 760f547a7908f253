//! Session descriptions: reading and writing, beside sdp-types (a camera's) and webrtc-sdp (an
//! offer, since it refuses what cameras send).
#![allow(missing_docs, clippy::unwrap_used, reason = "benches")]

use std::hint::black_box;

use castline_sdp::{
    Connection, Control, H264Fmtp, MediaBuilder, Origin, RtpMap, SessionDescription,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// 722 bytes, as a widespread make of camera answers DESCRIBE, made to hold to RFC 8866.
const CAMERA: &str = "v=0\r\n\
o=- 1109162014219182 1109162014219192 IN IP4 192.168.1.64\r\n\
s=Media Presentation\r\n\
e=none@example.org\r\n\
c=IN IP4 0.0.0.0\r\n\
b=AS:5100\r\n\
t=0 0\r\n\
a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/\r\n\
m=video 0 RTP/AVP 96\r\n\
b=AS:5000\r\n\
a=recvonly\r\n\
a=x-dimensions:1920,1080\r\n\
a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=1\r\n\
a=rtpmap:96 H264/90000\r\n\
a=fmtp:96 profile-level-id=420029; packetization-mode=1; \
sprop-parameter-sets=Z00AKpWoHgCJ+WEAAAMAAQAAAwAyhA==,aO48gA==\r\n\
m=audio 0 RTP/AVP 8\r\n\
b=AS:50\r\n\
a=recvonly\r\n\
a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=2\r\n\
a=rtpmap:8 PCMA/8000\r\n\
a=Media_header:MEDIAINFO=494D4B48010100000400010010710110401F000000FA0000000000000000000000000000000000\r\n";

/// A browser's offer of one audio and one video section.
const OFFER: &str = "v=0\r\n\
o=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n\
s=-\r\n\
t=0 0\r\n\
a=group:BUNDLE 0 1\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
c=IN IP4 0.0.0.0\r\n\
a=rtcp:9 IN IP4 0.0.0.0\r\n\
a=ice-ufrag:8hhY\r\n\
a=ice-pwd:asd88fgpdd777uzjYhagZg\r\n\
a=ice-options:trickle\r\n\
a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2\r\n\
a=setup:actpass\r\n\
a=mid:0\r\n\
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
a=sendrecv\r\n\
a=rtcp-mux\r\n\
a=rtpmap:111 opus/48000/2\r\n\
a=rtcp-fb:111 transport-cc\r\n\
a=fmtp:111 minptime=10;useinbandfec=1\r\n\
a=ssrc:3570614608 cname:4TOk42mSjXCkVIa6\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96\r\n\
c=IN IP4 0.0.0.0\r\n\
a=rtcp:9 IN IP4 0.0.0.0\r\n\
a=ice-ufrag:8hhY\r\n\
a=ice-pwd:asd88fgpdd777uzjYhagZg\r\n\
a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2\r\n\
a=setup:actpass\r\n\
a=mid:1\r\n\
a=sendonly\r\n\
a=rtcp-mux\r\n\
a=rtpmap:96 VP8/90000\r\n\
a=rtcp-fb:96 ccm fir\r\n\
a=rtcp-fb:96 nack pli\r\n\
a=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host\r\n";

fn parse_camera(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sdp parse, camera");
    let text = CAMERA.as_bytes();
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("castline borrowed", |bencher| {
        bencher.iter(|| SessionDescription::parse(black_box(text)).unwrap());
    });
    group.bench_function("castline lenient", |bencher| {
        bencher.iter(|| SessionDescription::parse_lenient(black_box(text)).unwrap());
    });
    group.bench_function("castline owned", |bencher| {
        bencher.iter(|| {
            SessionDescription::parse(black_box(text))
                .unwrap()
                .into_owned()
        });
    });
    group.bench_function("sdp-types", |bencher| {
        bencher.iter(|| sdp_types::Session::parse(black_box(text)).unwrap());
    });
    group.finish();
}

fn parse_offer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sdp parse, WebRTC offer");
    group.throughput(Throughput::Bytes(OFFER.len() as u64));
    group.bench_function("castline owned", |bencher| {
        bencher.iter(|| {
            SessionDescription::parse(black_box(OFFER.as_bytes()))
                .unwrap()
                .into_owned()
        });
    });
    group.bench_function("sdp-types", |bencher| {
        bencher.iter(|| sdp_types::Session::parse(black_box(OFFER.as_bytes())).unwrap());
    });
    group.bench_function("webrtc-sdp", |bencher| {
        bencher.iter(|| webrtc_sdp::parse_sdp(black_box(OFFER), false).unwrap());
    });
    group.finish();
}

/// What an RTSP client looks up to set its tracks up.
fn look_up(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sdp look-ups, camera");
    let session = SessionDescription::parse(CAMERA.as_bytes()).unwrap();
    group.bench_function("castline", |bencher| {
        bencher.iter(|| {
            for media in black_box(&session).media() {
                black_box(media.control());
                for payload_type in media.payload_types() {
                    black_box((media.rtpmap(payload_type), media.fmtp(payload_type)));
                }
            }
        });
    });
    let session = sdp_types::Session::parse(CAMERA.as_bytes()).unwrap();
    group.bench_function("sdp-types", |bencher| {
        bencher.iter(|| {
            for media in &black_box(&session).medias {
                black_box(media.get_first_attribute_value("control").unwrap());
                black_box(media.get_first_attribute_typed::<sdp_types::attributes::RtpMap>());
                black_box(media.get_first_attribute_typed::<sdp_types::attributes::Fmtp>());
            }
        });
    });
    group.finish();
}

fn write(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sdp write, camera");
    let mut out = Vec::with_capacity(2 * CAMERA.len());
    let session = SessionDescription::parse(CAMERA.as_bytes()).unwrap();
    group.bench_function("castline parsed", |bencher| {
        bencher.iter(|| {
            out.clear();
            black_box(&session).encode(&mut out);
        });
    });
    let rival = sdp_types::Session::parse(CAMERA.as_bytes()).unwrap();
    group.bench_function("sdp-types parsed", |bencher| {
        bencher.iter(|| {
            out.clear();
            black_box(&rival).write(&mut out).unwrap();
        });
    });
    group.bench_function("castline built from nothing", |bencher| bencher.iter(build));
    group.finish();
}

fn build() -> SessionDescription<'static> {
    let h264 = H264Fmtp {
        packetization_mode: 1,
        profile_level_id: Some([0x64, 0, 0x1f]),
        ..H264Fmtp::default()
    };
    let video = MediaBuilder::new("video", "RTP/AVP")
        .rtpmap(&RtpMap::new(96, "H264", 90_000))
        .fmtp(96, &h264)
        .attribute(&Control("trackID=0"));
    let audio = MediaBuilder::new("audio", "RTP/AVP")
        .rtpmap(&RtpMap::new(97, "opus", 48_000).with_channels(2))
        .attribute(&Control("trackID=1"));
    SessionDescription::builder(&Origin::new(black_box(1), 1))
        .connection(&Connection::unicast("0.0.0.0"))
        .attribute(&Control("*"))
        .media(video)
        .media(audio)
        .build()
        .unwrap()
}

criterion_group!(benches, parse_camera, parse_offer, look_up, write);
criterion_main!(benches);
