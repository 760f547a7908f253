//! What one player has seen.

use std::time::{Duration, Instant};

use crate::{histogram::Histogram, player::Fault, reception::Counts};

/// So long without a byte of media is a stall.
pub(crate) const STALL: Duration = Duration::from_secs(1);

/// One player's measurements; it tells them to its record as they happen.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) label: &'static str,
    pub(crate) set_up: Option<Duration>,
    /// From the beginning to the first media.
    pub(crate) first_media: Option<Duration>,
    pub(crate) first_media_after_play: Option<Duration>,
    /// How often it began to play: once, and once more for each time the file was played again.
    pub(crate) plays: u64,
    pub(crate) stalls: u64,
    pub(crate) longest_gap: Duration,
    pub(crate) media_bytes: u64,
    pub(crate) counts: Counts,
    pub(crate) lateness: Histogram,
    /// From the sending of each stamped picture to its arrival.
    pub(crate) delay: Histogram,
    /// Stamped pictures that were sent before this player asked for any: kept by the server for those who come later.
    pub(crate) catch_up: u64,
    /// When the first and the last media came.
    pub(crate) media_span: Option<(Instant, Instant)>,
    pub(crate) result: Result<(), Fault>,
    began: Instant,
    play_answered: Option<Instant>,
    /// Media is due, and so long nothing has come.
    waits_since: Option<Instant>,
}

impl Record {
    /// A player that begins to connect.
    pub(crate) fn new(label: &'static str, now: Instant) -> Self {
        Self {
            label,
            set_up: None,
            first_media: None,
            first_media_after_play: None,
            plays: 0,
            stalls: 0,
            longest_gap: Duration::ZERO,
            media_bytes: 0,
            counts: Counts::default(),
            lateness: Histogram::default(),
            delay: Histogram::default(),
            catch_up: 0,
            media_span: None,
            result: Ok(()),
            began: now,
            play_answered: None,
            waits_since: None,
        }
    }

    /// Everything is ready to play.
    pub(crate) fn note_set_up(&mut self, now: Instant) {
        self.set_up = Some(now.saturating_duration_since(self.began));
    }

    /// The server says that it plays: from now on media is due.
    pub(crate) fn note_playing(&mut self, now: Instant) {
        self.plays = self.plays.saturating_add(1);
        self.play_answered.get_or_insert(now);
        self.waits_since.get_or_insert(now);
        if self.media_span.is_some() {
            self.first_media_after_play.get_or_insert(Duration::ZERO);
        }
    }

    /// A packet of media; it may come before the server says that it plays.
    pub(crate) fn note_media(&mut self, now: Instant, bytes: usize) {
        self.media_bytes = self.media_bytes.saturating_add(bytes as u64);
        match &mut self.media_span {
            Some((_, last)) => *last = now,
            None => {
                self.media_span = Some((now, now));
                self.first_media = Some(now.saturating_duration_since(self.began));
                let answered = self.play_answered;
                self.first_media_after_play = answered.map(|at| now.saturating_duration_since(at));
            }
        }
        self.note_gap(now);
        self.waits_since = Some(now);
    }

    /// No media is due any more: it ended, or is asked to end.
    pub(crate) fn note_rest(&mut self, now: Instant) {
        self.note_gap(now);
        self.waits_since = None;
    }

    /// The stream has ended by itself, after what came last.
    pub(crate) fn note_end_of_stream(&mut self) {
        self.waits_since = None;
    }

    fn note_gap(&mut self, now: Instant) {
        let Some(since) = self.waits_since else {
            return;
        };
        let gap = now.saturating_duration_since(since);
        self.longest_gap = self.longest_gap.max(gap);
        if gap > STALL {
            self.stalls = self.stalls.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> (Record, impl Fn(u64) -> Instant) {
        let start = crate::now();
        (Record::new("tcp", start), move |ms| {
            start + Duration::from_millis(ms)
        })
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn times_count_from_the_connect_and_from_the_answer_to_play() {
        let (mut record, at) = record();
        record.note_set_up(at(30));
        record.note_playing(at(40));
        record.note_media(at(55), 100);
        record.note_media(at(60), 200);
        assert_eq!(record.set_up, Some(ms(30)));
        assert_eq!(
            (record.first_media, record.first_media_after_play),
            (Some(ms(55)), Some(ms(15)))
        );
        assert_eq!(
            (record.media_bytes, record.media_span),
            (300, Some((at(55), at(60))))
        );
    }

    #[test]
    fn media_before_the_answer_to_play_is_there_at_once() {
        let (mut record, at) = record();
        record.note_media(at(50), 1);
        assert_eq!(record.first_media_after_play, None);
        record.note_playing(at(52));
        assert_eq!(
            (record.first_media, record.first_media_after_play),
            (Some(ms(50)), Some(ms(0)))
        );
    }

    #[test]
    fn more_than_a_second_without_a_byte_is_a_stall() {
        let (mut record, at) = record();
        record.note_playing(at(0));
        record.note_media(at(1000), 1);
        assert_eq!(record.stalls, 0);
        record.note_media(at(2001), 1);
        assert_eq!((record.stalls, record.longest_gap), (1, ms(1001)));
        record.note_rest(at(9000));
        assert_eq!(
            (record.stalls, record.longest_gap),
            (2, ms(6999)),
            "at the end too"
        );
        record.note_rest(at(20_000));
        assert_eq!(record.stalls, 2, "nothing was due");
    }

    #[test]
    fn the_silence_between_two_rounds_is_no_stall() {
        let (mut record, at) = record();
        record.note_playing(at(0));
        record.note_media(at(10), 1);
        record.note_end_of_stream();
        record.note_playing(at(5000));
        record.note_media(at(5010), 1);
        assert_eq!(
            (record.stalls, record.plays, record.longest_gap),
            (0, 2, ms(10))
        );
    }

    #[test]
    fn no_media_at_all_is_a_stall() {
        let (mut record, at) = record();
        record.note_playing(at(0));
        record.note_rest(at(3000));
        assert_eq!((record.stalls, record.first_media), (1, None));
    }
}
