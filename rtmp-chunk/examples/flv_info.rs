//! Says what is in an FLV file: header, metadata, index, tags; and writes it anew with a true index.
//!
//! `cargo run -p castline-rtmp-chunk --example flv_info -- FILE [--tags] [--fix OUT]`
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example")]

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use bytes::BytesMut;
use castline_rtmp_chunk::flv::{IndexBuilder, Metadata, Reader, ReaderConfig};
use castline_rtmp_chunk::tag::{TagFacts, classify};
use castline_rtmp_chunk::{Tag, TagType, amf};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (mut file, mut out, mut lists_tags) = (None, None, false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--tags" => lists_tags = true,
            "--fix" => out = Some(arguments.next().ok_or("--fix OUT")?),
            _ => file = Some(argument),
        }
    }
    let file = file.ok_or("flv_info FILE [--tags] [--fix OUT]")?;
    if let Some(out) = out {
        return fix(&file, &out);
    }
    let mut summary = Summary::default();
    let reader = each_tag(&file, |reader, tag| {
        let facts = classify(tag);
        if lists_tags {
            println!(
                "{:>10}  {}",
                reader.tag_offset().unwrap_or(0),
                line(tag, &facts)
            );
        }
        summary.add(tag, &facts);
        Ok(())
    })?;
    if let Some(header) = reader.header() {
        println!(
            "version {}, audio {}, video {}",
            header.version, header.has_audio, header.has_video
        );
    }
    summary.print();
    if !reader.diagnostics().is_clean() {
        println!("read over: {:#?}", reader.diagnostics());
    }
    Ok(())
}

/// Reads the file piece by piece: it may be larger than memory.
fn each_tag(
    file: &str,
    mut each: impl FnMut(&Reader, &Tag) -> Result<(), Failure>,
) -> Result<Reader, Failure> {
    let (mut file, mut input) = (File::open(file)?, BytesMut::new());
    let (mut reader, mut piece) = (Reader::new(ReaderConfig::default()), vec![0; 256 << 10]);
    loop {
        let len = file.read(&mut piece)?;
        if len == 0 {
            return Ok(reader);
        }
        input.extend_from_slice(piece.get(..len).unwrap_or_default());
        while let Some(tag) = reader.decode(&mut input)? {
            each(&reader, &tag)?;
        }
    }
}

fn fix(file: &str, out: &str) -> Result<(), Failure> {
    if std::path::absolute(file)? == std::path::absolute(out)? {
        return Err("OUT must be another file".into());
    }
    let mut builder = IndexBuilder::default();
    each_tag(file, |_, tag| {
        builder.push(tag);
        Ok(())
    })?;
    let mut fixed = builder.finish()?;
    let mut out = BufWriter::new(File::create(out)?);
    write_all(&mut out, fixed.start())?;
    each_tag(file, |_, tag| {
        Ok(write_all(&mut out, fixed.tag(tag)?.into_iter().flatten())?)
    })?;
    out.flush()?;
    println!(
        "{} bytes, {} keyframes",
        fixed.file_bytes(),
        fixed.metadata().index.keyframes().len()
    );
    Ok(())
}

fn write_all(
    out: &mut impl Write,
    segments: impl IntoIterator<Item = bytes::Bytes>,
) -> io::Result<()> {
    segments
        .into_iter()
        .try_for_each(|segment| out.write_all(&segment))
}

fn line(tag: &Tag, facts: &TagFacts) -> String {
    let kind = match (facts.is_sequence_header, facts.is_keyframe, facts.is_end) {
        (true, ..) => "sequence header",
        (_, true, _) => "keyframe",
        (.., true) => "end of sequence",
        _ => "",
    };
    format!(
        "{:>10} ms {:>8} bytes  {:?} {kind}",
        tag.timestamp,
        tag.len(),
        tag.tag_type
    )
}

#[derive(Default)]
struct Summary {
    tags: [u64; 3],
    bytes: [u64; 3],
    keyframes: u64,
    last: u32,
    metadata: Option<Metadata>,
}

impl Summary {
    fn add(&mut self, tag: &Tag, facts: &TagFacts) {
        let number = match tag.tag_type {
            TagType::Audio => 0,
            TagType::Video => 1,
            TagType::Script => 2,
        };
        if let (Some(tags), Some(bytes)) = (self.tags.get_mut(number), self.bytes.get_mut(number)) {
            *tags += 1;
            *bytes += tag.len() as u64;
        }
        self.keyframes += u64::from(facts.is_keyframe);
        self.last = self.last.max(tag.timestamp);
        if tag.tag_type == TagType::Script && self.metadata.is_none() {
            self.metadata = Metadata::parse(&tag.payload, &amf::Limits::DEFAULT)
                .ok()
                .flatten();
        }
    }

    fn print(&self) {
        for (name, (tags, bytes)) in ["audio", "video", "script"]
            .iter()
            .zip(self.tags.iter().zip(&self.bytes))
        {
            println!("{name}: {tags} tags, {bytes} bytes");
        }
        println!("{} keyframes, last time {} ms", self.keyframes, self.last);
        let Some(metadata) = &self.metadata else {
            return;
        };
        println!("onMetaData:");
        for (name, value) in metadata.properties.iter() {
            println!("  {name}: {value:?}");
        }
        for keyframe in metadata.index.keyframes() {
            println!(
                "  keyframe at {} ms: byte {}",
                keyframe.timestamp, keyframe.position
            );
        }
    }
}
