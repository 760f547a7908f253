//! A publisher and a player who go on all along and must not feel what others do.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use castline_rtmp_chunk::client::{ClientEvent, StreamEnd};
use tokio::task::JoinHandle;

use crate::{
    media::{self, STEP_MS},
    peer::Peer,
};

/// The longest delay that a busy machine may be the reason of.
const MOST_DELAY: Duration = Duration::from_secs(4);

/// The two of them.
pub(crate) struct Bystanders {
    stop: Arc<AtomicBool>,
    publisher: JoinHandle<u32>,
    player: JoinHandle<(u32, Duration)>,
}

impl Bystanders {
    pub(crate) async fn start(address: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(Mutex::new(Vec::new()));
        let mut publisher = Peer::connect(address, "live").await;
        let stream = publisher.publish_headers("bystander").await;
        let mut player = Peer::connect(address, "live").await;
        let played = player.play("bystander").await.unwrap();
        let (stopped, times) = (Arc::clone(&stop), Arc::clone(&sent));
        let publisher = tokio::spawn(async move {
            let mut clock = tokio::time::interval(Duration::from_millis(STEP_MS.into()));
            let mut number = 0;
            while !stopped.load(Ordering::Relaxed) {
                clock.tick().await;
                times.lock().unwrap().push(Instant::now());
                publisher.send(stream, &media::picture(number)).await;
                publisher.send(stream, &media::sound(number)).await;
                number += 1;
            }
            publisher.close_stream(stream).await;
            number
        });
        let player = tokio::spawn(async move {
            let (mut next, mut sounds, mut most) = (0, 0, Duration::ZERO);
            loop {
                match player.next().await {
                    Some(ClientEvent::Tag { tag, .. }) if media::is_header(&tag) => {}
                    Some(ClientEvent::Tag { tag, .. }) => {
                        let Some(number) = media::picture_number(&tag) else {
                            assert_eq!(media::body(&tag), media::body(&media::sound(sounds)));
                            sounds += 1;
                            continue;
                        };
                        assert_eq!(number, next, "the bystander misses pictures");
                        assert_eq!(media::body(&tag), media::body(&media::picture(number)));
                        next += 1;
                        let delay = sent.lock().unwrap()[number as usize].elapsed();
                        most = most.max(delay);
                    }
                    Some(ClientEvent::StreamEnded { stream, how, .. }) if stream == played => {
                        assert_eq!(how, StreamEnd::UnpublishNotify);
                        assert_eq!(sounds, next);
                        return (next, most);
                    }
                    Some(_) => {}
                    None => panic!("the bystander is cut off: {:?}", player.failure),
                }
            }
        });
        Self {
            stop,
            publisher,
            player,
        }
    }

    /// Ends it; fails the test when anything was missing or late.
    pub(crate) async fn finish(self) {
        // What came is worth a look only if it came for a while.
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.stop.store(true, Ordering::Relaxed);
        let sent = self.publisher.await.expect("the publisher was disturbed");
        let (played, most) = self.player.await.expect("the player was disturbed");
        assert_eq!(sent, played, "all that was sent was played");
        assert!(sent > 5, "the bystanders came to {sent} pictures only");
        assert!(most < MOST_DELAY, "a picture came {most:?} late");
    }
}
