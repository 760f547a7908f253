use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use castline_codec::Frame;
use castline_mp4_hint::FrameReader;
use castline_rtmp_chunk::{Tag, TagType};

use super::{registry::Busy, *};

const LIMITS: RingLimits = RingLimits {
    bytes: 1024 * 1024,
    items: 600,
    entry_age: Duration::from_secs(10),
    packet_bytes: 1400,
    merge: Duration::ZERO,
};

fn origin() -> Origin {
    Origin {
        protocol: "file",
        peer: None,
        agent: "test".to_owned(),
    }
}

async fn clip() -> (Vec<castline_codec::Track>, Vec<Frame>) {
    let open = crate::movie::open("demo", crate::library::MediaFile::demo())
        .await
        .unwrap();
    let tracks = open.movie.tracks().iter().map(|track| track.media.clone());
    let tracks = tracks.collect();
    let mut reader = FrameReader::all_tracks(open.movie, None, Default::default());
    let mut frames = Vec::new();
    while !reader.is_finished() {
        frames.extend(std::iter::from_fn(|| reader.poll_frame()));
        if let Some(request) = reader.poll_read() {
            let bytes = open.file.read_at(request.offset, request.len).await;
            reader.handle_input(request.offset, bytes.unwrap());
        }
    }
    (tracks, frames)
}

fn next(viewer: &mut Viewer) -> Poll<Option<Arc<Item>>> {
    viewer.poll_next(&Context::from_waker(Waker::noop()))
}

fn item(viewer: &mut Viewer) -> Arc<Item> {
    match next(viewer) {
        Poll::Ready(Some(item)) => item,
        Poll::Ready(None) | Poll::Pending => panic!("there is an item"),
    }
}

fn publisher(streams: &Streams) -> Publisher {
    streams.publish("demo", origin(), false).unwrap()
}

#[tokio::test]
async fn a_viewer_joins_at_the_newest_key_frame_with_its_headers_and_follows() {
    let streams = Streams::new(LIMITS, 4);
    let mut publisher = publisher(&streams);
    let stream = streams.find("demo").unwrap();
    let mut early = Viewer::new(Arc::clone(&stream));
    assert!(next(&mut early).is_pending());
    let (tracks, frames) = clip().await;
    publisher.tracks(&tracks);
    frames.into_iter().for_each(|frame| publisher.frame(frame));
    let mut late = Viewer::new(Arc::clone(&stream));
    let entry = late.entry_position().unwrap();
    let first = item(&mut late);
    assert!(first.is_entry && first.tag.tag_type == TagType::Video && first.due == entry);
    let opening: Vec<Tag> = late.opening(&first).unwrap();
    let kinds: Vec<TagType> = opening.iter().map(|tag| tag.tag_type).collect();
    assert_eq!(kinds, [TagType::Script, TagType::Video, TagType::Audio]);
    assert!(
        opening
            .iter()
            .all(|tag| tag.timestamp == first.tag.timestamp)
    );
    let mut followed = 0;
    while let Poll::Ready(Some(item)) = next(&mut late) {
        assert!(late.opening(&item).is_none() && item.due >= first.due);
        followed += 1;
    }
    assert!(followed > 10);
    assert_eq!(stream.viewers(), 2);
    drop(publisher);
    assert!(matches!(next(&mut late), Poll::Ready(None)));
    assert!(
        streams.find("demo").is_none(),
        "an ended stream is forgotten"
    );
}

#[tokio::test]
async fn each_wire_form_is_made_once_and_media_is_not_copied() {
    let streams = Streams::new(LIMITS, 4);
    let mut publisher = publisher(&streams);
    let (tracks, frames) = clip().await;
    publisher.tracks(&tracks);
    frames.into_iter().for_each(|frame| publisher.frame(frame));
    let mut viewers = [(); 2].map(|()| Viewer::new(Arc::clone(publisher.stream())));
    let [one, other] = viewers.each_mut().map(item);
    assert!(Arc::ptr_eq(&one, &other));
    let data = one.frames[0].data.as_ptr_range();
    let shares = |segment: &Bytes| data.contains(&segment.as_ptr());
    assert!(one.flv().unwrap().segments().iter().any(shares));
    assert!(one.rtmp(65_536).unwrap().segments().iter().any(shares));
    assert!(std::ptr::eq(one.flv().unwrap(), other.flv().unwrap()));
    let units = one.rtp();
    assert!(std::ptr::eq(units, other.rtp()) && units.len() == 1);
    assert!(
        units[0]
            .payloads
            .iter()
            .flat_map(|payload| payload.slices())
            .any(shares)
    );
}

#[tokio::test]
async fn what_the_ring_goes_over_is_skipped_to_a_key_frame_and_counted() {
    let streams = Streams::new(LIMITS, 4);
    let mut publisher = publisher(&streams);
    let (tracks, frames) = clip().await;
    publisher.tracks(&tracks);
    let mut slow = Viewer::new(Arc::clone(publisher.stream()));
    let mut has_begun = false;
    for frame in frames.iter().cycle().take(frames.len() * 3) {
        publisher.frame(frame.clone());
        if !has_begun {
            has_begun = next(&mut slow).is_ready();
        }
    }
    let ring = publisher.stream().ring();
    assert!(ring.items.len() <= LIMITS.items && ring.bytes <= LIMITS.bytes);
    drop(ring);
    let entry = item(&mut slow);
    assert!(entry.is_entry && slow.opening(&entry).is_some());
    let skipped = slow.take_skipped();
    assert!(skipped > 0, "{skipped}");
    assert_eq!(slow.take_skipped(), 0);
}

#[test]
fn a_name_is_published_once_unless_taken_over() {
    let streams = Streams::new(LIMITS, 2);
    let first = publisher(&streams);
    let mut watching = Viewer::new(Arc::clone(first.stream()));
    let refused = streams.publish("demo", origin(), false).unwrap_err();
    assert_eq!(refused, Busy::Taken("demo".to_owned()));
    let second = streams.publish("demo", origin(), true).unwrap();
    assert!(matches!(next(&mut watching), Poll::Ready(None)));
    drop(first);
    assert!(
        Arc::ptr_eq(&streams.find("demo").unwrap(), second.stream()),
        "the end of the first does not end the second"
    );
    let _other = streams.publish("other", origin(), false).unwrap();
    let refused = streams.publish("third", origin(), false).unwrap_err();
    assert_eq!(refused, Busy::Full(2));
}

#[tokio::test(start_paused = true)]
async fn many_viewers_are_woken_for_several_items_at_once() {
    struct Count(AtomicU64);
    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let merge = Duration::from_millis(15);
    let streams = Streams::new(RingLimits { merge, ..LIMITS }, 4);
    let mut publisher = publisher(&streams);
    let (tracks, frames) = clip().await;
    publisher.tracks(&tracks);
    let viewer = || Viewer::new(Arc::clone(publisher.stream()));
    let mut viewers: Vec<Viewer> = (0..MANY_VIEWERS).map(|_| viewer()).collect();
    let count = Arc::new(Count(AtomicU64::new(0)));
    let waker = Waker::from(Arc::clone(&count));
    for viewer in &mut viewers {
        assert!(viewer.poll_next(&Context::from_waker(&waker)).is_pending());
    }
    for frame in &frames[..3] {
        publisher.frame(frame.clone());
        tokio::time::sleep(Duration::from_millis(4)).await;
        assert_eq!(count.0.load(Ordering::Relaxed), 0, "it waits for more");
    }
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(count.0.load(Ordering::Relaxed), MANY_VIEWERS);
    assert!((0..3).all(|_| next(&mut viewers[0]).is_ready()));
    drop(viewers.pop());
    assert!(next(&mut viewers[1]).is_ready());
    while viewers[2]
        .poll_next(&Context::from_waker(&waker))
        .is_ready()
    {}
    publisher.frame(frames[3].clone());
    let woken = count.0.load(Ordering::Relaxed);
    assert_eq!(woken, MANY_VIEWERS + 1, "few are woken at once");
}

#[tokio::test]
async fn a_publisher_cannot_have_more_kept_than_is_bounded() {
    let streams = Streams::new(LIMITS, 4);
    let mut publisher = publisher(&streams);
    // Sequence headers of 256 tracks, in multitrack tags of one track each.
    for track in 0..=u8::MAX {
        let body = [&[0x96, 0x00][..], b"vvc1", &[track, 1, 2, 3]].concat();
        publisher.tag(Tag::new(TagType::Video, 0, body.into()));
    }
    let kept = publisher.stream().epoch().opening(0).count();
    assert!((16..=33).contains(&kept), "{kept}");
    let mut large = b"\x02\x00\x0aonMetaData\x0c\x00\x08\x00\x00".to_vec();
    large.resize(large.len() + 0x08_0000, b'x');
    publisher.tag(Tag::new(TagType::Script, 0, large.into()));
    let opening: Vec<Tag> = publisher.stream().epoch().opening(0).collect();
    assert!(opening.iter().all(|tag| tag.len() < 256 * 1024));
    // A small tag out of a large buffer does not hold on to it.
    let buffer = Bytes::from(vec![0x2f; 64 * 1024]);
    let range = buffer.as_ptr_range();
    publisher.tag(Tag::new(TagType::Audio, 5, buffer.slice(100..110)));
    let ring = publisher.stream().ring();
    let newest = ring.items.back().unwrap();
    assert!(!range.contains(&newest.tag.payload.as_ptr()));
}

#[test]
fn tags_get_a_time_line_from_their_first_media_whatever_the_timestamps() {
    let mut timing = Timing::default();
    let tag = |tag_type, timestamp| Tag::new(tag_type, timestamp, Bytes::new());
    let mut place = |tag_type, timestamp| timing.place(&tag(tag_type, timestamp)).as_millis();
    assert_eq!(place(TagType::Script, 0), 0);
    assert_eq!(place(TagType::Video, u32::MAX - 39), 0);
    assert_eq!(place(TagType::Audio, u32::MAX - 19), 20);
    assert_eq!(place(TagType::Video, 0), 40, "32-bit time wraps");
    assert_eq!(place(TagType::Audio, u32::MAX - 1), 38, "small steps back");
    assert_eq!(
        place(TagType::Script, 0),
        38,
        "metadata has no time of its own"
    );
    assert_eq!(place(TagType::Video, 80), 120);
}
