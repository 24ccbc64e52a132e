//! Counts of symbols after the symbols before them, blended over the lengths of the context.

use alloc::boxed::Box;
use alloc::vec;

/// The most symbols that a context may hold.
pub(super) const DEEPEST: usize = 4;
/// Counts of what followed each context of up to `depth` symbols, from which shorter ones stand in for longer
/// ones that are rare.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contexts {
    letters: usize,
    depth: usize,
    /// The symbols before, latest first.
    before: [u8; DEEPEST],
    /// Of each context, how often each symbol followed.
    counts: Box<[u16]>,
    totals: Box<[u16]>,
}

/// How many contexts of up to `depth` symbols there are.
pub(super) fn contexts(letters: usize, depth: usize) -> usize {
    (0..=depth).fold((0, 1), |(sum, level), _| (sum + level, level * letters)).0
}

impl Contexts {
    pub(super) fn new(letters: usize, depth: usize) -> Self {
        let nodes = contexts(letters, depth);
        Self {
            letters,
            depth,
            before: [0; DEEPEST],
            counts: vec![0; nodes * letters].into(),
            totals: vec![0; nodes].into(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.before = [0; DEEPEST];
        self.counts.fill(0);
        self.totals.fill(0);
    }

    /// The probability of a symbol, which is then learned. Counts of a context are halved when there are
    /// `memory`.
    #[inline]
    pub(super) fn learn(&mut self, symbol: u8, memory: u16) -> f64 {
        let mut probability = 1.0 / self.letters as f64;
        let (mut place, mut base, mut level) = (0, 0, 1);
        for depth in 0..=self.depth {
            probability = self.count(base + place, symbol, probability, memory);
            if depth < self.depth {
                place += usize::from(self.before[depth]) * level;
                base += level;
                level *= self.letters;
            }
        }
        self.before.copy_within(0..DEEPEST - 1, 1);
        self.before[0] = symbol;
        probability
    }

    /// The probability of a symbol after one context, before it is counted: what the shorter context says
    /// weighs as much as one value.
    #[inline]
    fn count(&mut self, node: usize, symbol: u8, shorter: f64, memory: u16) -> f64 {
        let counts = &mut self.counts[node * self.letters..(node + 1) * self.letters];
        let total = &mut self.totals[node];
        let estimate = (f64::from(counts[usize::from(symbol)]) + shorter) / (f64::from(*total) + 1.0);
        counts[usize::from(symbol)] += 1;
        *total += 1;
        if *total >= memory {
            counts.iter_mut().for_each(|count| *count /= 2);
            *total = counts.iter().sum();
        }
        estimate
    }

    #[cfg(feature = "serde")]
    pub(super) fn parts(&self) -> (&[u8; DEEPEST], &[u16]) {
        (&self.before, &self.counts)
    }

    /// Restores what was saved; false if it is not valid.
    #[cfg(feature = "serde")]
    pub(super) fn restore(&mut self, before: [u8; DEEPEST], counts: &[u16], memory: u16) -> bool {
        if counts.len() != self.counts.len() {
            return false;
        }
        self.before = before;
        self.counts.copy_from_slice(counts);
        let mut sound = before.iter().all(|symbol| usize::from(*symbol) < self.letters);
        for (total, counts) in self.totals.iter_mut().zip(counts.chunks_exact(self.letters)) {
            let sum: u32 = counts.iter().copied().map(u32::from).sum();
            sound &= sum < u32::from(memory);
            *total = u16::try_from(sum).unwrap_or(u16::MAX);
        }
        sound
    }
}
