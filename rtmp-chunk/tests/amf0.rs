//! AMF0 through the public API: vectors, round trips, truncation, hostile input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use castline_rtmp_chunk::{
    ParseError, ParseErrorKind,
    amf::{
        Limits, Text,
        amf0::{
            self, BorrowedDecoder, Date, Decoder, EcmaArray, Encoder, Object, References,
            TypedObject, Value, ValueRef,
        },
        amf3,
    },
};
use hex_literal::hex;
use proptest::prelude::*;

/// Reads owned and borrowed, and compares; then writes, and compares with the input.
fn check(bytes: &[u8], expected: &Value) {
    let (value, len) = Value::parse(bytes, &Limits::DEFAULT).unwrap();
    assert_eq!((&value, len), (expected, bytes.len()));
    let (borrowed, len) = ValueRef::parse(bytes, &Limits::DEFAULT).unwrap();
    assert_eq!((&borrowed.to_value(), len), (expected, bytes.len()));
    assert_eq!(expected.encoded_len(), bytes.len());
    assert_eq!(amf0::to_vec(std::slice::from_ref(expected)), bytes);
}

fn parse(bytes: &[u8]) -> Result<Value, ParseError> {
    let owned = Value::parse(bytes, &Limits::DEFAULT);
    let borrowed = ValueRef::parse(bytes, &Limits::DEFAULT);
    assert_eq!(
        owned
            .clone()
            .map(|(value, len)| (format!("{value:?}"), len)),
        borrowed.map(|(value, len)| (format!("{:?}", value.to_value()), len)),
    );
    owned.map(|(value, _)| value)
}

#[test]
fn every_type_of_the_specification() {
    check(&hex!("00 3ff0000000000000"), &Value::Number(1.0));
    check(&hex!("00 c00c000000000000"), &Value::Number(-3.5));
    check(&hex!("01 01"), &Value::Boolean(true));
    check(&hex!("01 00"), &Value::Boolean(false));
    check(&hex!("02 0007 636f6e6e656374"), &Value::from("connect"));
    check(&hex!("02 0000"), &Value::from(""));
    let object = Object::new().with("app", "live").with("n", 2.0);
    check(
        &hex!("03 0003 617070 02 0004 6c697665 0001 6e 00 4000000000000000 0000 09"),
        &object.into(),
    );
    check(&hex!("03 0000 09"), &Object::new().into());
    check(&hex!("04"), &Value::MovieClip);
    check(&hex!("05"), &Value::Null);
    check(&hex!("06"), &Value::Undefined);
    check(&hex!("07 0102"), &Value::Reference(0x102));
    let array = EcmaArray {
        count: 1,
        entries: Object::new().with("a", true),
    };
    check(&hex!("08 00000001 0001 61 01 01 0000 09"), &array.into());
    let items = vec![Value::Null, Value::from(0.0)];
    check(
        &hex!("0a 00000002 05 00 0000000000000000"),
        &Value::StrictArray(items),
    );
    let date = Date {
        unix_ms: 1.5e12,
        zone_minutes: -120,
    };
    check(&hex!("0b 4275d3ef79800000 ff88"), &date.into());
    check(&hex!("0c 00000002 6869"), &Value::LongString("hi".into()));
    check(&hex!("0d"), &Value::Unsupported);
    check(&hex!("0e"), &Value::RecordSet);
    check(&hex!("0f 00000004 3c612f3e"), &Value::Xml("<a/>".into()));
    let typed = TypedObject {
        class_name: "C".into(),
        members: Object::new().with("x", Value::Undefined),
    };
    check(&hex!("10 0001 43 0001 78 06 0000 09"), &typed.into());
    check(&hex!("11 04 81 00"), &amf3::Value::Integer(128).into());
}

#[test]
fn null_and_undefined_are_two_things() {
    assert_ne!(Value::Null, Value::Undefined);
    assert!(Value::Null.is_null_or_undefined() && Value::Undefined.is_null_or_undefined());
}

#[test]
fn order_duplicates_and_empty_names_stay() {
    let bytes = hex!("03 0001 7a 05 0001 61 06 0000 01 01 0001 7a 01 00 0000 09");
    let value = parse(&bytes).unwrap();
    let object = value.as_object().unwrap();
    let names: Vec<_> = object.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["z", "a", "", "z"]);
    assert_eq!(object.get("z"), Some(&Value::Boolean(false)), "the last");
    assert_eq!(amf0::to_vec(std::slice::from_ref(&value)), bytes);
    let (borrowed, _) = ValueRef::parse(&bytes, &Limits::DEFAULT).unwrap();
    let last = borrowed.as_object().unwrap().get("z").unwrap();
    assert_eq!(last.as_bool(), Some(false));
}

#[test]
fn ecma_arrays_of_any_count_and_without_an_end() {
    for count in [0u32, 1, 7, u32::MAX] {
        let mut bytes = vec![8];
        bytes.extend(count.to_be_bytes());
        bytes.extend(hex!("0001 61 05"));
        let open = parse(&bytes).unwrap();
        bytes.extend(hex!("0000 09"));
        let closed = parse(&bytes).unwrap();
        assert_eq!(open, closed);
        assert_eq!(amf0::to_vec(&[open]), bytes, "the end is added");
    }
    // Not so for other objects: those that end with the input were cut.
    parse(&hex!("03 0001 61 05")).unwrap_err();
}

#[test]
fn bytes_that_are_no_utf8_survive() {
    // "name" in GBK.
    let bytes = hex!("02 0004 c3fb d7d6");
    let value = parse(&bytes).unwrap();
    assert!(!value.as_text().unwrap().is_utf8());
    assert_eq!(value.as_str(), Some("\u{fffd}\u{fffd}\u{fffd}\u{fffd}"));
    assert_eq!(amf0::to_vec(&[value]), bytes);
    let (borrowed, _) = ValueRef::parse(&bytes, &Limits::DEFAULT).unwrap();
    assert_eq!(borrowed.as_str(), None);
}

#[test]
fn strings_beyond_16_bits_become_long_and_names_are_cut() {
    let text = "\u{e9}".repeat(40_000);
    let bytes = amf0::to_vec(&[Value::from(text.as_str())]);
    assert_eq!(bytes[..5], hex!("0c 00013880"));
    assert_eq!(parse(&bytes).unwrap().as_str(), Some(text.as_str()));
    let object = Value::from(Object::new().with(text.as_str(), Value::Null));
    let bytes = amf0::to_vec(std::slice::from_ref(&object));
    assert_eq!(bytes.len(), object.encoded_len());
    let cut = parse(&bytes).unwrap();
    let (name, _) = cut.as_object().unwrap().iter().next().unwrap();
    assert_eq!(name, &text[..65_534], "no character is cut in two");
}

#[test]
fn references_find_their_object_even_inside_itself() {
    // An object whose member is itself, then an array, then references to both.
    let bytes = hex!("03 0004 73656c66 07 0000 0000 09 0a 00000001 07 0001 07 0000 07 0002");
    let values = Value::parse_all(&bytes, &Limits::DEFAULT).unwrap();
    assert_eq!(values.len(), 4);
    let references = References::new(&values);
    assert_eq!(references.find(0), Some(&values[0]));
    assert_eq!(references.find(1), Some(&values[1]));
    assert_eq!(references.find(2), None);
    assert_eq!(amf0::to_vec(&values), bytes);
}

#[test]
fn avm_plus_values_of_one_message_share_their_tables() {
    let bytes = hex!("11 06 05 6869 05 11 06 00");
    let values = Value::parse_all(&bytes, &Limits::DEFAULT).unwrap();
    let hi = Value::from(amf3::Value::from("hi"));
    assert_eq!(values, [hi.clone(), Value::Null, hi.clone()]);
    assert_eq!(amf0::to_vec(&values), bytes);
    let mut built = Vec::new();
    let mut encoder = Encoder::new(&mut built);
    for value in [&hi, &Value::Null, &hi] {
        encoder.value(value);
    }
    assert_eq!(built, bytes, "what was built is written as short");
}

/// Found by fuzzing: with tables of its own, the second one would be read as something else.
#[test]
fn borrowed_avm_plus_never_reads_references_by_the_wrong_tables() {
    let bytes = hex!("11 06 03 61 11 09 05 01 06 03 62 06 00");
    let values = Value::parse_all(&bytes, &Limits::DEFAULT).unwrap();
    let Value::AvmPlus(array) = &values[1] else {
        panic!("{values:?}");
    };
    assert_eq!(array.as_array().unwrap().dense[1].as_str(), Some("a"));
    let mut borrowed = BorrowedDecoder::new(&bytes, &Limits::DEFAULT);
    assert!(borrowed.next_value().unwrap().is_some());
    borrowed.next_value().unwrap_err();
    // Alone it is read.
    ValueRef::parse(&hex!("11 09 05 01 06 03 62 06 00"), &Limits::DEFAULT).unwrap();
}

/// 1 MB that fits one `connect` before anybody was asked who he is: each rival aborted the process here.
#[test]
fn nested_200k_strict_arrays_are_an_error() {
    let bytes = [10, 0, 0, 0, 1].repeat(200_000);
    let limit = ParseErrorKind::Limit {
        what: "depth of AMF values",
        limit: 64,
    };
    assert_eq!(parse(&bytes).unwrap_err().kind, limit);
    let unlimited = Limits::DEFAULT
        .with_max_depth(usize::MAX)
        .with_max_nodes(usize::MAX);
    let error = Value::parse(&bytes, &unlimited).unwrap_err();
    assert_eq!(
        error.offset,
        256 * 5 + 1,
        "depth is stack: it has a ceiling"
    );
    ValueRef::parse(&bytes, &unlimited).unwrap_err();
}

#[test]
fn nested_objects_of_every_kind_are_an_error() {
    for level in [
        &hex!("03 0001 61")[..],
        &hex!("08 00000000 0001 61"),
        &hex!("10 0001 43 0001 61"),
    ] {
        let mut bytes = level.repeat(63);
        bytes.push(5);
        bytes.extend(hex!("000009").repeat(63));
        parse(&bytes).unwrap();
        let error = parse(&level.repeat(100_000)).unwrap_err();
        assert!(matches!(error.kind, ParseErrorKind::Limit { .. }));
    }
}

#[test]
fn the_depth_at_the_ceiling_is_read_written_and_dropped() {
    let limits = Limits::DEFAULT.with_max_depth(Limits::DEPTH_CEILING);
    let mut bytes = [10, 0, 0, 0, 1].repeat(Limits::DEPTH_CEILING);
    bytes.push(5);
    let (value, _) = Value::parse(&bytes, &limits).unwrap();
    assert_eq!(amf0::to_vec(std::slice::from_ref(&value)), bytes);
    assert_eq!(value.clone(), value);
    let (borrowed, _) = ValueRef::parse(&bytes, &limits).unwrap();
    assert_eq!(borrowed.to_value(), value);
}

#[test]
fn budgets_of_nodes_and_bytes_hold_for_a_whole_message() {
    let nulls = [5; 100];
    let limits = Limits::DEFAULT.with_max_nodes(99);
    let error = Value::parse_all(&nulls, &limits).unwrap_err();
    assert_eq!(error.offset, 99);
    assert_eq!(
        error.to_string(),
        "byte 99: AMF values beyond the limit of 99"
    );
    let strings = hex!("02 0003 616263").repeat(4);
    let limits = Limits::DEFAULT.with_max_bytes(11);
    let error = Value::parse_all(&strings, &limits).unwrap_err();
    assert!(matches!(
        error.kind,
        ParseErrorKind::Limit { limit: 11, .. }
    ));
    let mut borrowed = BorrowedDecoder::new(&strings, &limits);
    let read = std::iter::from_fn(|| borrowed.next_value().ok().flatten()).count();
    assert_eq!(read, 3);
}

#[test]
fn counts_beyond_the_input_take_no_memory() {
    let error = parse(&hex!("0a ffffffff 05 05")).unwrap_err();
    let needed = 0xffff_ffff - 2;
    assert_eq!(error.kind, ParseErrorKind::Truncated { needed });
    parse(&hex!("0c ffffffff 05 05")).unwrap_err();
    parse(&hex!("11 09 ffffffff 01")).unwrap_err();
    parse(&hex!("11 0d ffffffff 00")).unwrap_err();
    parse(&hex!("11 0a fffffffb 01")).unwrap_err();
}

#[test]
fn unknown_markers_say_where() {
    let error = parse(&hex!("03 0001 61 12")).unwrap_err();
    assert_eq!(error.offset, 4);
    assert_eq!(error.to_string(), "byte 4: expected an AMF0 type marker");
    parse(&[9]).unwrap_err();
    parse(&[0xff]).unwrap_err();
    parse(&[]).unwrap_err();
}

#[test]
fn truncated_at_every_byte() {
    let connect = Object::new()
        .with("app", "live")
        .with("tcUrl", "rtmp://example.org/live/with/a/long/path")
        .with("list", vec![Value::from(1), Value::from(Date::default())])
        .with("typed", TypedObject::default())
        .with("xml", Value::Xml("<a/>".into()))
        .with(
            "amf3",
            amf3::Value::from(amf3::Object::anonymous().with("a", 1)),
        );
    let bytes = amf0::to_vec(&[connect.into()]);
    for len in 0..bytes.len() {
        let error = parse(&bytes[..len]).unwrap_err();
        assert!(
            matches!(error.kind, ParseErrorKind::Truncated { .. }),
            "{len}: {error}"
        );
        assert!(error.offset <= len as u64);
    }
    parse(&bytes).unwrap();
}

#[test]
fn one_after_another() {
    let bytes = hex!("02 0001 61 00 0000000000000000 05");
    let mut decoder = Decoder::new(&bytes, &Limits::DEFAULT);
    assert_eq!(decoder.next_value().unwrap(), Some(Value::from("a")));
    assert_eq!((decoder.offset(), decoder.rest().len()), (4, 10));
    assert_eq!(decoder.next_value().unwrap(), Some(Value::from(0)));
    assert_eq!(decoder.next_value().unwrap(), Some(Value::Null));
    assert_eq!(decoder.next_value().unwrap(), None);
}

#[test]
fn any_length_is_written_into_any_buffer() {
    for count in 0..80usize {
        let members = (0..count).map(|at| match at % 3 {
            0 => (at.to_string(), Value::from("x".repeat(at))),
            1 => ("n".repeat(at), Value::from(0.5)),
            _ => (String::new(), Value::from(vec![Value::Null; at])),
        });
        let value = Value::from(members.collect::<Object>());
        let bytes = amf0::to_vec(std::slice::from_ref(&value));
        assert_eq!(parse(&bytes).unwrap(), value);
        let mut exact = vec![0xee; value.encoded_len()];
        let mut room = exact.as_mut_slice();
        value.encode(&mut room);
        assert!(room.is_empty());
        assert_eq!(exact, bytes);
    }
}

#[test]
#[should_panic = "advance out of bounds"]
fn a_buffer_without_room_panics_and_does_not_abort() {
    let mut small = [0; 8];
    Value::from("longer than that".repeat(100)).encode(&mut &mut small[..]);
}

#[test]
fn objects_are_edited_in_place() {
    let mut object = Object::new().with("a", 1).with("b", 2).with("a", 3);
    assert_eq!(object.len(), 2);
    assert_eq!(object.insert("b", "x"), Some(Value::from(2)));
    assert_eq!(object.remove("a"), Some(Value::from(3)));
    *object.get_mut("b").unwrap() = Value::Null;
    assert_eq!(object, Object::new().with("b", Value::Null));
    assert!(object.contains("b") && !object.contains("a"));
}

#[test]
fn texts_short_and_long_compare_as_text() {
    for len in [0, 1, 21, 22, 23, 1000] {
        let string = "x".repeat(len);
        let text = Text::from(string.as_str());
        assert_eq!(text, *string.as_str());
        assert_eq!(text.clone(), Text::from(string.clone()));
        assert_eq!(text.to_string(), string);
        assert!(text.is_utf8());
        let after = Text::from("y");
        assert!(text < after);
    }
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        "[a-zA-Z]{0,12}".prop_map(Text::from),
        "\\PC{0,40}".prop_map(Text::from),
        prop::collection::vec(any::<u8>(), 0..30).prop_map(|bytes| Text::from_bytes(&bytes)),
    ]
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Object> {
    prop::collection::vec((text(), value), 0..6).prop_map(|members| members.into_iter().collect())
}

fn value() -> impl Strategy<Value = Value> {
    let number = any::<f64>().prop_filter("equal to itself", |number| !number.is_nan());
    let leaf = prop_oneof![
        number.clone().prop_map(Value::Number),
        any::<bool>().prop_map(Value::Boolean),
        text().prop_map(Value::String),
        text().prop_map(Value::LongString),
        text().prop_map(Value::Xml),
        any::<u16>().prop_map(Value::Reference),
        (number, any::<i16>()).prop_map(|(unix_ms, zone_minutes)| Value::Date(Date {
            unix_ms,
            zone_minutes
        })),
        Just(Value::Null),
        Just(Value::Undefined),
        Just(Value::MovieClip),
        Just(Value::RecordSet),
        Just(Value::Unsupported),
        text().prop_map(|text| Value::from(amf3::Value::from(text))),
    ];
    leaf.prop_recursive(5, 60, 6, |value| {
        prop_oneof![
            object(value.clone()).prop_map(Value::Object),
            (any::<u32>(), object(value.clone()))
                .prop_map(|(count, entries)| Value::EcmaArray(EcmaArray { count, entries })),
            (text(), object(value.clone())).prop_map(|(class_name, members)| {
                Value::TypedObject(TypedObject {
                    class_name,
                    members,
                })
            }),
            prop::collection::vec(value, 0..6).prop_map(Value::StrictArray),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(values in prop::collection::vec(value(), 0..4)) {
        let bytes = amf0::to_vec(&values);
        let read = Value::parse_all(&bytes, &Limits::DEFAULT).unwrap();
        prop_assert_eq!(&read, &values);
        prop_assert_eq!(amf0::to_vec(&read), bytes);
    }

    #[test]
    fn borrowed_reads_what_owned_reads(value in value()) {
        let mut bytes = Vec::new();
        // Each value of AMF3 stands for itself here, as the borrowed form wants it.
        if let Value::AvmPlus(_) = value { value.encode(&mut bytes) } else {
            let plain = Value::from(vec![value.clone()]);
            plain.encode(&mut bytes);
        }
        let owned = Value::parse(&bytes, &Limits::DEFAULT).unwrap();
        if let Ok((borrowed, len)) = ValueRef::parse(&bytes, &Limits::DEFAULT) {
            prop_assert_eq!((borrowed.to_value(), len), owned);
        } else {
            prop_assert!(bytes.contains(&0x11));
        }
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(prop_oneof![0u8..18, any::<u8>()], 0..200)) {
        if let Ok(values) = Value::parse_all(&bytes, &Limits::DEFAULT) {
            let written = amf0::to_vec(&values);
            let again = Value::parse_all(&written, &Limits::DEFAULT).unwrap();
            prop_assert_eq!(amf0::to_vec(&again), written);
        }
        let _ = ValueRef::parse(&bytes, &Limits::DEFAULT).map(|(value, _)| value.to_value());
    }
}
