use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicU32, Ordering},
};

use super::{UdpOptions, UdpPort};

/// No even port with its odd successor lies in the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no even/odd pair of ports lies between {first} and {last}")]
#[non_exhaustive]
pub struct EmptyRange {
    /// The range's first port.
    pub first: u16,
    /// Its last.
    pub last: u16,
}

/// Why a pair of ports could not be bound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Every pair is in use.
    #[error("all {pairs} port pairs from {first} to {last} are in use on {ip}")]
    Exhausted {
        /// The address asked for.
        ip: IpAddr,
        /// The first port of the range.
        first: u16,
        /// The last port of the range.
        last: u16,
        /// How many pairs were tried.
        pairs: u16,
    },
    /// The system refused for another reason.
    #[error("cannot bind {address}: {source}")]
    Socket {
        /// The address that was refused.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
}

/// Hands out pairs of an even port and the odd one after it (RFC 3550 section 11), in turn, so that a
/// port rests as long as possible before a new session gets what is still sent to the old one.
#[derive(Debug)]
pub struct PortRange {
    first_even: u16,
    pairs: u16,
    next: AtomicU32,
}

impl PortRange {
    /// All pairs from port `first` to port `last`, both included.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(first: u16, last: u16) -> Result<Self, EmptyRange> {
        let empty = EmptyRange { first, last };
        // Port 0 means "any" to the system.
        let first_even = first.max(2).checked_next_multiple_of(2).ok_or(empty)?;
        let ports = u32::from(last)
            .saturating_add(1)
            .saturating_sub(first_even.into());
        let pairs = u16::try_from(ports / 2).unwrap_or(u16::MAX);
        if pairs == 0 {
            return Err(empty);
        }
        Ok(Self {
            first_even,
            pairs,
            next: AtomicU32::new(0),
        })
    }

    /// How many pairs there are.
    #[must_use]
    pub fn pairs(&self) -> u16 {
        self.pairs
    }

    /// Binds the next pair that is free on `ip`: RTP's even port and RTCP's odd one. Within a tokio
    /// runtime. A full range costs two attempts per pair, so keep fewer sessions than pairs.
    ///
    /// # Errors
    /// [`BindError::Exhausted`] when all are in use.
    pub fn bind_pair(
        &self,
        ip: IpAddr,
        options: &UdpOptions,
    ) -> Result<(UdpPort, UdpPort), BindError> {
        for _ in 0..self.pairs {
            let turn = self.next.fetch_add(1, Ordering::Relaxed) % u32::from(self.pairs);
            let offset = u16::try_from(turn.saturating_mul(2)).unwrap_or_default();
            let even = self.first_even.saturating_add(offset);
            let Some(rtp) = bind_free(SocketAddr::new(ip, even), options)? else {
                continue;
            };
            if let Some(rtcp) = bind_free(SocketAddr::new(ip, even | 1), options)? {
                return Ok((rtp, rtcp));
            }
        }
        Err(BindError::Exhausted {
            ip,
            first: self.first_even,
            last: self.last(),
            pairs: self.pairs,
        })
    }

    fn last(&self) -> u16 {
        let ports = u32::from(self.pairs).saturating_mul(2).saturating_sub(1);
        u16::try_from(u32::from(self.first_even).saturating_add(ports)).unwrap_or(u16::MAX)
    }
}

/// `None` when the address is in use.
fn bind_free(address: SocketAddr, options: &UdpOptions) -> Result<Option<UdpPort>, BindError> {
    match UdpPort::bind(address, options) {
        Ok(port) => Ok(Some(port)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(None),
        Err(source) => Err(BindError::Socket { address, source }),
    }
}
