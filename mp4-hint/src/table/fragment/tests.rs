use alloc::{vec, vec::Vec};

use proptest::prelude::*;

use super::*;

const KEY: u32 = 0;

/// A run with all four fields, or those of `fields`.
fn run(offset: u64, fields: u32, entries: &[[u32; 4]]) -> TrackRun {
    let fields = Fields::of_flags(fields << 8);
    let words = entries.iter().flat_map(|entry| {
        let kept = entry
            .iter()
            .enumerate()
            .filter(|(bit, _)| fields.0 >> bit & 1 == 1);
        kept.flat_map(|(_, word)| word.to_be_bytes())
            .collect::<Vec<_>>()
    });
    TrackRun {
        count: entries.len() as u32,
        offset,
        fields,
        defaults: Defaults {
            duration: 10,
            size: 100,
            flags: NON_SYNC,
        },
        first_flags: None,
        entries: words.collect(),
    }
}

fn walk(runs: &FragmentRuns) -> Vec<Sample> {
    let mut position = runs.at(0).unwrap_or_default();
    core::iter::from_fn(|| runs.take(&mut position, 1)).collect()
}

#[test]
fn runs_without_entries_are_computed() {
    let mut runs = FragmentRuns::default();
    let mut uniform = run(1000, 0, &[]);
    uniform.count = 1_000_000;
    uniform.first_flags = Some(KEY);
    assert_eq!(runs.append(0, uniform), Some(1000 + 100_000_000));
    assert_eq!((runs.count(), runs.runs.len()), (1_000_000, 1));
    let mut position = runs.at(999_999).unwrap();
    let last = runs.take(&mut position, 1).unwrap();
    assert_eq!(
        (last.dts, last.offset, last.keyframe),
        (9_999_990, 1000 + 99_999_900, false)
    );
    assert_eq!(
        (runs.key_before(999_999), runs.sample_at(55)),
        (Some(0), Some(5))
    );
    let mut position = runs.at(7).unwrap();
    let joined = runs.take(&mut position, 20).unwrap();
    assert_eq!((joined.index, joined.size, joined.duration), (7, 2000, 200));
    assert_eq!(runs.take(&mut position, 1).unwrap().index, 27);
}

#[test]
fn samples_that_cannot_be_counted_are_refused() {
    let mut runs = FragmentRuns::default();
    let mut endless = run(0, 0, &[]);
    endless.count = u32::MAX;
    assert!(runs.append(0, endless.clone()).is_some());
    assert_eq!(runs.append(0, endless.clone()), None);
    assert_eq!(FragmentRuns::default().append(1, endless), None);
    let mut lying = run(0, 15, &[[1, 2, 3, 4]]);
    lying.count = 2;
    assert_eq!(
        FragmentRuns::default().append(0, lying),
        None,
        "entries that are not there"
    );
}

#[test]
fn long_runs_are_cut_so_that_walks_stay_short() {
    let mut runs = FragmentRuns::default();
    let entries: Vec<_> = (0..1000)
        .map(|n| [1, 2, if n % 300 == 0 { KEY } else { NON_SYNC }, n])
        .collect();
    assert_eq!(runs.append(0, run(0, 15, &entries)), Some(2000));
    assert_eq!(runs.runs.len(), 4);
    assert_eq!(
        [0, 299, 300, 999].map(|index| runs.key_before(index)),
        [0, 0, 300, 900].map(Some)
    );
}

proptest! {
    #[test]
    fn every_way_to_a_sample_agrees(
        parts in prop::collection::vec((0u32..16, prop::collection::vec(any::<[u8; 4]>(), 0..600)), 1..4),
    ) {
        let mut runs = FragmentRuns::default();
        let mut expected = vec![];
        let (mut time, mut offset) = (0, 0);
        for (fields, entries) in parts {
            let entries: Vec<[u32; 4]> = entries.iter().map(|[duration, size, flags, composition]| {
                let flags = if flags % 8 == 0 { KEY } else { NON_SYNC };
                [u32::from(*duration), u32::from(*size), flags, u32::from(*composition).wrapping_sub(128)]
            }).collect();
            let begin = offset;
            for entry in &entries {
                let has = |bit: u32| fields >> bit & 1 == 1;
                let composition = if has(3) { i64::from(entry[3].cast_signed()) } else { 0 };
                let duration = if has(0) { entry[0] } else { 10 };
                let size = if has(1) { entry[1] } else { 100 };
                let keyframe = has(2) && entry[2] == KEY;
                let index = expected.len() as u32;
                expected.push(Sample { index, offset, size, dts: time, pts: time + composition, duration, keyframe });
                time += i64::from(duration);
                offset += u64::from(size);
            }
            prop_assert_eq!(runs.append(0, run(begin, fields, &entries)), Some(offset));
        }
        prop_assert_eq!(&walk(&runs), &expected);
        prop_assert_eq!(runs.end_time(), time);
        prop_assert_eq!(runs.sample_bytes(), offset);
        for sample in expected.iter().step_by(37) {
            let mut position = runs.at(sample.index).unwrap();
            prop_assert_eq!(runs.take(&mut position, 1), Some(*sample));
            let key = expected[..=sample.index as usize].iter().rfind(|sample| sample.keyframe);
            prop_assert_eq!(runs.key_before(sample.index), key.map(|key| key.index));
            let found = &expected[runs.sample_at(sample.dts).unwrap() as usize];
            prop_assert!(found.dts <= sample.dts);
        }
        prop_assert!(runs.at(expected.len() as u32).is_none());
    }
}
