//! A session that plays all along and must not feel what others do.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    client::Client,
    rtp::{Report, Rtp, reports},
};

/// The longest silence that a busy machine may be the reason of.
const MOST_SILENCE: Duration = Duration::from_secs(6);

/// Plays in a thread of its own and checks that no packet is missing.
pub(crate) struct Watcher {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<usize>>,
}

impl Watcher {
    /// Begins to play `url`, again and again when it ends.
    pub(crate) fn start(address: SocketAddr, url: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, url) = (Arc::clone(&stop), url.to_owned());
        let mut client = Client::connect(address);
        client.play(&url, None);
        let thread = std::thread::spawn(move || watch(&mut client, &url, &stopped));
        Self {
            stop,
            thread: Some(thread),
        }
    }

    /// Ends it; fails the test when anything was missing.
    pub(crate) fn finish(mut self) {
        // What came is worth a look only if it came for a while.
        std::thread::sleep(Duration::from_millis(300));
        self.stop.store(true, Ordering::Relaxed);
        let packets = self
            .thread
            .take()
            .unwrap()
            .join()
            .expect("the other session was disturbed");
        assert!(packets > 5, "the other session got {packets} packets only");
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn watch(client: &mut Client, url: &str, stop: &AtomicBool) -> usize {
    let (mut last, mut heard) = (HashMap::new(), Instant::now());
    let mut packets = 0;
    while !stop.load(Ordering::Relaxed) {
        let Some((channel, packet)) = client.packet_within(Duration::from_millis(200)) else {
            assert!(
                heard.elapsed() < MOST_SILENCE,
                "nothing came for {:?}",
                heard.elapsed()
            );
            continue;
        };
        heard = Instant::now();
        if channel % 2 == 0 {
            packets += 1;
            let sequence = Rtp::parse(&packet).sequence;
            if let Some(before) = last.insert(channel, sequence) {
                let before: u16 = before;
                assert_eq!(
                    sequence,
                    before.wrapping_add(1),
                    "a packet is missing on channel {channel}"
                );
            }
        } else if channel == 1 && reports(&packet).contains(&Report::Bye) {
            let again = client.play_again(url, Some("npt=0-"));
            assert_eq!(again.status, 200, "{again:?}");
        }
    }
    packets
}
