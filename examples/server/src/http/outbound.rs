//! The bodies of answers.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http_body::{Body, Frame, SizeHint};

use super::segments::Segments;

/// What the peer of a connection is sent.
#[derive(Debug)]
pub(crate) enum Outbound {
    /// What a handler made.
    Whole(axum::body::Body),
    /// Media, piece by piece.
    Media(MediaBody),
}

/// Media in pieces that are never joined.
pub(crate) struct MediaBody(Pin<Box<dyn Body<Data = Segments, Error = io::Error> + Send>>);

impl MediaBody {
    pub(crate) fn new(
        body: impl Body<Data = Segments, Error = io::Error> + Send + 'static,
    ) -> Self {
        Self(Box::pin(body))
    }
}

impl std::fmt::Debug for MediaBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MediaBody")
    }
}

impl Outbound {
    /// Nothing, as HEAD is answered.
    pub(crate) fn none() -> Self {
        Self::Whole(axum::body::Body::empty())
    }
}

impl Body for Outbound {
    type Data = Segments;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Segments>, axum::Error>>> {
        match self.get_mut() {
            Self::Whole(body) => {
                let frame = ready!(Pin::new(body).poll_frame(cx));
                Poll::Ready(frame.map(|frame| Ok(frame?.map_data(Segments::from))))
            }
            Self::Media(body) => {
                let frame = ready!(body.0.as_mut().poll_frame(cx));
                Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Media(body) => body.0.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Media(body) => body.0.size_hint(),
        }
    }
}

/// Makes a body step by step; each step is begun when the one before is on its way.
pub(crate) trait Step: Send + Sized + 'static {
    /// The next piece; `None` at the end. An error cuts the answer off, so that the client knows that it is not whole.
    fn next(&mut self) -> impl Future<Output = io::Result<Option<Segments>>> + Send;
}

type Pending<S> = Pin<Box<dyn Future<Output = (S, io::Result<Option<Segments>>)> + Send>>;

/// A body of [`Step`]s.
pub(crate) struct Steps<S> {
    pending: Option<Pending<S>>,
    /// How many bytes there are still to come, where that is known.
    left: Option<u64>,
}

impl<S: Step> Steps<S> {
    pub(crate) fn new(first: S, len: Option<u64>) -> Self {
        Self {
            pending: Some(begin(first)),
            left: len,
        }
    }
}

fn begin<S: Step>(mut step: S) -> Pending<S> {
    Box::pin(async move {
        let made = step.next().await;
        (step, made)
    })
}

impl<S: Step> Body for Steps<S> {
    type Data = Segments;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Segments>>>> {
        let this = self.get_mut();
        let Some(pending) = &mut this.pending else {
            return Poll::Ready(None);
        };
        let (step, made) = ready!(pending.as_mut().poll(cx));
        let frame = match made {
            Ok(Some(segments)) => {
                let len = bytes::Buf::remaining(&segments) as u64;
                this.left = this.left.map(|left| left.saturating_sub(len));
                this.pending = Some(begin(step));
                Some(Ok(Frame::data(segments)))
            }
            Ok(None) => {
                this.pending = None;
                None
            }
            Err(error) => {
                this.pending = None;
                Some(Err(error))
            }
        };
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.pending.is_none() || self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
