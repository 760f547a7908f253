//! What a live stream gives to one player over HTTP or WebSocket.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http_body::{Body, Frame};

use super::segments::Segments;

/// Why there is nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The stream is over.
    Stream,
    /// The server ends.
    Server,
}

/// The bytes of a live FLV stream, whole tags at a time, as many as are there.
pub(super) trait Feed: Send + 'static {
    fn poll_tags(&mut self, cx: &mut Context<'_>) -> Poll<Result<Segments, Ended>>;
}

/// A feed as the body of an answer. It holds nothing: who is slow finds later tags when it asks again.
#[derive(Debug)]
pub(super) struct FeedBody<F> {
    feed: F,
    has_ended: bool,
}

impl<F> FeedBody<F> {
    pub(super) const fn new(feed: F) -> Self {
        Self {
            feed,
            has_ended: false,
        }
    }
}

impl<F: Feed + Unpin> Body for FeedBody<F> {
    type Data = Segments;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Segments>>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        match ready!(self.feed.poll_tags(cx)) {
            Ok(segments) => Poll::Ready(Some(Ok(Frame::data(segments)))),
            Err(Ended::Stream | Ended::Server) => {
                self.has_ended = true;
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended
    }
}
