//! AMF3 through the public API: vectors, references, round trips, truncation, hostile input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use std::sync::Arc;

use bytes::Bytes;
use castline_rtmp_chunk::{
    ParseError, ParseErrorKind,
    amf::{
        Limits, Text,
        amf3::{
            Array, Decoder, Dictionary, Encoder, ExternalPart, ExternalReader, NoExternals, Object,
            ObjectVector, Reference, ReferenceKind, References, Traits, Value, Vector,
        },
    },
};
use hex_literal::hex;
use proptest::prelude::*;

fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    assert_eq!(bytes.len(), value.encoded_len());
    bytes
}

fn parse(bytes: &[u8]) -> Result<Value, ParseError> {
    let (value, len) = Value::parse(bytes, &Limits::DEFAULT)?;
    assert_eq!(len, bytes.len());
    Ok(value)
}

/// Reads, compares, writes, compares.
fn check(bytes: &[u8], expected: impl Into<Value>) {
    let expected = expected.into();
    let value = parse(bytes).unwrap();
    assert_eq!(value, expected);
    assert_eq!(encode(&value), bytes, "what was read is written as it came");
    assert_eq!(encode(&expected), bytes, "what was built is written so");
}

/// Reads and writes again.
fn same(bytes: &[u8]) -> Value {
    let value = parse(bytes).unwrap();
    assert_eq!(encode(&value), bytes);
    value
}

#[test]
fn every_type_of_the_specification() {
    check(&hex!("00"), Value::Undefined);
    check(&hex!("01"), Value::Null);
    check(&hex!("02"), false);
    check(&hex!("03"), true);
    check(&hex!("05 bff8000000000000"), -1.5);
    check(&hex!("06 01"), "");
    check(&hex!("06 0b 68656c6c6f"), "hello");
    check(&hex!("07 09 3c612f3e"), Value::XmlDocument("<a/>".into()));
    check(&hex!("08 01 4275d3ef79800000"), Value::Date(1.5e12));
    check(
        &hex!("09 05 01 04 01 02"),
        Array::new(vec![1.into(), false.into()]),
    );
    let mixed = Array::new(vec![Value::Null]).with("k", "v");
    check(&hex!("09 03 03 6b 06 03 76 01 01"), mixed);
    check(&hex!("0b 09 3c612f3e"), Value::Xml("<a/>".into()));
    check(&hex!("0c 07 010203"), Bytes::from_static(&[1, 2, 3]));
    let ints = Vector {
        fixed: true,
        items: vec![-1, 2],
    };
    check(&hex!("0d 05 01 ffffffff 00000002"), ints);
    let uints = Vector {
        fixed: false,
        items: vec![u32::MAX],
    };
    check(&hex!("0e 03 00 ffffffff"), uints);
    let doubles = Vector {
        fixed: false,
        items: vec![1.0],
    };
    check(&hex!("0f 03 00 3ff0000000000000"), doubles);
    let objects = ObjectVector {
        fixed: true,
        class_name: "C".into(),
        items: vec![Value::Null, "C".into()],
    };
    check(&hex!("10 05 01 03 43 01 06 00"), objects);
    let map = Dictionary {
        weak_keys: true,
        entries: vec![(1.into(), "one".into())],
    };
    check(&hex!("11 03 01 04 01 06 07 6f6e65"), map);
}

#[test]
fn integers_at_the_edges_of_u29() {
    for (bytes, number) in [
        (&hex!("04 00")[..], 0),
        (&hex!("04 7f"), 0x7f),
        (&hex!("04 8100"), 0x80),
        (&hex!("04 ff7f"), 0x3fff),
        (&hex!("04 818000"), 0x4000),
        (&hex!("04 ffff7f"), 0x1f_ffff),
        (&hex!("04 80c08000"), 0x20_0000),
        (&hex!("04 bfffffff"), 0x0fff_ffff),
        (&hex!("04 c0808000"), -0x1000_0000),
        (&hex!("04 ffffffff"), -1),
    ] {
        check(bytes, number);
    }
    // Beyond 29 bits it is a double, as in Flash.
    for number in [0x1000_0000, -0x1000_0001, i32::MAX, i32::MIN] {
        let read = parse(&encode(&number.into())).unwrap();
        assert_eq!(read, Value::Double(number.into()));
    }
}

#[test]
fn integers_longer_than_need_be_are_read() {
    assert_eq!(parse(&hex!("04 8001")).unwrap(), Value::Integer(1));
    assert_eq!(parse(&hex!("04 80808001")).unwrap(), Value::Integer(1));
    assert_eq!(encode(&parse(&hex!("04 80808001")).unwrap()), hex!("04 01"));
}

#[test]
fn anonymous_typed_and_dynamic_objects() {
    let object = Object::anonymous().with("a", 1).with("b", "a");
    check(&hex!("0a 0b 01 03 61 04 01 03 62 06 00 01"), object);
    let point = Traits::new("P").with_sealed(["x", "y"]);
    let object = Object::new(point).with("y", 2).with("x", 1);
    assert_eq!(
        object.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["x", "y"]
    );
    check(&hex!("0a 23 03 50 03 78 03 79 04 01 04 02"), object);
    let both = Traits::new("D").with_sealed(["x"]).dynamic();
    let object = Object::new(both).with("x", 1).with("more", true);
    check(&hex!("0a 1b 03 44 03 78 04 01 09 6d6f7265 03 01"), object);
}

#[test]
fn members_that_cannot_be_are_refused() {
    let mut sealed = Object::new(Traits::new("P").with_sealed(["x"]));
    assert!(sealed.set("x", 1) && !sealed.set("y", 1));
    assert_eq!((sealed.get("x"), sealed.get("y")), (Some(&1.into()), None));
    let mut dynamic = Object::anonymous();
    assert!(!dynamic.set("", 1), "the empty name ends the members");
    assert!(dynamic.set("a", 1) && dynamic.set("a", 2));
    assert_eq!(dynamic.iter().count(), 1);
    assert!(!Object::external("E", Vec::new()).set("a", 1));
    assert_eq!(Array::default().with("", 1), Array::default());
}

#[test]
fn objects_of_one_class_share_their_traits() {
    let traits: Arc<Traits> = Traits::new("P").with_sealed(["x"]).into();
    let points = [1, 2].map(|x| Object::new(Arc::clone(&traits)).with("x", x));
    let array: Array = points.into_iter().map(Value::from).collect();
    let bytes = hex!("09 05 01 0a 13 03 50 03 78 04 01 0a 01 04 02");
    check(&bytes, array);
    let read = parse(&bytes).unwrap();
    let items = &read.as_array().unwrap().dense;
    let of = |at: usize| items[at].as_object().unwrap().traits();
    assert!(Arc::ptr_eq(of(0), of(1)), "shared in memory too");
}

#[test]
fn strings_in_full_and_by_reference_stay_so() {
    // "ab" in full twice: two places in the table, each referred to.
    let bytes = hex!("09 09 01 06 05 6162 06 05 6162 06 02 06 00");
    let value = same(&bytes);
    let built: Array = ["ab"; 4].map(Value::from).into_iter().collect();
    assert_eq!(
        value,
        built.clone().into(),
        "how it was sent makes no difference"
    );
    assert_eq!(
        encode(&built.into()),
        hex!("09 09 01 06 05 6162 06 00 06 00 06 00")
    );
    // The empty string takes no place.
    same(&hex!("09 07 01 06 01 06 03 61 06 00"));
}

#[test]
fn traits_in_full_twice_stay_so() {
    same(&hex!(
        "09 07 01 0a 13 03 50 03 78 01 0a 13 00 02 01 0a 05 01"
    ));
}

#[test]
fn what_was_read_can_be_changed_and_written() {
    let value = parse(&hex!("09 07 01 06 03 61 06 00 06 00")).unwrap();
    let items = value.as_array().unwrap().dense.clone();
    // Without the first, in full, the others have nothing left to refer to.
    let rest = Value::from(Array::new(items[1..].to_vec()));
    assert_eq!(encode(&rest), hex!("09 05 01 06 03 61 06 00"));
    // Behind something else, the place is another one.
    let mut moved = vec![Value::from("b"), Value::from("c")];
    moved.extend(items);
    let moved = Value::from(Array::new(moved));
    assert_eq!(parse(&encode(&moved)).unwrap(), moved);
}

#[test]
fn references_keep_cycles_harmless() {
    // An array that holds itself, and a date twice.
    let bytes = hex!("09 07 01 09 00 08 01 0000000000000000 08 02");
    let value = same(&bytes);
    let items = &value.as_array().unwrap().dense;
    let reference = |kind, id| Value::Reference(Reference { kind, id });
    assert_eq!(items[0], reference(ReferenceKind::Array, 0));
    assert_eq!(items[2], reference(ReferenceKind::Date, 1));
    let values = [value.clone()];
    let references = References::new(&values);
    let find = |id| {
        references.find(Reference {
            kind: ReferenceKind::Array,
            id,
        })
    };
    assert_eq!(
        (find(0), find(1), find(2)),
        (Some(&values[0]), Some(&items[1]), None)
    );
}

#[test]
fn references_to_what_has_not_begun_are_errors() {
    for bytes in [
        &hex!("09 00")[..],
        &hex!("06 00"),
        &hex!("0a 01 01"),
        &hex!("09 03 01 0a 02"),
        &hex!("08 7e"),
    ] {
        let error = parse(bytes).unwrap_err();
        assert!(matches!(error.kind, ParseErrorKind::Expected(_)), "{error}");
    }
}

/// A length or count of something that is there in full, in four bytes.
fn long_count(count: usize) -> [u8; 4] {
    let value = u32::try_from(count).unwrap() << 1 | 1;
    [22, 15, 8, 0].map(|shift| {
        let bits = value >> shift;
        let bits = if shift == 0 {
            bits & 0xff
        } else {
            bits & 0x7f | 0x80
        };
        u8::try_from(bits).unwrap()
    })
}

#[test]
fn four_megabytes_referred_to_400_000_times_is_there_once() {
    let len = 4 << 20;
    let text = "x".repeat(len);
    let mut bytes = hex!("09 11 01 06").to_vec();
    bytes.extend(long_count(len));
    bytes.extend(text.as_bytes());
    // Seven arrays that refer to it, since counts above 2 MiB alone take four bytes in the shortest form.
    for _ in 0..7 {
        bytes.extend(hex!("09 87 a8 63 01"));
        bytes.extend(hex!("06 00").repeat(59_953));
    }
    let limits = Limits::FILE;
    let (value, _) = Value::parse(&bytes, &limits).unwrap();
    let items = &value.as_array().unwrap().dense;
    let last = &items[7].as_array().unwrap().dense[59_952];
    let place = |value: &Value| value.as_str().unwrap().as_ptr();
    assert_eq!(place(&items[0]), place(last), "the same memory");
    assert_eq!(
        encode(&value.clone()),
        bytes,
        "cloned and written in linear time"
    );
    assert!(
        Value::parse(&bytes, &Limits::DEFAULT).is_err(),
        "too many nodes for a message"
    );
}

#[test]
fn flex_collections_and_own_externalizable_classes() {
    let name = "flex.messaging.io.ArrayCollection";
    let mut bytes = hex!("0a 07 43").to_vec();
    bytes.extend(name.as_bytes());
    bytes.extend(hex!("09 03 01 04 05"));
    let array = Value::from(Array::new(vec![5.into()]));
    check(
        &bytes,
        Object::external(name, vec![ExternalPart::Value(array)]),
    );

    let own = hex!("09 05 01 0a 07 03 45 0a0b 06 03 68 0c 0a 01 0102 06 02 03");
    let externals = |class: &str, body: &mut ExternalReader<'_, '_, '_>| {
        if class != "E" {
            return Err(body.unknown_class());
        }
        body.u8()?;
        body.bytes(1)?;
        assert!(body.remaining() > 0);
        body.value()?;
        body.u8().map(|_| ())
    };
    let mut decoder = Decoder::new(&own, &Limits::DEFAULT).with_externals(&externals);
    let value = decoder.next_value().unwrap().unwrap();
    assert_eq!(encode(&value), own);
    let object = value.as_array().unwrap().dense[1].as_object().unwrap();
    let [first, second, third] = object.external_parts().unwrap() else {
        panic!("{object:?}");
    };
    assert_eq!(*first, ExternalPart::Bytes(vec![1, 2]));
    assert_eq!(second.as_value(), Some(&"h".into()));
    assert_eq!(*third, ExternalPart::Bytes(vec![3]));

    let error = parse(&own).unwrap_err();
    let expected = "an externalizable class that is known";
    assert_eq!(error.kind, ParseErrorKind::Expected(expected));
    let mut none = Decoder::new(&bytes, &Limits::DEFAULT).with_externals(&NoExternals);
    none.next_value().unwrap_err();
}

#[test]
fn a_message_has_one_set_of_tables() {
    let bytes = hex!("06 03 61 06 00 09 01 01 09 00");
    let mut decoder = Decoder::new(&bytes, &Limits::DEFAULT);
    let values: Vec<_> = std::iter::from_fn(|| decoder.next_value().unwrap()).collect();
    assert_eq!((values.len(), decoder.offset()), (4, bytes.len()));
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out);
    values.iter().for_each(|value| encoder.value(value));
    assert_eq!(out, bytes);
}

#[test]
fn nesting_of_every_kind_is_an_error() {
    for level in [
        &hex!("09 03 01")[..],
        &hex!("0a 0b 01 03 61"),
        &hex!("10 03 00 01"),
        &hex!("11 03 00"),
        &hex!("0a 13 01 03 61"),
    ] {
        let error = parse(&level.repeat(100_000)).unwrap_err();
        assert!(
            matches!(error.kind, ParseErrorKind::Limit { limit: 64, .. }),
            "{error}"
        );
    }
    let mut flex = hex!("0a 07 43").to_vec();
    flex.extend(b"flex.messaging.io.ArrayCollection");
    flex.extend(hex!("0a 01").repeat(100_000));
    assert!(matches!(
        parse(&flex).unwrap_err().kind,
        ParseErrorKind::Limit { .. }
    ));
}

#[test]
fn budgets_hold() {
    let limits = Limits::DEFAULT.with_max_nodes(10);
    let array = hex!("09 17 01 01010101010101010101 01");
    Value::parse(&array, &limits).unwrap_err();
    // Eleven names of a class count as values do.
    let traits = hex!("0a 81 33 01 01010101010101010101 01 01010101010101010101 01");
    assert!(parse(&traits).is_ok());
    Value::parse(&traits, &limits).unwrap_err();
    let limits = Limits::DEFAULT.with_max_bytes(3);
    Value::parse(&hex!("0c 09 01020304"), &limits).unwrap_err();
    Value::parse(&hex!("0d 03 00 00000001"), &limits).unwrap_err();
    Value::parse(&hex!("06 09 61626364"), &limits).unwrap_err();
}

#[test]
fn truncated_at_every_byte() {
    let object = Object::new(Traits::new("P").with_sealed(["x"]).dynamic())
        .with(
            "x",
            Vector {
                fixed: true,
                items: vec![1, 2],
            },
        )
        .with(
            "map",
            Dictionary {
                weak_keys: false,
                entries: vec![(1.into(), 2.5.into())],
            },
        )
        .with(
            "array",
            Array::new(vec!["P".into(), Value::Date(0.0)]).with("a", 1000),
        );
    let bytes = encode(&object.into());
    for len in 0..bytes.len() {
        let error = parse(&bytes[..len]).unwrap_err();
        assert!(
            matches!(error.kind, ParseErrorKind::Truncated { .. }),
            "{len}: {error}"
        );
    }
    parse(&bytes).unwrap();
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        "[a-d]{1,2}".prop_map(Text::from),
        "\\PC{0,40}".prop_map(Text::from),
        prop::collection::vec(any::<u8>(), 0..30).prop_map(|bytes| Text::from_bytes(&bytes)),
    ]
}

fn object(
    (class, sealed, is_dynamic): (Text, Vec<(Text, Value)>, bool),
    dynamic: Vec<(Text, Value)>,
) -> Value {
    let mut traits = Traits::new(class).with_sealed(sealed.iter().map(|(name, _)| name.clone()));
    traits.is_dynamic = is_dynamic;
    let mut object = Object::new(traits);
    for (name, value) in sealed.into_iter().chain(dynamic) {
        object.set(name, value);
    }
    object.into()
}

fn value() -> impl Strategy<Value = Value> {
    let number = || any::<f64>().prop_filter("equal to itself", |number| !number.is_nan());
    let leaf =
        prop_oneof![
            Just(Value::Undefined),
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-0x1000_0000..0x1000_0000).prop_map(Value::Integer),
            number().prop_map(Value::from),
            number().prop_map(Value::Date),
            text().prop_map(Value::from),
            text().prop_map(Value::XmlDocument),
            text().prop_map(Value::Xml),
            prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| Bytes::from(bytes).into()),
            (any::<bool>(), prop::collection::vec(any::<i32>(), 0..5))
                .prop_map(|(fixed, items)| Vector { fixed, items }.into()),
            (any::<bool>(), prop::collection::vec(any::<u32>(), 0..5))
                .prop_map(|(fixed, items)| Vector { fixed, items }.into()),
            (any::<bool>(), prop::collection::vec(number(), 0..5))
                .prop_map(|(fixed, items)| Vector { fixed, items }.into()),
        ];
    leaf.prop_recursive(5, 60, 6, |value| {
        let members = prop::collection::vec((text(), value.clone()), 0..5).boxed();
        let items = prop::collection::vec(value.clone(), 0..5).boxed();
        let pairs = prop::collection::vec((value.clone(), value), 0..4);
        prop_oneof![
            (members.clone(), items.clone()).prop_map(|(members, items)| {
                let array = Array::new(items);
                members
                    .into_iter()
                    .fold(array, |array, (name, value)| array.with(name, value))
                    .into()
            }),
            ((text(), members.clone(), any::<bool>()), members)
                .prop_map(|(head, dynamic)| object(head, dynamic)),
            (any::<bool>(), text(), items.clone()).prop_map(|(fixed, class_name, items)| {
                let class_name = class_name.into();
                ObjectVector {
                    fixed,
                    class_name,
                    items,
                }
                .into()
            }),
            (any::<bool>(), pairs).prop_map(|(weak_keys, entries)| Dictionary {
                weak_keys,
                entries
            }
            .into()),
            (text(), items).prop_map(|(head, items)| {
                let name = "flex.messaging.io.ArrayCollection";
                let inner = Array::new(items).with(head, 1);
                Object::external(name, vec![ExternalPart::Value(inner.into())]).into()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(value in value()) {
        let bytes = encode(&value);
        let read = parse(&bytes).unwrap();
        prop_assert_eq!(&read, &value);
        prop_assert_eq!(encode(&read), bytes);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(prop_oneof![0u8..24, any::<u8>()], 0..200)) {
        let mut decoder = Decoder::new(&bytes, &Limits::DEFAULT);
        let mut values = Vec::new();
        while let Ok(Some(value)) = decoder.next_value() {
            values.push(value);
        }
        let mut written = Vec::new();
        let mut encoder = Encoder::new(&mut written);
        values.iter().for_each(|value| encoder.value(value));
        prop_assert!(written.len() <= decoder.offset());
        let mut again = Decoder::new(&written, &Limits::DEFAULT);
        for value in &values {
            let read = again.next_value().unwrap().unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{value:?}"));
        }
        prop_assert_eq!(again.offset(), written.len());
    }

    #[test]
    fn any_integer_of_29_bits(number in -0x1000_0000i32..0x1000_0000) {
        prop_assert_eq!(parse(&encode(&number.into())).unwrap(), Value::Integer(number));
    }
}
