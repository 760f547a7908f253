//! Any datagram as an RTP packet: what is read can be written again to the same bytes.
#![no_main]

use bytes::Bytes;
use castline_rtp_rtcp::{
    ElementForm, ExtensionBuilder, RtpPacket, RtpPacketBuf, RtpPacketMut, SequenceNumber, Ssrc,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let owned = RtpPacketBuf::parse(Bytes::copy_from_slice(data));
    let Ok(packet) = RtpPacket::parse(data) else {
        assert!(owned.is_err());
        return;
    };
    let owned = owned.expect("the same rules");
    assert_eq!(&owned.payload()[..], packet.payload());

    let mut again = Vec::new();
    packet
        .to_header()
        .encode_packet(packet.payload(), &mut again);
    let kept = data.len() - usize::from(packet.padding());
    assert_eq!(again.len(), data.len());
    assert_eq!(again[..kept], data[..kept]);
    assert_eq!(packet.payload_offset() + packet.payload().len(), kept);

    elements_survive(&packet);

    let mut edited = data.to_vec();
    let mut edit = RtpPacketMut::parse(&mut edited).expect("the same rules");
    edit.set_sequence_number(SequenceNumber(0x5a5a));
    edit.set_ssrc(Ssrc(7));
    assert_eq!(&edit.payload_mut()[..], packet.payload());
    let edited = RtpPacket::parse(&edited).expect("rewriting breaks nothing");
    assert_eq!(
        (edited.sequence_number(), edited.ssrc()),
        (SequenceNumber(0x5a5a), Ssrc(7))
    );
    assert_eq!(edited.timestamp(), packet.timestamp());
});

/// The elements before the first error, written anew in the two-byte form, are the same elements.
fn elements_survive(packet: &RtpPacket<'_>) {
    let mut builder = ExtensionBuilder::new(ElementForm::TwoByte);
    let elements: Vec<_> = packet.elements().map_while(Result::ok).collect();
    for element in &elements {
        if builder.push(element.id, element.data).is_err() {
            return;
        }
    }
    let extension = builder.extension();
    let again: Vec<_> = extension
        .elements()
        .map(|element| element.expect("just written"))
        .collect();
    assert_eq!(again, elements);
}
