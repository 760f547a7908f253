//! Who may publish and play what: rules by path and network, and keys.

use std::{borrow::Cow, collections::HashMap, net::IpAddr};

use castline_rtsp_proto::percent_decode;
use sha2::{Digest, Sha256};

use crate::config::{Config, Network, RightsAction, RightsRule, StreamPattern};

/// The parameter of a URL that carries the key.
const KEY_PARAMETER: &str = "key";

/// What somebody is about to do.
pub(crate) type Action = RightsAction;

/// Somebody who is about to publish or to play.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) action: Action,
    /// The path without a slash in front, without escapes and without a query: `live/cam`, `vod/film.mp4`.
    pub(crate) path: &'a str,
    pub(crate) peer: IpAddr,
    /// The query as it came, such as `key=secret&x=1`; of RTMP, that of the app and that of the name, with `&` between.
    pub(crate) query: &'a str,
}

/// Why an attempt is refused; `Display` is what the peer and the log are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("this server takes no publishers ([publish] enabled)")]
    PublishingIsOff,
    #[error("this address may not do that ([[rights]])")]
    Address,
    #[error("a key is needed: add ?key=KEY to the URL")]
    KeyMissing,
    #[error("the key is wrong")]
    KeyWrong,
}

/// The rules and the keys in force.
#[derive(Debug, Clone)]
pub(crate) struct Rights {
    is_publishing_on: bool,
    rules: Vec<Rule>,
    publish: Keys,
    play: Keys,
}

#[derive(Debug, Clone)]
struct Rule {
    path: StreamPattern,
    action: Option<Action>,
    allow: Vec<Network>,
    key: Option<Key>,
}

#[derive(Debug, Clone)]
struct Keys {
    general: Option<Key>,
    by_path: HashMap<String, Key>,
}

/// A key, as its digest: comparing digests tells nothing about the key by the time it takes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    pub(crate) fn new(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// True when `given` is this key.
    pub(crate) fn is(&self, given: &str) -> bool {
        let given = Self::new(given);
        let differing = self.0.iter().zip(&given.0);
        differing.fold(0, |all, (own, given)| all | (own ^ given)) == 0
    }
}

impl Keys {
    fn new(general: Option<&String>, by_path: impl Iterator<Item = (String, Key)>) -> Self {
        Self {
            general: general.map(|key| Key::new(key)),
            by_path: by_path.collect(),
        }
    }

    fn of(&self, path: &str) -> Option<&Key> {
        self.by_path.get(path).or(self.general.as_ref())
    }
}

impl From<&RightsRule> for Rule {
    fn from(rule: &RightsRule) -> Self {
        Self {
            path: rule.path.clone(),
            action: rule.action,
            allow: rule.allow.clone(),
            key: rule.key.as_deref().map(Key::new),
        }
    }
}

impl Rule {
    fn is_about(&self, attempt: &Attempt<'_>) -> bool {
        self.action.is_none_or(|action| action == attempt.action) && self.path.matches(attempt.path)
    }

    fn is_for(&self, peer: IpAddr) -> bool {
        self.allow.is_empty() || self.allow.iter().any(|network| network.contains(peer))
    }
}

impl Rights {
    pub(crate) fn new(config: &Config) -> Self {
        let digest = |(path, key): (&String, &String)| (path.clone(), Key::new(key));
        let (publish, play) = (&config.publish, &config.play);
        Self {
            is_publishing_on: publish.enabled,
            rules: config.rights.iter().map(Rule::from).collect(),
            publish: Keys::new(publish.key.as_ref(), publish.keys.iter().map(digest)),
            play: Keys::new(play.key.as_ref(), play.keys.iter().map(digest)),
        }
    }

    /// Whether an attempt is within the rights of whoever makes it.
    ///
    /// Of the rules for the path and the action, the first that names the peer's network decides, by its key if it has
    /// one. Where such rules are, and none names the network, it is refused. Where there is no rule, the path's key
    /// decides, or the general one; where there is none, it is allowed.
    pub(crate) fn check(&self, attempt: &Attempt<'_>) -> Result<(), Refusal> {
        if attempt.action == Action::Publish && !self.is_publishing_on {
            return Err(Refusal::PublishingIsOff);
        }
        let mut rules = self
            .rules
            .iter()
            .filter(|rule| rule.is_about(attempt))
            .peekable();
        let needed = if rules.peek().is_some() {
            let rule = rules.find(|rule| rule.is_for(attempt.peer));
            rule.ok_or(Refusal::Address)?.key.as_ref()
        } else {
            match attempt.action {
                Action::Publish => self.publish.of(attempt.path),
                Action::Play => self.play.of(attempt.path),
            }
        };
        let Some(needed) = needed else { return Ok(()) };
        let given = parameter(attempt.query, KEY_PARAMETER).ok_or(Refusal::KeyMissing)?;
        if needed.is(&given) {
            Ok(())
        } else {
            Err(Refusal::KeyWrong)
        }
    }

    /// True when everybody who can connect can publish.
    pub(crate) fn is_open(&self) -> bool {
        self.is_publishing_on && self.publish.general.is_none() && self.rules.is_empty()
    }
}

/// The first parameter with this name in a query, without escapes where they are sound, and as it is otherwise.
pub(crate) fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let query = query.trim_start_matches('?');
    let mut parameters = query.split('&').filter_map(|one| one.split_once('='));
    let (_, value) = parameters.find(|(known, _)| *known == name)?;
    Some(percent_decode(value).unwrap_or(Cow::Borrowed(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        rights: &Rights,
        action: Action,
        path: &str,
        from: (&str, &str),
    ) -> Result<(), Refusal> {
        let (peer, query) = from;
        rights.check(&Attempt {
            action,
            path,
            peer: peer.parse().unwrap(),
            query,
        })
    }

    fn rights(text: &str) -> Rights {
        Rights::new(&toml::from_str(text).unwrap())
    }

    const ANY: &str = "198.51.100.1";

    #[test]
    fn everything_is_allowed_unless_told_otherwise() {
        let rights = rights("");
        assert!(rights.is_open());
        check(&rights, Action::Publish, "live/cam", (ANY, "")).unwrap();
        check(&rights, Action::Play, "vod/film.mp4", (ANY, "x=1")).unwrap();
    }

    #[test]
    fn publishing_can_be_off() {
        let rights = rights("[publish]\nenabled = false\nkey = \"k\"");
        let refused = check(&rights, Action::Publish, "live/cam", (ANY, "key=k"));
        assert_eq!(refused, Err(Refusal::PublishingIsOff));
        check(&rights, Action::Play, "live/cam", (ANY, "")).unwrap();
    }

    #[test]
    fn a_path_has_its_own_key_or_the_general_one() {
        let rights = rights(
            "[publish]\nkey = \"general\"\n[publish.keys]\n\"live/cam\" = \"own\"\n[play.keys]\n\"live/cam\" = \"see me\"",
        );
        assert!(!rights.is_open());
        let table = [
            (Action::Publish, "live/x", "key=general", Ok(())),
            (Action::Publish, "live/x", "?a=b&key=general&c", Ok(())),
            (Action::Publish, "live/x", "key=own", Err(Refusal::KeyWrong)),
            (Action::Publish, "live/x", "", Err(Refusal::KeyMissing)),
            (Action::Publish, "live/x", "key", Err(Refusal::KeyMissing)),
            (Action::Publish, "live/x", "key=", Err(Refusal::KeyWrong)),
            (
                Action::Publish,
                "live/x",
                "key=generall",
                Err(Refusal::KeyWrong),
            ),
            (
                Action::Publish,
                "live/x",
                "key=genera",
                Err(Refusal::KeyWrong),
            ),
            (
                Action::Publish,
                "live/x",
                "mykey=general",
                Err(Refusal::KeyMissing),
            ),
            (Action::Publish, "live/cam", "key=own", Ok(())),
            (
                Action::Publish,
                "live/cam",
                "key=general",
                Err(Refusal::KeyWrong),
            ),
            (Action::Play, "live/cam", "key=see%20me", Ok(())),
            (Action::Play, "live/cam", "key=own", Err(Refusal::KeyWrong)),
            (Action::Play, "live/x", "", Ok(())),
        ];
        for (action, path, query, outcome) in table {
            assert_eq!(
                check(&rights, action, path, (ANY, query)),
                outcome,
                "{path} {query}"
            );
        }
    }

    #[test]
    fn the_first_rule_that_names_the_network_decides() {
        let rights = rights(
            r#"
            [publish]
            key = "general"
            [[rights]]
            path = "live/*"
            action = "publish"
            allow = ["10.0.0.0/8"]
            [[rights]]
            path = "live/open*"
            action = "publish"
            key = "guest"
            [[rights]]
            path = "vod/secret/*"
            allow = ["192.0.2.0/24", "2001:db8::/32"]
            "#,
        );
        let table = [
            (Action::Publish, "live/cam", ("10.1.1.1", ""), Ok(())),
            (Action::Publish, "live/cam", ("::ffff:10.1.1.1", ""), Ok(())),
            (
                Action::Publish,
                "live/cam",
                (ANY, "key=general"),
                Err(Refusal::Address),
            ),
            (Action::Publish, "live/open1", ("10.1.1.1", ""), Ok(())),
            (Action::Publish, "live/open1", (ANY, "key=guest"), Ok(())),
            (
                Action::Publish,
                "live/open1",
                (ANY, "key=general"),
                Err(Refusal::KeyWrong),
            ),
            (Action::Play, "live/cam", (ANY, ""), Ok(())),
            (
                Action::Play,
                "vod/secret/a.mp4",
                (ANY, ""),
                Err(Refusal::Address),
            ),
            (Action::Play, "vod/secret/a.mp4", ("192.0.2.9", ""), Ok(())),
            (
                Action::Play,
                "vod/secret/a.mp4",
                ("2001:db8::9", ""),
                Ok(()),
            ),
            (Action::Play, "vod/public.mp4", (ANY, ""), Ok(())),
        ];
        for (action, path, from, outcome) in table {
            assert_eq!(
                check(&rights, action, path, from),
                outcome,
                "{path} {from:?}"
            );
        }
    }

    #[test]
    fn keys_are_not_in_the_log() {
        let shown = format!("{:?}", rights("[publish]\nkey = \"hidden\""));
        assert!(!shown.contains("hidden"), "{shown}");
        assert_eq!(parameter("key=%zz", "key").as_deref(), Some("%zz"));
    }
}
