//! What RFC 6184 and RFC 7798 have in common: NAL units are sent alone, aggregated with 16-bit
//! lengths, or in fragments behind a start bit and an end bit.

use alloc::vec::Vec;
use core::{marker::PhantomData, mem, ops::Range};

use arrayvec::ArrayVec;
use bytes::{Buf, Bytes};
use castline_codec::Frame;

use super::{
    PacketizationMode, PacketizeError, Payload, Settings,
    input::{Input, VIDEO_CLOCK_RATE},
    packet::{Header, Slices},
};

/// The most NAL units (or OBUs) in one frame; a frame with more is refused. Pictures of the
/// largest levels have some hundred slices.
pub const MAX_UNITS_PER_FRAME: usize = 4096;

/// The most NAL units aggregated in one packet: keeps a packet within one vectored write.
pub const MAX_UNITS_PER_PACKET: usize = 16;

/// Bytes of the length before each NAL unit of a canonical frame.
const PREFIX_LEN: usize = 4;
/// Bytes of the length before each NAL unit of an aggregation packet: the lower half of the
/// frame's own prefix, so that length and unit are one slice.
const AGGREGATED_PREFIX_LEN: usize = 2;

/// The rules in which the codecs differ.
pub(super) trait NalFormat {
    /// Bytes of the NAL unit header.
    const HEADER_LEN: usize;
    /// Bytes before a fragment: the changed NAL unit header and the FU header.
    const FRAGMENT_HEADER_LEN: usize;

    /// What to do with a unit that begins with `header` (never empty, maybe shorter than
    /// `HEADER_LEN`).
    fn class(header: &[u8]) -> UnitClass;
    /// The payload header of an aggregation packet of `units`.
    fn aggregation_header<'a>(units: impl Iterator<Item = &'a [u8]>) -> Header;
    /// The payload header of a fragment of `unit`.
    fn fragment_header(unit: &[u8], first: bool, last: bool) -> Header;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitClass {
    /// Shorter than its header.
    Malformed,
    /// Of a type that RTP gives a meaning of its own, so that it cannot be carried.
    NotCarried,
    /// Must stay first in its access unit.
    Delimiter,
    /// Tells that a frame brings its own parameter sets.
    SequenceParameterSet,
    OtherParameterSet,
    Other,
}

/// Where a NAL unit lies: behind its prefix, in one of the sources.
#[derive(Debug, Clone)]
struct Unit {
    source: usize,
    range: Range<usize>,
}

impl Unit {
    fn len(&self) -> usize {
        self.range.len()
    }
}

/// What is found in a frame before anything of it is sent.
#[derive(Debug, Default)]
struct Survey {
    units: usize,
    longest: usize,
    longest_at: usize,
    /// Where the units behind the access unit delimiter begin.
    delimiter_end: usize,
    has_parameter_sets: bool,
}

impl Survey {
    fn of<F: NalFormat>(data: &[u8]) -> Result<Self, PacketizeError> {
        let mut survey = Self::default();
        let mut offset = 0;
        while offset < data.len() {
            let range = unit_at(data, offset).ok_or(PacketizeError::Malformed {
                offset,
                expected: "a 4-byte length of a NAL unit that ends within the frame",
            })?;
            offset = range.end;
            survey.note(
                F::class(data.get(range.clone()).unwrap_or_default()),
                &range,
            )?;
        }
        if survey.units == 0 {
            return Err(PacketizeError::Empty);
        }
        Ok(survey)
    }

    fn note(&mut self, class: UnitClass, range: &Range<usize>) -> Result<(), PacketizeError> {
        // A unit without a byte says nothing: some writers leave them behind.
        if range.is_empty() {
            return Ok(());
        }
        match class {
            UnitClass::Malformed => {
                return Err(PacketizeError::Malformed {
                    offset: range.start,
                    expected: "a NAL unit with a whole header",
                });
            }
            UnitClass::NotCarried => return Ok(()),
            UnitClass::Delimiter if self.units == 0 => self.delimiter_end = range.end,
            UnitClass::SequenceParameterSet => self.has_parameter_sets = true,
            UnitClass::Delimiter | UnitClass::OtherParameterSet | UnitClass::Other => {}
        }
        self.units = self.units.saturating_add(1);
        if self.units > MAX_UNITS_PER_FRAME {
            return Err(PacketizeError::TooManyUnits {
                limit: MAX_UNITS_PER_FRAME,
            });
        }
        if range.len() > self.longest {
            (self.longest, self.longest_at) = (range.len(), range.start);
        }
        Ok(())
    }
}

/// The unit whose prefix begins at `offset`, or `None` when it does not end within `data`.
fn unit_at(data: &[u8], offset: usize) -> Option<Range<usize>> {
    let prefix = data.get(offset..)?.first_chunk::<PREFIX_LEN>()?;
    let len = usize::try_from(u32::from_be_bytes(*prefix)).ok()?;
    let start = offset.checked_add(PREFIX_LEN)?;
    let end = start.checked_add(len)?;
    (end <= data.len()).then_some(start..end)
}

/// The packetizer of both formats.
#[derive(Debug)]
pub(super) struct NalPacketizer<F> {
    input: Input,
    mode: PacketizationMode,
    /// Parameter sets in the form of a frame; empty when they are not sent in band.
    parameter_sets: Bytes,
    timestamp: i64,
    /// What is sent for the frame, in order, in the form of a frame: the delimiter, the parameter
    /// sets, the rest.
    sources: ArrayVec<Bytes, 3>,
    /// The next unit to send.
    front: Option<Unit>,
    /// Bytes of it that went out in fragments.
    sent: usize,
    format: PhantomData<F>,
}

impl<F: NalFormat> NalPacketizer<F> {
    pub(super) fn new<'a>(
        settings: &Settings,
        parameter_sets: impl Iterator<Item = &'a Bytes>,
    ) -> Self {
        let in_band = settings.parameter_sets_in_band;
        Self {
            input: Input::new(settings, VIDEO_CLOCK_RATE),
            mode: settings.packetization_mode,
            parameter_sets: length_prefixed::<F>(parameter_sets.filter(|_| in_band)),
            timestamp: 0,
            sources: ArrayVec::new(),
            front: None,
            sent: 0,
            format: PhantomData,
        }
    }

    pub(super) fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError> {
        let timestamp = self.input.admit(frame, self.front.is_some())?;
        let survey = Survey::of::<F>(&frame.data)?;
        self.check_mode(&survey)?;
        self.timestamp = timestamp;
        self.sources.clear();
        if frame.keyframe && !survey.has_parameter_sets && !self.parameter_sets.is_empty() {
            self.add_source(frame.data.slice(..survey.delimiter_end));
            self.add_source(self.parameter_sets.clone());
            self.add_source(frame.data.slice(survey.delimiter_end..));
        } else {
            self.add_source(frame.data.clone());
        }
        self.front = self.unit_from(0, 0);
        Ok(())
    }

    fn add_source(&mut self, source: Bytes) {
        let fits = self.sources.try_push(source).is_ok();
        debug_assert!(fits, "delimiter, parameter sets and the rest are three");
    }

    fn check_mode(&self, survey: &Survey) -> Result<(), PacketizeError> {
        let limit = self.input.max_payload_len;
        if self.mode == PacketizationMode::SingleNal && survey.longest > limit {
            return Err(PacketizeError::UnitTooLong {
                offset: survey.longest_at,
                len: survey.longest,
                limit,
            });
        }
        Ok(())
    }

    pub(super) fn poll_packet(&mut self) -> Option<Payload> {
        let front = self.front.take()?;
        if front.len() > self.input.max_payload_len {
            self.fragment(front)
        } else {
            self.whole(front)
        }
    }

    /// The next fragment of `unit` (RFC 6184 section 5.8, RFC 7798 section 4.4.3): all full but
    /// the last, so that they go out as one segmented send.
    fn fragment(&mut self, unit: Unit) -> Option<Payload> {
        let source = self.sources.get(unit.source)?;
        let room = self
            .input
            .max_payload_len
            .saturating_sub(F::FRAGMENT_HEADER_LEN);
        let begin = self.sent.max(F::HEADER_LEN);
        let end = begin.saturating_add(room).min(unit.len());
        let (first, last) = (self.sent == 0, end == unit.len());
        let at = unit.range.start;
        let header = F::fragment_header(source.get(at..)?, first, last);
        let slice = source.slice(at.checked_add(begin)?..at.checked_add(end)?);
        if last {
            self.sent = 0;
            self.front = self.unit_from(unit.source, unit.range.end);
        } else {
            self.sent = end;
            self.front = Some(unit);
        }
        let marker = self.front.is_none();
        Some(Payload::single(marker, self.timestamp, header, slice))
    }

    /// `first`, alone or with as many of the units behind it as fit.
    fn whole(&mut self, first: Unit) -> Option<Payload> {
        let mut len = F::HEADER_LEN
            .saturating_add(AGGREGATED_PREFIX_LEN)
            .saturating_add(first.len());
        self.front = self.unit_from(first.source, first.range.end);
        let mut units = ArrayVec::<Unit, MAX_UNITS_PER_PACKET>::new();
        units.push(first);
        while self.mode == PacketizationMode::NonInterleaved && !units.is_full() {
            let Some(next) = self.front.take_if(|next| {
                len = len
                    .saturating_add(AGGREGATED_PREFIX_LEN)
                    .saturating_add(next.len());
                len <= self.input.max_payload_len
            }) else {
                break;
            };
            self.front = self.unit_from(next.source, next.range.end);
            units.push(next);
        }
        match units.len() {
            1 => self.single(units.pop()?),
            _ => self.aggregate(&units),
        }
    }

    #[inline]
    fn single(&mut self, unit: Unit) -> Option<Payload> {
        let marker = self.front.is_none();
        let slice = self.cut(unit.source, unit.range)?;
        Some(Payload::single(
            marker,
            self.timestamp,
            Header::new_const(),
            slice,
        ))
    }

    /// A slice of a source. With nothing left to send behind it, the source itself is narrowed,
    /// which spares the frame's reference count a round.
    #[inline]
    fn cut(&mut self, source: usize, range: Range<usize>) -> Option<Bytes> {
        let source = self.sources.get_mut(source)?;
        if self.front.is_some() {
            return Some(source.slice(range));
        }
        let mut data = mem::take(source);
        data.truncate(range.end);
        data.advance(range.start);
        Some(data)
    }

    fn aggregate(&self, units: &[Unit]) -> Option<Payload> {
        let marker = self.front.is_none();
        let mut slices = Slices::with_capacity(units.len());
        for Unit { source, range } in units {
            let begin = range.start.checked_sub(AGGREGATED_PREFIX_LEN)?;
            slices.push(self.sources.get(*source)?.slice(begin..range.end));
        }
        let header = F::aggregation_header(
            slices
                .iter()
                .filter_map(|slice| slice.get(AGGREGATED_PREFIX_LEN..)),
        );
        Some(Payload::new(marker, self.timestamp, header, slices))
    }

    /// The first unit that is sent, at `offset` of source number `source` or behind it. All
    /// sources were surveyed when they came: their lengths hold.
    fn unit_from(&self, mut source: usize, mut offset: usize) -> Option<Unit> {
        loop {
            let data = self.sources.get(source)?;
            let Some(range) = unit_at(data, offset) else {
                (source, offset) = (source.checked_add(1)?, 0);
                continue;
            };
            offset = range.end;
            let unit = data.get(range.clone())?;
            if !unit.is_empty() && F::class(unit) != UnitClass::NotCarried {
                return Some(Unit { source, range });
            }
        }
    }
}

/// Parameter sets, each behind its length: one allocation, once per track.
fn length_prefixed<'a, F: NalFormat>(units: impl Iterator<Item = &'a Bytes>) -> Bytes {
    let mut joined = Vec::new();
    let is_parameter_set = |unit: &&Bytes| {
        matches!(
            F::class(unit),
            UnitClass::SequenceParameterSet | UnitClass::OtherParameterSet
        )
    };
    for unit in units.filter(is_parameter_set) {
        if let Ok(len) = u32::try_from(unit.len()) {
            joined.extend_from_slice(&len.to_be_bytes());
            joined.extend_from_slice(unit);
        }
    }
    joined.into()
}
