//! Reads files as RTP packets the way a host does.

use std::sync::Arc;

use bytes::Bytes;
use castline_codec::TrackId;
use castline_mp4_hint::{
    MediaPacket, Movie, MovieReader, ReaderConfig, RtpSource, RtpSourceConfig, rtp_tracks,
};

pub(crate) fn open(file: impl Into<Bytes>) -> (Bytes, Arc<Movie>) {
    let file = file.into();
    let movie = MovieReader::read_all(ReaderConfig::default(), &file).unwrap();
    (file, Arc::new(movie))
}

pub(crate) fn source(file: &Bytes, movie: &Arc<Movie>, config: &RtpSourceConfig) -> RtpSource {
    let tracks: Vec<TrackId> = rtp_tracks(movie).iter().map(|track| track.track).collect();
    RtpSource::new(Arc::clone(movie), &tracks, Some(file.len() as u64), config).unwrap()
}

pub(crate) fn packets(source: &mut RtpSource, file: &Bytes) -> Vec<MediaPacket> {
    let mut packets = Vec::new();
    while !source.is_finished() {
        while let Some(read) = source.poll_read() {
            source.handle_input(read.offset, super::range(file, read.offset, read.len));
        }
        while let Some(packet) = source.poll_packet() {
            packets.push(packet);
        }
    }
    packets
}
