//! Shows AMF0 or AMF3 values as a tree.
//!
//! `cargo run -p castline-rtmp-chunk --example amf_dump -- [--amf3] FILE_OR_HEX`, such as `0200076f6e5461737400`
#![allow(clippy::print_stdout, reason = "an example")]

use std::error::Error;
use std::fmt::Debug;

use castline_rtmp_chunk::amf::amf0::{self, Object, Value};
use castline_rtmp_chunk::amf::{Limits, amf3};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_amf3 = arguments.iter().any(|argument| argument == "--amf3");
    arguments.retain(|argument| argument != "--amf3");
    let source = arguments.first().ok_or("amf_dump [--amf3] FILE_OR_HEX")?;
    let bytes = match hex(source) {
        Some(bytes) => bytes,
        None => std::fs::read(source)?,
    };
    if is_amf3 {
        let mut decoder = amf3::Decoder::new(&bytes, &Limits::FILE);
        while let Some(value) = decoder.next_value()? {
            show_amf3(&value, "", 0);
        }
    } else {
        let mut decoder = amf0::Decoder::new(&bytes, &Limits::FILE);
        while let Some(value) = decoder.next_value()? {
            show(&value, "", 0);
        }
    }
    Ok(())
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(digit)
        .collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| high * 16 + low).collect();
    rest.is_empty().then_some(bytes)
}

fn digit(character: char) -> Option<u8> {
    u8::try_from(character.to_digit(16)?).ok()
}

/// One line: how deep, its name, what it is.
fn line(name: &str, depth: usize, what: impl AsRef<str>) {
    let colon = if name.is_empty() { "" } else { ": " };
    println!(
        "{:indent$}{name}{colon}{}",
        "",
        what.as_ref(),
        indent = depth * 2
    );
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "what has no parts shows itself"
)]
fn show(value: &Value, name: &str, depth: usize) {
    match value {
        Value::Object(object) => members("object", object, name, depth),
        Value::EcmaArray(array) => {
            members(
                &format!("ECMA array, count {}", array.count),
                &array.entries,
                name,
                depth,
            );
        }
        Value::TypedObject(object) => {
            members(object.class_name.as_str(), &object.members, name, depth)
        }
        Value::StrictArray(items) => {
            line(name, depth, format!("array of {}", items.len()));
            for (number, item) in items.iter().enumerate() {
                show(item, &number.to_string(), depth + 1);
            }
        }
        Value::AvmPlus(value) => show_amf3(value, name, depth),
        value => plain(value, name, depth),
    }
}

fn members(kind: &str, object: &Object, name: &str, depth: usize) {
    line(name, depth, kind);
    for (name, value) in object.iter() {
        show(value, name, depth + 1);
    }
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "what has no parts shows itself"
)]
fn show_amf3(value: &amf3::Value, name: &str, depth: usize) {
    match value {
        amf3::Value::Object(object) => {
            line(name, depth, format!("AMF3 object {}", object.class_name()));
            for (name, value) in object.iter() {
                show_amf3(value, name, depth + 1);
            }
        }
        amf3::Value::Array(array) => {
            line(name, depth, format!("AMF3 array of {}", array.dense.len()));
            for (name, value) in array.associative() {
                show_amf3(value, name.as_str(), depth + 1);
            }
            for (number, value) in array.dense.iter().enumerate() {
                show_amf3(value, &number.to_string(), depth + 1);
            }
        }
        value => plain(value, name, depth),
    }
}

fn plain(value: &impl Debug, name: &str, depth: usize) {
    line(name, depth, format!("{value:?}"));
}
