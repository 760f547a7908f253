//! Files built to hurt, for the tests of time and of memory.

use super::{TrackSpec, audio_entry, boxed, boxed_64, ftyp, full, moov, table, words};

type Case = (&'static str, Vec<u8>);

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    [
        counts(),
        one_chunk(),
        overlaps(),
        zeros(),
        boxes(),
        fragments(),
    ]
    .concat()
}

fn audio() -> TrackSpec {
    TrackSpec::audio(1, 8, &[40])
}

fn file_of(spec: &TrackSpec) -> Vec<u8> {
    [ftyp(), boxed(b"mdat", [1; 64]), moov(&[spec.trak()])].concat()
}

fn counts() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in [b"stts", b"ctts", b"stsc", b"stco", b"co64", b"stss"] {
        let mut spec = audio();
        let lying = full(name, 0, 0, words(&[u32::MAX]));
        spec.tables.insert(0, lying.clone());
        cases.push(("count", file_of(&spec)));
        spec.stts = lying;
        cases.push(("count", file_of(&spec)));
    }
    let mut spec = audio();
    for sizes in [[0, u32::MAX], [1, u32::MAX], [u32::MAX, u32::MAX]] {
        spec.tables[1] = full(b"stsz", 0, 0, words(&sizes));
        cases.push(("sizes", file_of(&spec)));
    }
    spec.edts = boxed(b"edts", full(b"elst", 0, 0, words(&[u32::MAX, 1, 1])));
    cases.push(("edits", file_of(&spec)));
    cases
}

fn one_chunk() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut spec = audio();
    spec.stts = table(b"stts", 0, &[&[u32::MAX, 0]]);
    spec.tables = vec![
        table(b"stsc", 0, &[&[1, u32::MAX, 1]]),
        full(b"stsz", 0, 0, words(&[1, u32::MAX])),
        table(b"stco", 0, &[&[40]]),
    ];
    cases.push(("one chunk", file_of(&spec)));
    spec.entry = audio_entry(b"ulaw", 1, 8, 8000);
    cases.push(("pcm", file_of(&spec)));
    cases
}

fn overlaps() -> Vec<Case> {
    let mut cases = Vec::new();
    let offsets: Vec<u32> = vec![40; 100_000];
    let mut spec = TrackSpec::audio(1, 64, &offsets);
    cases.push(("overlap", file_of(&spec)));
    spec.tables[1] = full(b"stsz", 0, 0, words(&[16 << 20, 100_000]));
    cases.push(("overlap, large", file_of(&spec)));
    spec.tables[1] = full(
        b"stsz",
        0,
        0,
        [words(&[0, 100_000]), vec![0; 400_000]].concat(),
    );
    cases.push(("no bytes at all", file_of(&spec)));
    cases
}

fn zeros() -> Vec<Case> {
    let mut cases = Vec::new();
    let zeros = vec![0; 1 << 20];
    for name in [b"stts", b"ctts", b"stsc", b"stco", b"stss"] {
        let mut spec = audio();
        let entry_len = if name == b"stsc" { 12 } else { 8 };
        let body = [words(&[(1 << 20) / entry_len]), zeros.clone()].concat();
        let lying = full(name, 0, 0, body);
        spec.tables.insert(0, lying.clone());
        if name == b"stts" {
            spec.stts = lying;
        }
        cases.push(("zeros", file_of(&spec)));
    }
    cases
}

fn boxes() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.push(("free", boxed(b"free", []).repeat(100_000)));
    cases.push((
        "moov of free",
        [ftyp(), boxed(b"moov", boxed(b"free", []).repeat(100_000))].concat(),
    ));
    cases.push((
        "traks",
        [ftyp(), boxed(b"moov", boxed(b"trak", []).repeat(100_000))].concat(),
    ));
    let nested = (0..10_000).fold(Vec::new(), |inner, _| {
        let size = u32::try_from(inner.len() + 8).unwrap();
        [inner, size.to_be_bytes().to_vec(), b"moov".to_vec()].concat()
    });
    cases.push(("nested", nested));
    cases.push(("zero sizes", vec![0; 100_000]));
    cases.push(("64-bit", boxed_64(b"mdat", []).repeat(10_000)));
    let forever = [&1u32.to_be_bytes()[..], b"mdat", &u64::MAX.to_be_bytes()].concat();
    cases.push(("to the end of 64 bits", [ftyp(), forever].concat()));
    cases
}

fn fragmented(moofs: &[Vec<u8>]) -> Vec<u8> {
    let mut spec = audio();
    spec.stts = table(b"stts", 0, &[]);
    spec.tables = vec![
        table(b"stsc", 0, &[]),
        full(b"stsz", 0, 0, words(&[0, 0])),
        table(b"stco", 0, &[]),
    ];
    let mvex = boxed(b"mvex", full(b"trex", 0, 0, words(&[1, 1, 160, 8, 0])));
    [ftyp(), moov(&[spec.trak(), mvex]), moofs.concat()].concat()
}

fn moof(traf: &[Vec<u8>]) -> Vec<u8> {
    let tfhd = full(b"tfhd", 0, 0x02_0000, words(&[1]));
    boxed(b"moof", boxed(b"traf", [tfhd, traf.concat()].concat()))
}

fn fragments() -> Vec<Case> {
    let mut cases = Vec::new();
    let endless = full(b"trun", 0, 0, words(&[u32::MAX]));
    cases.push((
        "implicit samples",
        fragmented(&[moof(std::slice::from_ref(&endless))]),
    ));
    cases.push(("too many", fragmented(&[moof(&[endless.clone(), endless])])));
    let one = full(b"trun", 0, 0, words(&[1]));
    cases.push((
        "many moofs",
        fragmented(&vec![moof(std::slice::from_ref(&one)); 20_000]),
    ));
    cases.push((
        "many truns",
        fragmented(&[moof(&vec![one.clone(); 50_000])]),
    ));
    let trafs = boxed(b"traf", full(b"tfhd", 0, 0x02_0000, words(&[1]))).repeat(50_000);
    cases.push(("many trafs", fragmented(&[boxed(b"moof", trafs)])));
    let lying = full(b"trun", 0, 0xf05, words(&[u32::MAX, 0, 0]));
    cases.push(("entries", fragmented(&[moof(&[lying])])));
    let backwards = full(b"trun", 0, 1, words(&[1, 0x8000_0000]));
    let late = full(b"tfdt", 1, 0, words(&[u32::MAX, u32::MAX]));
    cases.push((
        "offsets",
        fragmented(&[moof(&[late, backwards]), moof(&[one])]),
    ));
    cases
}
