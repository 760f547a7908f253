//! What the machine says by itself, and how.

use super::ServerConnection;
use crate::MessageType;
use crate::amf::amf0::Value;
use crate::command::{Command, CommandMessage, Reply, Status, StatusCode};
use crate::session::{StreamId, chunk_stream};

impl ServerConnection {
    /// Answers a call on the connection; nothing when no answer is awaited.
    pub(super) fn push_result(&mut self, transaction_id: f64, reply: Reply) {
        self.push_reply(StreamId(0), transaction_id, Command::Result(reply));
    }

    pub(super) fn push_call_failed(&mut self, stream: StreamId, transaction_id: f64, reason: &str) {
        let status = Status::new(StatusCode::NET_CONNECTION_CALL_FAILED, reason);
        self.push_reply(
            stream,
            transaction_id,
            Command::Error(Reply::status(&status)),
        );
    }

    pub(super) fn push_reply(&mut self, stream: StreamId, transaction_id: f64, reply: Command) {
        if transaction_id != 0.0 {
            self.push_command(stream, &reply.with_transaction(transaction_id));
        }
    }

    pub(super) fn push_notification(&mut self, stream: StreamId, command: Command) {
        self.push_command(stream, &command.notification());
    }

    pub(super) fn push_status(&mut self, stream: StreamId, status: &Status) {
        self.push_notification(stream, Command::OnStatus(status.clone()));
    }

    /// Commands of the connection and of its streams have a chunk stream each; AMF3 clients are answered in kind.
    fn push_command(&mut self, stream: StreamId, command: &CommandMessage) {
        let chunk_stream_id = match stream.number() {
            0 => chunk_stream::COMMAND,
            _ => chunk_stream::DATA,
        };
        let is_amf3 = self.client.as_ref().is_some_and(|client| client.amf3);
        let message_type = if is_amf3 {
            MessageType::COMMAND_AMF3
        } else {
            MessageType::COMMAND_AMF0
        };
        let payload = command.to_payload(message_type);
        let message =
            crate::Message::new(chunk_stream_id, message_type, payload).at(stream.number(), 0);
        self.wire.push_message(&message);
    }

    /// Queues a data message that the machine says by itself: a name and what follows it.
    pub(super) fn push_data(&mut self, stream: StreamId, values: &[Value]) {
        let mut payload = bytes::BytesMut::new();
        for value in values {
            value.encode(&mut payload);
        }
        let message =
            crate::Message::new(chunk_stream::DATA, MessageType::DATA_AMF0, payload.freeze());
        self.wire.push_message(&message.at(stream.number(), 0));
    }
}
