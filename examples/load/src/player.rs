//! The seam between what a protocol does and what is measured.

use std::future::Future;

use crate::record::Record;

/// One player of one stream, of whatever protocol.
pub(crate) trait Player: Send + 'static {
    /// Under what its figures are added up, such as the transport.
    fn label(&self) -> &'static str;

    /// Connects, plays for its time and leaves, and tells `record` what happens when.
    fn play(self, record: &mut Record) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// Why a player did not play to its end, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It never played, or could not leave in good order.
    Failed(String),
    /// It played, and the server ended that before its time.
    Cut(String),
}
