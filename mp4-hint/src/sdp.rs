//! A movie as a session description (RFC 8866, with RTSP's attributes: RFC 2326 appendix C).

use alloc::vec::Vec;
use core::time::Duration;

use castline_rtp_rtcp::{
    media_section::{self, media_section},
    payload::PacketizationMode,
};
use castline_sdp::{
    Bandwidth, Connection, Decimal, FrameRate, MediaBuilder, NptTime, Origin, Range,
    SessionBuilder, SessionDescription,
};

pub use castline_rtp_rtcp::media_section::RtpTrack;

use crate::{Movie, MovieTrack};

/// The tracks of a movie that have an RTP payload format, in the file's order: the media sections of
/// [`sdp()`].
#[must_use]
pub fn rtp_tracks(movie: &Movie) -> Vec<RtpTrack> {
    media_section::rtp_tracks(movie.tracks().iter().map(|track| &track.media))
}

/// The description of a movie for DESCRIBE: a section per [`RtpTrack`] with its control, bandwidth and
/// frame rate, and the movie's range, from NPT 0 to its [`play_time`](Movie::play_time). The builder takes
/// what else is wanted, such as a name.
#[must_use]
pub fn sdp(movie: &Movie, origin: &Origin<'_>, mode: PacketizationMode) -> SessionBuilder {
    let mut session = SessionDescription::builder(origin)
        .connection(&Connection::unicast("0.0.0.0"))
        .attribute(&range(movie.play_time()))
        .raw_attribute("control", "*");
    for sent in rtp_tracks(movie) {
        let section = movie
            .track(sent.track)
            .and_then(|track| section(track, &sent, mode));
        if let Some(section) = section {
            session = session.media(section);
        }
    }
    session
}

fn range(play_time: Option<Duration>) -> Range<'static> {
    Range::Npt {
        start: Some(NptTime::At(Duration::ZERO)),
        end: play_time.map(|play_time| {
            // Whole milliseconds, rounded up: nothing is cut off.
            let ms = play_time.as_nanos().div_ceil(1_000_000);
            NptTime::At(Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX)))
        }),
    }
}

fn section(track: &MovieTrack, sent: &RtpTrack, mode: PacketizationMode) -> Option<MediaBuilder> {
    let mut section = media_section(&track.media.codec, sent.payload_type, mode)
        .ok()?
        .raw_attribute("control", &sent.control);
    if let Some(bit_rate) = track.media.bit_rate {
        let kbps = u64::from(bit_rate.div_ceil(1000));
        section = section.bandwidth(&Bandwidth::application_specific_kbps(kbps));
    }
    if let Some(rate) = track.frame_rate().and_then(decimal) {
        section = section.attribute(&FrameRate(rate));
    }
    Some(section)
}

/// A frame rate with up to three decimals, none of them a trailing zero.
fn decimal((frames, seconds): (u64, u64)) -> Option<Decimal> {
    let thousandths = u128::from(frames)
        .saturating_mul(1000)
        .saturating_add(u128::from(seconds / 2))
        .checked_div(u128::from(seconds))?;
    let mut digits = u64::try_from(thousandths)
        .ok()
        .filter(|digits| *digits > 0)?;
    let mut fraction_digits = 3u8;
    while fraction_digits > 0 && digits.is_multiple_of(10) {
        digits /= 10;
        fraction_digits = fraction_digits.saturating_sub(1);
    }
    Some(Decimal::new(digits, fraction_digits))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn frame_rates_are_short() {
        let text = |rate| decimal(rate).map(|decimal| decimal.to_string());
        assert_eq!(text((25, 1)).unwrap(), "25");
        assert_eq!(text((100, 1)).unwrap(), "100");
        assert_eq!(text((30_000, 1001)).unwrap(), "29.97");
        assert_eq!(text((25, 2)).unwrap(), "12.5");
        assert_eq!(text((1, 1_000_000)), None);
        assert_eq!(text((1, 0)), None);
    }
}
