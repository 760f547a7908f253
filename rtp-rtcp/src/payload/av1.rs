use arrayvec::ArrayVec;
use bytes::{BufMut, Bytes, BytesMut};
use castline_codec::Frame;

use super::{
    MAX_UNITS_PER_FRAME, PacketizeError, Packetizer, Payload, Settings,
    input::{Input, VIDEO_CLOCK_RATE},
    obu::{Obu, to_leb128},
    packet::{Slices, extend, header},
};

/// The first element continues an OBU of the packet before.
const Z: u8 = 0x80;
/// The last element continues in the next packet.
const Y: u8 = 0x40;
/// The first packet of a coded video sequence.
const N: u8 = 0x08;
const W_SHIFT: u32 = 4;

/// Bytes of the aggregation header.
const AGGREGATION_HEADER_LEN: usize = 1;
/// The count W has 2 bits, and with it the last element needs no length.
const MAX_ELEMENTS: usize = 3;
/// A smaller rest of a packet is left empty: no fragment is worth its length field there.
const MIN_FRAGMENT_LEN: usize = 16;
/// Bytes that are taken at once for the lengths and headers between OBUs of one packet.
const ARENA_LEN: usize = 1024;

/// AV1 in RTP (RTP Payload Format For AV1, version 1.0.0).
///
/// Frames are temporal units of OBUs with size fields. Temporal delimiters and tile lists are not
/// sent, size fields are left out. A packet has up to three OBU elements, counted by W.
#[derive(Debug)]
pub struct Av1Packetizer {
    input: Input,
    /// The OBUs of the av1C record, when they are sent in band.
    sequence_header: Bytes,
    timestamp: i64,
    /// The sequence header if the frame needs it, then the frame.
    sources: ArrayVec<Bytes, 2>,
    front: Option<Unit>,
    /// Bytes of the front OBU, header included, that went out.
    sent: usize,
    /// The next packet begins a coded video sequence.
    new_sequence: bool,
    arena: BytesMut,
}

/// An OBU in one of the sources.
#[derive(Debug, Clone)]
struct Unit {
    source: usize,
    obu: Obu,
}

/// A part of an OBU in a packet that is being filled.
#[derive(Debug)]
struct Element {
    /// The OBU header; empty when the element continues an OBU.
    header: ArrayVec<u8, 2>,
    slice: Bytes,
}

impl Element {
    fn len(&self) -> usize {
        self.header.len().saturating_add(self.slice.len())
    }
}

impl Av1Packetizer {
    /// For a track whose sequence header OBU (with size field, as in `av1C`) is `config_obus`;
    /// empty when it is always in band.
    #[must_use]
    pub fn new(config_obus: &Bytes, settings: &Settings) -> Self {
        let known = settings.parameter_sets_in_band
            && survey(config_obus).is_ok_and(|survey| survey.has_sequence_header);
        Self {
            input: Input::new(settings, VIDEO_CLOCK_RATE),
            sequence_header: if known {
                config_obus.clone()
            } else {
                Bytes::new()
            },
            timestamp: 0,
            sources: ArrayVec::new(),
            front: None,
            sent: 0,
            new_sequence: false,
            arena: BytesMut::new(),
        }
    }

    /// The first OBU that is sent at `offset` of source number `source` or behind it. All sources
    /// were surveyed when they came.
    fn unit_from(&self, mut source: usize, mut offset: usize) -> Option<Unit> {
        loop {
            let data = self.sources.get(source)?;
            if offset >= data.len() {
                (source, offset) = (source.checked_add(1)?, 0);
                continue;
            }
            let obu = Obu::at(data, offset).ok()?;
            if obu.is_carried() {
                return Some(Unit { source, obu });
            }
            offset = obu.payload.end;
        }
    }

    /// Takes up to `room` bytes of the front OBU.
    fn take(&mut self, room: usize) -> Option<Element> {
        let unit = self.front.take()?;
        let header_len = unit.obu.header.len();
        let begin = self.sent;
        let end = begin.saturating_add(room).min(unit.obu.len());
        let at = |position: usize| {
            let into = position.saturating_sub(header_len);
            unit.obu.payload.start.checked_add(into)
        };
        let slice = self.sources.get(unit.source)?.slice(at(begin)?..at(end)?);
        let mut header = unit.obu.header.clone();
        if begin > 0 {
            header.clear();
        }
        if end == unit.obu.len() {
            self.sent = 0;
            self.front = self.unit_from(unit.source, unit.obu.payload.end);
        } else {
            self.sent = end;
            self.front = Some(unit);
        }
        Some(Element { header, slice })
    }

    /// Fills one packet.
    fn elements(&mut self) -> ArrayVec<Element, MAX_ELEMENTS> {
        let mut elements = ArrayVec::<Element, MAX_ELEMENTS>::new();
        let mut room = self
            .input
            .max_payload_len
            .saturating_sub(AGGREGATION_HEADER_LEN);
        let mut extension = None;
        while let Some(front) = &self.front {
            // The element before this one then needs a length.
            let length_len = elements
                .last()
                .map_or(0, |last| to_leb128(last.len()).len());
            let left = front.obu.len().saturating_sub(self.sent);
            let fits = room.saturating_sub(length_len);
            let layer = front.obu.extension();
            let same_layer = layer.is_none() || extension.is_none() || layer == extension;
            if !elements.is_empty() && (!same_layer || (left > fits && fits < MIN_FRAGMENT_LEN)) {
                break;
            }
            extension = extension.or(layer);
            let Some(element) = self.take(fits) else {
                break;
            };
            room = fits.saturating_sub(element.len());
            elements.push(element);
            if elements.is_full() || self.sent > 0 {
                break;
            }
        }
        elements
    }

    /// The lengths and headers between OBUs: small pieces of one allocation.
    fn inner(&mut self, length: &[u8], header: &[u8]) -> Bytes {
        let len = length.len().saturating_add(header.len());
        if self.arena.capacity() < len {
            self.arena = BytesMut::with_capacity(ARENA_LEN);
        }
        self.arena.put_slice(length);
        self.arena.put_slice(header);
        self.arena.split().freeze()
    }

    fn payload(&mut self, elements: ArrayVec<Element, MAX_ELEMENTS>, first_octet: u8) -> Payload {
        let count = elements.len();
        let mut slices = Slices::new();
        let mut outer = header(&[first_octet]);
        for (index, element) in elements.into_iter().enumerate() {
            let is_last = index.saturating_add(1) == count;
            let length = if is_last {
                ArrayVec::new()
            } else {
                to_leb128(element.len())
            };
            if index == 0 {
                extend(&mut outer, &length);
                extend(&mut outer, &element.header);
            } else {
                let inner = self.inner(&length, &element.header);
                slices.push(inner);
            }
            if !element.slice.is_empty() {
                slices.push(element.slice);
            }
        }
        Payload::new(self.front.is_none(), self.timestamp, outer, slices)
    }
}

impl Packetizer for Av1Packetizer {
    fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError> {
        let timestamp = self.input.admit(frame, self.front.is_some())?;
        let survey = survey(&frame.data)?;
        self.timestamp = timestamp;
        self.sources.clear();
        if frame.keyframe && !survey.has_sequence_header && !self.sequence_header.is_empty() {
            self.sources.push(self.sequence_header.clone());
        }
        self.sources.push(frame.data.clone());
        self.front = self.unit_from(0, 0);
        self.new_sequence = frame.keyframe;
        Ok(())
    }

    fn poll_packet(&mut self) -> Option<Payload> {
        self.front.as_ref()?;
        let continues = if self.sent > 0 { Z } else { 0 };
        let elements = self.elements();
        let continued = if self.sent > 0 { Y } else { 0 };
        let sequence = if self.new_sequence { N } else { 0 };
        self.new_sequence = false;
        let count = u8::try_from(elements.len()).unwrap_or_default() << W_SHIFT;
        Some(self.payload(elements, continues | continued | count | sequence))
    }
}

#[derive(Debug, Default)]
struct Survey {
    obus: usize,
    has_sequence_header: bool,
}

/// Looks at all OBUs of a temporal unit before any is sent.
fn survey(data: &[u8]) -> Result<Survey, PacketizeError> {
    let mut survey = Survey::default();
    let mut offset = 0;
    while offset < data.len() {
        let obu = Obu::at(data, offset)?;
        offset = obu.payload.end;
        survey.obus = survey.obus.saturating_add(usize::from(obu.is_carried()));
        survey.has_sequence_header |= obu.is_sequence_header();
        if survey.obus > MAX_UNITS_PER_FRAME {
            return Err(PacketizeError::TooManyUnits {
                limit: MAX_UNITS_PER_FRAME,
            });
        }
    }
    if survey.obus == 0 {
        return Err(PacketizeError::Empty);
    }
    Ok(survey)
}
