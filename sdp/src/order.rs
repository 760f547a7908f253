//! The order of lines (RFC 8866 section 5).

use crate::Deviation;

/// Where a kind of line stands: in the session part, and in a media section.
struct Place {
    session: Option<u8>,
    media: Option<u8>,
    repeatable: bool,
}

const fn place(kind: u8) -> Option<Place> {
    let (session, media, repeatable) = match kind {
        b'v' => (Some(0), None, false),
        b'o' => (Some(1), None, false),
        b's' => (Some(2), None, false),
        b'i' => (Some(3), Some(0), false),
        b'u' => (Some(4), None, false),
        b'e' => (Some(5), None, true),
        b'p' => (Some(6), None, true),
        // At most one in the session part, several in a media section.
        b'c' => (Some(7), Some(1), true),
        b'b' => (Some(8), Some(2), true),
        b't' | b'r' | b'z' => (Some(9), None, true),
        b'k' => (Some(10), Some(3), false),
        b'a' => (Some(11), Some(4), true),
        _ => return None,
    };
    Some(Place {
        session,
        media,
        repeatable,
    })
}

/// Where a line of this kind stands in a sorted session part or media section.
pub(crate) fn rank(kind: u8, in_media: bool) -> u8 {
    let rank = place(kind).and_then(|place| if in_media { place.media } else { place.session });
    rank.unwrap_or(u8::MAX)
}

/// Follows the lines of a description and says which of them stand wrongly.
#[derive(Debug, Default)]
pub(crate) struct Order {
    in_media: bool,
    /// Rank of the latest line of this part.
    rank: u8,
    previous: u8,
    /// A bit for each letter seen in this part.
    seen: u32,
}

impl Order {
    pub(crate) fn in_media(&self) -> bool {
        self.in_media
    }

    /// Begins a media section.
    pub(crate) fn begin_media(&mut self) {
        *self = Self {
            in_media: true,
            rank: 0,
            previous: b'm',
            seen: 0,
        };
    }

    pub(crate) fn has_seen(&self, kind: u8) -> bool {
        self.seen & bit(kind) != 0
    }

    /// Notes a line of a known kind other than `m`; the answer is what is wrong with its place.
    pub(crate) fn note(&mut self, kind: u8) -> Option<Deviation> {
        let place = place(kind)?;
        let Some(rank) = (if self.in_media {
            place.media
        } else {
            place.session
        }) else {
            return Some(Deviation::SessionLineInMedia);
        };
        let once = !place.repeatable || kind == b'c' && !self.in_media;
        let repeated = once && self.has_seen(kind);
        let late = rank < self.rank || !self.follows_its_time(kind);
        self.rank = self.rank.max(rank);
        self.previous = kind;
        self.seen |= bit(kind);
        if repeated {
            Some(Deviation::Repeated)
        } else {
            late.then_some(Deviation::OutOfOrder)
        }
    }

    /// `r=` stands behind `t=` or `r=`, `z=` behind `r=`.
    fn follows_its_time(&self, kind: u8) -> bool {
        match kind {
            b'r' => matches!(self.previous, b't' | b'r'),
            b'z' => self.previous == b'r',
            _ => true,
        }
    }
}

const fn bit(kind: u8) -> u32 {
    1_u32.wrapping_shl(kind.wrapping_sub(b'a') as u32)
}
