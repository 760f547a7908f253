//! Publishes an MP4 or FLV file to an RTMP server, in real time.
//!
//! `cargo run -p castline-rtmp-chunk --example rtmp_publish -- FILE rtmp://HOST/APP/NAME`
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example"
)]

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::driver::Connection;
use castline_mp4_hint::{FrameReader, MovieReader};
use castline_rtmp_chunk::client::{ClientConfig, ClientConnection, ClientEvent, StreamHandle};
use castline_rtmp_chunk::command::{ConnectInfo, Publish, PublishMode, RtmpUrl, Scheme};
use castline_rtmp_chunk::flv::{Metadata, Reader, ReaderConfig};
use castline_rtmp_chunk::media::{Muxer, MuxerConfig};
use castline_rtmp_chunk::{Tag, TagType, amf, session::SendError, tag::classify};
use tokio::{net::TcpStream, time};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match publish().await {
        Ok(()) => return ExitCode::SUCCESS,
        Err(error) => eprintln!("rtmp_publish: {error}"),
    }
    ExitCode::FAILURE
}

async fn publish() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(url)) = (arguments.next(), arguments.next()) else {
        return Err("rtmp_publish FILE rtmp://HOST/APP/NAME".into());
    };
    let file = File::open(&name).map_err(|error| format!("{name}: {error}"))?;
    let mut source = Source::open(file).map_err(|error| format!("{name}: {error}"))?;
    let url = RtmpUrl::parse(&url).map_err(|error| format!("{url}: {error}"))?;
    if url.scheme != Scheme::Rtmp {
        return Err("only rtmp:// here: for rtmps, give the connection a TLS stream".into());
    }
    let to = (url.host.as_str(), url.port());
    let socket = TcpStream::connect(to).await;
    let socket = socket.map_err(|error| format!("{} port {}: {error}", to.0, to.1))?;
    let machine = ClientConnection::new(ClientConfig::default(), rand::random(), Instant::now());
    let mut connection = Connection::new(machine, socket);
    let info = ConnectInfo::new(url.app.clone(), url.tc_url());
    connection.machine().connect(&info)?;
    let wish = Publish::new(url.stream_name.clone(), PublishMode::Live);
    let stream = connection.machine().publish(wish)?;
    while !hear(&mut connection).await? {}
    println!("publishing {name} to {url}; Ctrl-C ends it");
    let tags = send(&mut connection, stream, &mut source).await?;
    connection.machine().close();
    connection.close().await?;
    println!("published {tags} tags");
    Ok(())
}

/// True when publishing has been granted.
async fn hear(connection: &mut Connection<ClientConnection, TcpStream>) -> Result<bool, Failure> {
    match connection.next_event().await? {
        Some(ClientEvent::PublishStarted { .. }) => Ok(true),
        Some(
            ClientEvent::ConnectRejected { status, .. }
            | ClientEvent::StreamRejected { status, .. },
        ) => Err(format!(
            "the server refuses: {}: {}",
            status.code, status.description
        )
        .into()),
        Some(_) => Ok(false),
        None => Err("the server closed the connection".into()),
    }
}

async fn send(
    connection: &mut Connection<ClientConnection, TcpStream>,
    stream: StreamHandle,
    source: &mut Source,
) -> Result<u64, Failure> {
    let (began, mut first, mut count) = (time::Instant::now(), None, 0);
    while let Some(tag) = source.next()? {
        if classify(&tag).is_frame {
            let first = *first.get_or_insert(tag.timestamp);
            let due = Duration::from_millis(tag.timestamp.saturating_sub(first).into());
            // What the server says meanwhile is heard, and what is queued is written.
            let wait = time::sleep_until(began + due);
            tokio::pin!(wait);
            while !wait.is_elapsed() {
                tokio::select! {
                    heard = hear(connection) => { heard?; }
                    () = &mut wait => {}
                }
            }
        }
        while let Err(error) = connection.machine().send_tag(stream, &tag) {
            let SendError::QueueFull { .. } = error else {
                return Err(error.into());
            };
            hear(connection).await?; // Until the server has read more.
        }
        count += 1;
    }
    Ok(count)
}

/// A file, tag by tag.
enum Source {
    Flv(File, Box<Reader>, BytesMut),
    Movie(File, Box<FrameReader>, Muxer, std::vec::IntoIter<Tag>),
}

impl Source {
    fn open(mut file: File) -> Result<Self, Failure> {
        let head = read_at(&mut file, 0, 3)?;
        if head == b"FLV"[..] {
            file.rewind()?;
            let reader = Box::new(Reader::new(ReaderConfig::default()));
            return Ok(Self::Flv(file, reader, BytesMut::new()));
        }
        let file_len = Some(file.metadata()?.len());
        let mut reader = MovieReader::new(Default::default(), file_len);
        while let Some(read) = reader.poll_read() {
            reader.handle_input(read.offset, read_at(&mut file, read.offset, read.len)?);
        }
        let movie = Arc::new(reader.into_movie()?);
        // The first to be decoded is sent at 0: with pictures out of order it lies before the first shown.
        let first = |track: &castline_mp4_hint::MovieTrack| {
            let ticks = track.samples.cursor().next()?.dts;
            Some((ticks * 1000).div_euclid(track.media.clock_rate.get().into()))
        };
        let mut config = MuxerConfig::default();
        config.origin_ms = movie.tracks().iter().filter_map(first).min().unwrap_or(0);
        let tracks: Vec<_> = movie
            .tracks()
            .iter()
            .map(|track| track.media.clone())
            .collect();
        let muxer = Muxer::new(&tracks, config);
        for track in tracks.iter().filter(|track| !muxer.carries(track.id)) {
            eprintln!(
                "track {} is left out: RTMP has no {}",
                track.id.0,
                track.codec.name()
            );
        }
        let headers = [vec![muxer.metadata_tag(0)], muxer.sequence_headers(0)].concat();
        let frames = FrameReader::all_tracks(movie, file_len, Default::default());
        Ok(Self::Movie(
            file,
            Box::new(frames),
            muxer,
            headers.into_iter(),
        ))
    }

    fn next(&mut self) -> Result<Option<Tag>, Failure> {
        match self {
            Self::Flv(file, reader, input) => loop {
                if let Some(tag) = reader.decode(input)? {
                    return Ok(Some(without_index(tag)));
                }
                let mut piece = Vec::new();
                if file.take(64 << 10).read_to_end(&mut piece)? == 0 {
                    return Ok(None);
                }
                input.extend_from_slice(&piece);
            },
            Self::Movie(file, frames, muxer, headers) => loop {
                if let Some(tag) = headers.next() {
                    return Ok(Some(tag));
                }
                while let Some(frame) = frames.poll_frame() {
                    if muxer.carries(frame.track) {
                        return Ok(Some(muxer.push(&frame)?));
                    }
                }
                let Some(read) = frames.poll_read() else {
                    return Ok(None);
                };
                frames.handle_input(read.offset, read_at(file, read.offset, read.len)?);
            },
        }
    }
}

/// Where the key frames are in a file means nothing in a stream.
fn without_index(tag: Tag) -> Tag {
    if tag.tag_type != TagType::Script {
        return tag;
    }
    match Metadata::parse(&tag.payload, &amf::Limits::DEFAULT) {
        Ok(Some(metadata)) => Metadata::new(metadata.properties).to_tag(),
        Ok(None) | Err(_) => tag,
    }
}

fn read_at(file: &mut File, offset: u64, len: usize) -> io::Result<Bytes> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset))?;
    file.take(len as u64).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}
