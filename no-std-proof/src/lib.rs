//! Links every wire module of the family without `std`: its own allocator and panic handler would clash with std's,
//! so the build fails as soon as a crate, or a dependency of one, drags `std` in.
//!
//! That it can fail is shown by asking for `std`: with `features = ["std"]` on any one of the dependencies the build
//! ends in "found duplicate lang item `panic_impl`".
#![no_std]

extern crate alloc;

use alloc::{string::ToString, sync::Arc, vec::Vec};
use bytes::{Bytes, BytesMut};
use castline_codec::{AacParameters, CodecParameters, Frame, Track, TrackId};
use castline_mp4_hint::{MovieReader, ReaderConfig, RtpSource, RtpSourceConfig, rtp_tracks, sdp};
use castline_rtmp_chunk::{
    Message, MessageType, amf,
    chunk::{ChunkReader, ChunkWriter, MessageHeader},
    command::{Command, CommandMessage, ConnectInfo},
    control::{ControlMessage, UserControl},
    data::{Data, DataMessage},
    flv,
    handshake::{ClientHandshake, ServerHandshake},
    media::{Demuxer, Muxer},
    rtmpt,
    tag::classify,
};
use castline_rtsp_proto::{Decoder, Incoming, headers::Transport};
use castline_sdp::Origin;
use core::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
    ptr::null_mut,
    sync::atomic::{AtomicUsize, Ordering},
};

const ARENA_BYTES: usize = 16 << 20;

/// Hands out an arena and never takes anything back.
struct Bump {
    arena: UnsafeCell<[u8; ARENA_BYTES]>,
    used: AtomicUsize,
}

// SAFETY: the arena is only handed out in parts that `used` makes disjoint.
unsafe impl Sync for Bump {}

// SAFETY: a part is inside the arena, aligned, and handed out once.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.arena.get().cast::<u8>();
        let mut start = 0;
        let taken = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                let address = (base as usize).checked_add(used)?;
                start = address.checked_next_multiple_of(layout.align())? - base as usize;
                start
                    .checked_add(layout.size())
                    .filter(|end| *end <= ARENA_BYTES)
            });
        match taken {
            Ok(_) => base.wrapping_add(start),
            Err(_) => null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Bump = Bump {
    arena: UnsafeCell::new([0; ARENA_BYTES]),
    used: AtomicUsize::new(0),
};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// A file of a few pictures and sounds.
static FILM: &[u8] = include_bytes!("../../mp4-hint/tests/data/faststart.mp4");

/// Reads something with every wire module, so that each is linked and none is dropped as unused. Returns how many
/// of the nine could.
#[unsafe(no_mangle)]
pub extern "C" fn castline_no_std_proof() -> u32 {
    [
        core_reads(),
        codec_reads(),
        sdp_reads(),
        rtp_reads(),
        rtcp_reads(),
        rtsp_reads(),
        rtmp_passes_a_command().is_some(),
        flv_passes_a_frame().is_some(),
        mp4_becomes_rtp().is_some(),
    ]
    .into_iter()
    .map(u32::from)
    .sum()
}

fn core_reads() -> bool {
    castline_core::Reader::new(&[0x80, 0x60]).u16() == Ok(0x8060)
}

fn codec_reads() -> bool {
    castline_codec::AacParameters::from_asc(&[0x12, 0x10]).is_ok()
}

fn sdp_reads() -> bool {
    castline_sdp::SessionDescription::parse_lenient(
        b"v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    )
    .is_ok_and(|(session, _)| !session.into_owned().to_string().is_empty())
}

fn rtp_reads() -> bool {
    castline_rtp_rtcp::RtpPacket::parse(&[0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 4]).is_ok()
}

fn rtcp_reads() -> bool {
    castline_rtp_rtcp::rtcp::Compound::parse_lenient(&[0x80, 201, 0, 1, 0, 0, 0, 3])
        .is_ok_and(|compound| compound.iter().count() == 1)
}

fn rtsp_reads() -> bool {
    let request: &[u8] =
        b"SETUP rtsp://h/1 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;unicast\r\n\r\n";
    let mut input = request.into();
    let Ok(Some(Incoming::Request(request))) = Decoder::new().decode(&mut input) else {
        return false;
    };
    matches!(request.headers().typed::<Transport>(), Ok(Some(_)))
}

/// A handshake, then `connect` in chunks and a control message, all through their wire forms.
fn rtmp_passes_a_command() -> Option<()> {
    let mut client = ClientHandshake::new(Default::default(), [1; 32], 0);
    let mut server = ServerHandshake::new(Default::default(), [2; 32], 0);
    let (mut up, mut down) = (BytesMut::new(), BytesMut::new());
    while let Some(bytes) = client.poll_transmit() {
        up.extend_from_slice(&bytes);
    }
    server.handle_input(&mut up).ok()?;
    while let Some(bytes) = server.poll_transmit() {
        down.extend_from_slice(&bytes);
    }
    client.handle_input(&mut down).ok()??;

    let connect = Command::Connect(ConnectInfo::new("live", "rtmp://h/live"));
    let sent = connect.with_transaction(1).to_message(3, 0);
    let ping = ControlMessage::UserControl(UserControl::PingRequest(1)).to_message();
    let mut segments = Vec::new();
    let mut writer = ChunkWriter::new();
    for message in [&sent, &ping] {
        let header = MessageHeader::new(message.chunk_stream_id, message.message_type, 0, 0);
        let payload = [message.payload.clone()];
        writer.write(&header, &payload, &mut segments).ok()?;
    }
    let mut input = segments.concat().as_slice().into();
    let mut reader = ChunkReader::new(Default::default());
    let heard: Message = reader.decode(&mut input).ok()??;
    let limits = amf::Limits::DEFAULT;
    CommandMessage::parse(heard.message_type, &heard.payload, &limits).ok()?;
    ControlMessage::parse(&reader.decode(&mut input).ok()??).ok()??;
    rtmpt::Command::parse("/idle/1/1").ok().map(|_| ())
}

/// A frame becomes a tag, the tag a file, and back.
fn flv_passes_a_frame() -> Option<()> {
    let aac = AacParameters::from_asc(&[0x12, 0x10]).ok()?;
    let track = Track::new(
        TrackId(1),
        CodecParameters::Aac(aac),
        44_100.try_into().ok()?,
    );
    let muxer = Muxer::new(&[track], Default::default());
    let frame = Frame::new(TrackId(1), 0, Bytes::from_static(&[0x21, 0x10]));
    let mut tags = muxer.sequence_headers(0);
    tags.insert(0, muxer.metadata_tag(0));
    tags.push(muxer.push(&frame).ok()?);

    let mut recorder = flv::Recorder::new(Default::default());
    let mut file = Vec::new();
    for tag in &tags {
        recorder.tag(tag, &mut file).ok()?;
    }
    let mut input: BytesMut = file.concat().as_slice().into();
    let mut reader = flv::Reader::new(Default::default());
    let mut demuxer = Demuxer::new(Default::default());
    while let Some(tag) = reader.decode(&mut input).ok()? {
        if classify(&tag).is_metadata {
            let limits = amf::Limits::DEFAULT;
            let script = DataMessage::parse(MessageType::DATA_AMF0, &tag.payload, &limits);
            let Data::Metadata(_) = script.data else {
                return None;
            };
        }
        demuxer.push(&tag).ok()?;
    }
    let found = amf::amf3::Value::parse(&[4, 1], &amf::Limits::DEFAULT).ok()?;
    demuxer.poll_event().and(found.0.as_f64()).map(|_| ())
}

/// Through all the crates at once: a file, its description, and a payload of its first track.
fn mp4_becomes_rtp() -> Option<()> {
    let file = Bytes::from_static(FILM);
    let movie = Arc::new(MovieReader::read_all(ReaderConfig::default(), &file).ok()?);
    sdp(&movie, &Origin::new(1, 1), Default::default())
        .build()
        .ok()?;
    let track = rtp_tracks(&movie).first()?.track;
    let mut source = RtpSource::new(movie, &[track], None, &RtpSourceConfig::default()).ok()?;
    while let Some(read) = source.poll_read() {
        let start = usize::try_from(read.offset).ok()?.min(file.len());
        source.handle_input(
            read.offset,
            file.slice(start..start.saturating_add(read.len).min(file.len())),
        );
    }
    source.poll_packet().map(|_| ())
}
