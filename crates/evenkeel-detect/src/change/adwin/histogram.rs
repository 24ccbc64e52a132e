//! The window of ADWIN as an exponential histogram.

use alloc::vec::Vec;

/// Sum and sum of squared deviations of neighboring values, of which there are 2^row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bucket {
    pub(super) sum: f64,
    pub(super) squares: f64,
}

/// Buckets from the oldest to the newest value. Those of one row lie beside each other, the rows falling from
/// 2^r values to single ones.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Histogram {
    buckets: Vec<Bucket>,
    /// How many buckets each row has, the single values first.
    counts: Vec<u16>,
    most: u16,
    width: u64,
    sum: f64,
    squares: f64,
}

impl Histogram {
    /// At most `most` buckets a row.
    pub(super) fn new(rows: usize, most: u16) -> Self {
        // One more while the last row is too full.
        let capacity = rows * usize::from(most) + 1;
        let counts = alloc::vec![0; rows];
        Self { buckets: Vec::with_capacity(capacity), counts, most, width: 0, sum: 0.0, squares: 0.0 }
    }

    /// With buckets as they were, which are as many as `counts` says.
    #[cfg(feature = "serde")]
    pub(super) fn restored(
        mut self,
        counts: &[u16],
        buckets: impl Iterator<Item = Bucket>,
        [sum, squares]: [f64; 2],
    ) -> Self {
        self.counts.copy_from_slice(counts);
        self.buckets.extend(buckets);
        self.width = self.counts.iter().zip(0..).map(|(count, row)| u64::from(*count) << row).sum();
        (self.sum, self.squares) = (sum, squares);
        self
    }

    pub(super) fn clear(&mut self) {
        self.buckets.clear();
        self.counts.fill(0);
        (self.width, self.sum, self.squares) = (0, 0.0, 0.0);
    }

    pub(super) fn width(&self) -> u64 {
        self.width
    }

    pub(super) fn sum(&self) -> f64 {
        self.sum
    }

    /// Of all values, about their mean.
    pub(super) fn squares(&self) -> f64 {
        self.squares
    }

    #[cfg(feature = "serde")]
    pub(super) fn counts(&self) -> &[u16] {
        &self.counts
    }

    #[cfg(feature = "serde")]
    pub(super) fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// Takes a value. False if the oldest bucket had to go because no row is left for it.
    #[inline]
    pub(super) fn push(&mut self, x: f64) -> bool {
        if self.width > 0 {
            let before = self.width as f64;
            let off = x - self.sum / before;
            self.squares += off * off * before / (before + 1.0);
        }
        self.width += 1;
        self.sum += x;
        self.buckets.push(Bucket { sum: x, squares: 0.0 });
        self.counts[0] += 1;
        if self.counts[0] > self.most { self.carry() } else { true }
    }

    /// Merges the two oldest buckets of each row that is too full into the next row.
    fn carry(&mut self) -> bool {
        let mut end = self.buckets.len();
        let mut size = 1.0;
        for row in 0..self.counts.len() {
            if self.counts[row] <= self.most {
                return true;
            }
            let start = end - usize::from(self.counts[row]);
            if row + 1 == self.counts.len() {
                self.drop_oldest();
                return false;
            }
            let (a, b) = (self.buckets[start], self.buckets[start + 1]);
            // Half of a power of two: exact.
            let off = a.sum / size - b.sum / size;
            let squares = a.squares + b.squares + 0.5 * size * off * off;
            self.buckets[start] = Bucket { sum: a.sum + b.sum, squares };
            self.buckets.remove(start + 1);
            self.counts[row] -= 2;
            self.counts[row + 1] += 1;
            (end, size) = (start + 1, 2.0 * size);
        }
        true
    }

    /// Drops the oldest bucket. What the window adds up to is added anew, so that nothing of what is gone
    /// is left by rounding.
    pub(super) fn drop_oldest(&mut self) {
        let Some(row) = self.counts.iter().rposition(|count| *count > 0) else { return };
        self.buckets.remove(0);
        self.counts[row] -= 1;
        let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for (bucket, size) in self.sized() {
            if n > 0.0 {
                let off = sum / n - bucket.sum / size;
                squares += off * off * (n * size / (n + size));
            }
            squares += bucket.squares;
            sum += bucket.sum;
            n += size;
        }
        self.width -= 1 << row;
        (self.sum, self.squares) = (sum, squares);
    }

    /// Buckets and how many values they have, the oldest first.
    pub(super) fn sized(&self) -> impl Iterator<Item = (&Bucket, f64)> {
        let rows = self.counts.iter().enumerate().rev();
        let sizes =
            rows.flat_map(|(row, count)| core::iter::repeat_n((1_u64 << row) as f64, usize::from(*count)));
        self.buckets.iter().zip(sizes)
    }

    /// Calls `each` at every cut between neighboring buckets, from the oldest on, with how many values are
    /// older and their sum, until it says that this is enough.
    #[inline]
    pub(super) fn cuts(&self, mut each: impl FnMut(f64, f64) -> bool) {
        let (mut older, mut sum) = (0.0, 0.0);
        let mut rest = &self.buckets[..];
        for (row, count) in self.counts.iter().enumerate().rev() {
            let (of_row, newer) = rest.split_at(usize::from(*count));
            let size = (1_u64 << row) as f64;
            for bucket in of_row {
                older += size;
                sum += bucket.sum;
                if each(older, sum) {
                    return;
                }
            }
            rest = newer;
        }
    }
}
