//! Run length hypotheses, each with its sufficient statistics.

use super::conjugate::Statistics;
use super::vector_math;
use alloc::vec::Vec;

/// One hypothesis about the run length.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Hypothesis {
    pub(super) run: u64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) log_probability: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) statistics: Statistics,
}

/// All of them, oldest first: each number in a row of its own, which is what vector code works on.
#[derive(Debug, PartialEq)]
pub(super) struct Hypotheses {
    pub(super) runs: Vec<u64>,
    pub(super) log_probabilities: Vec<f64>,
    pub(super) statistics: [Vec<f64>; 3],
}

impl Hypotheses {
    pub(super) fn with_capacity(most: usize) -> Self {
        let row = || Vec::with_capacity(most);
        Self { runs: Vec::with_capacity(most), log_probabilities: row(), statistics: [row(), row(), row()] }
    }

    /// A copy with this capacity.
    pub(super) fn copied(&self, most: usize) -> Self {
        let mut copy = Self::with_capacity(most);
        self.iter().for_each(|h| copy.push(h));
        copy
    }

    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    pub(super) fn clear(&mut self) {
        self.truncate(0);
    }

    pub(super) fn push(&mut self, Hypothesis { run, log_probability, statistics }: Hypothesis) {
        self.runs.push(run);
        self.log_probabilities.push(log_probability);
        for (row, statistic) in self.statistics.iter_mut().zip(statistics) {
            row.push(statistic);
        }
    }

    pub(super) fn get(&self, i: usize) -> Option<Hypothesis> {
        let [a, b, c] = &self.statistics;
        let statistics = [*a.get(i)?, *b.get(i)?, *c.get(i)?];
        Some(Hypothesis {
            run: *self.runs.get(i)?,
            log_probability: *self.log_probabilities.get(i)?,
            statistics,
        })
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Hypothesis> + '_ {
        let [a, b, c] = &self.statistics;
        let numbers = self.runs.iter().zip(&self.log_probabilities).zip(a.iter().zip(b).zip(c));
        numbers.map(|((run, log_probability), ((a, b), c))| Hypothesis {
            run: *run,
            log_probability: *log_probability,
            statistics: [*a, *b, *c],
        })
    }

    fn truncate(&mut self, len: usize) {
        self.runs.truncate(len);
        self.log_probabilities.truncate(len);
        self.statistics.iter_mut().for_each(|row| row.truncate(len));
    }

    pub(super) fn remove(&mut self, i: usize) {
        self.runs.remove(i);
        self.log_probabilities.remove(i);
        for row in &mut self.statistics {
            row.remove(i);
        }
    }

    /// Takes `largest` off all logarithms and returns the sums of the probabilities of runs longer than
    /// `recent` and of the others, in units of the largest.
    pub(super) fn weigh(&mut self, largest: f64, recent: u64) -> (f64, f64) {
        let older = self.runs.partition_point(|run| *run > recent);
        let (older, younger) = self.log_probabilities.split_at_mut(older);
        (weigh(older, largest), weigh(younger, largest))
    }

    /// Drops all whose logarithm is below `limit`, passes the logarithm of each to `lost`, and returns where
    /// the one at `best` is now.
    pub(super) fn drop_below(&mut self, limit: f64, best: usize, mut lost: impl FnMut(f64)) -> usize {
        let Some(first) = self.log_probabilities.iter().position(|p| *p < limit) else { return best };
        let (mut place, mut new_best) = (first, best);
        for i in first..self.len() {
            let log_probability = self.log_probabilities[i];
            if log_probability < limit {
                lost(log_probability);
                continue;
            }
            if i == best {
                new_best = place;
            }
            self.log_probabilities[place] = log_probability;
            self.runs[place] = self.runs[i];
            for row in &mut self.statistics {
                row[place] = row[i];
            }
            place += 1;
        }
        self.truncate(place);
        new_best
    }

    /// The least probable one but `best`, of equal ones the oldest.
    pub(super) fn worst_but(&self, best: usize) -> usize {
        let (before, after) = self.log_probabilities.split_at(best);
        let after = after.get(1..).unwrap_or(&[]);
        let (low, low_after) = (vector_math::least(before), vector_math::least(after));
        let here = |row: &[f64], low: f64| row.iter().position(|p| *p <= low);
        if low <= low_after {
            here(before, low).unwrap_or(0)
        } else {
            here(after, low_after).map_or(0, |i| best + 1 + i)
        }
    }
}

/// In blocks, so that the exponentials become vector code.
fn weigh(row: &mut [f64], largest: f64) -> f64 {
    let mut weights = [0.0; 64];
    let mut total = 0.0;
    for block in row.chunks_mut(64) {
        for (p, weight) in block.iter_mut().zip(&mut weights) {
            *p -= largest;
            *weight = vector_math::exp(*p);
        }
        total += vector_math::sum(&weights[..block.len()]);
    }
    total
}
