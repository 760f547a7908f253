#[cfg(feature = "rtmpe")]
use alloc::boxed::Box;

/// The two stream ciphers of an RTMPE connection, both past the handshake.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ciphers {
    /// For what comes from the peer.
    pub incoming: Cipher,
    /// For what goes to the peer.
    pub outgoing: Cipher,
}

/// One direction of an RTMPE connection: every byte of it goes through once, in order.
///
/// It exists in every build so that a session needs no `cfg`; without the feature `rtmpe` nothing makes one.
#[cfg(feature = "rtmpe")]
pub struct Cipher(Box<rc4::Rc4>);

#[cfg(feature = "rtmpe")]
impl Cipher {
    /// The handshake counts as enciphered though it goes in the clear: that much key stream is thrown away.
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        use rc4::{KeyInit as _, StreamCipher as _};

        let mut cipher = rc4::Rc4::new_from_slice(key).ok()?;
        cipher.apply_keystream(&mut [0; super::PACKET_BYTES]);
        Some(Self(Box::new(cipher)))
    }

    /// Enciphers or deciphers these bytes in place: the same operation.
    pub fn apply(&mut self, bytes: &mut [u8]) {
        use rc4::StreamCipher as _;

        self.0.apply_keystream(bytes);
    }
}

/// One direction of an RTMPE connection: every byte of it goes through once, in order.
///
/// It exists in every build so that a session needs no `cfg`; without the feature `rtmpe` nothing makes one.
#[cfg(not(feature = "rtmpe"))]
pub struct Cipher(core::convert::Infallible);

#[cfg(not(feature = "rtmpe"))]
impl Cipher {
    /// Enciphers or deciphers these bytes in place: the same operation.
    pub fn apply(&mut self, _bytes: &mut [u8]) {
        match self.0 {}
    }
}

impl core::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Cipher(..)")
    }
}
