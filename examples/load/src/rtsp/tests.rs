//! Players against a server that does just what a test says.

use bytes::BytesMut;
use castline_core::NtpTime;
use castline_rtp_rtcp::{
    PayloadType, RtpHeader, SequenceNumber, Ssrc,
    rtcp::{Compound, CompoundBuilder, RtcpPacket, SenderInfo},
};
use castline_rtsp_proto::{
    Decoder, Incoming, Method, Request, Response, StatusCode,
    headers::{CSeq, Transport},
};
use clap::Parser;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
};

use super::*;
use crate::target::Scheme;

const SOURCE: Ssrc = Ssrc(7);

/// What the server does.
#[derive(Debug, Clone)]
struct Script {
    range: &'static str,
    /// The numbers of the packets that follow the answer to PLAY.
    numbers: Vec<u16>,
    /// BYE follows them, which says that so many packets were sent.
    goodbye: Option<u32>,
    /// A request that is refused.
    refused: Option<Method>,
    /// It closes the connection after the packets.
    hangs_up: bool,
}

impl Default for Script {
    fn default() -> Self {
        let numbers = vec![1, 2, 3, 4];
        Self {
            range: "npt=0-1",
            numbers,
            goodbye: None,
            refused: None,
            hangs_up: false,
        }
    }
}

struct Server {
    script: Script,
    stream: TcpStream,
    ports: UdpSocket,
    client_port: Option<u16>,
}

impl Server {
    /// Answers until the player leaves; gives the methods that were asked for.
    async fn serve(mut self) -> Vec<Method> {
        let (mut decoder, mut input, mut asked) = (Decoder::new(), BytesMut::new(), Vec::new());
        while self
            .stream
            .read_buf(&mut input)
            .await
            .is_ok_and(|read| read > 0)
        {
            while let Some(incoming) = decoder.decode(&mut input).unwrap() {
                let Incoming::Request(request) = incoming else {
                    continue;
                };
                asked.push(request.method());
                if !self.answer(&request).await {
                    return asked;
                }
            }
        }
        asked
    }

    async fn answer(&mut self, request: &Request) -> bool {
        let method = request.method();
        let status = if self.script.refused == Some(method) {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::OK
        };
        let mut answer = Response::new(status)
            .typed(&CSeq::new(request.cseq().unwrap()))
            .header("Session", "5");
        if method == Method::DESCRIBE {
            let range = self.script.range;
            let sdp = format!(
                "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\na=range:{range}\r\nm=video 0 RTP/AVP 96\r\n\
                 a=rtpmap:96 H264/90000\r\na=control:trackID=1\r\n"
            );
            answer = answer
                .header("Content-Type", "application/sdp")
                .with_body(sdp);
        }
        if let Ok(Some(transport)) = request.headers().typed::<Transport>() {
            self.client_port = transport.first().client_port.map(|ports| ports.rtp);
            answer = answer.header(
                "Transport",
                match self.client_port {
                    Some(port) => format!(
                        "RTP/AVP;unicast;client_port={port}-{};server_port=9-10",
                        port + 1
                    ),
                    None => "RTP/AVP/TCP;unicast;interleaved=0-1".to_owned(),
                },
            );
        }
        let (head, body) = answer.into_segments();
        self.stream.write_all(&[head, body].concat()).await.unwrap();
        if method == Method::PLAY && status == StatusCode::OK {
            self.send_media().await;
            return !self.script.hangs_up;
        }
        true
    }

    async fn send_media(&mut self) {
        for number in self.script.numbers.clone() {
            let timestamp = u32::from(number) * 3_600;
            let mut packet = Vec::new();
            let header = RtpHeader::new(PayloadType(96), SequenceNumber(number), timestamp, SOURCE);
            header.encode_packet(&[0; 88], &mut packet);
            self.send(0, &packet).await;
        }
        if let Some(packet_count) = self.script.goodbye {
            let info = SenderInfo {
                ntp: NtpTime(1),
                rtp_timestamp: 0,
                packet_count,
                octet_count: 0,
            };
            let mut packet = Vec::new();
            let builder = CompoundBuilder::new(SOURCE, "x")
                .sender(info)
                .goodbye(Some("the end"));
            builder.encode(&mut packet).unwrap();
            self.send(1, &packet).await;
        }
    }

    /// On channel 0 or 1, or the port of that number.
    async fn send(&mut self, channel: u8, packet: &[u8]) {
        if let Some(port) = self.client_port {
            self.ports
                .send_to(packet, ("127.0.0.1", port + u16::from(channel)))
                .await
                .unwrap();
            return;
        }
        let [high, low] = (packet.len() as u16).to_be_bytes();
        self.stream
            .write_all(&[&[b'$', channel, high, low], packet].concat())
            .await
            .unwrap();
    }
}

/// Plays what `script` says, with these arguments, and tells what was measured and asked for.
async fn play(script: Script, line: &str) -> (Record, Vec<Method>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("rtsp://{address}/film");
    let words = ["castline-load", &url]
        .into_iter()
        .chain(line.split_whitespace());
    let arguments = Arguments::parse_from(words.map(str::to_owned));
    let mut player = players(
        &arguments,
        Target {
            url: url.clone(),
            scheme: Scheme::Rtsp,
            address,
        },
        1,
    )
    .unwrap()
    .swap_remove(0);
    let plan = Arc::get_mut(&mut player.plan);
    if let Some(plan) = plan {
        let mut client = ClientConfig::default();
        client.response_timeout = Duration::from_millis(200);
        plan.client = Arc::new(client);
    }
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let ports = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Server {
            script,
            stream,
            ports,
            client_port: None,
        }
        .serve()
        .await
    });
    let mut record = Record::new(player.label(), now());
    record.result = player.play(&mut record).await;
    (record, server.await.unwrap())
}

const UDP: &str = "--transport udp --players 1 --ports 42000-45999 --duration 0.5";
const TCP: &str = "--transport tcp --players 1 --duration 0.5";

fn cut(record: &Record) -> &str {
    let Err(Fault::Cut(why)) = &record.result else {
        panic!("{:?}", record.result)
    };
    why
}

#[tokio::test]
async fn a_life_in_good_order() {
    for line in [TCP, UDP] {
        let (record, asked) = play(Script::default(), line).await;
        assert_eq!(record.result, Ok(()), "{line}");
        assert_eq!(
            asked,
            [
                Method::DESCRIBE,
                Method::SETUP,
                Method::PLAY,
                Method::TEARDOWN
            ]
        );
        assert_eq!(
            (
                record.counts.packets,
                record.counts.lost,
                record.media_bytes
            ),
            (4, 0, 400)
        );
        assert!(record.set_up <= record.first_media && record.first_media_after_play.is_some());
        assert_eq!((record.plays, record.stalls), (1, 0));
        assert_eq!(
            record
                .lateness
                .quantile(1.0)
                .map(|late| late < Duration::from_secs(1)),
            Some(true)
        );
    }
}

#[tokio::test]
async fn requests_after_a_silence_longer_than_the_timeout_are_not_overdue() {
    // Over UDP nothing but packets has come since the answer to PLAY, 500 ms ago.
    let (record, _) = play(Script::default(), UDP).await;
    assert_eq!(record.result, Ok(()));
}

#[tokio::test]
async fn loss_order_and_duplicates_are_seen_however_packets_travel() {
    for line in [TCP, UDP] {
        let script = Script {
            numbers: vec![10, 12, 11, 12, 15],
            goodbye: Some(8),
            ..Script::default()
        };
        let (record, _) = play(script, line).await;
        let counts = record.counts;
        assert_eq!(
            (counts.packets, counts.duplicates, counts.reordered),
            (4, 1, 1),
            "{line}"
        );
        assert_eq!(
            counts.lost, 4,
            "two in between, and two that only the sender knows of"
        );
    }
}

#[tokio::test]
async fn a_file_is_played_again_until_the_time_is_over() {
    let script = Script {
        goodbye: Some(4),
        ..Script::default()
    };
    let (record, asked) = play(script.clone(), &format!("{UDP} --loop")).await;
    assert_eq!(record.result, Ok(()));
    assert!(record.plays > 2, "{}", record.plays);
    let is_play = |method: &&Method| **method == Method::PLAY;
    let asked = asked.iter().filter(is_play).count() as u64;
    // The time may be over while one is on its way.
    assert!(
        (record.plays..=record.plays + 1).contains(&asked),
        "{asked} {}",
        record.plays
    );
    let (record, _) = play(script, UDP).await;
    assert_eq!((record.result, record.plays), (Ok(()), 1));
}

#[tokio::test]
async fn whoever_is_sent_away_before_the_end_is_cut_off() {
    for (script, expected) in [
        (
            Script {
                range: "npt=0-100",
                goodbye: Some(4),
                ..Script::default()
            },
            "before the end of the file: \"the end\"",
        ),
        (
            Script {
                range: "npt=now-",
                goodbye: Some(4),
                ..Script::default()
            },
            "the live stream said BYE",
        ),
        (
            Script {
                hangs_up: true,
                ..Script::default()
            },
            "the peer closed the connection",
        ),
    ] {
        for line in [TCP, UDP] {
            let (record, _) = play(script.clone(), line).await;
            assert!(cut(&record).contains(expected), "{line}: {record:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_a_failure() {
    for (method, expected) in [
        (Method::DESCRIBE, "DESCRIBE: 404 Not Found"),
        (Method::SETUP, "SETUP: 404 Not Found"),
        (Method::PLAY, "PLAY: 404 Not Found"),
    ] {
        let (record, _) = play(
            Script {
                refused: Some(method),
                ..Script::default()
            },
            TCP,
        )
        .await;
        assert_eq!(record.result, Err(Fault::Failed(expected.to_owned())));
        assert_eq!((record.first_media, record.plays), (None, 0));
    }
}

#[tokio::test]
async fn silence_after_play_is_a_stall() {
    let script = Script {
        numbers: Vec::new(),
        ..Script::default()
    };
    let (record, _) = play(script, "--players 1 --duration 1.2").await;
    assert_eq!(
        (record.result, record.stalls, record.first_media),
        (Ok(()), 1, None)
    );
}

#[tokio::test]
async fn receiver_reports_tell_of_loss() {
    let mut track = track::Track::new(90_000, Ssrc(1), None);
    let mut record = Record::new("tcp", now());
    assert!(track.report(now()).is_none(), "nothing to report on");
    for number in [1, 2, 4] {
        let mut packet = Vec::new();
        RtpHeader::new(PayloadType(96), SequenceNumber(number), 0, SOURCE)
            .encode_packet(b"x", &mut packet);
        track.handle(
            now(),
            castline_rtsp_proto::ChannelKind::Rtp,
            &packet,
            &mut record,
        );
    }
    let report = track.report(now()).unwrap();
    let compound = Compound::parse(&report).unwrap();
    let Some(Ok(RtcpPacket::ReceiverReport(found))) = compound.iter().next() else {
        panic!("no RR")
    };
    let block = found.reports.iter().next().unwrap();
    assert_eq!(
        (found.ssrc, block.ssrc, block.cumulative_lost),
        (Ssrc(1), SOURCE, 1)
    );
    assert_eq!(compound.cname(), Some(&b"00000001@castline-load"[..]));
}
