//! Sequential ranks, randomized to be exactly uniform.

use alloc::boxed::Box;
use alloc::vec;
#[cfg(feature = "serde")]
use alloc::vec::Vec;
#[cfg(feature = "serde")]
use evenkeel_core::Error;
use evenkeel_stats::Generator;

/// How many order statistics at each end are cuts of their own.
const EXTREMES: usize = 32;
/// How many cuts, equally spaced, are between both ends.
const MIDDLE: usize = 48;
/// The most cuts.
const CUTS: usize = 2 * EXTREMES + MIDDLE;

/// The ranks of values among those that were learned, in O(1) memory a cell.
///
/// Cuts are order statistics of a block of values: each of the outermost, equally spaced ones in between. The
/// probabilities of the cells between n + 1 spacings of independent values are Dirichlet distributed, one
/// unit of mass a spacing, whatever the distribution of the values. So given the block and all that came
/// after, the next value falls into a cell with probability (spacings + values learned there) / (n + 1 +
/// values learned), and placed at random within its cell its rank is exactly uniform and independent of the
/// ranks before. Ties are broken at random, as if each value had a random number as its second half; only of
/// the value that most are equal to is said the largest share that it may have, as it is never evidence.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(try_from = "Saved"))]
pub(super) struct Ranking {
    /// Ascending; ties in the order of `ties`.
    cuts: Box<[Cut]>,
    /// How many cuts there are; 0 before the first block.
    used: usize,
    /// Of each cell, how much mass is in it and in those above; one more than there are cuts.
    from: Box<[u64]>,
}

/// A value that more than this share are equal to is the usual one.
const USUAL: f64 = 0.5;

/// An order statistic, and the random number that decides ties with it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Cut {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    value: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    tie: f64,
}

/// Where a value stands among those learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rank {
    /// Its cell.
    pub(super) cell: usize,
    /// The share of larger values, exactly uniform; of the usual value the share of values at least as large,
    /// which is not smaller.
    pub(super) upper: f64,
    /// The share of smaller values, likewise.
    pub(super) lower: f64,
    /// The share of values that may be at least as large.
    pub(super) at_least: f64,
    /// The share of values that may be at most as large.
    pub(super) at_most: f64,
}

impl Ranking {
    pub(super) fn new() -> Self {
        Self {
            cuts: vec![Cut::default(); CUTS].into_boxed_slice(),
            used: 0,
            from: vec![0; CUTS + 1].into_boxed_slice(),
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.used > 0
    }

    pub(super) fn reset(&mut self) {
        self.cuts.fill(Cut::default());
        self.from.fill(0);
        self.used = 0;
    }

    /// Takes its cuts from a block of values, which is sorted.
    pub(super) fn cut(&mut self, block: &mut [f64], generator: &mut Generator) {
        block.sort_unstable_by(f64::total_cmp);
        let n = block.len();
        self.reset();
        // Random numbers in ascending order for a run of ties, one after the other.
        let (mut run_end, mut tie) = (0, 0.0);
        let mut before = 0;
        for i in 0..n {
            if i >= run_end {
                run_end = i + block[i..].partition_point(|x| *x <= block[i]);
                tie = 0.0;
            }
            let left = run_end - i;
            // The least of `left` uniform numbers above the one before.
            let u = 1.0 - generator.uniform();
            tie = if left == 1 {
                1.0 - (1.0 - tie) * u
            } else {
                1.0 - (1.0 - tie) * libm::pow(u, 1.0 / left as f64)
            };
            if Self::is_cut(i, n) {
                self.cuts[self.used] = Cut { value: block[i], tie };
                // The cell below this cut holds the spacings since the cut before.
                self.from[self.used] = (i + 1 - before) as u64;
                before = i + 1;
                self.used += 1;
            }
        }
        self.from[self.used] = (n + 1 - before) as u64;
        for i in (0..self.used).rev() {
            self.from[i] += self.from[i + 1];
        }
    }

    /// Whether the order statistic `i` of `n` is a cut.
    fn is_cut(i: usize, n: usize) -> bool {
        if n <= CUTS || i < EXTREMES || i >= n - EXTREMES {
            return true;
        }
        // `MIDDLE` of those in between, evenly.
        let (i, n) = (i - EXTREMES, n - 2 * EXTREMES);
        i * MIDDLE / n != (i + 1) * MIDDLE / n
    }

    /// Where a value stands; `tie` and `place` are uniform on [0, 1).
    pub(super) fn rank(&self, value: f64, tie: f64, place: f64) -> Rank {
        let cuts = &self.cuts[..self.used];
        let cell = cuts.partition_point(|cut| *cut <= Cut { value, tie });
        let all = self.from[0] as f64;
        let from = |cell: usize| self.from.get(cell).copied().unwrap_or(0) as f64;
        let ties = |cell: usize| cuts.get(cell).is_some_and(|cut| cut.value == value);
        let (mut above, mut with) = (from(cell + 1), from(cell));
        // In (0, 1): neither end has probability.
        let share = (above + (place * (with - above)).max(1e-12)) / all;
        let (mut upper, mut lower) = (share, 1.0 - share);
        if ties(cell) || cell.checked_sub(1).is_some_and(ties) {
            let last = cuts.partition_point(|cut| cut.value <= value);
            (above, with) = (from(last + 1), from(cuts.partition_point(|cut| cut.value < value)));
            if with - above > USUAL * all {
                (upper, lower) = (with / all, 1.0 - above / all);
            }
        }
        Rank { cell, upper, lower, at_least: with / all, at_most: 1.0 - above / all }
    }

    /// The share of all in the outermost cell, the uppermost or the lowest.
    pub(super) fn outermost(&self, upper: bool) -> f64 {
        let mass = if upper { self.from[self.used] } else { self.from[0] - self.from[1] };
        mass as f64 / self.from[0] as f64
    }

    /// Learns a value of this cell.
    pub(super) fn learn(&mut self, cell: usize) {
        for mass in &mut self.from[..=cell] {
            *mass += 1;
        }
    }
}

/// What is saved: the cuts that there are, and of each cell its mass and that above, of none before the first
/// block.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    cuts: Vec<Cut>,
    from: Vec<u64>,
}

#[cfg(feature = "serde")]
impl serde::Serialize for Ranking {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cells = if self.is_ready() { self.used + 1 } else { 0 };
        Saved { cuts: self.cuts[..self.used].to_vec(), from: self.from[..cells].to_vec() }
            .serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for Ranking {
    type Error = Error;

    fn try_from(Saved { cuts, from }: Saved) -> Result<Self, Error> {
        let sound = cuts.len() <= CUTS
            && from.len() == if cuts.is_empty() { 0 } else { cuts.len() + 1 }
            && cuts.iter().all(|cut| cut.value.is_finite() && (0.0..=1.0).contains(&cut.tie))
            && cuts.is_sorted()
            && from.first().is_none_or(|all| *all <= 1 << 53)
            && from.windows(2).all(|pair| pair[0] > pair[1])
            && from.last() != Some(&0);
        Error::require(sound, "ranking", "a state that learning can reach", "another")?;
        let mut ranking = Self::new();
        ranking.used = cuts.len();
        ranking.cuts[..cuts.len()].copy_from_slice(&cuts);
        ranking.from[..from.len()].copy_from_slice(&from);
        Ok(ranking)
    }
}
