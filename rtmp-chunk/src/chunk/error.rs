/// A message that cannot be written; nothing was written of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Chunk stream ids go from 2 to 65599.
    #[error("chunk stream id {0} is not within 2..=65599")]
    ChunkStreamId(u32),
    /// The length field of a message has 24 bits.
    #[error("a payload of {len} bytes is longer than a message can be")]
    PayloadTooLong {
        /// How long the payload is in bytes.
        len: usize,
    },
    /// A shared message was cut at another chunk size than this connection's.
    #[error(
        "a message cut at {message} bytes does not go on a connection with chunks of {connection}"
    )]
    ChunkSize {
        /// The chunk size that the message was cut at.
        message: u32,
        /// The chunk size in force.
        connection: u32,
    },
    /// An aggregate message has at least one message in it and no aggregate.
    #[error("an aggregate message is made of one or more messages that are not aggregates")]
    Aggregate,
}
