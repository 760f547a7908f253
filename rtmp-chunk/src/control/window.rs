use super::LimitType;

/// The receiving side of acknowledgement (RTMP 1.0 §5.4.3, §5.4.4): when to tell the peer how much has arrived.
///
/// An acknowledgement is due when half of the peer's window has arrived since the last one, so that a peer that
/// stops at a full window never does. Without a window, or with one of 0, none ever is.
#[derive(Debug, Clone, Default)]
pub struct ReceiveWindow {
    window: u32,
    received: u64,
    acknowledged: u64,
}

impl ReceiveWindow {
    /// No window yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            window: 0,
            received: 0,
            acknowledged: 0,
        }
    }

    /// The peer's Window Acknowledgement Size, in bytes; 0 asks for no acknowledgements.
    pub const fn set_window(&mut self, window: u32) {
        self.window = window;
    }

    /// The window in force, in bytes; 0 when there is none.
    #[must_use]
    pub const fn window(&self) -> u32 {
        self.window
    }

    /// Takes note of bytes that arrived. Returns the number for an Acknowledgement when one is due: at most one for
    /// all the bytes of one call.
    #[must_use]
    pub fn receive(&mut self, bytes: usize) -> Option<u32> {
        self.received = self.received.saturating_add(bytes as u64);
        let unacknowledged = self.received.saturating_sub(self.acknowledged);
        let due = u64::from(self.window.div_ceil(2));
        if due == 0 || unacknowledged < due {
            return None;
        }
        self.acknowledged = self.received;
        // The number on the wire has 32 bits and wraps.
        Some(self.received as u32)
    }

    /// How many bytes have arrived in all.
    #[must_use]
    pub const fn received_bytes(&self) -> u64 {
        self.received
    }
}

/// The sending side of acknowledgement: what the peer has acknowledged, and the window that its Set Peer Bandwidth
/// messages result in (RTMP 1.0 §5.4.5).
#[derive(Debug, Clone)]
pub struct SendWindow {
    window: u32,
    last_was_hard: bool,
    sent: u64,
    acknowledged: u64,
}

impl SendWindow {
    /// With the Window Acknowledgement Size that this side announces, in bytes; 0 for none.
    #[must_use]
    pub const fn new(window: u32) -> Self {
        Self {
            window,
            last_was_hard: false,
            sent: 0,
            acknowledged: 0,
        }
    }

    /// The window in effect, in bytes; 0 when there is none.
    #[must_use]
    pub const fn window(&self) -> u32 {
        self.window
    }

    /// Takes note of bytes that were sent.
    pub const fn send(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(bytes as u64);
    }

    /// An Acknowledgement of the peer. What wraps at 32 bits is unrolled; a number that lies behind the last or
    /// ahead of what was sent (some peers count the handshake, some start over) counts for no more than was sent and
    /// takes nothing back.
    pub const fn acknowledge(&mut self, sequence_number: u32) {
        let ahead = sequence_number.wrapping_sub(self.acknowledged as u32);
        if ahead < 1 << 31 || self.unacknowledged_bytes() >= ahead as u64 {
            let reached = self.acknowledged.saturating_add(ahead as u64);
            self.acknowledged = if reached < self.sent {
                reached
            } else {
                self.sent
            };
        }
    }

    /// How many bytes the peer has yet to acknowledge.
    #[must_use]
    pub const fn unacknowledged_bytes(&self) -> u64 {
        self.sent.saturating_sub(self.acknowledged)
    }

    /// True when more than a whole window is unacknowledged: a sender that follows the specification waits then. Many
    /// receivers never acknowledge, so most do not. Never true without a window.
    #[must_use]
    pub const fn is_exceeded(&self) -> bool {
        self.window != 0 && self.unacknowledged_bytes() > self.window as u64
    }

    /// A Set Peer Bandwidth of the peer. Returns the new window when it is another one: it is to be announced by a
    /// Window Acknowledgement Size message.
    ///
    /// Hard sets the window; soft does unless the one in effect is smaller; dynamic is hard when the last limit was
    /// hard and nothing otherwise, as is an unknown type. A window of 0 limits nothing, so it lifts a hard limit and
    /// is larger than any other to a soft one.
    pub fn set_peer_bandwidth(&mut self, window: u32, limit_type: LimitType) -> Option<u32> {
        let hard = match limit_type {
            LimitType::HARD => true,
            LimitType::SOFT => false,
            LimitType::DYNAMIC if self.last_was_hard => true,
            _ => return None,
        };
        self.last_was_hard = hard;
        let new = match (hard, window, self.window) {
            (true, ..) | (false, _, 0) => window,
            (false, 0, current) => current,
            (false, window, current) => window.min(current),
        };
        let changed = new != self.window;
        self.window = new;
        changed.then_some(new)
    }
}
