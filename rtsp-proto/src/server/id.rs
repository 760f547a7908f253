//! The names of sessions and of requests that wait.

use std::fmt;

use castline_core::Random;

/// A session's name: 128 random bits, written as 32 hexadecimal digits (RFC 7826 §4.3 asks for no less).
///
/// Whoever knows it may control the session, so show only [`Debug`](fmt::Debug)'s short form in logs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(u128);

impl SessionId {
    pub(super) fn new(random: &mut Random) -> Self {
        Self((u128::from(random.u64()) << 64) | u128::from(random.u64()))
    }

    /// Reads the wire form. `None` for what no session of this crate is called.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_sound = text.len() == 32
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_sound
            .then(|| u128::from_str_radix(text, 16).ok().map(Self))
            .flatten()
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({:08x}..)", self.0 >> 96)
    }
}

/// A request that waits for the application's answer. Never used twice on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub(super) u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_reads_back_and_nothing_else_does() {
        let mut random = Random::new([3; 32]);
        let id = SessionId::new(&mut random);
        assert_eq!(SessionId::parse(&id.to_string()), Some(id));
        assert_ne!(SessionId::new(&mut random), id);
        assert_eq!(SessionId(7).to_string().len(), 32);
        for bad in [
            "",
            "12345678",
            "+0000000000000000000000000000007",
            "0000000000000000000000000000000G",
        ] {
            assert_eq!(SessionId::parse(bad), None, "{bad}");
        }
        assert!(!format!("{id:?}").contains(&id.to_string()));
    }
}
