//! HTTP hooks: somebody else is asked whether something may begin, and told that it ended.

mod answer;
mod body;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::BytesMut;
use tokio::sync::{Semaphore, mpsc};
use tracing::{debug, warn};

use crate::config::{HookFormat, HookSettings, is_plain_name};

/// How many notifications wait at the most; more are left out.
const MOST_WAITING: usize = 1024;
/// How many notifications are under way at the same time.
const MOST_UNDER_WAY: usize = 8;
/// How many questions are under way at the same time; more wait their turn within their time.
const MOST_QUESTIONS: usize = 256;
/// How much of an answer is read.
const MOST_ANSWER_BYTES: usize = 16 * 1024;

/// What is about to happen, or has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    Connect,
    Publish,
    PublishDone,
    Play,
    PlayDone,
    RecordDone,
}

/// Everything that a hook is told.
#[derive(Debug, Clone)]
pub(crate) struct HookCall {
    pub(crate) occasion: Occasion,
    pub(crate) peer: SocketAddr,
    /// Names the connection, the same in all its calls.
    pub(crate) client_id: String,
    /// `live` or `vod`.
    pub(crate) app: String,
    /// The name of the stream, or the path of the file below the app.
    pub(crate) name: String,
    /// The query as it came, without its question mark.
    pub(crate) args: String,
    /// The URL that the client connected to.
    pub(crate) tc_url: String,
    /// The page that a player is on, where it says so.
    pub(crate) page_url: String,
    /// The file of a finished recording.
    pub(crate) file: Option<String>,
}

impl HookCall {
    /// A call about `<app>/<name>` by a new client, without the rest.
    pub(crate) fn new(occasion: Occasion, peer: SocketAddr, path: (&str, &str)) -> Self {
        static CLIENTS: AtomicU64 = AtomicU64::new(1);
        Self {
            occasion,
            peer,
            client_id: CLIENTS.fetch_add(1, Ordering::Relaxed).to_string(),
            app: path.0.to_owned(),
            name: path.1.to_owned(),
            args: String::new(),
            tc_url: String::new(),
            page_url: String::new(),
            file: None,
        }
    }

    /// The same client on another occasion.
    pub(crate) fn on(mut self, occasion: Occasion) -> Self {
        self.occasion = occasion;
        self
    }
}

/// What the hook wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allow,
    /// No, and why: for the peer and the log.
    Deny(String),
    /// Yes, under this name.
    Rename(String),
}

/// The hooks in force; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Hooks(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: HookSettings,
    client: reqwest::Client,
    questions: Semaphore,
    notifications: mpsc::Sender<(String, HookCall)>,
}

impl Hooks {
    /// Needs a runtime, in which the notifications are sent, and rustls' provider of the process.
    pub(crate) fn new(settings: &HookSettings) -> reqwest::Result<Self> {
        let timeout = Duration::from_millis(settings.timeout_ms);
        let client = reqwest::Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("castline-server/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let (notifications, waiting) = mpsc::channel(MOST_WAITING);
        tokio::spawn(notify(client.clone(), settings.format, waiting));
        Ok(Self(Arc::new(Inner {
            settings: settings.clone(),
            client,
            questions: Semaphore::new(MOST_QUESTIONS),
            notifications,
        })))
    }

    /// Asks whether something may begin. Who gives no answer in time does not allow it.
    pub(crate) async fn ask(&self, call: &HookCall) -> Verdict {
        let settings = &self.0.settings;
        let url = match call.occasion {
            Occasion::Connect => settings.on_connect.as_ref(),
            Occasion::Publish => settings.on_publish.as_ref(),
            Occasion::Play => settings.on_play.as_ref(),
            Occasion::PublishDone | Occasion::PlayDone | Occasion::RecordDone => None,
        };
        let Some(url) = url else {
            return Verdict::Allow;
        };
        let limit = Duration::from_millis(settings.timeout_ms);
        let verdict = match tokio::time::timeout(limit, self.question(url, call)).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(error)) if !error.is_timeout() => {
                warn!(url, error = %error.without_url(), "a hook cannot be asked; check its URL in [hooks]");
                Verdict::Deny("the hook cannot be asked".to_owned())
            }
            Ok(Err(_)) | Err(_) => {
                warn!(
                    url,
                    timeout_ms = settings.timeout_ms,
                    "a hook gives no answer in time; see hooks.timeout_ms"
                );
                Verdict::Deny("the hook gave no answer in time".to_owned())
            }
        };
        debug!(url, ?verdict, name = call.name, "a hook answered");
        verdict
    }

    async fn question(&self, url: &str, call: &HookCall) -> reqwest::Result<Verdict> {
        // It is never closed.
        let _turn = self.0.questions.acquire().await;
        let format = self.0.settings.format;
        let mut response = body::request(&self.0.client, format, url, call)
            .send()
            .await?;
        let mut text = BytesMut::new();
        while let Some(chunk) = response.chunk().await? {
            text.extend_from_slice(&chunk);
            if text.len() > MOST_ANSWER_BYTES {
                return Ok(Verdict::Deny("the hook's answer is too long".to_owned()));
            }
        }
        Ok(match format {
            HookFormat::Form => answer::of_form(response.status(), response.headers()),
            HookFormat::Json => answer::of_json(response.status(), &text),
        })
    }

    /// Tells that something ended. It never waits; when the hook is too slow for all there is to tell, some is left out.
    pub(crate) fn tell(&self, call: HookCall) {
        let settings = &self.0.settings;
        let (own, both) = match call.occasion {
            Occasion::PublishDone => (settings.on_publish_done.as_ref(), settings.on_done.as_ref()),
            Occasion::PlayDone => (settings.on_play_done.as_ref(), settings.on_done.as_ref()),
            Occasion::RecordDone => (settings.on_record_done.as_ref(), None),
            Occasion::Connect | Occasion::Publish | Occasion::Play => (None, None),
        };
        for url in own.into_iter().chain(both) {
            let notification = (url.clone(), call.clone());
            if self.0.notifications.try_send(notification).is_err() {
                warn!(
                    url,
                    name = call.name,
                    "the hook is too slow: it is not told of an end"
                );
            }
        }
    }
}

/// Sends notifications in order, a few at a time, each once.
async fn notify(
    client: reqwest::Client,
    format: HookFormat,
    mut waiting: mpsc::Receiver<(String, HookCall)>,
) {
    let places = Arc::new(Semaphore::new(MOST_UNDER_WAY));
    while let Some((url, call)) = waiting.recv().await {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let sent = body::request(&client, format, &url, &call).send();
        tokio::spawn(async move {
            match sent.await {
                Ok(response) if response.status().is_success() => {}
                Ok(response) => {
                    debug!(
                        url,
                        status = response.status().as_u16(),
                        "the hook did not want to know"
                    );
                }
                Err(error) => {
                    warn!(url, error = %error.without_url(), "a hook cannot be told; check its URL in [hooks]");
                }
            }
            drop(place);
        });
    }
}

/// The name that a hook gives, where it is one.
fn renamed(name: &str) -> Verdict {
    if is_plain_name(name) {
        Verdict::Rename(name.to_owned())
    } else {
        Verdict::Deny("the hook gave a name that cannot be one".to_owned())
    }
}

#[cfg(test)]
mod tests;
