//! The handshake of either role, and what becomes of it.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::handshake::{
    ClientHandshake, Echo, HandshakeError, HandshakeKind, Outcome, ServerHandshake, Version,
};

/// How a handshake went, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handshaken {
    /// The version that the peer asked for or answered.
    pub peer_version: Version,
    /// Simple, or with digests.
    pub kind: HandshakeKind,
    /// How the peer answered our first packet: many do it wrongly.
    pub echo: Echo,
    /// RTMPE.
    pub is_encrypted: bool,
}

impl Handshaken {
    pub(crate) const fn of(outcome: &Outcome) -> Self {
        Self {
            peer_version: outcome.peer_version,
            kind: outcome.kind,
            echo: outcome.echo,
            is_encrypted: outcome.ciphers.is_some(),
        }
    }
}

/// The handshake while it lasts.
#[derive(Debug)]
enum Running {
    Server(Box<ServerHandshake>),
    Client(Box<ClientHandshake>),
}

/// The beginning of a connection: packets that go before everything else.
#[derive(Debug)]
pub(crate) struct Beginning {
    running: Option<Running>,
    transmit: VecDeque<Bytes>,
}

impl Beginning {
    pub(crate) fn server(handshake: ServerHandshake) -> Self {
        Self::new(Running::Server(Box::new(handshake)))
    }

    pub(crate) fn client(handshake: ClientHandshake) -> Self {
        Self::new(Running::Client(Box::new(handshake)))
    }

    fn new(running: Running) -> Self {
        let mut beginning = Self {
            running: Some(running),
            transmit: VecDeque::new(),
        };
        beginning.take_packets();
        beginning
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.running.is_none()
    }

    /// Goes on; gives the outcome once.
    pub(crate) fn handle_input(
        &mut self,
        input: &mut BytesMut,
    ) -> Result<Option<Outcome>, HandshakeError> {
        let result = match &mut self.running {
            Some(Running::Server(handshake)) => handshake.handle_input(input),
            Some(Running::Client(handshake)) => handshake.handle_input(input),
            None => Ok(None),
        };
        self.take_packets();
        if matches!(result, Ok(Some(_))) {
            self.running = None;
        }
        result
    }

    /// The next packet of the handshake.
    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        self.transmit.pop_front()
    }

    pub(crate) fn queued_bytes(&self) -> usize {
        self.transmit.iter().map(Bytes::len).sum()
    }

    fn take_packets(&mut self) {
        let running = &mut self.running;
        let packets = core::iter::from_fn(|| match running {
            Some(Running::Server(handshake)) => handshake.poll_transmit(),
            Some(Running::Client(handshake)) => handshake.poll_transmit(),
            None => None,
        });
        self.transmit.extend(packets);
    }
}
