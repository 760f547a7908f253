//! Any bytes as the values of an AMF0 message: owned, borrowed and by serde, and written again.
#![no_main]

use castline_rtmp_chunk::amf::{
    Limits,
    amf0::{self, BorrowedDecoder, Decoder, References, Value, ValueRef},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut decoder = Decoder::new(data, &Limits::DEFAULT);
    let mut borrowed = BorrowedDecoder::new(data, &Limits::DEFAULT);
    let mut values = Vec::new();
    let mut is_same = true;
    while let Ok(Some(value)) = decoder.next_value() {
        // The borrowed form refuses AMF3 that refers outside of itself, and cannot go on after it.
        is_same = is_same && same(&value, &mut borrowed, decoder.offset());
        values.push(value);
    }
    let written = amf0::to_vec(&values);
    let len: usize = values.iter().map(Value::encoded_len).sum();
    assert!(written.len() <= len, "tables that are shared save bytes");
    let again = Value::parse_all(&written, &Limits::DEFAULT).expect("what is written reads");
    assert_eq!(format!("{again:?}"), format!("{values:?}"));
    assert_eq!(amf0::to_vec(&again), written);
    let references = References::new(&values);
    for id in 0..8 {
        let _ = references.find(id);
    }
    if let Ok(value) = amf0::from_slice::<Value>(data) {
        let _ = amf0::to_value(&value);
    }
    let _ = amf0::from_message::<(String, f64, Value)>(data);
});

fn same(value: &Value, borrowed: &mut BorrowedDecoder<'_>, end: usize) -> bool {
    match borrowed.next_value() {
        Ok(Some(there)) => {
            assert_eq!(borrowed.offset(), end);
            assert_eq!(format!("{:?}", there.to_value()), format!("{value:?}"));
            visit(&there);
            true
        }
        Ok(None) => panic!("one more value is there"),
        Err(error) => {
            assert!(has_amf3(value), "{error}");
            false
        }
    }
}

fn has_amf3(value: &Value) -> bool {
    match value {
        Value::AvmPlus(_) => true,
        Value::StrictArray(items) => items.iter().any(has_amf3),
        value => value
            .as_object()
            .is_some_and(|members| members.iter().any(|(_, value)| has_amf3(value))),
    }
}

fn visit(value: &ValueRef<'_>) {
    let _ = (value.as_str(), value.as_f64(), value.as_bool());
    if let Some(members) = value.as_object() {
        for (name, _) in members {
            if let Some(name) = name.as_str() {
                assert!(members.get(name).is_some());
            }
        }
    }
}
