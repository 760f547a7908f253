//! What flows from a source to its viewers: frames that are cut into RTP payloads already.

use std::{collections::HashMap, sync::Mutex, task::Waker, time::Duration};

use castline_rtp_rtcp::payload::Payload;

/// One frame of one track as RTP payloads, made once for all viewers.
#[derive(Debug)]
pub(crate) struct Unit {
    /// The track, as an index into the source's tracks.
    pub(crate) track: usize,
    /// When it is sent: its decoding time on the source's time line.
    pub(crate) due: Duration,
    /// A viewer may begin here.
    pub(crate) keyframe: bool,
    /// Its payloads, in order; never none.
    pub(crate) payloads: Vec<Payload>,
}

impl Unit {
    /// The bytes of media it shows.
    pub(crate) fn len(&self) -> usize {
        self.payloads.iter().map(Payload::len).sum()
    }
}

/// Tasks that wait for the next unit of a stream; each has one place.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<HashMap<u64, Waker>>);

impl Waiters {
    /// `viewer` is woken by the next [`Self::wake_all`].
    pub(crate) fn wait(&self, viewer: u64, waker: &Waker) {
        let mut waiting = self.lock();
        match waiting.get_mut(&viewer) {
            Some(known) => known.clone_from(waker),
            None => {
                waiting.insert(viewer, waker.clone());
            }
        }
    }

    pub(crate) fn forget(&self, viewer: u64) {
        self.lock().remove(&viewer);
    }

    pub(crate) fn wake_all(&self) {
        let waiting = std::mem::take(&mut *self.lock());
        waiting.into_values().for_each(Waker::wake);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Waker>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
