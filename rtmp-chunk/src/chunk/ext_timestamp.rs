use super::config::ExtTimestamp;

/// Whether a type 3 chunk repeats the extended timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Present(u32),
    Absent,
    /// More bytes must come to tell.
    Undecided,
}

/// Finds out whether a peer repeats extended timestamps in its type 3 chunks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Detector {
    policy: ExtTimestamp,
    /// The last chunk that told, told that this peer leaves it out.
    omits: bool,
}

impl Detector {
    pub(super) const fn new(policy: ExtTimestamp) -> Self {
        Self {
            policy,
            omits: false,
        }
    }

    /// A chunk that continues a message whose header had `value`, and whose time is `timestamp`.
    ///
    /// Both are looked for, because some senders repeat the time where the header had a delta. The top bit does
    /// not count: some mask it here and not there.
    ///
    /// `left` is how much is left of the message in bytes. Where that is less than the value is long, a peer that was
    /// seen to leave it out is believed: bytes like the value's could be the last of the stream, and be waited upon.
    pub(super) fn continuation(
        &mut self,
        value: u32,
        timestamp: u32,
        left: u32,
        input: &[u8],
    ) -> Presence {
        let presence = match self.policy {
            ExtTimestamp::Never => return Presence::Absent,
            ExtTimestamp::Always => return present(input),
            ExtTimestamp::Auto if self.omits && left < 4 => return Presence::Absent,
            ExtTimestamp::Auto if may_be(value, input) || may_be(timestamp, input) => {
                present(input)
            }
            ExtTimestamp::Auto => Presence::Absent,
        };
        match presence {
            Presence::Present(_) => self.omits = false,
            Presence::Absent => self.omits = true,
            Presence::Undecided => {}
        }
        presence
    }

    /// A chunk that begins a message after one whose header had `value`.
    pub(super) fn start(&self, value: u32, input: &[u8]) -> Presence {
        match self.policy {
            ExtTimestamp::Never => Presence::Absent,
            ExtTimestamp::Auto if self.omits && !may_be(value, input) => Presence::Absent,
            ExtTimestamp::Always | ExtTimestamp::Auto => present(input),
        }
    }
}

fn present(input: &[u8]) -> Presence {
    input.first_chunk().map_or(Presence::Undecided, |bytes| {
        Presence::Present(u32::from_be_bytes(*bytes))
    })
}

/// False as soon as one byte that is there differs, so that a peer that leaves it out is never waited for in vain
/// while its bytes differ.
fn may_be(value: u32, input: &[u8]) -> bool {
    let masks = [0x7F, 0xFF, 0xFF, 0xFF];
    value
        .to_be_bytes()
        .into_iter()
        .zip(masks)
        .zip(input)
        .all(|((wanted, mask), &byte)| (wanted ^ byte) & mask == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decides_at_the_first_byte_that_differs() {
        let mut detector = Detector::new(ExtTimestamp::Auto);
        let value = 0x0102_0304;
        assert_eq!(
            detector.continuation(value, 9, 50, &[]),
            Presence::Undecided
        );
        assert_eq!(
            detector.continuation(value, 9, 50, &[1, 2, 3]),
            Presence::Undecided
        );
        assert_eq!(
            detector.continuation(value, 9, 50, &[1, 7]),
            Presence::Absent
        );
        assert_eq!(
            detector.continuation(value, 9, 50, &[1, 2, 3, 4]),
            Presence::Present(value)
        );
        assert_eq!(
            detector.continuation(value, 9, 50, &[0x81, 2, 3, 4]),
            Presence::Present(0x8102_0304),
            "31 bits count"
        );
        assert_eq!(
            detector.continuation(value, 9, 50, &[0, 0, 0, 9]),
            Presence::Present(9),
            "the time in place of the delta"
        );
    }

    #[test]
    fn learns_for_the_start_of_messages() {
        let mut detector = Detector::new(ExtTimestamp::Auto);
        assert_eq!(
            detector.start(7, &[9, 9, 9, 9]),
            Presence::Present(0x0909_0909)
        );
        assert_eq!(detector.continuation(7, 7, 50, &[9]), Presence::Absent);
        assert_eq!(detector.start(7, &[9, 9, 9, 9]), Presence::Absent);
        assert_eq!(detector.start(7, &[0, 0, 0, 7]), Presence::Present(7));
        assert_eq!(
            detector.continuation(7, 7, 50, &[0, 0, 0, 7]),
            Presence::Present(7)
        );
        assert_eq!(
            detector.start(7, &[9, 9, 9, 9]),
            Presence::Present(0x0909_0909)
        );
    }

    #[test]
    fn does_not_wait_for_what_a_peer_was_seen_to_leave_out() {
        let mut detector = Detector::new(ExtTimestamp::Auto);
        assert_eq!(detector.continuation(7, 7, 3, &[0]), Presence::Undecided);
        assert_eq!(detector.continuation(7, 7, 3, &[1]), Presence::Absent);
        assert_eq!(detector.continuation(7, 7, 3, &[0]), Presence::Absent);
        assert_eq!(detector.continuation(7, 7, 4, &[0]), Presence::Undecided);
    }

    #[test]
    fn a_fixed_policy_does_not_look() {
        let mut always = Detector::new(ExtTimestamp::Always);
        assert_eq!(
            always.continuation(7, 7, 50, &[9, 9, 9, 9]),
            Presence::Present(0x0909_0909)
        );
        assert_eq!(always.start(7, &[9, 9, 9]), Presence::Undecided);
        let mut never = Detector::new(ExtTimestamp::Never);
        assert_eq!(
            never.continuation(7, 7, 50, &[0, 0, 0, 7]),
            Presence::Absent
        );
        assert_eq!(never.start(7, &[]), Presence::Absent);
    }
}
