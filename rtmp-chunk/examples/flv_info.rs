//! Says what is in an FLV file: header, metadata, index, tags; and writes it anew with a true index.
//!
//! `cargo run -p castline-rtmp-chunk --example flv_info -- FILE [--tags] [--fix OUT]`

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use bytes::BytesMut;
use castline_rtmp_chunk::flv::{IndexBuilder, Metadata, Reader, ReaderConfig};
use castline_rtmp_chunk::tag::{TagFacts, classify};
use castline_rtmp_chunk::{Tag, TagType, amf};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    match run() {
        // Who reads has read enough, as `head` does.
        Err(failure) if is_broken_pipe(&*failure) => Ok(()),
        done => done,
    }
}

fn is_broken_pipe(failure: &(dyn Error + 'static)) -> bool {
    let error = failure.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run() -> Result<(), Failure> {
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
    let mut shown = BufWriter::new(io::stdout().lock());
    let mut summary = Summary::default();
    let reader = each_tag(&file, |reader, tag| {
        let facts = classify(tag);
        if lists_tags {
            let offset = reader.tag_offset().unwrap_or(0);
            writeln!(shown, "{offset:>10}  {}", line(tag, &facts))?;
        }
        summary.add(tag, &facts);
        Ok(())
    })?;
    if let Some(header) = reader.header() {
        writeln!(
            shown,
            "version {}, audio {}, video {}",
            header.version, header.has_audio, header.has_video
        )?;
    }
    summary.print(&mut shown)?;
    if !reader.diagnostics().is_clean() {
        writeln!(shown, "read over: {:#?}", reader.diagnostics())?;
    }
    Ok(shown.flush()?)
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
    let keyframes = fixed.metadata().index.keyframes().len();
    let bytes = fixed.file_bytes();
    Ok(writeln!(
        io::stdout(),
        "{bytes} bytes, {keyframes} keyframes"
    )?)
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

    fn print(&self, shown: &mut impl Write) -> io::Result<()> {
        for (name, (tags, bytes)) in ["audio", "video", "script"]
            .iter()
            .zip(self.tags.iter().zip(&self.bytes))
        {
            writeln!(shown, "{name}: {tags} tags, {bytes} bytes")?;
        }
        writeln!(
            shown,
            "{} keyframes, last time {} ms",
            self.keyframes, self.last
        )?;
        let Some(metadata) = &self.metadata else {
            return Ok(());
        };
        writeln!(shown, "onMetaData:")?;
        for (name, value) in metadata.properties.iter() {
            writeln!(shown, "  {name}: {value:?}")?;
        }
        for keyframe in metadata.index.keyframes() {
            writeln!(
                shown,
                "  keyframe at {} ms: byte {}",
                keyframe.timestamp, keyframe.position
            )?;
        }
        Ok(())
    }
}
