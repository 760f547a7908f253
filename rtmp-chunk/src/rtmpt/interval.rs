/// The first byte of an answer: how long the client may wait until it asks again. No document gives its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "a wire number is a number")]
pub struct PollingInterval(pub u8);

impl PollingInterval {
    /// What servers send, from "at once" to "there is nothing going on".
    pub const STEPS: [Self; 6] = [
        Self(0x01),
        Self(0x03),
        Self(0x05),
        Self(0x09),
        Self(0x11),
        Self(0x21),
    ];
    /// While data flows.
    pub const SHORTEST: Self = Self(0x01);

    /// The next longer step; the longest stays.
    #[must_use]
    pub fn longer(self) -> Self {
        Self::STEPS
            .into_iter()
            .find(|step| *step > self)
            .unwrap_or(Self(0x21))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_and_stay() {
        let mut interval = PollingInterval::SHORTEST;
        for step in [0x03, 0x05, 0x09, 0x11, 0x21, 0x21] {
            interval = interval.longer();
            assert_eq!(interval.0, step);
        }
        assert_eq!(PollingInterval(0).longer().0, 1);
        assert_eq!(PollingInterval(0xff).longer().0, 0x21);
    }
}
