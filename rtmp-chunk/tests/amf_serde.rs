//! AMF from and into serde types.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use std::collections::BTreeMap;

use castline_rtmp_chunk::amf::{
    SerdeError, Text,
    amf0::{self, Date, EcmaArray, Object, TypedObject, Value},
    amf3,
};
use hex_literal::hex;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connect<'a> {
    app: &'a str,
    tc_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    capabilities: Option<u8>,
    object_encoding: f64,
    four_cc_list: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Mode {
    Live,
    Seconds(u32),
    Range(i64, i64),
    Named { name: String },
}

fn connect(capabilities: Option<u8>) -> Connect<'static> {
    Connect {
        app: "live",
        tc_url: "rtmp://h/live".into(),
        capabilities,
        object_encoding: 0.0,
        four_cc_list: vec!["av01".into(), "hvc1".into()],
    }
}

#[test]
fn structs_are_objects_in_their_order() {
    let bytes = amf0::to_bytes(&connect(Some(15))).unwrap();
    let expected = Object::new()
        .with("app", "live")
        .with("tcUrl", "rtmp://h/live")
        .with("capabilities", 15)
        .with("objectEncoding", 0)
        .with("fourCcList", vec![Value::from("av01"), Value::from("hvc1")]);
    assert_eq!(amf0::to_vec(&[expected.into()]), bytes);
    assert_eq!(
        amf0::from_slice::<Connect<'_>>(&bytes).unwrap(),
        connect(Some(15))
    );
}

#[test]
fn nothing_of_either_kind_is_none() {
    for nothing in [Value::Null, Value::Undefined] {
        let mut value = amf0::to_value(&connect(Some(1))).unwrap();
        value
            .as_object_mut()
            .unwrap()
            .insert("capabilities", nothing);
        let bytes = amf0::to_vec(&[value]);
        assert_eq!(
            amf0::from_slice::<Connect<'_>>(&bytes).unwrap(),
            connect(None)
        );
    }
}

#[test]
fn messages_are_tuples() {
    let bytes = amf0::to_message(&("connect", 1, connect(None), Some("more"))).unwrap();
    assert_eq!(
        bytes[..19],
        hex!("02 0007 636f6e6e656374 00 3ff0000000000000")
    );
    let (name, id, object): (&str, u32, Connect<'_>) = amf0::from_message(&bytes).unwrap();
    assert_eq!((name, id, object), ("connect", 1, connect(None)));
    let all: Vec<Value> = amf0::from_message(&bytes).unwrap();
    assert_eq!(all.len(), 4);
    amf0::from_message::<(&str, u32, Connect<'_>, &str, bool)>(&bytes).unwrap_err();
}

#[test]
fn enums_both_ways() {
    let modes = [
        Mode::Live,
        Mode::Seconds(7),
        Mode::Range(-1, 2),
        Mode::Named { name: "n".into() },
    ];
    for mode in modes {
        let bytes = amf0::to_bytes(&mode).unwrap();
        assert_eq!(amf0::from_slice::<Mode>(&bytes).unwrap(), mode);
    }
    amf0::from_slice::<Mode>(&amf0::to_bytes("Nope").unwrap()).unwrap_err();
    amf0::from_slice::<Mode>(&hex!("03 0000 09")).unwrap_err();
}

#[test]
fn every_kind_of_object_fills_a_map() {
    let members = Object::new().with("a", 1).with("b", 2.5);
    let expected: BTreeMap<String, f64> = [("a".into(), 1.0), ("b".into(), 2.5)].into();
    let typed = TypedObject {
        class_name: "C".into(),
        members: members.clone(),
    };
    for value in [
        Value::from(members.clone()),
        EcmaArray::from(members).into(),
        typed.into(),
    ] {
        assert_eq!(
            amf0::from_value::<BTreeMap<String, f64>>(&value).unwrap(),
            expected
        );
    }
}

#[test]
fn errors_say_where() {
    let mut value = amf0::to_value(&connect(None)).unwrap();
    let list = vec![Value::from("av01"), Value::from(2)];
    value.as_object_mut().unwrap().insert("fourCcList", list);
    let bytes = amf0::to_vec(&[value]);
    let error = amf0::from_slice::<Connect<'_>>(&bytes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "fourCcList.1: invalid type: integer `2`, expected a string"
    );
    let error = amf0::from_slice::<Connect<'_>>(&bytes[..5]).unwrap_err();
    assert!(matches!(error, SerdeError::Parse(_)));
    let error = amf0::from_slice::<bool>(&hex!("01 01 05")).unwrap_err();
    assert_eq!(error.to_string(), "byte 2: expected the end of the input");
    let error = amf0::to_bytes(&BTreeMap::from([("a", [1u64 << 60])])).unwrap_err();
    assert!(error.to_string().contains("1152921504606846976"), "{error}");
    amf0::to_bytes(&BTreeMap::from([(1, 1)])).unwrap_err();
    amf0::from_slice::<u8>(&amf0::to_bytes(&300).unwrap()).unwrap_err();
    amf0::from_slice::<u8>(&amf0::to_bytes(&0.5).unwrap()).unwrap_err();
    amf0::from_slice::<Value>(&hex!("07 0000")).unwrap_err();
}

#[test]
fn numbers_are_exact() {
    for number in [0, 1, -1, 1 << 53, -(1i64 << 53)] {
        let bytes = amf0::to_bytes(&number).unwrap();
        assert_eq!(amf0::from_slice::<i64>(&bytes).unwrap(), number);
    }
    let zero = amf0::from_slice::<f64>(&amf0::to_bytes(&-0.0).unwrap()).unwrap();
    assert!(zero.is_sign_negative());
    let date = Value::from(Date {
        unix_ms: 1.5e12,
        zone_minutes: 60,
    });
    assert_eq!(amf0::from_value::<f64>(&date).unwrap(), 1.5e12);
}

#[test]
fn values_pass_through() {
    let value = Value::from(
        Object::new()
            .with("a", vec![Value::Null, true.into()])
            .with("b", "x"),
    );
    assert_eq!(amf0::to_value(&value).unwrap(), value);
    assert_eq!(amf0::from_value::<Value>(&value).unwrap(), value);
    let gbk = hex!("02 0002 c3fb");
    assert_eq!(
        amf0::from_slice::<String>(&gbk).unwrap(),
        "\u{fffd}\u{fffd}"
    );
    amf0::from_slice::<&str>(&gbk).unwrap_err();
}

#[test]
fn amf3_fills_types_alone_and_inside_amf0() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Point {
        x: i32,
        y: f64,
        tags: Vec<String>,
        data: Vec<u8>,
        mode: Mode,
        none: Option<bool>,
    }
    let tags = amf3::Array::new(vec!["a".into(), "a".into()]);
    let tags = amf3::ExternalPart::Value(tags.into());
    let object = amf3::Object::anonymous()
        .with("x", 1)
        .with("y", 2)
        .with(
            "tags",
            amf3::Object::external("flex.messaging.io.ArrayCollection", vec![tags]),
        )
        .with("data", bytes::Bytes::from_static(&[1, 2]))
        .with("mode", "Live")
        .with("none", amf3::Value::Undefined);
    let expected = Point {
        x: 1,
        y: 2.0,
        tags: vec!["a".into(), "a".into()],
        data: vec![1, 2],
        mode: Mode::Live,
        none: None,
    };
    let value = amf3::Value::from(object);
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    assert_eq!(amf3::from_slice::<Point>(&bytes).unwrap(), expected);
    let plus = Value::from(value);
    assert_eq!(amf0::from_value::<Point>(&plus).unwrap(), expected);
}

#[test]
fn strings_of_amf3_have_a_budget_when_they_are_copied() {
    let text = amf3::Value::from(Text::from("x".repeat(1 << 20)));
    let many = amf3::Value::from(amf3::Array::new(vec![text; 100]));
    let error = amf3::from_value::<Vec<String>>(&many).unwrap_err();
    assert!(error.to_string().contains("too often"), "{error}");
}
