//! The message streams of one connection.

use crate::session::StreamId;

use super::Role;

/// One message stream.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: StreamId,
    pub(super) role: Option<Role>,
    /// What is published, as the client wrote it: `FCUnpublish` names it so.
    pub(super) name: String,
}

/// All of them; few, so that they are searched in order.
#[derive(Debug)]
pub(super) struct Streams {
    streams: Vec<Stream>,
    max: usize,
    last: u32,
}

impl Streams {
    pub(super) const fn new(max: usize) -> Self {
        Self {
            streams: Vec::new(),
            max,
            last: 0,
        }
    }

    /// A new stream, numbered 1, 2, 3, …: clients that do not wait for the answer to `createStream` go by that.
    pub(super) fn create(&mut self) -> Option<StreamId> {
        let mut id = self.last;
        loop {
            id = id.checked_add(1).unwrap_or(1);
            if self.get(StreamId(id)).is_none() {
                break;
            }
        }
        self.add(StreamId(id))?;
        self.last = id;
        Some(StreamId(id))
    }

    /// The stream of that number, made where the client did not ask for it before. `None` beyond the limit, and
    /// for the connection's own number 0.
    pub(super) fn get_or_add(&mut self, number: u32) -> Option<StreamId> {
        let id = StreamId(number);
        if number == 0 {
            return None;
        }
        if self.get(id).is_some() {
            return Some(id);
        }
        self.add(id)
    }

    fn add(&mut self, id: StreamId) -> Option<StreamId> {
        if self.streams.len() >= self.max {
            return None;
        }
        self.streams.push(Stream {
            id,
            role: None,
            name: String::new(),
        });
        Some(id)
    }

    pub(super) fn get(&self, id: StreamId) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.id == id)
    }

    pub(super) fn get_mut(&mut self, id: StreamId) -> Option<&mut Stream> {
        self.streams.iter_mut().find(|stream| stream.id == id)
    }

    pub(super) fn role(&self, id: StreamId) -> Option<Role> {
        self.get(id)?.role
    }

    pub(super) fn has(&self, role: Role) -> bool {
        self.streams.iter().any(|stream| stream.role == Some(role))
    }

    /// The publishing stream of that name; where there is only one, whatever the name.
    pub(super) fn published(&self, name: &str) -> Option<StreamId> {
        let mut published = self
            .streams
            .iter()
            .filter(|stream| stream.role == Some(Role::Publisher));
        let only = published.clone().count() == 1;
        published
            .find(|stream| only || stream.name == name)
            .map(|stream| stream.id)
    }

    /// The publishing stream that a message of this number belongs to: that one, or the only one there is, as some
    /// publishers do not number their messages.
    pub(super) fn publisher(&self, number: u32) -> Option<StreamId> {
        let mut published = self
            .streams
            .iter()
            .filter(|stream| stream.role == Some(Role::Publisher));
        let first = published.next()?;
        let is_only = published.clone().next().is_none();
        if first.id.0 == number || is_only {
            return Some(first.id);
        }
        let other = published.find(|stream| stream.id.0 == number)?;
        Some(other.id)
    }

    /// Ends what the stream was for; gives what that was.
    pub(super) fn end(&mut self, id: StreamId) -> Option<Role> {
        let stream = self.get_mut(id)?;
        stream.name = String::new();
        stream.role.take()
    }

    /// Forgets the stream; gives what it was for.
    pub(super) fn remove(&mut self, id: StreamId) -> Option<Role> {
        let role = self.end(id);
        self.streams.retain(|stream| stream.id != id);
        role
    }

    /// Those that are published or played.
    pub(super) fn active(&self) -> impl Iterator<Item = StreamId> + '_ {
        let active = self.streams.iter().filter(|stream| stream.role.is_some());
        active.map(|stream| stream.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_begin_at_one_and_are_not_reused_at_once() {
        let mut streams = Streams::new(3);
        assert_eq!(streams.create(), Some(StreamId(1)));
        assert_eq!(streams.get_or_add(2), Some(StreamId(2)));
        assert_eq!(streams.create(), Some(StreamId(3)));
        assert_eq!((streams.create(), streams.get_or_add(9)), (None, None));
        assert_eq!(streams.get_or_add(2), Some(StreamId(2)));
        streams.remove(StreamId(1));
        assert_eq!(streams.create(), Some(StreamId(4)));
        assert_eq!(streams.get_or_add(0), None);
    }

    #[test]
    fn numbers_wrap_past_zero() {
        let mut streams = Streams::new(3);
        streams.last = u32::MAX;
        assert_eq!(streams.create(), Some(StreamId(1)));
    }

    #[test]
    fn the_published_stream_by_name_or_because_it_is_the_only_one() {
        let mut streams = Streams::new(3);
        for (number, name) in [(1, "a"), (2, "b")] {
            streams.get_or_add(number);
            if let Some(stream) = streams.get_mut(StreamId(number)) {
                stream.role = Some(Role::Publisher);
                stream.name = name.to_owned();
            }
        }
        assert_eq!(streams.published("b"), Some(StreamId(2)));
        assert_eq!(streams.published("c"), None);
        assert_eq!(streams.end(StreamId(2)), Some(Role::Publisher));
        assert_eq!(streams.end(StreamId(2)), None);
        assert_eq!(streams.published("c"), Some(StreamId(1)));
        assert_eq!(streams.active().count(), 1);
    }
}
