//! Between the generic form and the types: one table of names each way.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::call::Call;
use super::connect::ConnectInfo;
use super::flex::plain_call;
use super::kinds::{Command, CommandMessage};
use super::reply::{Reply, whole};
use super::status::Status;
use super::stream::{Pause, Play, Play2, PlayReset, PlayStart, Publish, PublishMode, milliseconds};
use crate::amf::amf0::Value;

impl From<Call> for CommandMessage {
    fn from(call: Call) -> Self {
        let transaction_id = call.transaction_id;
        let command = match call.name.as_str() {
            "_result" => Command::Result(reply(call)),
            "_error" => Command::Error(reply(call)),
            _ => {
                let plain = plain_call(&call);
                typed(plain.as_ref().unwrap_or(&call)).unwrap_or(Command::Call(call))
            }
        };
        Self {
            transaction_id,
            command,
        }
    }
}

fn reply(call: Call) -> Reply {
    Reply {
        command_object: call.command_object,
        arguments: call.arguments,
    }
}

fn typed(call: &Call) -> Option<Command> {
    net_connection(call)
        .or_else(|| net_stream(call))
        .or_else(|| notification(call))
}

fn net_connection(call: &Call) -> Option<Command> {
    let stream_name = || name(call);
    Some(match call.name.as_str() {
        "connect" => Command::Connect(ConnectInfo::from_call(call)?),
        "close" => Command::Close,
        "createStream" => Command::CreateStream,
        "releaseStream" => Command::ReleaseStream {
            stream_name: stream_name()?,
        },
        "FCPublish" => Command::FcPublish {
            stream_name: stream_name()?,
        },
        "FCUnpublish" => Command::FcUnpublish {
            stream_name: stream_name()?,
        },
        "FCSubscribe" => Command::FcSubscribe {
            stream_name: stream_name()?,
        },
        "FCUnsubscribe" => Command::FcUnsubscribe {
            stream_name: stream_name()?,
        },
        "getStreamLength" => Command::GetStreamLength {
            stream_name: stream_name()?,
        },
        "_checkbw" | "checkBandwidth" => Command::CheckBandwidth,
        "deleteStream" => Command::DeleteStream {
            stream_id: whole(call.argument(0)?.as_f64()?)?,
        },
        _ => return None,
    })
}

fn net_stream(call: &Call) -> Option<Command> {
    Some(match call.name.as_str() {
        "publish" => Command::Publish(publish(call)?),
        "play" => Command::Play(play(call)?),
        "play2" => Command::Play2(Play2::new(call.argument(0)?.as_object()?.clone())),
        "pause" => Command::Pause(pause(call)?),
        "pauseRaw" => Command::Pause(pause(call)?.raw()),
        "seek" => Command::Seek {
            position_ms: milliseconds(call.argument(0)?.as_f64()?),
        },
        "receiveAudio" => Command::ReceiveAudio(flag(call.argument(0)?)?),
        "receiveVideo" => Command::ReceiveVideo(flag(call.argument(0)?)?),
        "closeStream" => Command::CloseStream,
        _ => return None,
    })
}

fn notification(call: &Call) -> Option<Command> {
    let status = || call.arguments.iter().find_map(Status::from_value);
    Some(match call.name.as_str() {
        "onStatus" => Command::OnStatus(status()?),
        "onFCPublish" => Command::OnFcPublish(status()?),
        "onFCUnpublish" => Command::OnFcUnpublish(status()?),
        "onFCSubscribe" => Command::OnFcSubscribe(status()?),
        "onFCUnsubscribe" => Command::OnFcUnsubscribe(status()?),
        "onBWDone" => Command::OnBandwidthDone,
        _ => return None,
    })
}

fn name(call: &Call) -> Option<String> {
    call.argument(0)?.as_str().map(ToOwned::to_owned)
}

/// A flag; some send it as a number.
fn flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| Some(value.as_f64()? != 0.0))
}

fn publish(call: &Call) -> Option<Publish> {
    let word = call.argument(1).and_then(Value::as_str);
    let mode = PublishMode::from_word(word.unwrap_or_default());
    Some(Publish::new(name(call)?, mode))
}

fn play(call: &Call) -> Option<Play> {
    let number = |index| call.argument(index).and_then(Value::as_f64);
    let mut play = Play::new(name(call)?);
    play.start = number(1).map_or_else(PlayStart::default, PlayStart::from_number);
    play.duration_ms = number(2)
        .filter(|duration| *duration >= 0.0)
        .map(milliseconds);
    play.reset = call.argument(3).and_then(PlayReset::from_value);
    Some(play)
}

fn pause(call: &Call) -> Option<Pause> {
    let position = call.argument(1).and_then(Value::as_f64);
    let position_ms = position.map_or(0, milliseconds);
    Some(Pause::new(flag(call.argument(0)?)?, position_ms))
}

impl Command {
    /// The generic form under a transaction id.
    #[must_use]
    pub fn to_call(&self, transaction_id: f64) -> Call {
        if let Self::Call(call) = self {
            let mut call = call.clone();
            call.transaction_id = transaction_id;
            return call;
        }
        let mut call = Call::new(self.name(), transaction_id);
        call.arguments = self.arguments();
        if let Some(command_object) = self.command_object() {
            call.command_object = command_object;
        }
        call
    }

    fn command_object(&self) -> Option<Value> {
        if let Self::Connect(info) = self {
            return Some(info.properties.clone().into());
        }
        if let Self::Result(reply) | Self::Error(reply) = self {
            return Some(reply.command_object.clone());
        }
        None
    }

    /// The procedure's name on the wire.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Connect(_) => "connect",
            Self::Close => "close",
            Self::CreateStream => "createStream",
            Self::ReleaseStream { .. } => "releaseStream",
            Self::FcPublish { .. } => "FCPublish",
            Self::FcUnpublish { .. } => "FCUnpublish",
            Self::FcSubscribe { .. } => "FCSubscribe",
            Self::FcUnsubscribe { .. } => "FCUnsubscribe",
            Self::GetStreamLength { .. } => "getStreamLength",
            Self::CheckBandwidth => "_checkbw",
            Self::Publish(_) => "publish",
            Self::Play(_) => "play",
            Self::Play2(_) => "play2",
            Self::Pause(pause) if pause.raw => "pauseRaw",
            Self::Pause(_) => "pause",
            Self::Seek { .. } => "seek",
            Self::ReceiveAudio(_) => "receiveAudio",
            Self::ReceiveVideo(_) => "receiveVideo",
            Self::CloseStream => "closeStream",
            Self::DeleteStream { .. } => "deleteStream",
            Self::Result(_) => "_result",
            Self::Error(_) => "_error",
            Self::OnStatus(_) => "onStatus",
            Self::OnFcPublish(_) => "onFCPublish",
            Self::OnFcUnpublish(_) => "onFCUnpublish",
            Self::OnFcSubscribe(_) => "onFCSubscribe",
            Self::OnFcUnsubscribe(_) => "onFCUnsubscribe",
            Self::OnBandwidthDone => "onBWDone",
            Self::Call(call) => &call.name,
        }
    }

    /// What follows the command object.
    fn arguments(&self) -> Vec<Value> {
        match self {
            Self::Close
            | Self::CreateStream
            | Self::CheckBandwidth
            | Self::CloseStream
            | Self::OnBandwidthDone => Vec::new(),
            Self::ReleaseStream { stream_name }
            | Self::FcPublish { stream_name }
            | Self::FcUnpublish { stream_name }
            | Self::FcSubscribe { stream_name }
            | Self::FcUnsubscribe { stream_name }
            | Self::GetStreamLength { stream_name } => one(stream_name.as_str()),
            Self::Publish(publish) => [publish.stream_name.as_str(), publish.mode.as_str()]
                .map(Value::from)
                .into(),
            Self::Play(play) => play_arguments(play),
            Self::Play2(play) => one(play.options.clone()),
            Self::Pause(pause) => [pause.paused.into(), pause.position_ms.into()].into(),
            Self::Seek { position_ms } => one(*position_ms),
            Self::ReceiveAudio(flag) | Self::ReceiveVideo(flag) => one(*flag),
            Self::DeleteStream { stream_id } => one(*stream_id),
            Self::OnStatus(status)
            | Self::OnFcPublish(status)
            | Self::OnFcUnpublish(status)
            | Self::OnFcSubscribe(status)
            | Self::OnFcUnsubscribe(status) => one(status.to_object()),
            Self::Result(reply) | Self::Error(reply) => reply.arguments.clone(),
            Self::Connect(info) => info.arguments.clone(),
            Self::Call(call) => call.arguments.clone(),
        }
    }
}

fn one<T: Into<Value>>(value: T) -> Vec<Value> {
    alloc::vec![value.into()]
}

/// Optional arguments are left out from the end; what stands before a present one is written out.
fn play_arguments(play: &Play) -> Vec<Value> {
    let mut arguments = one(play.stream_name.as_str());
    let all = [
        (play.start != PlayStart::default(), play.start.to_number()),
        (
            play.duration_ms.is_some(),
            play.duration_ms.map_or(-1000.0, f64::from),
        ),
    ];
    let count = match (play.reset, all) {
        (Some(_), _) | (None, [_, (true, _)]) => 2,
        (None, [(true, _), _]) => 1,
        (None, _) => 0,
    };
    arguments.extend(
        all.iter()
            .take(count)
            .map(|(_, number)| Value::Number(*number)),
    );
    arguments.extend(play.reset.map(PlayReset::to_value));
    arguments
}
