//! Phases of the season: which ones the columns have entries for.

use crate::arima::arma_recursion;
use core::ops::Range;

/// Which phases a column has entries for; it has none but zeros in the others. Its rows stand one after the
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Layout {
    pub(super) s: usize,
    pub(super) from: usize,
    pub(super) width: usize,
}

impl Layout {
    pub(super) fn whole(s: usize) -> Self {
        Self { s, from: 0, width: s }
    }

    /// The first phases, or the last.
    pub(super) fn part(s: usize, width: usize, first: bool) -> Self {
        let width = width.min(s);
        Self { s, from: if first { 0 } else { s - width }, width }
    }

    /// Entries of a column of n values.
    pub(super) fn length(self, n: usize) -> usize {
        let rest = n % self.s;
        n / self.s * self.width + rest.saturating_sub(self.from).min(self.width)
    }

    /// What two columns have in common: parts of the first and of the second.
    pub(super) fn common(
        self,
        other: Self,
        lengths: (usize, usize),
    ) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let same = self == other;
        let (low, high) = (self.from.max(other.from), (self.from + self.width).min(other.from + other.width));
        let rows = if same { 1 } else { lengths.0.div_ceil(self.width.max(1)) };
        let part = move |of: Self, row: usize, length: usize| {
            if same {
                return 0..length;
            }
            let start = row * of.width + low - of.from;
            start.min(length)..(start + high.saturating_sub(low)).min(length)
        };
        (0..if same || low < high { rows } else { 0 })
            .map(move |row| (part(self, row, lengths.0), part(other, row, lengths.1)))
    }

    pub(super) fn dot(self, a: &[f64], other: Self, b: &[f64]) -> f64 {
        self.common(other, (a.len(), b.len())).map(|(i, j)| arma_recursion::dot(&a[i], &b[j])).sum()
    }

    /// Adds a multiple of another column as far as it is in this one.
    pub(super) fn add(self, out: &mut [f64], by: f64, other: Self, x: &[f64]) {
        for (i, j) in self.common(other, (out.len(), x.len())) {
            out[i].iter_mut().zip(&x[j]).for_each(|(out, x)| *out += by * x);
        }
    }
}
