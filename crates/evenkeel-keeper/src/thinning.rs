//! Which of too many spans and log lines are kept.

/// Keeps one of 2^level traces, chosen by their identifiers: a trace stays or goes as a whole, and the share
/// of traces that show something stays what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Thinning {
    level: u32,
}

impl Thinning {
    /// Whether what belongs to this trace is kept.
    pub(crate) fn keeps(self, trace: &str) -> bool {
        // FNV-1a: it need only be even, and the same wherever a trace is seen.
        let hash = trace.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        self.keeps_number(hash)
    }

    /// Whether what has this number is kept, where there is no trace.
    pub(crate) fn keeps_number(self, number: u64) -> bool {
        // The finalizer of SplitMix64 (Steele, Lea, Flood, 2014, doi:10.1145/2714064.2660195) makes the lowest
        // bits depend on all.
        let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).trailing_zeros() >= self.level
    }

    /// Keeps half of what it kept. False if that is nothing already.
    pub(crate) fn halve(&mut self) -> bool {
        let is_some = self.level < u64::BITS;
        self.level += u32::from(is_some);
        is_some
    }

    /// Keeps more again, if that many of at most so many leave the room: as much more as leaves half of it
    /// free. True if it does.
    pub(crate) fn relax(&mut self, kept: usize, most: usize) -> bool {
        let before = self.level;
        let mut expected = kept.max(1);
        while self.level > 0 && expected <= most / 4 {
            self.level -= 1;
            expected = expected.saturating_mul(2);
        }
        self.level < before
    }
}
