//! A client of RTMP: the client machine on a socket, with patience.

use std::{collections::VecDeque, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use castline_core::driver::Connection;
use castline_rtmp_chunk::{
    Tag,
    amf::amf0::Value,
    client::{ClientConfig, ClientConnection, ClientEvent, StreamEnd, StreamHandle},
    command::{ConnectInfo, Play, PlayStart, Publish, PublishMode, Status},
    session::SendError,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpSocket, TcpStream},
};

use crate::media;

/// How long the machine may take for what takes no time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what has to come.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// A connection.
pub(crate) struct Peer<IO> {
    pub(crate) link: Connection<ClientConnection, IO>,
    /// Events that came before what was waited for.
    kept: VecDeque<ClientEvent>,
    /// Why it ended.
    pub(crate) failure: Option<String>,
}

impl Peer<TcpStream> {
    /// Connects, and is granted it. The app may have a query.
    pub(crate) async fn connect(address: SocketAddr, app: &str) -> Self {
        let refused = |status: Status| panic!("connect is refused: {status:?}");
        let connected = Self::try_connect(address, app).await;
        connected.unwrap_or_else(refused)
    }

    /// Connects; the status when that is refused.
    pub(crate) async fn try_connect(address: SocketAddr, app: &str) -> Result<Self, Status> {
        let socket = soon("a connection", TcpStream::connect(address)).await;
        Self::over(socket.unwrap(), app, Self::config()).await
    }

    /// A player with little buffer: what it is sent comes in its time.
    pub(crate) fn config() -> ClientConfig {
        let mut config = ClientConfig::default();
        config.buffer_length = Duration::from_millis(500);
        config
    }

    /// Connects with a socket that takes little before it is read.
    pub(crate) async fn connect_small(address: SocketAddr, app: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        let stream = soon("a connection", socket.connect(address)).await.unwrap();
        let connected = Self::over(stream, app, Self::config()).await;
        connected.unwrap_or_else(|status| panic!("{status:?}"))
    }

    /// The address that the server sees.
    pub(crate) fn own_address(&self) -> String {
        self.link.io().local_addr().unwrap().to_string()
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Peer<IO> {
    /// Says `connect` on a stream.
    pub(crate) async fn over(io: IO, app: &str, config: ClientConfig) -> Result<Self, Status> {
        let now = std::time::Instant::now();
        let machine = ClientConnection::new(Arc::new(config), rand::random(), now);
        let mut peer = Self {
            link: Connection::new(machine, io),
            kept: VecDeque::new(),
            failure: None,
        };
        let info = ConnectInfo::new(app, format!("rtmp://127.0.0.1/{app}"));
        peer.link.machine().connect(&info).unwrap();
        match peer.heard().await {
            Some(ClientEvent::Connected { .. }) => Ok(peer),
            Some(ClientEvent::ConnectRejected { status, .. }) => Err(status),
            other => panic!("no answer to connect but {other:?}, {:?}", peer.failure),
        }
    }

    /// The next event from the wire; `None` at the end of the connection.
    async fn heard(&mut self) -> Option<ClientEvent> {
        match soon("an event", self.link.next_event()).await {
            Ok(event) => event,
            Err(error) => {
                self.failure = Some(error.to_string());
                None
            }
        }
    }

    /// The next event; `None` at the end of the connection.
    pub(crate) async fn next(&mut self) -> Option<ClientEvent> {
        match self.kept.pop_front() {
            Some(event) => Some(event),
            None => self.heard().await,
        }
    }

    /// The next event within a while.
    pub(crate) async fn next_within(&mut self, ms: u64) -> Option<ClientEvent> {
        if let Some(event) = self.kept.pop_front() {
            return Some(event);
        }
        let limit = Duration::from_millis(ms);
        let event = tokio::time::timeout(limit, self.link.next_event()).await;
        event.ok()?.ok()?
    }

    /// The first event that `wanted` takes; the others are kept for later.
    pub(crate) async fn wait<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&ClientEvent) -> Option<T>,
    ) -> T {
        for index in 0..self.kept.len() {
            if let Some(found) = wanted(&self.kept[index]) {
                self.kept.remove(index);
                return found;
            }
        }
        loop {
            let event = self.heard().await;
            let event = event.unwrap_or_else(|| panic!("no {what}: {:?}", self.failure));
            match wanted(&event) {
                Some(found) => return found,
                None => self.kept.push_back(event),
            }
        }
    }

    /// Publishes; the status when that is refused.
    pub(crate) async fn publish(&mut self, name: &str) -> Result<StreamHandle, Status> {
        let publish = Publish::new(name, PublishMode::Live);
        let handle = self.link.machine().publish(publish).unwrap();
        self.granted(handle).await
    }

    /// Plays live; the status when that is refused.
    pub(crate) async fn play(&mut self, name: &str) -> Result<StreamHandle, Status> {
        self.play_from(name, PlayStart::LiveOrRecorded).await
    }

    pub(crate) async fn play_from(
        &mut self,
        name: &str,
        start: PlayStart,
    ) -> Result<StreamHandle, Status> {
        let play = Play::new(name).with_start(start);
        let handle = self.link.machine().play(play).unwrap();
        self.granted(handle).await
    }

    async fn granted(&mut self, wanted: StreamHandle) -> Result<StreamHandle, Status> {
        self.wait("answer to publish or play", |event| match event {
            ClientEvent::PublishStarted { stream, .. }
            | ClientEvent::PlayStarted { stream, .. }
                if *stream == wanted =>
            {
                Some(Ok(wanted))
            }
            ClientEvent::StreamRejected { stream, status, .. } if *stream == wanted => {
                Some(Err(status.clone()))
            }
            _ => None,
        })
        .await
    }

    /// Sends one tag, as fast as the server takes it.
    pub(crate) async fn send(&mut self, stream: StreamHandle, tag: &Tag) {
        loop {
            match self.link.machine().send_tag(stream, tag) {
                Ok(()) => break,
                Err(SendError::QueueFull { .. }) => {
                    let is_writable =
                        |event: &ClientEvent| matches!(event, ClientEvent::Writable).then_some(());
                    self.wait("room", is_writable).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
        soon("the server to read", self.link.flush()).await.unwrap();
    }

    pub(crate) async fn send_all(&mut self, stream: StreamHandle, tags: &[Tag]) {
        for tag in tags {
            self.send(stream, tag).await;
        }
    }

    /// Publishes with headers.
    pub(crate) async fn publish_headers(&mut self, name: &str) -> StreamHandle {
        let stream = self.publish(name).await.unwrap();
        self.send_all(stream, &media::headers()).await;
        stream
    }

    /// The next tag of a played stream.
    pub(crate) async fn tag(&mut self, wanted: StreamHandle) -> Tag {
        self.wait("tag", |event| tag_of(event, wanted)).await
    }

    /// So many tags, in their order.
    pub(crate) async fn tags(&mut self, wanted: StreamHandle, count: usize) -> Vec<Tag> {
        let mut tags = Vec::new();
        while tags.len() < count {
            tags.push(self.tag(wanted).await);
        }
        tags
    }

    /// Tags up to a picture, it included.
    pub(crate) async fn tags_to(&mut self, wanted: StreamHandle, picture: u32) -> Vec<Tag> {
        let mut tags = Vec::new();
        loop {
            let tag = self.tag(wanted).await;
            let number = media::picture_number(&tag);
            tags.push(tag);
            if number == Some(picture) {
                return tags;
            }
        }
    }

    /// Tags to the end of the stream, and how its end was said first.
    pub(crate) async fn tags_to_end(&mut self, wanted: StreamHandle) -> (Vec<Tag>, StreamEnd) {
        let mut tags = Vec::new();
        loop {
            match self.next().await {
                Some(ClientEvent::StreamEnded { stream, how, .. }) if stream == wanted => {
                    return (tags, how);
                }
                Some(event) => tags.extend(tag_of(&event, wanted)),
                None => panic!("the connection ends instead: {:?}", self.failure),
            }
        }
    }

    /// Waits for one way of saying that a stream ended.
    pub(crate) async fn ended(&mut self, wanted: StreamHandle, end: StreamEnd) {
        self.wait("end", |event| match event {
            ClientEvent::StreamEnded { stream, how, .. } if *stream == wanted && *how == end => {
                Some(())
            }
            _ => None,
        })
        .await;
    }

    /// Everything up to the end of the connection.
    pub(crate) async fn until_closed(&mut self) -> Vec<ClientEvent> {
        let mut all = Vec::new();
        while let Some(event) = self.next().await {
            all.push(event);
        }
        all
    }

    /// Waits for a status with this code, of a stream or of the connection.
    pub(crate) async fn status(&mut self, code: &str) -> Status {
        self.wait(code, |event| match event {
            ClientEvent::Status { status, .. } if status.code.as_str() == code => {
                Some(status.clone())
            }
            _ => None,
        })
        .await
    }

    /// How long a file is, in seconds.
    pub(crate) async fn length(&mut self, name: &str) -> f64 {
        let call = self.link.machine().stream_length(name).unwrap();
        self.wait("length", |event| match event {
            ClientEvent::CallAnswered { id, reply, .. } if *id == call => {
                Some(reply.arguments.first().and_then(Value::as_f64).unwrap())
            }
            _ => None,
        })
        .await
    }

    /// Ends a stream and lets the server know.
    pub(crate) async fn close_stream(&mut self, stream: StreamHandle) {
        self.link.machine().close_stream(stream).unwrap();
        soon("the server to read", self.link.flush()).await.unwrap();
    }
}

/// The tag in an event of this stream.
pub(crate) fn tag_of(event: &ClientEvent, wanted: StreamHandle) -> Option<Tag> {
    match event {
        ClientEvent::Tag { stream, tag, .. } if *stream == wanted => Some(tag.clone()),
        _ => None,
    }
}
