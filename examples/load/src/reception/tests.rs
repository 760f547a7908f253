use castline_rtp_rtcp::{PayloadType, RtpHeader};

use super::*;

const SOURCE: Ssrc = Ssrc(7);

struct Feed {
    reception: Reception,
    start: Instant,
}

impl Feed {
    fn new() -> Self {
        Self {
            reception: Reception::new(90_000),
            start: crate::now(),
        }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    fn packet_of(&mut self, ssrc: Ssrc, ms: u64, number: u16, timestamp: u32) -> bool {
        let header = RtpHeader::new(PayloadType(96), SequenceNumber(number), timestamp, ssrc);
        let mut bytes = Vec::new();
        header.encode_packet(b"x", &mut bytes);
        let now = self.at(ms);
        self.reception
            .handle_packet(now, &RtpPacket::parse(&bytes).unwrap())
    }

    fn numbers(&mut self, numbers: impl IntoIterator<Item = u16>) -> Counts {
        for number in numbers {
            self.packet_of(SOURCE, 0, number, 0);
        }
        self.reception.counts()
    }
}

fn counts(packets: u64, lost: u64, duplicates: u64, reordered: u64) -> Counts {
    Counts {
        packets,
        lost,
        duplicates,
        reordered,
        malformed: 0,
    }
}

#[test]
fn in_order_across_the_wrap() {
    assert_eq!(
        Feed::new().numbers([65_534, 65_535, 0, 1]),
        counts(4, 0, 0, 0)
    );
}

#[test]
fn gaps_duplicates_and_late_ones() {
    assert_eq!(Feed::new().numbers([10, 11, 14]), counts(3, 2, 0, 0));
    assert_eq!(Feed::new().numbers([10, 11, 14, 13]), counts(4, 1, 0, 1));
    assert_eq!(Feed::new().numbers([10, 10, 11, 10]), counts(2, 0, 2, 0));
    assert_eq!(
        Feed::new().numbers([10, 9, 8, 9]),
        counts(3, 0, 1, 2),
        "before the first"
    );
}

#[test]
fn the_window_forgets_the_round_before() {
    let mut feed = Feed::new();
    feed.numbers(0..2000);
    // 2500 - 1024 was seen at the place of 2500, which was skipped.
    assert_eq!(feed.numbers([3000]), counts(2001, 1000, 0, 0));
    assert_eq!(feed.numbers([2500]), counts(2002, 999, 0, 1));
    assert_eq!(feed.numbers([2500]), counts(2002, 999, 1, 1));
    assert_eq!(
        feed.numbers([20_000]),
        counts(2003, 17_998, 1, 1),
        "a gap longer than the window"
    );
    assert_eq!(feed.numbers([19_999]), counts(2004, 17_997, 1, 2));
}

#[test]
fn what_the_sender_says_it_sent_tells_of_the_first_and_the_last() {
    let mut feed = Feed::new();
    assert_eq!(feed.numbers([5, 6, 8]).lost, 1);
    feed.reception.handle_total(Ssrc(99), 1000);
    assert_eq!(feed.reception.counts().lost, 1, "another source");
    feed.reception.handle_total(SOURCE, 6);
    assert_eq!(feed.reception.counts().lost, 3);
    feed.reception.handle_total(SOURCE, 2);
    assert_eq!(
        feed.reception.counts().lost,
        1,
        "a sender that counts from PLAY"
    );
}

#[test]
fn a_new_source_counts_for_itself() {
    let mut feed = Feed::new();
    feed.numbers([10, 12]);
    feed.packet_of(Ssrc(8), 0, 40_000, 0);
    feed.packet_of(Ssrc(8), 0, 40_001, 0);
    feed.reception.handle_malformed();
    assert_eq!(
        feed.reception.counts(),
        Counts {
            malformed: 1,
            ..counts(4, 1, 0, 0)
        }
    );
}

#[test]
fn reports_follow_appendix_a3() {
    let mut feed = Feed::new();
    assert!(feed.reception.report(feed.start).is_none());
    feed.numbers([100, 101, 102, 104]);
    let report = feed.reception.report(feed.start).unwrap();
    assert_eq!(
        (report.fraction_lost, report.cumulative_lost),
        (51, 1),
        "1/5 of 256"
    );
    assert_eq!(
        (report.ssrc, report.extended_highest_sequence),
        (SOURCE, 104)
    );
    assert_eq!(
        (
            report.last_sender_report,
            report.delay_since_last_sender_report
        ),
        (0, 0)
    );
    // Duplicates count as received there, so that the sum may be negative.
    feed.numbers([105, 105, 105, 105]);
    let report = feed.reception.report(feed.start).unwrap();
    assert_eq!((report.fraction_lost, report.cumulative_lost), (0, -2));
    let quiet = feed.reception.report(feed.start).unwrap();
    assert_eq!((quiet.fraction_lost, quiet.cumulative_lost), (0, -2));
}

#[test]
fn reports_tell_when_the_last_sender_report_came() {
    let mut feed = Feed::new();
    feed.numbers([1]);
    let heard = feed.at(1000);
    feed.reception
        .handle_sender_report(heard, SOURCE, NtpTime(0x1234_5678_9abc_def0));
    feed.reception
        .handle_sender_report(heard, Ssrc(99), NtpTime(0));
    let report = feed.reception.report(feed.at(2500)).unwrap();
    assert_eq!(report.last_sender_report, 0x5678_9abc);
    assert_eq!(report.delay_since_last_sender_report, 98_304);
}

#[test]
fn jitter_follows_appendix_a8() {
    let mut feed = Feed::new();
    for n in 0..100u16 {
        feed.packet_of(SOURCE, u64::from(n) * 40, n, u32::from(n) * 3_600);
    }
    assert_eq!(
        feed.reception.report(feed.start).unwrap().jitter,
        0,
        "a steady stream"
    );
    // 16 ms late once: a 16th of 1440 ticks.
    feed.packet_of(SOURCE, 4016, 100, 360_000);
    assert_eq!(feed.reception.report(feed.start).unwrap().jitter, 90);
    // Every other packet 10 ms late: it settles at the change itself.
    for n in 101..400u16 {
        let late = u64::from(n % 2) * 10;
        feed.packet_of(SOURCE, u64::from(n) * 40 + late, n, u32::from(n) * 3_600);
    }
    let jitter = feed.reception.report(feed.start).unwrap().jitter;
    assert!((890..=900).contains(&jitter), "{jitter}");
}
