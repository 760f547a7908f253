//! The server as a child process that never outlives its test.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How long the machine may take for what takes no time.
const PATIENCE: Duration = Duration::from_secs(20);
/// Below the ports that the system gives out by itself, 100 for each server.
const FIRST_RTP_PORT: u16 = 10_000;

/// A running server; dropping it kills it.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    printed: Arc<Mutex<String>>,
    logged: Arc<Mutex<String>>,
}

/// A range of ports that no other server of these tests uses.
fn rtp_ports() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let turn = NEXT.fetch_add(1, Ordering::Relaxed) + (std::process::id() % 97) as u16;
    let first = FIRST_RTP_PORT + (turn % 200) * 100;
    format!("{first}-{}", first + 99)
}

/// A TCP port that nobody listens on: below those that the system gives out by itself, so that it stays free.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 5_000;
    let own = (std::process::id() % 97) as u16 * 41;
    loop {
        let port = FIRST + (own + NEXT.fetch_add(1, Ordering::Relaxed)) % 5_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_castline-server"));
    command
        .args(arguments)
        .env("NO_COLOR", "1")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the server until it ends by itself.
pub(crate) fn run_to_end(arguments: &[&str]) -> Output {
    let mut child = command(arguments).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("the server goes on with {arguments:?}");
        }
        thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

impl Server {
    /// Starts it on a free port with these arguments, and waits until it listens.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let ports = rtp_ports();
        // Other protocols have a port where a test gives them one.
        let own = ["--rtsp-port", "0", "--rtp-ports", &ports];
        let off: Vec<&str> = ["--http-port", "--rtmp-port"]
            .into_iter()
            .filter(|option| !arguments.contains(option))
            .flat_map(|option| [option, "0"])
            .collect();
        let own = [&own[..], &off].concat();
        let mut child = command(&[&own, arguments].concat()).spawn().unwrap();
        let printed = collect(child.stdout.take().unwrap());
        let logged = collect(child.stderr.take().unwrap());
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self {
            child,
            address,
            printed,
            logged,
        };
        server.address = server.wait_for(|server| {
            let printed = server.printed();
            let (first, _) = printed.split_once('\n')?;
            first.rsplit_once("is listening on ")?.1.trim().parse().ok()
        });
        server
    }

    /// Starts it with HTTP on a free port too; tells where.
    pub(crate) fn start_with_http(arguments: &[&str]) -> (Self, SocketAddr) {
        let port = free_port();
        let port_text = port.to_string();
        let own = ["--http-port", &port_text];
        let server = Self::start(&[&own, arguments].concat());
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        (server, address)
    }

    /// What it said on stdout so far.
    pub(crate) fn printed(&self) -> String {
        self.printed.lock().unwrap().clone()
    }

    /// What it said on stderr so far.
    pub(crate) fn logged(&self) -> String {
        self.logged.lock().unwrap().clone()
    }

    /// Waits until `look` finds what it looks for.
    pub(crate) fn wait_for<T>(&mut self, look: impl Fn(&Self) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended: {ended:?}");
            assert!(
                Instant::now() < deadline,
                "what was waited for did not come"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("rtsp://{}{path}", self.address)
    }

    /// The process' number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by the system's `kill`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for the end that something else has begun; tells the exit code and how long it took.
    pub(crate) fn wait_for_end(&mut self) -> (Option<i32>, Duration) {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), begin.elapsed());
            }
            assert!(begin.elapsed() < PATIENCE, "the server does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Fails the test when the server is gone, or has said that something of it panicked.
    pub(crate) fn assert_sound(&mut self) {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "the server ended: {ended:?}");
        assert!(!self.logged().contains("panicked"), "something panicked");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let logged = self.logged();
            let lines: Vec<&str> = logged.lines().collect();
            let last = lines.len().saturating_sub(30);
            eprintln!("the server's log ends with\n{}", lines[last..].join("\n"));
        }
    }
}

fn collect(stream: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let shared = Arc::clone(&text);
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            shared
                .lock()
                .unwrap()
                .push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
    text
}
