//! Context tree weighting over the symbols of one alphabet.

use alloc::boxed::Box;
use alloc::vec;

/// The most symbols that a context may hold.
pub(super) const DEEPEST: usize = 4;
/// The odds of two depths stay within this factor, so that either can come back.
pub(super) const MOST_ODDS: f64 = 1e9;

/// Counts of what followed each context of up to `depth` symbols, mixed over the depths.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contexts {
    letters: usize,
    depth: usize,
    /// The symbols before, latest first.
    before: [u8; DEEPEST],
    /// Of each context, how often each symbol followed.
    counts: Box<[u16]>,
    totals: Box<[u16]>,
    /// Of each context, the odds that it says more than longer ones.
    odds: Box<[f64]>,
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
            odds: vec![1.0; nodes].into(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.before = [0; DEEPEST];
        self.counts.fill(0);
        self.totals.fill(0);
        self.odds.fill(1.0);
    }

    /// The probability that the mixture gave to a symbol, which is then learned. Counts of a context are
    /// halved when there are `memory`.
    #[inline]
    pub(super) fn learn(&mut self, symbol: u8, memory: u16) -> f64 {
        let mut path = [0; DEEPEST + 1];
        let (mut place, mut base, mut level) = (0, 0, 1);
        for (node, before) in path.iter_mut().zip(self.before).take(self.depth) {
            *node = base + place;
            place += usize::from(before) * level;
            base += level;
            level *= self.letters;
        }
        path[self.depth] = base + place;
        let mut mixed = self.count(path[self.depth], symbol, memory);
        for node in path[..self.depth].iter().rev() {
            let odds = self.odds[*node];
            let estimate = self.count(*node, symbol, memory);
            self.odds[*node] = (odds * estimate / mixed).clamp(1.0 / MOST_ODDS, MOST_ODDS);
            mixed = (odds * estimate + mixed) / (odds + 1.0);
        }
        self.before.copy_within(0..DEEPEST - 1, 1);
        self.before[0] = symbol;
        mixed
    }

    /// The probability of a symbol by the counts of one context, before it is counted.
    #[inline]
    fn count(&mut self, node: usize, symbol: u8, memory: u16) -> f64 {
        let counts = &mut self.counts[node * self.letters..(node + 1) * self.letters];
        let total = &mut self.totals[node];
        // One value's worth of evenness, whatever the number of letters (Perks 1947).
        let prior = 1.0 / self.letters as f64;
        let estimate = (f64::from(counts[usize::from(symbol)]) + prior) / (f64::from(*total) + 1.0);
        counts[usize::from(symbol)] += 1;
        *total += 1;
        if *total >= memory {
            counts.iter_mut().for_each(|count| *count /= 2);
            *total = counts.iter().sum();
        }
        estimate
    }

    #[cfg(feature = "serde")]
    pub(super) fn parts(&self) -> (&[u8; DEEPEST], &[u16], &[f64]) {
        (&self.before, &self.counts, &self.odds)
    }

    /// Restores what was saved; false if it is not a valid sample.
    #[cfg(feature = "serde")]
    pub(super) fn restore(
        &mut self,
        before: [u8; DEEPEST],
        counts: &[u16],
        odds: &[f64],
        memory: u16,
    ) -> bool {
        if counts.len() != self.counts.len() || odds.len() != self.odds.len() {
            return false;
        }
        self.before = before;
        self.counts.copy_from_slice(counts);
        self.odds.copy_from_slice(odds);
        let mut sound = before.iter().all(|symbol| usize::from(*symbol) < self.letters)
            && odds.iter().all(|odds| (1.0 / MOST_ODDS..=MOST_ODDS).contains(odds));
        for (total, counts) in self.totals.iter_mut().zip(counts.chunks_exact(self.letters)) {
            let sum: u32 = counts.iter().copied().map(u32::from).sum();
            sound &= sum < u32::from(memory);
            *total = u16::try_from(sum).unwrap_or(u16::MAX);
        }
        sound
    }
}
