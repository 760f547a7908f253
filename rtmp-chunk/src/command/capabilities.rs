//! What Enhanced RTMP peers tell each other at connect: `capsEx`, `fourCcList`, `videoFourCcInfoMap`,
//! `audioFourCcInfoMap`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::BitOr;

use crate::amf::amf0::{Object, Value};

macro_rules! mask {
    ($(#[$doc:meta])* $name:ident { $($(#[$flag_doc:meta])* $flag:ident = $bit:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        #[allow(clippy::exhaustive_structs, reason = "a wire number is a number")]
        pub struct $name(pub u32);

        impl $name {
            $($(#[$flag_doc])* pub const $flag: Self = Self($bit);)+

            /// True when all bits of `other` are set.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// The bits that both have.
            #[must_use]
            pub const fn intersection(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        impl BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }
    };
}

mask! {
    /// `capsEx`: extensions beyond codecs. Unknown bits are kept.
    CapsEx {
        /// Understands `NetConnection.Connect.ReconnectRequest`.
        RECONNECT = 0x01;
        /// Understands multitrack audio and video.
        MULTITRACK = 0x02;
        /// Understands ModEx packets.
        MOD_EX = 0x04;
        /// Understands the nanosecond offset in ModEx.
        TIMESTAMP_NANO_OFFSET = 0x08;
    }
}

mask! {
    /// `FourCcInfoMask`: what a peer can do with a codec.
    FourCcInfo {
        /// Can decode it.
        CAN_DECODE = 0x01;
        /// Can encode it.
        CAN_ENCODE = 0x02;
        /// Can pass it on.
        CAN_FORWARD = 0x04;
    }
}

/// The codecs of one kind and what the peer can do with each; the key `*` stands for any codec.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FourCcInfoMap(Vec<(String, FourCcInfo)>);

impl FourCcInfoMap {
    /// No codec at all.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// With one more codec, or `*`.
    #[must_use]
    pub fn with(mut self, four_cc: impl Into<String>, info: FourCcInfo) -> Self {
        self.0.push((four_cc.into(), info));
        self
    }

    /// What the peer can do with a codec: its own flags and those of `*` together.
    #[must_use]
    pub fn info(&self, four_cc: &str) -> FourCcInfo {
        self.iter()
            .filter(|(key, _)| *key == four_cc || *key == ANY)
            .fold(FourCcInfo::default(), |sum, (_, info)| sum | info)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, FourCcInfo)> {
        self.0.iter().map(|(key, info)| (key.as_str(), *info))
    }

    /// True without entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn read(object: &Object, name: &str) -> Self {
        let map = object.get(name).and_then(Value::as_object);
        Self(
            map.into_iter()
                .flat_map(Object::iter)
                .filter_map(|(key, value)| Some((key.to_owned(), FourCcInfo(mask(value)?))))
                .collect(),
        )
    }

    fn to_object(&self) -> Object {
        self.iter().fold(Object::new(), |object, (key, info)| {
            object.with(key, f64::from(info.0))
        })
    }
}

/// The wildcard of `fourCcList` and of the info maps.
const ANY: &str = "*";

/// A mask sent as a number; fractions are cut, what is below 0 or no number is 0.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates"
)]
fn mask(value: &Value) -> Option<u32> {
    value.as_f64().map(|number| number as u32)
}

/// What a peer declares beyond RTMP 1.0, in the connect object or in its answer (Enhanced RTMP v2, "Enhancing
/// NetConnection connect Command"). Empty for a peer of before 2023.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Capabilities {
    /// `capsEx`; `None` when not sent.
    pub caps_ex: Option<CapsEx>,
    /// `fourCcList`: codecs the peer can do anything with (version 1); `*` is any.
    pub four_cc_list: Vec<String>,
    /// `videoFourCcInfoMap` (version 2).
    pub video: FourCcInfoMap,
    /// `audioFourCcInfoMap` (version 2).
    pub audio: FourCcInfoMap,
}

impl Capabilities {
    const NAMES: [&'static str; 4] = [
        "capsEx",
        "fourCcList",
        "videoFourCcInfoMap",
        "audioFourCcInfoMap",
    ];

    /// A peer of RTMP 1.0: nothing declared.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With extensions.
    #[must_use]
    pub const fn with_caps_ex(mut self, caps_ex: CapsEx) -> Self {
        self.caps_ex = Some(caps_ex);
        self
    }

    /// With one more video codec; it is listed in `fourCcList` too, for peers of version 1.
    #[must_use]
    pub fn with_video(mut self, four_cc: &str, info: FourCcInfo) -> Self {
        self.list(four_cc);
        self.video = self.video.with(four_cc, info);
        self
    }

    /// With one more audio codec; it is listed in `fourCcList` too, for peers of version 1.
    #[must_use]
    pub fn with_audio(mut self, four_cc: &str, info: FourCcInfo) -> Self {
        self.list(four_cc);
        self.audio = self.audio.with(four_cc, info);
        self
    }

    fn list(&mut self, four_cc: &str) {
        if !self.four_cc_list.iter().any(|listed| listed == four_cc) {
            self.four_cc_list.push(four_cc.to_owned());
        }
    }

    /// True when the peer declares nothing: legacy codecs only.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// True when the peer declares an extension.
    #[must_use]
    pub fn supports(&self, caps_ex: CapsEx) -> bool {
        self.caps_ex.is_some_and(|own| own.contains(caps_ex))
    }

    /// What the peer can do with a video codec, from either version's declaration.
    #[must_use]
    pub fn video_info(&self, four_cc: &str) -> FourCcInfo {
        self.info(&self.video, four_cc)
    }

    /// What the peer can do with an audio codec, from either version's declaration.
    #[must_use]
    pub fn audio_info(&self, four_cc: &str) -> FourCcInfo {
        self.info(&self.audio, four_cc)
    }

    fn info(&self, map: &FourCcInfoMap, four_cc: &str) -> FourCcInfo {
        const ALL: FourCcInfo = FourCcInfo(0x07);
        let listed = self
            .four_cc_list
            .iter()
            .any(|listed| listed == four_cc || listed == ANY);
        // A map says more than the list, which peers of version 2 send for old ones.
        match (map.is_empty(), listed) {
            (false, _) => map.info(four_cc),
            (true, true) => ALL,
            (true, false) => FourCcInfo::default(),
        }
    }

    /// Reads the four properties; those of other types count as not sent.
    #[must_use]
    pub fn read(object: &Object) -> Self {
        let list = match object.get("fourCcList") {
            Some(Value::StrictArray(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(other) => four_ccs_of_object(other),
            None => Vec::new(),
        };
        Self {
            caps_ex: object.get("capsEx").and_then(mask).map(CapsEx),
            four_cc_list: list.into_iter().map(ToOwned::to_owned).collect(),
            video: FourCcInfoMap::read(object, "videoFourCcInfoMap"),
            audio: FourCcInfoMap::read(object, "audioFourCcInfoMap"),
        }
    }

    /// Adds what is declared to a connect object or to a server's answer.
    pub fn write(&self, object: &mut Object) {
        let [caps_ex, list, video, audio] = Self::NAMES;
        if let Some(bits) = self.caps_ex {
            object.insert(caps_ex, f64::from(bits.0));
        }
        if !self.four_cc_list.is_empty() {
            let values = self
                .four_cc_list
                .iter()
                .map(|four_cc| Value::from(four_cc.as_str()));
            object.insert(list, Value::StrictArray(values.collect()));
        }
        for (name, map) in [(video, &self.video), (audio, &self.audio)] {
            if !map.is_empty() {
                object.insert(name, map.to_object());
            }
        }
    }
}

/// A list sent as an ECMA array with the keys 0, 1, …
fn four_ccs_of_object(value: &Value) -> Vec<&str> {
    let object = value.as_object();
    object
        .into_iter()
        .flat_map(Object::iter)
        .filter_map(|(_, value)| value.as_str())
        .collect()
}
