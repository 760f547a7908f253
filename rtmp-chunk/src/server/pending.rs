//! What waits for the application's answer.

use crate::command::Capabilities;
use crate::session::{SendError, StreamId};

use super::{RequestId, ServerConnection};

/// The request that nothing is read behind.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) id: RequestId,
    pub(super) request: Request,
}

#[derive(Debug)]
pub(super) enum Request {
    Connect(Connecting),
    Publish {
        stream: StreamId,
        /// As the client wrote it.
        name: String,
    },
    Play {
        stream: StreamId,
        /// As the client wrote it.
        name: String,
        reset: bool,
    },
}

/// What the answer to `connect` depends on.
#[derive(Debug)]
pub(super) struct Connecting {
    pub(super) transaction_id: f64,
    pub(super) app: String,
    pub(super) object_encoding: f64,
    pub(super) capabilities: Capabilities,
}

/// A call that may be answered at any time, or never.
#[derive(Debug)]
pub(super) struct OpenCall {
    pub(super) id: RequestId,
    pub(super) transaction_id: f64,
    pub(super) stream: StreamId,
    pub(super) asks_length: bool,
}

impl ServerConnection {
    pub(super) fn take_pending(&mut self, id: RequestId) -> Result<Request, SendError> {
        let pending = self.pending.take_if(|pending| pending.id == id);
        let pending = pending.ok_or(SendError::UnknownRequest)?;
        self.is_fresh = true;
        Ok(pending.request)
    }

    pub(super) fn wait_for(&mut self, request: Request) -> RequestId {
        let id = self.next_request_id();
        self.pending = Some(Pending { id, request });
        id
    }

    /// Remembers a call, the oldest of which is answered by the machine when there are too many.
    pub(super) fn open_call(
        &mut self,
        transaction_id: f64,
        stream: StreamId,
        asks_length: bool,
    ) -> RequestId {
        if self.calls.len() >= self.config.limits.max_open_calls
            && let Some(oldest) = self.calls.pop_front()
        {
            self.push_call_failed(oldest.stream, oldest.transaction_id, "too many calls");
        }
        let id = self.next_request_id();
        self.calls.push_back(OpenCall {
            id,
            transaction_id,
            stream,
            asks_length,
        });
        id
    }

    pub(super) fn take_call(
        &mut self,
        id: RequestId,
        asks_length: bool,
    ) -> Result<OpenCall, SendError> {
        let at = self.calls.iter().position(|call| call.id == id);
        let at = at.ok_or(SendError::UnknownRequest)?;
        if self
            .calls
            .get(at)
            .is_none_or(|call| call.asks_length != asks_length)
        {
            return Err(SendError::WrongRequest);
        }
        self.calls.remove(at).ok_or(SendError::UnknownRequest)
    }
}
