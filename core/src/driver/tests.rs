use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::io::{DuplexStream, ReadBuf, duplex};

use super::*;
use crate::{
    Random,
    lines::{IDLE, LineError, Lines},
};

/// A stream that takes and gives random amounts, and is not ready at random.
struct Moody<IO> {
    inner: IO,
    random: Random,
    max: usize,
}

impl<IO> Moody<IO> {
    fn new(inner: IO, seed: u8, max: usize) -> Self {
        let random = Random::new([seed; 32]);
        Self { inner, random, max }
    }

    /// How many bytes now, or none and a wake for another try.
    fn mood(&mut self, cx: &mut Context<'_>) -> Option<usize> {
        if self.random.u32().is_multiple_of(3) {
            cx.waker().wake_by_ref();
            return None;
        }
        Some(1 + self.random.u32() as usize % self.max)
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Moody<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(len) = self.mood(cx) else {
            return Poll::Pending;
        };
        let mut part = vec![0; len.min(buf.remaining())];
        let mut part = ReadBuf::new(&mut part);
        ready!(Pin::new(&mut self.inner).poll_read(cx, &mut part))?;
        buf.put_slice(part.filled());
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Moody<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.mood(cx) {
            Some(len) => {
                let len = len.min(data.len());
                Pin::new(&mut self.inner).poll_write(cx, &data[..len])
            }
            None => Poll::Pending,
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        assert!(slices.len() <= 64 && slices.iter().all(|slice| !slice.is_empty()));
        let Some(len) = self.mood(cx) else {
            return Poll::Pending;
        };
        let joined: Vec<u8> = slices
            .iter()
            .flat_map(|slice| slice.iter().copied())
            .take(len)
            .collect();
        Pin::new(&mut self.inner).poll_write(cx, &joined)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

fn start() -> std::time::Instant {
    timer::now()
}

fn line(number: usize) -> String {
    format!("line {number}\n")
}

fn echoed(lines: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 0..lines {
        let line = line(number);
        bytes.extend_from_slice(&u16::try_from(line.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(line.as_bytes());
    }
    bytes
}

/// Says `lines` lines while it hears their echo, and compares.
async fn talk(stream: DuplexStream, lines: usize) {
    let (mut read, mut write) = tokio::io::split(stream);
    let say = async move {
        for number in 0..lines {
            write.write_all(line(number).as_bytes()).await.unwrap();
        }
        write
    };
    let hear = async move {
        let mut heard = vec![0; echoed(lines).len()];
        read.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, echoed(lines));
        read
    };
    let (_write, _read) = tokio::join!(say, hear);
}

#[tokio::test]
async fn thousands_of_lost_races_lose_nothing() {
    const LINES: usize = 2000;
    for (max, seed) in [(1, 1), (5, 2), (40, 3)] {
        let (near, far) = duplex(16);
        let peer = tokio::spawn(talk(far, LINES));
        let mut connection = Connection::new(Lines::new(start()), Moody::new(near, seed, max));
        let (mut heard, mut lost) = (0, 0);
        loop {
            tokio::select! {
                biased;
                event = connection.next_event() => {
                    let Some(event) = event.unwrap() else { break };
                    assert_eq!(event, line(heard));
                    heard += 1;
                    connection.machine().send(event);
                }
                () = std::future::ready(()) => {
                    lost += 1;
                    tokio::select! { biased; flushed = connection.flush() => flushed.unwrap(), () = std::future::ready(()) => {} }
                    tokio::task::yield_now().await;
                }
            }
        }
        assert_eq!(heard, LINES);
        assert!(lost > 1000, "{lost} races were lost");
        peer.await.unwrap();
    }
}

#[tokio::test]
async fn one_byte_at_a_time_both_ways() {
    let (near, far) = duplex(1);
    let peer = tokio::spawn(talk(far, 200));
    let mut connection = Connection::new(Lines::echoing(start()), near);
    let mut heard = 0;
    while let Some(event) = connection.next_event().await.unwrap() {
        assert_eq!(event, line(heard));
        heard += 1;
    }
    assert_eq!(heard, 200);
    peer.await.unwrap();
}

/// Always has another line to read; remembers what is written.
#[derive(Clone, Default)]
struct Flood {
    is_vectored: bool,
    written: Arc<Mutex<Vec<u8>>>,
    read: Arc<Mutex<usize>>,
}

impl AsyncRead for Flood {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while buf.remaining() >= 2 {
            buf.put_slice(b"x\n");
            *self.read.lock().unwrap() += 2;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Flood {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.written.lock().unwrap().extend_from_slice(data);
        Poll::Ready(Ok(data.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let count = if self.is_vectored { slices.len() } else { 1 };
        let joined = slices[..count]
            .iter()
            .flat_map(|slice| slice.to_vec())
            .collect::<Vec<u8>>();
        self.poll_write(cx, &joined)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test(start_paused = true)]
async fn replies_timers_and_other_tasks_move_while_input_floods_in() {
    let flood = Flood {
        is_vectored: true,
        ..Flood::default()
    };
    let mut machine = Lines::echoing(start());
    machine.max_events = 100_000;
    machine.tick = Some((Duration::from_millis(10), start()));
    let mut connection = Connection::new(machine, flood.clone());
    let turns = Arc::new(Mutex::new(0));
    let other = tokio::spawn({
        let turns = Arc::clone(&turns);
        async move {
            loop {
                *turns.lock().unwrap() += 1;
                tokio::task::yield_now().await;
            }
        }
    });
    for heard in 1..=5000usize {
        assert_eq!(connection.next_event().await.unwrap().unwrap(), "x\n");
        let written = flood.written.lock().unwrap().len();
        // Each event owes 4 bytes; at most one round of events may be behind.
        assert!(
            written + 4 * EVENTS_PER_ROUND as usize >= 4 * heard,
            "{written} after {heard}"
        );
        if heard == 2500 {
            tokio::time::advance(Duration::from_millis(10)).await;
        }
    }
    assert_eq!(
        flood
            .written
            .lock()
            .unwrap()
            .iter()
            .filter(|byte| **byte == b'.')
            .count(),
        2
    );
    assert!(*turns.lock().unwrap() >= 5000 / EVENTS_PER_WAKE as usize);
    other.abort();
}

#[tokio::test]
async fn no_more_is_read_while_a_ready_stream_would_take_answers() {
    let mut machine = Lines::echoing(start());
    machine.max_events = 100_000;
    let mut connection = Connection::new(machine, Flood::default());
    let mut most = 0;
    for _ in 0..200_000 {
        assert_eq!(connection.next_event().await.unwrap().unwrap(), "x\n");
        most = most.max(connection.queued_bytes());
    }
    // A block of 64 KiB asks for 32 Ki answers of 4 bytes; no second block was read on top of it.
    assert!(most <= 128 * 1024, "{most}");
}

/// Counts its wakes.
#[derive(Default)]
struct Woken(AtomicUsize);

impl std::task::Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_flood_that_never_makes_an_event_leaves_other_tasks_their_turn() {
    /// Takes everything, says nothing.
    #[derive(Debug)]
    struct Deaf;
    impl Machine for Deaf {
        type Event = ();
        type Error = LineError;
        fn handle_input(&mut self, _: std::time::Instant, input: &mut BytesMut) {
            input.clear();
        }
        fn handle_eof(&mut self, _: std::time::Instant) {}
        fn handle_timeout(&mut self, _: std::time::Instant) {}
        fn poll_event(&mut self) -> Result<Option<()>, LineError> {
            Ok(None)
        }
        fn poll_transmit(&mut self) -> Option<Bytes> {
            None
        }
        fn poll_timeout(&self) -> Option<std::time::Instant> {
            None
        }
        fn wants_input(&self) -> bool {
            true
        }
        fn queued_bytes(&self) -> usize {
            0
        }
        fn is_closed(&self) -> bool {
            false
        }
    }
    let flood = Flood::default();
    let mut connection = Connection::new(Deaf, flood.clone());
    let woken = Arc::new(Woken::default());
    let waker = Arc::clone(&woken).into();
    let mut cx = Context::from_waker(&waker);
    for turn in 1..=10 {
        assert!(connection.poll_next_event(&mut cx).is_pending());
        assert_eq!(
            woken.0.load(Ordering::Relaxed),
            turn,
            "it asks for another turn"
        );
        let most = turn * ROUNDS_PER_WAKE * 64 * 1024;
        assert!((turn * 1000..most).contains(&*flood.read.lock().unwrap()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_bounds_what_is_held_and_keeps_its_own_bytes() {
    let (near, mut far) = duplex(1024);
    let mut machine = Lines::echoing(start());
    machine.max_queued = 10_000;
    let mut connection = Connection::new(machine, near);
    let mut sent = 0;
    let flood = async {
        while far.write_all(b"a line that is echoed\n").await.is_ok() {
            sent += 22;
        }
    };
    let hear = async { while connection.next_event().await.unwrap().is_some() {} };
    let stuck = tokio::time::timeout(Duration::from_secs(50), async {
        tokio::join!(flood, hear);
    });
    assert!(stuck.await.is_err());
    // Echoes: 10 kB in the machine, one fill of 64 segments here, 1 KiB in the pipe; input: a block and
    // the pipe.
    assert!(
        connection.queued_bytes() <= 10_000 + 64 * 24,
        "{}",
        connection.queued_bytes()
    );
    assert!(
        connection.received.len() <= 4096,
        "{}",
        connection.received.len()
    );
    assert!(sent < 30_000, "{sent}");
    let mut reply = [0; 24];
    let reading = async {
        for _ in 0..sent / 22 {
            far.read_exact(&mut reply).await.unwrap();
            assert_eq!(&reply, b"\0\x16a line that is echoed\n");
        }
    };
    tokio::select! { () = reading => {}, _ = async { loop { connection.next_event().await.unwrap(); } } => {} }
}

#[tokio::test(start_paused = true)]
async fn deadlines_are_kept_and_an_idle_peer_is_told() {
    let begin = start();
    let (near, mut far) = duplex(64);
    let mut connection = Connection::new(Lines::new(begin), near);
    let peer = tokio::spawn(async move {
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_secs(50)).await;
            far.write_all(b"still here\n").await.unwrap();
        }
        far
    });
    for _ in 0..3 {
        assert_eq!(
            connection.next_event().await.unwrap().unwrap(),
            "still here\n"
        );
    }
    for _ in 0..2 {
        let Err(Error::Protocol(LineError::Idle)) = connection.next_event().await else {
            panic!("idle");
        };
        assert_eq!(start() - begin, Duration::from_secs(150) + IDLE);
    }
    drop(peer.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn the_error_comes_after_the_events_and_the_farewell() {
    let (near, mut far) = duplex(1);
    let mut connection = Connection::new(Lines::new(start()), near);
    let peer = tokio::spawn(async move {
        far.write_all(b"one\ntwo\n").await.unwrap();
        far.write_all(&[b'x'; 65]).await.unwrap();
        let mut farewell = [0; 3];
        far.read_exact(&mut farewell).await.unwrap();
        farewell
    });
    assert_eq!(connection.next_event().await.unwrap().unwrap(), "one\n");
    assert_eq!(connection.next_event().await.unwrap().unwrap(), "two\n");
    let error = connection.next_event().await.unwrap_err();
    assert!(
        matches!(error, Error::Protocol(LineError::TooLong)),
        "{error}"
    );
    assert_eq!(connection.queued_bytes(), 0);
    assert_eq!(&peer.await.unwrap(), b"bye");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_holds_the_end_back_for_the_grace_and_no_longer() {
    let (near, mut far) = duplex(4096);
    let mut connection = Connection::new(Lines::new(start()), near);
    connection.machine().say(&[b'y'; 5000]);
    far.write_all(&[b'x'; 65]).await.unwrap();
    let begin = start();
    for _ in 0..2 {
        let error = connection.next_event().await.unwrap_err();
        assert!(matches!(error, Error::Protocol(LineError::TooLong)));
        assert_eq!(start() - begin, Duration::from_secs(5));
    }
    let timed_out = connection.close().await.unwrap_err();
    assert_eq!(timed_out.kind(), io::ErrorKind::TimedOut);
    assert_eq!(start() - begin, Duration::from_secs(10));
}

#[tokio::test]
async fn end_of_input_ends_after_the_events_and_the_output() {
    let (near, mut far) = duplex(4096);
    far.write_all(b"a\nb\nc\nd\ne\nf\ng\nhalf").await.unwrap();
    far.shutdown().await.unwrap();
    let mut connection = Connection::new(Lines::echoing(start()), near);
    for expected in ["a\n", "b\n", "c\n", "d\n", "e\n", "f\n", "g\n"] {
        assert_eq!(connection.next_event().await.unwrap().unwrap(), expected);
    }
    assert!(connection.next_event().await.unwrap().is_none());
    assert!(connection.next_event().await.unwrap().is_none());
    connection.close().await.unwrap();
    let mut heard = Vec::new();
    far.read_to_end(&mut heard).await.unwrap();
    assert_eq!(
        heard,
        b"\0\x02a\n\0\x02b\n\0\x02c\n\0\x02d\n\0\x02e\n\0\x02f\n\0\x02g\n"
    );
}

#[tokio::test]
async fn a_broken_stream_still_gives_what_was_heard_and_its_error_repeats() {
    let stream = tokio_test_stream([Ok("a\nb\n"), Err(io::ErrorKind::ConnectionReset)]);
    let mut connection = Connection::new(Lines::echoing(start()), stream);
    assert_eq!(connection.next_event().await.unwrap().unwrap(), "a\n");
    assert_eq!(connection.next_event().await.unwrap().unwrap(), "b\n");
    for _ in 0..2 {
        let Err(Error::Io(error)) = connection.next_event().await else {
            panic!("reset");
        };
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn what_a_peer_said_before_it_went_is_heard_though_nothing_can_be_written() {
    let stream = tokio_test_stream([Ok("a\n"), Ok("b\n")]);
    let mut connection = Connection::new(Lines::new(start()), stream);
    connection.machine().say(b"into the void");
    assert_eq!(connection.next_event().await.unwrap().unwrap(), "a\n");
    assert_eq!(connection.next_event().await.unwrap().unwrap(), "b\n");
    let Err(Error::Io(error)) = connection.next_event().await else {
        panic!("broken pipe");
    };
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(connection.queued_bytes(), 0);
    assert_eq!(
        connection.flush().await.unwrap_err().kind(),
        io::ErrorKind::BrokenPipe
    );
}

/// Reads as scripted, then never again; writing fails.
struct Scripted(VecDeque<Result<&'static str, io::ErrorKind>>);

fn tokio_test_stream<const N: usize>(script: [Result<&'static str, io::ErrorKind>; N]) -> Scripted {
    Scripted(script.into())
}

impl AsyncRead for Scripted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.0.pop_front() {
            Some(Ok(text)) => buf.put_slice(text.as_bytes()),
            Some(Err(kind)) => return Poll::Ready(Err(kind.into())),
            None => return Poll::Pending,
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Scripted {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        if self.0.iter().any(Result::is_err) {
            return Poll::Pending;
        }
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_and_time_move_while_the_application_waits_for_something_else() {
    let (near, mut far) = duplex(64);
    let mut machine = Lines::echoing(start());
    machine.tick = Some((Duration::from_secs(10), start() + Duration::from_secs(10)));
    let mut connection = Connection::new(machine, near);
    far.write_all(b"a\nb\nc\nd\ne\n").await.unwrap();
    let work = tokio::time::sleep(Duration::from_secs(25));
    connection.drive_while(work).await;
    // Four events fit the machine; the fifth line waits, unanswered.
    let mut heard = [0; 18];
    far.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"\0\x02a\n\0\x02b\n\0\x02c\n\0\x02d\n..");
    for expected in ["a\n", "b\n", "c\n", "d\n", "e\n"] {
        assert_eq!(connection.next_event().await.unwrap().unwrap(), expected);
    }
    drop(far);
    connection.drive().await;
    assert!(connection.next_event().await.unwrap().is_none());
}

#[tokio::test]
async fn a_unit_over_the_limit_of_the_connection_is_an_error() {
    /// Waits for more and more.
    #[derive(Debug)]
    struct Insatiable;
    impl Machine for Insatiable {
        type Event = ();
        type Error = LineError;
        fn handle_input(&mut self, _: std::time::Instant, _: &mut BytesMut) {}
        fn handle_eof(&mut self, _: std::time::Instant) {}
        fn handle_timeout(&mut self, _: std::time::Instant) {}
        fn poll_event(&mut self) -> Result<Option<()>, LineError> {
            Ok(None)
        }
        fn poll_transmit(&mut self) -> Option<Bytes> {
            None
        }
        fn poll_timeout(&self) -> Option<std::time::Instant> {
            None
        }
        fn wants_input(&self) -> bool {
            true
        }
        fn queued_bytes(&self) -> usize {
            0
        }
        fn is_closed(&self) -> bool {
            false
        }
    }
    let options = ConnectionOptions {
        max_received_bytes: 100_000,
        ..ConnectionOptions::default()
    };
    let mut connection = Connection::with_options(Insatiable, Flood::default(), options);
    for _ in 0..2 {
        let error = connection.next_event().await.unwrap_err();
        assert!(
            matches!(error, Error::InputOverrun { limit: 100_000 }),
            "{error}"
        );
    }
    connection.drive().await;
    assert!(connection.into_parts().received.len() < 100_000 + 64 * 1024);
}

#[tokio::test]
async fn a_protocol_switch_takes_along_what_was_read_and_what_was_not_sent() {
    let (near, mut far) = duplex(4096);
    far.write_all(b"switch\nnew protocol").await.unwrap();
    let mut connection = Connection::new(Lines::new(start()), near);
    assert_eq!(connection.next_event().await.unwrap().unwrap(), "switch\n");
    let parts = connection.into_parts();
    assert_eq!(parts.received, "new protocol");
    assert!(parts.unsent.is_empty());
    let mut next = Connection::new(Lines::new(start()), parts.io).with_received(parts.received);
    far.write_all(b" goes on\n").await.unwrap();
    assert_eq!(
        next.next_event().await.unwrap().unwrap(),
        "new protocol goes on\n"
    );

    let (near, _far) = duplex(4);
    let mut stuck = Connection::new(Lines::new(start()), near);
    stuck.machine().say(b"123456");
    tokio::select! { biased; _ = stuck.flush() => panic!("the pipe is full"), () = std::future::ready(()) => {} }
    assert_eq!(stuck.queued_bytes(), 2);
    assert_eq!(stuck.into_parts().unsent, ["56"]);
}

#[tokio::test]
async fn over_tcp_a_close_does_not_reset_a_peer_that_is_still_sending() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let peer = tokio::spawn(async move {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(b"fine\n").await.unwrap();
        for _ in 0..500 {
            // Sent after the farewell, too: a connection that is reset fails here.
            stream.write_all(&[b'x'; 1000]).await.unwrap();
            tokio::task::yield_now().await;
        }
        stream.shutdown().await.unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.map(|_| heard)
    });
    let (stream, _) = listener.accept().await.unwrap();
    let mut connection = Connection::new(Lines::echoing(start()), stream);
    assert_eq!(connection.next_event().await.unwrap().unwrap(), "fine\n");
    assert!(connection.next_event().await.is_err());
    connection.close().await.unwrap();
    drop(connection);
    assert_eq!(peer.await.unwrap().unwrap(), b"\0\x05fine\nbye");
}

#[tokio::test]
async fn over_tcp_megabytes_go_both_ways() {
    const FRAMES: usize = 2000;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let peer = tokio::spawn(async move {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (mut read, mut write) = stream.split();
        let say = async {
            for number in 0..FRAMES {
                write.write_all(line(number).as_bytes()).await.unwrap();
            }
        };
        let hear = async {
            let mut frame = vec![0; 10_002];
            for number in 0..FRAMES {
                read.read_exact(&mut frame).await.unwrap();
                assert!(frame[2..].iter().all(|byte| *byte == number as u8));
            }
        };
        tokio::join!(say, hear);
    });
    let (stream, _) = listener.accept().await.unwrap();
    let mut connection = Connection::new(Lines::new(start()), stream);
    let mut heard = 0;
    while let Some(event) = connection.next_event().await.unwrap() {
        assert_eq!(event, line(heard));
        connection.machine().send(vec![heard as u8; 10_000].into());
        heard += 1;
    }
    assert_eq!(heard, FRAMES);
    peer.await.unwrap();
}

#[test]
fn a_connection_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let (near, _far) = duplex(1);
    is_send(&Connection::new(Lines::new(start()), near));
}
