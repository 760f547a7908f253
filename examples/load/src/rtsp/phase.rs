//! How far a player has come, and what a mishap there means.

use std::time::{Duration, Instant};

use castline_rtsp_proto::client::Failure;

use crate::player::Fault;

/// BYE so long before the end of the file is still the end: durations are rounded, tracks differ in length.
const EARLY_END: Duration = Duration::from_secs(2);

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Describing,
    /// So many SETUPs wait for their answers.
    SettingUp(usize),
    /// PLAY is on its way; packets may come already.
    Starting(Playing),
    Playing(Playing),
    /// TEARDOWN is on its way.
    Leaving,
    /// TEARDOWN is answered; BYE may still come until then.
    Left(Instant),
}

/// When to do what while it plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Playing {
    pub(super) until: Instant,
    pub(super) report_at: Instant,
    /// When the file will be over; `None` for what is live.
    pub(super) ends_at: Option<Instant>,
}

impl Playing {
    /// Why BYE comes before its time, if it does.
    pub(super) fn cut_short(self, now: Instant, reason: &str) -> Option<String> {
        let Some(ends_at) = self.ends_at else {
            return Some(format!("the live stream said BYE: {reason:?}"));
        };
        let left = ends_at.saturating_duration_since(now);
        let seconds = left.as_secs_f64();
        (left > EARLY_END)
            .then(|| format!("BYE came {seconds:.1} s before the end of the file: {reason:?}"))
    }
}

impl Phase {
    /// When there is something to do.
    pub(super) fn due(self) -> Option<Instant> {
        match self {
            Self::Starting(playing) | Self::Playing(playing) => {
                Some(playing.until.min(playing.report_at))
            }
            Self::Left(until) => Some(until),
            Self::Describing | Self::SettingUp(_) | Self::Leaving => None,
        }
    }

    /// What it means that something went wrong; `has_played` when PLAY was answered once.
    pub(super) fn fault(self, why: String, has_played: bool) -> Fault {
        match self {
            Self::Playing(_) => Fault::Cut(why),
            Self::Starting(_) if has_played => Fault::Cut(why),
            Self::Leaving | Self::Left(_) => Fault::Failed(format!("while leaving: {why}")),
            Self::Describing | Self::SettingUp(_) | Self::Starting(_) => Fault::Failed(why),
        }
    }
}

/// A refusal in words for a person.
pub(super) fn words(failure: &Failure) -> String {
    match failure {
        Failure::Refused(response) => format!("{:?}", response.status()),
        Failure::NoSession => "there is no session".to_owned(),
        Failure::OtherTransport => {
            "the server agreed on another transport than was asked for".to_owned()
        }
        Failure::Unreadable(error) => format!("the answer cannot be read: {error}"),
        _ => "refused".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use castline_rtsp_proto::{Response, StatusCode};

    use super::*;

    #[test]
    fn a_mishap_after_play_is_a_cut_and_before_a_failure() {
        let now = crate::now();
        let playing = Playing {
            until: now + Duration::from_secs(9),
            report_at: now,
            ends_at: None,
        };
        let fault = |phase: Phase, has_played| phase.fault("why".to_owned(), has_played);
        let failed = Fault::Failed("why".to_owned());
        assert_eq!(fault(Phase::Describing, false), failed);
        assert_eq!(fault(Phase::SettingUp(1), false), failed);
        assert_eq!(fault(Phase::Starting(playing), false), failed);
        assert_eq!(
            fault(Phase::Starting(playing), true),
            Fault::Cut("why".to_owned()),
            "in a later round"
        );
        assert_eq!(
            fault(Phase::Playing(playing), true),
            Fault::Cut("why".to_owned())
        );
        assert_eq!(
            fault(Phase::Leaving, true),
            Fault::Failed("while leaving: why".to_owned())
        );
        assert_eq!(
            (Phase::Playing(playing).due(), Phase::Leaving.due()),
            (Some(now), None)
        );
    }

    #[test]
    fn a_goodbye_before_the_end_is_a_cut() {
        let now = crate::now();
        let second = Duration::from_secs;
        let file = Playing {
            until: now + second(60),
            report_at: now,
            ends_at: Some(now + second(10)),
        };
        assert_eq!(file.cut_short(now + second(9), "end of stream"), None);
        assert_eq!(file.cut_short(now + second(11), "end of stream"), None);
        let why = file.cut_short(now + second(3), "the server ends");
        assert_eq!(
            why.unwrap(),
            "BYE came 7.0 s before the end of the file: \"the server ends\""
        );
        let live = Playing {
            ends_at: None,
            ..file
        };
        assert!(live.cut_short(now, "").is_some());
    }

    #[test]
    fn a_refusal_is_told_by_its_status() {
        let response = Response::new(StatusCode::NOT_FOUND);
        assert_eq!(words(&Failure::Refused(response)), "404 Not Found");
    }
}
