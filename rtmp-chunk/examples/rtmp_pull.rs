//! Records what an RTMP server plays into an FLV file with an index.
//!
//! `cargo run -p castline-rtmp-chunk --example rtmp_pull -- rtmp://HOST/APP/NAME FILE.flv [--seconds N]`
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example"
)]

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use castline_core::driver::Connection;
use castline_rtmp_chunk::client::{ClientConfig, ClientConnection, ClientEvent};
use castline_rtmp_chunk::command::{ConnectInfo, FourCcInfo, Play, RtmpUrl, Scheme};
use castline_rtmp_chunk::flv::{Recorder, RecorderConfig};
use castline_rtmp_chunk::{Tag, session::all_codecs, tag::classify};
use tokio::{net::TcpStream, time};

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match pull().await {
        Ok(()) => return ExitCode::SUCCESS,
        Err(error) => eprintln!("rtmp_pull: {error}"),
    }
    ExitCode::FAILURE
}

async fn pull() -> Result<(), Failure> {
    let (mut places, mut seconds) = (Vec::new(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => {
                let number = arguments.next().unwrap_or_default();
                let number = number.parse::<u32>();
                seconds = Some(number.map_err(|_| "--seconds takes a whole number")?);
            }
            _ => places.push(argument),
        }
    }
    let [url, name] = places.as_slice() else {
        return Err("rtmp_pull rtmp://HOST/APP/NAME FILE.flv [--seconds N]".into());
    };
    let url = RtmpUrl::parse(url).map_err(|error| format!("{url}: {error}"))?;
    if url.scheme != Scheme::Rtmp {
        return Err("only rtmp:// here: for rtmps, give the connection a TLS stream".into());
    }
    let from = (url.host.as_str(), url.port());
    let socket = TcpStream::connect(from).await;
    let socket = socket.map_err(|error| format!("{} port {}: {error}", from.0, from.1))?;
    let machine = ClientConnection::new(ClientConfig::default(), rand::random(), Instant::now());
    let mut connection = Connection::new(machine, socket);
    let info = ConnectInfo::new(url.app.clone(), url.tc_url())
        .with_capabilities(&all_codecs(FourCcInfo::CAN_DECODE));
    connection.machine().connect(&info)?;
    connection
        .machine()
        .play(Play::new(url.stream_name.clone()))?;
    let mut recording = Recording::new(name);
    let outcome = record(&mut connection, &mut recording, seconds).await;
    // What came is a whole file, however it ended.
    let end = recording.finish();
    outcome.and(end)?;
    connection.machine().close();
    let _ = connection.close().await;
    Ok(())
}

/// Until the stream ends, or the time is over, or Ctrl-C.
async fn record(
    connection: &mut Connection<ClientConnection, TcpStream>,
    recording: &mut Recording<'_>,
    seconds: Option<u32>,
) -> Result<(), Failure> {
    let span = Duration::from_secs(seconds.map_or(u32::MAX, |seconds| seconds).into());
    let end = time::sleep(span);
    tokio::pin!(end);
    loop {
        let event = tokio::select! {
            event = connection.next_event() => event?,
            () = &mut end => return Ok(()),
            ended = tokio::signal::ctrl_c() => return Ok(ended?),
        };
        match event {
            Some(ClientEvent::PlayStarted { .. }) => println!("recording; Ctrl-C ends it"),
            Some(ClientEvent::Tag { tag, .. } | ClientEvent::Data { tag, .. }) => {
                recording.add(tag)?;
            }
            Some(
                ClientEvent::ConnectRejected { status, .. }
                | ClientEvent::StreamRejected { status, .. },
            ) => {
                let (code, why) = (status.code, status.description);
                return Err(format!("the server refuses: {code}: {why}").into());
            }
            Some(ClientEvent::StreamEnded { .. }) => return Ok(()),
            Some(_) => {}
            None => return Err("the server closed the connection".into()),
        }
    }
}

struct Recording<'a> {
    name: &'a str,
    /// Made when there is something to write.
    file: Option<BufWriter<File>>,
    recorder: Recorder,
    /// When the first frame was: the file begins at 0.
    first: Option<u32>,
}

impl<'a> Recording<'a> {
    fn new(name: &'a str) -> Self {
        let recorder = Recorder::new(RecorderConfig::default());
        Self {
            name,
            file: None,
            recorder,
            first: None,
        }
    }

    fn add(&mut self, mut tag: Tag) -> Result<(), Failure> {
        if classify(&tag).is_frame {
            self.first.get_or_insert(tag.timestamp);
        }
        let since = tag
            .timestamp
            .wrapping_sub(self.first.unwrap_or(tag.timestamp));
        // The first sound may be a little older than the first picture.
        tag.timestamp = u32::try_from(since.cast_signed()).unwrap_or(0);
        let mut segments = Vec::new();
        self.recorder.tag(&tag, &mut segments)?;
        if segments.is_empty() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            empty => empty.insert(BufWriter::new(create(self.name)?)),
        };
        for segment in segments {
            file.write_all(&segment)?;
        }
        Ok(())
    }

    /// Puts the duration and the index into the head of the file.
    fn finish(self) -> Result<(), Failure> {
        let Some(mut file) = self.file else {
            return Err("no sound and no picture came".into());
        };
        for patch in self.recorder.patches() {
            file.seek(SeekFrom::Start(patch.offset))?;
            file.write_all(&patch.bytes)?;
        }
        file.flush()?;
        println!("{}: {} bytes", self.name, self.recorder.position());
        Ok(())
    }
}

fn create(name: &str) -> io::Result<File> {
    File::create(name).map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))
}
