//! Whether somebody may publish or play: the rights first, then the hooks.

use std::sync::Arc;

use tracing::info;

use crate::{
    config::Config,
    hooks::{HookCall, Hooks, Occasion, Verdict},
    rights::{Action, Attempt, Refusal, Rights},
};

/// The rights and the hooks in force.
#[derive(Debug)]
pub(crate) struct Gate {
    rights: Rights,
    hooks: Hooks,
}

/// Why somebody is not let in; `Display` is what the peer and the log are told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denied {
    #[error(transparent)]
    Rights(#[from] Refusal),
    #[error("{0}")]
    Hook(String),
}

/// Somebody who was let in; dropping it tells the hooks that it is over.
#[derive(Debug)]
pub(crate) struct Guest {
    gate: Arc<Gate>,
    name: String,
    call: Option<HookCall>,
}

impl Guest {
    /// The name below the app under which it goes on: the one that was asked for, or the one that a hook gave.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            let occasion = match call.occasion {
                Occasion::Publish => Occasion::PublishDone,
                Occasion::Connect
                | Occasion::PublishDone
                | Occasion::Play
                | Occasion::PlayDone
                | Occasion::RecordDone => Occasion::PlayDone,
            };
            self.gate.tell(call.on(occasion));
        }
    }
}

impl Gate {
    /// Needs a runtime, in which the hooks are told of ends.
    pub(crate) fn new(config: &Config) -> reqwest::Result<Self> {
        Ok(Self {
            rights: Rights::new(config),
            hooks: Hooks::new(&config.hooks)?,
        })
    }

    /// Asks whether a connection may come in at all; for RTMP's connect.
    pub(crate) async fn connect(&self, call: &HookCall) -> Result<(), Denied> {
        match self.hooks.ask(call).await {
            Verdict::Allow | Verdict::Rename(_) => Ok(()),
            Verdict::Deny(reason) => Err(Denied::Hook(reason)),
        }
    }

    /// Asks whether what the call is about, a publication or a play, may begin. What is given back lasts as long as it does.
    pub(crate) async fn admit(self: &Arc<Self>, call: HookCall) -> Result<Guest, Denied> {
        match self.judge(&call).await {
            Ok(name) => Ok(Guest {
                gate: Arc::clone(self),
                name,
                call: Some(call),
            }),
            Err(denied) => {
                info!(peer = %call.peer, app = call.app, name = call.name, occasion = ?call.occasion, reason = %denied, "not let in");
                Err(denied)
            }
        }
    }

    async fn judge(&self, call: &HookCall) -> Result<String, Denied> {
        self.may(call)?;
        match self.hooks.ask(call).await {
            Verdict::Allow => Ok(call.name.clone()),
            Verdict::Rename(name) => Ok(name),
            Verdict::Deny(reason) => Err(Denied::Hook(reason)),
        }
    }

    /// Looks at the rights alone, for questions that begin nothing.
    pub(crate) fn may(&self, call: &HookCall) -> Result<(), Refusal> {
        self.rights.check(&Attempt {
            action: match call.occasion {
                Occasion::Publish => Action::Publish,
                Occasion::Connect
                | Occasion::PublishDone
                | Occasion::Play
                | Occasion::PlayDone
                | Occasion::RecordDone => Action::Play,
            },
            path: &format!("{}/{}", call.app, call.name),
            peer: call.peer.ip(),
            query: &call.args,
        })
    }

    /// Tells the hooks of what has ended. It never waits. Guests tell of their own end.
    pub(crate) fn tell(&self, call: HookCall) {
        self.hooks.tell(call);
    }

    /// True when everybody who can connect can publish.
    pub(crate) fn is_open(&self) -> bool {
        self.rights.is_open()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_rights_are_asked_without_a_hook() {
        crate::tls::install_provider();
        let config: Config = toml::from_str("[publish]\nkey = \"k\"").unwrap();
        let gate = Arc::new(Gate::new(&config).unwrap());
        assert!(!gate.is_open());
        let peer = ([192, 0, 2, 1], 1).into();
        let mut call = HookCall::new(Occasion::Publish, peer, ("live", "cam"));
        let denied = gate.admit(call.clone()).await.unwrap_err();
        assert_eq!(denied, Denied::Rights(Refusal::KeyMissing));
        call.args = "key=k".to_owned();
        assert_eq!(gate.admit(call).await.unwrap().name(), "cam");
        let play = HookCall::new(Occasion::Play, peer, ("live", "cam"));
        assert_eq!(gate.admit(play.clone()).await.unwrap().name(), "cam");
        assert_eq!(gate.connect(&play).await, Ok(()));
    }
}
