//! Descriptions as a whole: parsing, accessors, writing, limits.

use alloc::{string::ToString, vec, vec::Vec};

use bytes::BytesMut;

use crate::*;

pub(crate) const CAMERA: &str = "v=0\r\n\
o=- 1109162014219182 1109162014219192 IN IP4 192.168.1.64\r\n\
s=Media Presentation\r\n\
i=Front door\r\n\
e=admin@example.org\r\n\
c=IN IP4 0.0.0.0\r\n\
b=AS:5100\r\n\
t=0 0\r\n\
a=control:*\r\n\
a=range:npt=0-12.5\r\n\
m=video 0 RTP/AVP 96\r\n\
b=AS:5000\r\n\
a=recvonly\r\n\
a=x-dimensions:1920,1080\r\n\
a=control:trackID=1\r\n\
a=rtpmap:96 H264/90000\r\n\
a=fmtp:96 profile-level-id=420029;packetization-mode=1;sprop-parameter-sets=Z00AKpWoHgCJ+WEAAAMAAQAAAwAyhA==,aO48gA==\r\n\
a=framerate:25.0\r\n\
m=audio 0 RTP/AVP 0 104\r\n\
b=AS:50\r\n\
a=control:trackID=2\r\n\
a=rtpmap:104 mpeg4-generic/16000/1\r\n\
a=fmtp:104 profile-level-id=15;streamtype=5;mode=AAC-hbr;config=1408;SizeLength=13;IndexLength=3;IndexDeltaLength=3\r\n\
a=x-vendor:MEDIAINFO=494D4B48\r\n";

fn strict(text: &str) -> SessionDescription<'_> {
    SessionDescription::parse(text.as_bytes()).unwrap()
}

#[test]
fn reads_a_camera() {
    let session = strict(CAMERA);
    let origin = session.origin().unwrap();
    assert_eq!(origin.username, "-");
    assert_eq!(origin.session_id, 1_109_162_014_219_182);
    assert_eq!(origin.address, Address::internet("192.168.1.64"));
    assert_eq!(session.name(), "Media Presentation");
    assert_eq!(session.information(), Some("Front door"));
    assert_eq!(session.emails().collect::<Vec<_>>(), ["admin@example.org"]);
    assert_eq!(session.connection(), Some(Connection::unicast("0.0.0.0")));
    assert_eq!(session.bandwidths().next().map(|bandwidth| bandwidth.value), Some(5100));
    assert_eq!(session.times().next().unwrap().time(), Time::PERMANENT);
    assert_eq!(session.control(), Some("*"));
    let Some(Range::Npt { start: Some(NptTime::At(start)), end: Some(NptTime::At(end)) }) =
        session.range()
    else {
        panic!("{:?}", session.range())
    };
    assert_eq!((start.as_millis(), end.as_millis()), (0, 12_500));

    let media: Vec<_> = session.media().collect();
    let [video, audio] = media.as_slice() else { panic!("{media:?}") };
    assert_eq!((video.kind(), video.port(), video.protocol()), ("video", 0, "RTP/AVP"));
    assert_eq!(video.control(), Some("trackID=1"));
    assert_eq!(video.direction(), Direction::RecvOnly);
    assert_eq!(video.frame_rate(), Some(FrameRate(Decimal::new(250, 1))));
    assert_eq!(video.rtpmap(96), Some(RtpMap::new(96, "H264", 90_000)));
    assert_eq!(video.connection(), session.connection());
    let h264 = video.fmtp(96).unwrap().h264();
    assert_eq!(h264.profile_level_id, Some([0x42, 0x00, 0x29]));
    assert_eq!(h264.packetization_mode, 1);
    let lengths: Vec<_> = h264.sprop_parameter_sets.iter().map(bytes::Bytes::len).collect();
    assert_eq!(lengths, [22, 4]);
    let size = video.attributes().first::<Dimensions>();
    assert_eq!(size, Some(Dimensions { width: 1920, height: 1080 }));

    assert_eq!(audio.payload_types().collect::<Vec<_>>(), [0, 104]);
    assert_eq!(audio.rtpmap(0), Some(RtpMap::new(0, "PCMU", 8000).with_channels(1)));
    assert_eq!(audio.rtpmap(97), None);
    assert_eq!(audio.fmtp(104).unwrap().aac().config.as_ref(), [0x14, 0x08]);
    assert_eq!(audio.attributes().value("x-vendor"), Some("MEDIAINFO=494D4B48"));
}

#[test]
fn writes_what_it_read() {
    let session = strict(CAMERA);
    let mut out = BytesMut::new();
    session.encode(&mut out);
    assert_eq!(out, CAMERA.as_bytes());
    assert_eq!(session.encoded_len(), CAMERA.len());
    assert_eq!(session.to_string(), CAMERA);
    let owned = session.to_owned();
    assert_eq!(owned, session);
    assert_eq!(CAMERA.parse::<OwnedSessionDescription>(), Ok(owned));
    assert_eq!(session.to_builder().build().unwrap(), session);
    let _ = vec![0];
}
