use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use tokio::time::{Sleep, sleep_until};

/// Tokio's time, which tests can pause.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// One sleep, used again for every deadline.
///
/// A deadline that moves into the future, as idle timers do with every input, costs nothing: the sleep
/// wakes at the old one and is set anew then.
#[derive(Debug, Default)]
pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    is_armed: bool,
}

impl Timer {
    /// Ready once `deadline` has passed.
    pub(super) fn poll_at(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let at = tokio::time::Instant::from_std(deadline);
        if let Some(sleep) = self.sleep.as_mut().filter(|_| self.is_armed) {
            if sleep.deadline() <= at {
                ready!(sleep.as_mut().poll(cx));
            }
            self.is_armed = false;
        }
        if deadline <= now() {
            return Poll::Ready(());
        }
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(at)));
        sleep.as_mut().reset(at);
        self.is_armed = true;
        ready!(sleep.as_mut().poll(cx));
        self.is_armed = false;
        Poll::Ready(())
    }
}
