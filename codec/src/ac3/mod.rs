//! AC-3 and Enhanced AC-3 (ETSI TS 102 366; ATSC A/52).

mod eac3;
mod parameters;
mod sync_frame;

pub use eac3::{DependentSubstreams, Eac3Parameters, Eac3Substream};
pub use parameters::Ac3Parameters;
pub use sync_frame::{StreamType, SyncFrame};

/// kbit/s by half of `frmsizecod`, which `dac3` calls `bit_rate_code` (Table 4.13).
const BIT_RATES_KBIT: [u16; 19] = [
    32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640,
];

/// Samples per second by `fscod`; 3 is reserved in AC-3.
const fn sample_rate(fscod: u8) -> Option<u32> {
    match fscod {
        0 => Some(48_000),
        1 => Some(44_100),
        2 => Some(32_000),
        _ => None,
    }
}

/// Full-bandwidth channels by `acmod` (Table 4.3), and one more for the low frequencies.
const fn channels(acmod: u8, lfe: bool) -> u8 {
    let full = match acmod {
        1 => 1,
        3 | 4 => 3,
        5 | 6 => 4,
        7 => 5,
        _ => 2,
    };
    full + lfe as u8
}
