//! The sections of the file: what can be set beside the ports and the limits.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::{Network, StreamPattern, is_plain_name};

/// `[tls]`: the certificate for all that speaks TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TlsSettings {
    /// The certificate chain in PEM, the server's own certificate first.
    pub(crate) certificate: Option<PathBuf>,
    /// The private key of the certificate in PEM.
    pub(crate) key: Option<PathBuf>,
}

impl TlsSettings {
    pub(super) fn check(&self, rtmps_port: u16) -> Result<()> {
        ensure!(
            self.certificate.is_some() == self.key.is_some(),
            "a certificate and its key go together: set both tls.certificate and tls.key, or none"
        );
        ensure!(
            rtmps_port == 0 || self.certificate.is_some(),
            "rtmps_port is {rtmps_port}, and there is no certificate: pass --tls-certificate and --tls-key"
        );
        Ok(())
    }
}

/// `[publish]`: who may publish, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PublishSettings {
    /// False refuses all publishers.
    pub(crate) enabled: bool,
    /// A second publisher of a stream takes it over from the first; otherwise the second is refused.
    pub(crate) take_over: bool,
    /// How long a publisher may send no media before it is closed, in seconds.
    pub(crate) idle_timeout_s: u64,
    /// The key of all streams that have none of their own; none lets everybody publish.
    pub(crate) key: Option<String>,
    /// Keys of single streams by path, such as `"live/cam" = "secret"`.
    pub(crate) keys: BTreeMap<String, String>,
}

impl Default for PublishSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            take_over: false,
            idle_timeout_s: 30,
            key: None,
            keys: BTreeMap::new(),
        }
    }
}

impl PublishSettings {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            (1..=86_400).contains(&self.idle_timeout_s),
            "publish.idle_timeout_s is {}: give 1 to 86400",
            self.idle_timeout_s
        );
        check_keys("publish", self.key.as_ref(), &self.keys)
    }

    /// [`Self::idle_timeout_s`] as a span.
    pub(crate) const fn idle_timeout(&self) -> Duration {
        Duration::from_secs(self.idle_timeout_s)
    }
}

/// `[play]`: who may play.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PlaySettings {
    /// The key of all paths that have none of their own; none lets everybody play.
    pub(crate) key: Option<String>,
    /// Keys of single paths, such as `"vod/film.mp4" = "secret"`.
    pub(crate) keys: BTreeMap<String, String>,
}

impl PlaySettings {
    pub(super) fn check(&self) -> Result<()> {
        check_keys("play", self.key.as_ref(), &self.keys)
    }
}

fn check_keys(section: &str, key: Option<&String>, keys: &BTreeMap<String, String>) -> Result<()> {
    ensure!(
        key.is_none_or(|key| !key.is_empty()),
        "{section}.key is empty, which everybody would know: give it some letters, or leave it out"
    );
    for (path, key) in keys {
        ensure!(
            path.starts_with("live/") || path.starts_with("vod/"),
            "{section}.keys names {path:?}: write the path, like \"live/cam\""
        );
        ensure!(
            !key.is_empty(),
            "the key of {path:?} in {section}.keys is empty: give it some letters, or leave it out"
        );
    }
    Ok(())
}

/// `[cache]`: what is kept of each live stream for those who join late, from a key frame on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CacheSettings {
    /// How much media a stream holds at the most, in bytes; also what a slow player may fall behind.
    pub(crate) bytes: usize,
    /// How far back a late joiner may begin, in milliseconds; where the last key frame is older, it waits for the next.
    pub(crate) ms: u64,
    /// With 16 viewers and more, what comes within so many milliseconds is sent to them together, which saves much work; 0
    /// sends everything at once.
    pub(crate) merge_ms: u64,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024 * 1024,
            ms: 20_000,
            merge_ms: 25,
        }
    }
}

impl CacheSettings {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            (64 * 1024..=4 * 1024 * 1024 * 1024).contains(&self.bytes),
            "cache.bytes is {}: give 65536 to 4294967296",
            self.bytes
        );
        ensure!(
            self.ms <= 600_000,
            "cache.ms is {}: give 0 to 600000",
            self.ms
        );
        ensure!(
            self.merge_ms <= 1_000,
            "cache.merge_ms is {}: give 0 to 1000, and 25 unless there is a reason",
            self.merge_ms
        );
        Ok(())
    }
}

/// `[record]`: what is recorded as FLV, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RecordSettings {
    /// True records the streams below as soon as they are published; the API can start and stop any.
    pub(crate) enabled: bool,
    /// The folder that recordings are written to; it is made when the first one begins.
    pub(crate) dir: PathBuf,
    /// The streams that are recorded by themselves.
    pub(crate) streams: Vec<StreamPattern>,
}

impl Default for RecordSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            dir: "recordings".into(),
            streams: "live/*".parse().into_iter().collect(),
        }
    }
}

impl RecordSettings {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            !self.dir.exists() || self.dir.is_dir(),
            "{} is not a folder: set record.dir to one, or to a name that is free",
            self.dir.display()
        );
        Ok(())
    }

    /// True when the stream with this path is recorded by itself.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.enabled && self.streams.iter().any(|pattern| pattern.matches(path))
    }
}

/// How a hook is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HookFormat {
    /// A form, as nginx-rtmp sends it: any 2xx allows, 3xx with a Location renames.
    #[default]
    Form,
    /// JSON, as SRS sends it: 200 with `0` or `{"code":0}` allows.
    Json,
}

/// `[hooks]`: URLs that are asked whether something may begin, and told that it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HookSettings {
    /// The form of the calls: `form` (nginx-rtmp) or `json` (SRS).
    pub(crate) format: HookFormat,
    /// How long an answer may take, in milliseconds; none in time is a refusal.
    pub(crate) timeout_ms: u64,
    /// Asked whether a client may connect over RTMP.
    pub(crate) on_connect: Option<String>,
    /// Asked whether a stream may be published.
    pub(crate) on_publish: Option<String>,
    /// Told that a publisher is gone.
    pub(crate) on_publish_done: Option<String>,
    /// Asked whether something may be played.
    pub(crate) on_play: Option<String>,
    /// Told that a player is gone.
    pub(crate) on_play_done: Option<String>,
    /// Told that a publisher or a player is gone, after the one above.
    pub(crate) on_done: Option<String>,
    /// Told that a recording is finished.
    pub(crate) on_record_done: Option<String>,
}

impl Default for HookSettings {
    fn default() -> Self {
        Self {
            format: HookFormat::Form,
            timeout_ms: 3_000,
            on_connect: None,
            on_publish: None,
            on_publish_done: None,
            on_play: None,
            on_play_done: None,
            on_done: None,
            on_record_done: None,
        }
    }
}

impl HookSettings {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            (100..=60_000).contains(&self.timeout_ms),
            "hooks.timeout_ms is {}: give 100 to 60000",
            self.timeout_ms
        );
        let hooks = [
            ("on_connect", &self.on_connect),
            ("on_publish", &self.on_publish),
            ("on_publish_done", &self.on_publish_done),
            ("on_play", &self.on_play),
            ("on_play_done", &self.on_play_done),
            ("on_done", &self.on_done),
            ("on_record_done", &self.on_record_done),
        ];
        for (name, url) in hooks {
            let is_url = url.as_ref().is_none_or(|url| {
                (url.starts_with("http://") || url.starts_with("https://"))
                    && reqwest::Url::parse(url).is_ok()
            });
            ensure!(
                is_url,
                "hooks.{name} is {:?}: give a URL like http://127.0.0.1:9000/{name}",
                url.as_deref().unwrap_or_default()
            );
        }
        Ok(())
    }
}

/// `[api]`: who may use the HTTP API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ApiSettings {
    /// What `Authorization: Bearer` has to carry; without one, the API answers to this machine only.
    pub(crate) token: Option<String>,
}

impl ApiSettings {
    pub(super) fn check(&self) -> Result<()> {
        let is_sound =
            |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        ensure!(
            self.token.as_ref().is_none_or(is_sound),
            "api.token has to be of ASCII letters, digits and signs, at least one: it goes into a header"
        );
        Ok(())
    }
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RightsAction {
    Publish,
    Play,
}

/// `[[rights]]`: one rule. Of the rules for a path and an action, the first that names the peer's network decides; where
/// none of them does, the peer is refused; where there is no rule, the keys of `[publish]` and `[play]` decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RightsRule {
    /// The paths it is about.
    pub(crate) path: StreamPattern,
    /// `publish` or `play`; both when left out.
    #[serde(default)]
    pub(crate) action: Option<RightsAction>,
    /// The networks that it is for; everybody when left out.
    #[serde(default)]
    pub(crate) allow: Vec<Network>,
    /// The key that they need; none when left out.
    #[serde(default)]
    pub(crate) key: Option<String>,
}

impl RightsRule {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            self.key.as_ref().is_none_or(|key| !key.is_empty()),
            "the rule for {} has an empty key: give it some letters, or leave it out",
            self.path
        );
        Ok(())
    }
}

/// `[[push]]`: where published streams are sent on to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PushSettings {
    /// The streams that it is for.
    pub(crate) stream: StreamPattern,
    /// The RTMP URL they go to; `{name}` stands for the name of the stream.
    pub(crate) url: String,
}

impl PushSettings {
    pub(super) fn check(&self) -> Result<()> {
        check_rtmp_url("push", &self.url)
    }

    /// Where the stream with this name goes.
    pub(crate) fn url_for(&self, name: &str) -> String {
        self.url.replace("{name}", name)
    }
}

/// `[[pull]]`: a stream that is fetched from another server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PullSettings {
    /// It is played at `/live/<name>`.
    pub(crate) name: String,
    /// The RTMP URL it comes from.
    pub(crate) url: String,
    /// True fetches it while somebody plays it only.
    #[serde(default)]
    pub(crate) on_demand: bool,
}

fn check_rtmp_url(section: &str, url: &str) -> Result<()> {
    let rest = url
        .strip_prefix("rtmp://")
        .or_else(|| url.strip_prefix("rtmps://"));
    // A host, an app and a name.
    let is_whole = rest.is_some_and(|rest| {
        let mut parts = rest.splitn(3, '/');
        (0..3).all(|_| parts.next().is_some_and(|part| !part.is_empty()))
    });
    ensure!(
        is_whole && !url.contains(|letter: char| letter.is_control() || letter == ' '),
        "{section} has the URL {url:?}: write it like rtmp://host/app/name"
    );
    Ok(())
}

pub(super) fn check_pulls(pulls: &[PullSettings]) -> Result<()> {
    let mut names = HashSet::new();
    for pull in pulls {
        check_rtmp_url("pull", &pull.url)?;
        ensure!(
            is_plain_name(&pull.name),
            "pull has the name {:?}: give a plain one like cam, without slashes",
            pull.name
        );
        ensure!(
            names.insert(&pull.name),
            "two [[pull]] have the name {:?}: give each its own",
            pull.name
        );
    }
    Ok(())
}
