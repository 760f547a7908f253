use bytes::Bytes;

/// The type of an RTMP message (RTMP 1.0 §5.4, §7.1). An open registry: unknown values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "a wire number is a number")]
pub struct MessageType(pub u8);

#[allow(missing_docs, reason = "the names are those of the specification")]
impl MessageType {
    pub const SET_CHUNK_SIZE: Self = Self(1);
    pub const ABORT: Self = Self(2);
    pub const ACKNOWLEDGEMENT: Self = Self(3);
    pub const USER_CONTROL: Self = Self(4);
    pub const WINDOW_ACKNOWLEDGEMENT_SIZE: Self = Self(5);
    pub const SET_PEER_BANDWIDTH: Self = Self(6);
    pub const AUDIO: Self = Self(8);
    pub const VIDEO: Self = Self(9);
    pub const DATA_AMF3: Self = Self(15);
    pub const SHARED_OBJECT_AMF3: Self = Self(16);
    pub const COMMAND_AMF3: Self = Self(17);
    pub const DATA_AMF0: Self = Self(18);
    pub const SHARED_OBJECT_AMF0: Self = Self(19);
    pub const COMMAND_AMF0: Self = Self(20);
    pub const AGGREGATE: Self = Self(22);
}

/// One RTMP message, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The chunk stream it came on, or is to go on.
    pub chunk_stream_id: u32,
    /// Its type.
    pub message_type: MessageType,
    /// The message stream; 0 for what concerns the connection.
    pub stream_id: u32,
    /// In milliseconds; wraps.
    pub timestamp: u32,
    /// Its body: a slice of what was read where it came in one chunk, joined once where it came in several.
    pub payload: Bytes,
}

impl Message {
    /// A message of the connection itself: stream 0, timestamp 0.
    #[must_use]
    pub const fn new(chunk_stream_id: u32, message_type: MessageType, payload: Bytes) -> Self {
        Self {
            chunk_stream_id,
            message_type,
            stream_id: 0,
            timestamp: 0,
            payload,
        }
    }

    /// On a message stream, at a time in milliseconds.
    #[must_use]
    pub const fn at(mut self, stream_id: u32, timestamp: u32) -> Self {
        self.stream_id = stream_id;
        self.timestamp = timestamp;
        self
    }
}
