//! The live streams there are, by name.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime},
};

use tokio::sync::watch;

use super::{Origin, Publisher, RingLimits, Stream, Timing};

/// All live streams; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Streams(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    streams: Mutex<BTreeMap<String, Arc<Stream>>>,
    /// Counts changes, for those who wait for a stream to come.
    changes: watch::Sender<u64>,
    limits: RingLimits,
    most: usize,
}

/// Why a name cannot be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Busy {
    #[error("{0:?} is being published already")]
    Taken(String),
    #[error("all {0} live streams are in use (max_streams)")]
    Full(usize),
}

impl Streams {
    pub(crate) fn new(limits: RingLimits, most: usize) -> Self {
        Self(Arc::new(Inner {
            streams: Mutex::default(),
            changes: watch::Sender::new(0),
            limits,
            most,
        }))
    }

    /// Begins a stream; needs a runtime. With `take_over`, one of the same name is ended first.
    pub(crate) fn publish(
        &self,
        name: &str,
        origin: Origin,
        take_over: bool,
    ) -> Result<Publisher, Busy> {
        #[allow(
            clippy::disallowed_methods,
            reason = "the server is what reads the clock"
        )]
        let now = (Instant::now(), SystemTime::now());
        let mut streams = self.lock();
        match streams.get(name) {
            Some(known) if take_over => {
                known.kick("somebody else publishes this stream now");
                known.end();
            }
            Some(_) => return Err(Busy::Taken(name.to_owned())),
            None if streams.len() >= self.0.most => return Err(Busy::Full(self.0.most)),
            None => {}
        }
        let stream = Arc::new(Stream::new(name, origin, self.0.limits, now));
        if !self.0.limits.merge.is_zero() {
            tokio::spawn(Stream::merge(Arc::downgrade(&stream)));
        }
        streams.insert(name.to_owned(), Arc::clone(&stream));
        drop(streams);
        self.changed();
        Ok(Publisher::new(stream, self.clone(), Timing::default()))
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<Stream>> {
        self.lock().get(name).cloned()
    }

    /// All of them, by name.
    pub(crate) fn list(&self) -> Vec<Arc<Stream>> {
        self.lock().values().cloned().collect()
    }

    /// Wakes at every beginning and end of a stream.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Forgets a stream that ended, unless another one has its name by now.
    pub(super) fn remove(&self, stream: &Arc<Stream>) {
        let mut streams = self.lock();
        if streams
            .get(&stream.name)
            .is_some_and(|known| Arc::ptr_eq(known, stream))
        {
            streams.remove(&stream.name);
        }
        drop(streams);
        self.changed();
    }

    /// Has those who wait for a stream look again.
    pub(crate) fn changed(&self) {
        self.0
            .changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Stream>>> {
        self.0
            .streams
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
