//! What a URL names: a file, or a live stream.

use std::{sync::Arc, time::Duration};

use crate::{
    library::is_file_name,
    movie::{OpenMovie, Presentation},
    stream::Stream,
    tag_file::TagFile,
};

/// A file or a live stream, cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    File(Arc<OpenMovie>),
    /// With the description that its clients were given: the stream may change, what they were told does not.
    Live(Arc<Stream>, Arc<Presentation>),
}

impl Source {
    pub(crate) fn presentation(&self) -> &Presentation {
        match self {
            Self::File(movie) => &movie.presentation,
            Self::Live(_, presentation) => presentation,
        }
    }

    pub(crate) fn is_video(&self, track: usize) -> bool {
        self.presentation().is_video(track)
    }

    /// In bit/s, of all tracks together.
    pub(crate) fn bit_rate(&self) -> u64 {
        self.presentation().bit_rate
    }

    pub(crate) fn duration(&self) -> Option<Duration> {
        self.presentation().duration
    }
}

/// What a URL names, as FLV tags.
#[derive(Debug, Clone)]
pub(crate) enum TagSource {
    File(TagFile),
    Live(Arc<Stream>),
}

impl TagSource {
    /// In bit/s, as far as is known.
    pub(crate) fn bit_rate(&self) -> u64 {
        match self {
            Self::File(file) => file.bit_rate(),
            Self::Live(stream) => stream.bit_rate(),
        }
    }

    pub(crate) fn duration(&self) -> Option<Duration> {
        match self {
            Self::File(file) => file.duration(),
            Self::Live(_) => None,
        }
    }
}

/// What a URL's path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// `/vod/<path>`
    File(&'a str),
    /// `/live/<name>`
    Live(&'a str),
}

/// Splits the decoded path of a URL into what it names and the track, where it ends in `trackID=N`.
pub(crate) fn split_path(path: &str) -> (&str, Option<u32>) {
    let whole = path.trim_end_matches('/');
    let track = whole.rsplit_once('/').and_then(|(base, last)| {
        let number = last.strip_prefix("trackID=")?.parse().ok()?;
        Some((base.trim_end_matches('/'), Some(number)))
    });
    track.unwrap_or((whole, None))
}

impl<'a> Place<'a> {
    /// `None` when the path is in neither name space.
    pub(crate) fn parse(path: &'a str) -> Option<Self> {
        let path = path.trim_start_matches('/');
        if let Some(file) = path.strip_prefix("vod/") {
            return Some(Self::File(file));
        }
        path.strip_prefix("live/").map(Self::Live)
    }
}

/// The path that is meant: clients leave `.flv` out of the names of files (libavformat does).
pub(crate) fn with_ending(path: String) -> String {
    match Place::parse(&path) {
        Some(Place::File(file)) if !is_file_name(file) => path + ".flv",
        Some(Place::File(_) | Place::Live(_)) | None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_that_clients_leave_out() {
        for (path, meant) in [
            ("vod/a/clip", "vod/a/clip.flv"),
            ("vod/a/clip.FLV", "vod/a/clip.FLV"),
            ("vod/film.Mp4", "vod/film.Mp4"),
            ("vod/film.txt", "vod/film.txt.flv"),
            ("live/cam", "live/cam"),
            ("other", "other"),
        ] {
            assert_eq!(with_ending(path.to_owned()), meant);
        }
    }

    #[test]
    fn paths_and_tracks() {
        assert_eq!(
            split_path("/vod/a b.mp4/trackID=2"),
            ("/vod/a b.mp4", Some(2))
        );
        assert_eq!(
            split_path("/vod/a.mp4//trackID=2/"),
            ("/vod/a.mp4", Some(2))
        );
        assert_eq!(split_path("/vod/a.mp4/"), ("/vod/a.mp4", None));
        assert_eq!(split_path("/vod/trackID=x"), ("/vod/trackID=x", None));
        assert_eq!(split_path(""), ("", None));
        assert_eq!(Place::parse("/vod/x/y.mp4"), Some(Place::File("x/y.mp4")));
        assert_eq!(Place::parse("/live/demo"), Some(Place::Live("demo")));
        assert_eq!(Place::parse("/video"), None);
    }
}
