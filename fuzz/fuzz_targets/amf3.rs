//! Any bytes as the values of an AMF3 message, and written again.
#![no_main]

use castline_rtmp_chunk::amf::{
    Limits,
    amf3::{self, Decoder, Encoder, ExternalReader, Reference, ReferenceKind, References, Value},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut decoder = Decoder::new(data, &Limits::DEFAULT).with_externals(&class);
    let mut values = Vec::new();
    while let Ok(Some(value)) = decoder.next_value() {
        values.push(value);
    }
    let written = write(&values);
    assert!(written.len() <= decoder.offset(), "never longer than it came");
    let mut again = Decoder::new(&written, &Limits::DEFAULT).with_externals(&class);
    let mut read = Vec::new();
    while let Some(value) = again.next_value().expect("what is written reads") {
        read.push(value);
    }
    assert_eq!(format!("{read:?}"), format!("{values:?}"));
    assert_eq!(write(&read), written);
    // In another order, references to strings and traits have other places.
    values.reverse();
    let _ = write(&values);
    let references = References::new(&values);
    for id in 0..8 {
        let kind = ReferenceKind::Object;
        let _ = references.find(Reference { kind, id });
    }
    for value in &values {
        let _ = amf3::from_value::<castline_rtmp_chunk::amf::amf0::Value>(value);
    }
});

fn write(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    for value in values {
        encoder.value(value);
    }
    bytes
}

/// A class for each letter, which says what it reads by it.
fn class(
    name: &str,
    body: &mut ExternalReader<'_, '_, '_>,
) -> Result<(), castline_rtmp_chunk::ParseError> {
    match name {
        "a" => body.u8().map(|_| ()),
        "b" => {
            let len = body.u8()?;
            body.bytes(len.into())?;
            body.value().map(|_| ())
        }
        "c" => {
            body.value()?;
            body.value().map(|_| ())
        }
        _ => Err(body.unknown_class()),
    }
}
