//! Tasks that wait for the next item of a stream.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Waker,
};

/// Who waits; each has one place.
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

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
