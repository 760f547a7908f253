//! Where a stream lies: the application and the stream's name, as clients send them and as they are meant.

use alloc::format;
use alloc::string::String;

/// An application and a stream name taken apart: `live/?key=a` and `mp4:film.mp4?b=c` mean `live`, `film.mp4`
/// of prefix `mp4`, and two queries. Percent escapes stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StreamPath {
    /// The application, without slashes at its ends, its query, and the default instance `_definst_`. May have
    /// several segments.
    pub app: String,
    /// The name without prefix and query; empty when the whole path is in `app`.
    pub stream_name: String,
    /// `mp4`, `flv`, `f4v`, `mp3` or `id3` where the name began with it and a colon: in lower case.
    pub prefix: Option<&'static str>,
    /// What followed a `?` in the application.
    pub app_query: Option<String>,
    /// What followed a `?` in the stream name.
    pub stream_query: Option<String>,
}

impl StreamPath {
    /// Takes apart what `connect` and then `publish` or `play` said.
    #[must_use]
    pub fn split(app: &str, stream_name: &str) -> Self {
        let (app, app_query) = split_query(app);
        let (stream_name, stream_query) = split_query(stream_name);
        let (prefix, stream_name) = split_prefix(stream_name.trim_start_matches('/'));
        let app = app.trim_matches('/');
        let app = app.strip_suffix("/_definst_").unwrap_or(app);
        Self {
            app: app.trim_end_matches('/').into(),
            stream_name: stream_name.trim_matches('/').into(),
            prefix,
            app_query: app_query.map(Into::into),
            stream_query: stream_query.map(Into::into),
        }
    }

    /// Application and stream name with a slash between: the same path whichever way a client cut it.
    #[must_use]
    pub fn path(&self) -> String {
        match (self.app.as_str(), self.stream_name.as_str()) {
            ("", only) | (only, "") => only.into(),
            (app, stream_name) => format!("{app}/{stream_name}"),
        }
    }

    /// The first value of a query parameter as sent, looked for in the stream's query and then in the
    /// application's.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters()
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value)
    }

    /// All query parameters as sent: those of the stream, then those of the application.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        [&self.stream_query, &self.app_query]
            .into_iter()
            .filter_map(Option::as_deref)
            .flat_map(query_parameters)
    }
}

/// The pairs of a query, escapes as they are; a name without `=` has an empty value.
pub(super) fn query_parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn split_query(text: &str) -> (&str, Option<&str>) {
    match text.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (text, None),
    }
}

fn split_prefix(name: &str) -> (Option<&'static str>, &str) {
    const PREFIXES: [&str; 5] = ["mp4", "flv", "f4v", "mp3", "id3"];
    let Some((before, after)) = name.split_once(':') else {
        return (None, name);
    };
    let known = PREFIXES
        .into_iter()
        .find(|prefix| prefix.eq_ignore_ascii_case(before));
    known.map_or((None, name), |prefix| (Some(prefix), after))
}
