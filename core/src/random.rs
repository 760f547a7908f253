use rand_chacha::{
    ChaCha12Rng,
    rand_core::{Rng, SeedableRng},
};

/// A generator seeded by the caller, for identifiers that a peer must not guess: session ids, SSRCs,
/// first sequence numbers.
///
/// The same seed gives the same numbers, so a session can be replayed exactly; adapters fill the seed
/// from the operating system.
#[derive(Clone)]
pub struct Random(ChaCha12Rng);

impl Random {
    /// A generator from 256 bits of seed.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    /// 16 random bits.
    pub fn u16(&mut self) -> u16 {
        let [high, low, _, _] = self.u32().to_be_bytes();
        u16::from_be_bytes([high, low])
    }

    /// 32 random bits.
    pub fn u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// 64 random bits.
    pub fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A uniform number in [0, 1), with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "53 bits fit an f64 exactly")]
        let bits = (self.u64() >> 11) as f64;
        bits / (1u64 << 53) as f64
    }

    /// A seed for a generator of its own, so that one session's numbers tell nothing of another's.
    pub fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        seed
    }
}

impl core::fmt::Debug for Random {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Random(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_numbers_and_children_differ() {
        let (mut a, mut b) = (Random::new([7; 32]), Random::new([7; 32]));
        assert_eq!((a.u32(), a.u64(), a.u16()), (b.u32(), b.u64(), b.u16()));
        let (child, sibling) = (a.seed(), a.seed());
        assert_ne!(child, sibling);
        assert_ne!(Random::new(child).u64(), Random::new(sibling).u64());
        assert!((0..1000).all(|_| (0.0..1.0).contains(&a.unit())));
    }

    #[test]
    fn debug_shows_no_state() {
        assert_eq!(format!("{:?}", Random::new([1; 32])), "Random(..)");
    }
}
