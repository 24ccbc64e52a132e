//! Cross products of lagged values.

use evenkeel_core::Error;
use evenkeel_stats::linear;

/// How many rows can come or go before a sum is better formed anew.
const FRESH: usize = 64;

/// The part of its mean square that the variance of a constant column may come out as.
const ROUNDING: f64 = 1e-12;

/// Centered sums of products of the target and its lagged values over the rows in which all of them are
/// there: the normal equations of every autoregression on these lags or a part of them.
#[derive(Debug, Clone)]
pub(crate) struct Gram {
    /// How many rows there are.
    pub(crate) rows: usize,
    /// The mean of the target, then of each lag.
    pub(crate) means: Vec<f64>,
    /// The sums, the target first, by rows.
    pub(crate) sums: Vec<f64>,
}

/// What least squares on some of the lags gives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Solution {
    pub(crate) intercept: f64,
    pub(crate) coefficients: Vec<f64>,
    /// Sum of squared residuals.
    pub(crate) rss: f64,
}

impl Gram {
    /// From values in which NaN is missing, and ascending lags, none 0. O(n) for each distinct difference of
    /// lags if nothing is missing, O(n) for each pair of lags otherwise. `None` without a row.
    pub(crate) fn new(values: &[f64], lags: &[usize]) -> Option<Self> {
        let longest = *lags.last()?;
        if values.len() <= longest {
            return None;
        }
        // About the mean, so that the sums hold their digits.
        let (count, sum) =
            values.iter().filter(|x| !x.is_nan()).fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x));
        if count == 0.0 {
            return None;
        }
        let center = sum / count;
        let all: Vec<usize> = std::iter::once(0).chain(lags.iter().copied()).collect();
        let z: Vec<f64> = values.iter().map(|x| x - center).collect();
        let mut gram =
            if z.iter().any(|x| x.is_nan()) { Self::with_gaps(&z, &all) } else { Self::complete(&z, &all) }?;
        gram.flatten();
        gram.means.iter_mut().for_each(|mean| *mean += center);
        Some(gram)
    }

    /// Columns that are constant but for rounding become so: what a lag before the first change says of the
    /// target would be a quotient of roundings. The means are those about which the sums were formed.
    fn flatten(&mut self) {
        let m = self.means.len();
        let count = self.rows as f64;
        for (i, mean) in self.means.iter().enumerate() {
            if self.sums[i * m + i] > ROUNDING * count * mean * mean {
                continue;
            }
            for j in 0..m {
                self.sums[i * m + j] = 0.0;
                self.sums[j * m + i] = 0.0;
            }
        }
    }

    fn complete(z: &[f64], all: &[usize]) -> Option<Self> {
        let (m, longest) = (all.len(), *all.last()?);
        let (n, rows) = (z.len(), z.len() - longest);
        let count = rows as f64;
        let mut before = Vec::with_capacity(n + 1);
        before.push(0.0);
        for x in z {
            before.push(before[before.len() - 1] + x);
        }
        let means: Vec<f64> =
            all.iter().map(|lag| (before[n - lag] - before[longest - lag]) / count).collect();
        // Products of lags of equal difference are sums over the same products, of shifted ranges.
        let mut pairs: Vec<(usize, usize, usize)> =
            (0..m).flat_map(|i| (i..m).map(move |j| (i, j))).map(|(i, j)| (all[j] - all[i], i, j)).collect();
        pairs.sort_unstable();
        let mut sums = vec![0.0; m * m];
        let (mut difference, mut lag, mut sum) = (usize::MAX, 0, 0.0);
        for (d, i, j) in pairs {
            let b = all[j];
            if d == difference && b - lag <= FRESH.min(rows) {
                let product = |u: usize| z[u] * z[u + d];
                sum += (longest - b..longest - lag).map(product).sum::<f64>();
                sum -= (n - b..n - lag).map(product).sum::<f64>();
            } else {
                sum = dot(&z[longest - b..n - b], &z[longest - b + d..n - b + d]);
            }
            (difference, lag) = (d, b);
            let centered = sum - count * means[i] * means[j];
            sums[i * m + j] = centered;
            sums[j * m + i] = centered;
        }
        Some(Self { rows, means, sums })
    }

    fn with_gaps(z: &[f64], all: &[usize]) -> Option<Self> {
        let (m, longest) = (all.len(), *all.last()?);
        let rows: Vec<usize> =
            (longest..z.len()).filter(|t| all.iter().all(|lag| !z[t - lag].is_nan())).collect();
        if rows.is_empty() {
            return None;
        }
        let count = rows.len() as f64;
        let mut means = Vec::with_capacity(m);
        let columns: Vec<Vec<f64>> = all
            .iter()
            .map(|lag| {
                let column: Vec<f64> = rows.iter().map(|t| z[t - lag]).collect();
                let mean = column.iter().sum::<f64>() / count;
                means.push(mean);
                column.into_iter().map(|x| x - mean).collect()
            })
            .collect();
        let mut sums = vec![0.0; m * m];
        for i in 0..m {
            for j in i..m {
                let sum = dot(&columns[i], &columns[j]);
                sums[i * m + j] = sum;
                sums[j * m + i] = sum;
            }
        }
        Some(Self { rows: rows.len(), means, sums })
    }

    /// How many lags there are.
    pub(crate) fn lags(&self) -> usize {
        self.means.len() - 1
    }

    /// Least squares on some of the lags, by their positions; `ridge` in units of the mean sum of squares of
    /// the lags used.
    ///
    /// # Errors
    /// If the lagged values determine no solution.
    pub(crate) fn solve(&self, used: &[usize], ridge: f64) -> Result<Solution, Error> {
        let (m, k) = (self.means.len(), used.len());
        let at = |i: usize, j: usize| self.sums[i * m + j];
        let diagonal = used.iter().map(|i| at(i + 1, i + 1)).sum::<f64>() / k.max(1) as f64;
        // The smallest addend makes constant columns harmless.
        let added = (ridge * diagonal).max(f64::MIN_POSITIVE);
        let mut a = vec![0.0; k * k];
        let mut b: Vec<f64> = used.iter().map(|i| at(0, i + 1)).collect();
        for (row, i) in used.iter().enumerate() {
            for (column, j) in used.iter().enumerate() {
                a[row * k + column] = at(i + 1, j + 1) + if row == column { added } else { 0.0 };
            }
        }
        linear::solve(&mut a, &mut b)?;
        let mut rss = at(0, 0);
        let mut intercept = self.means[0];
        for (i, x) in used.iter().zip(&b) {
            rss -= 2.0 * x * at(0, i + 1);
            rss += x * used.iter().zip(&b).map(|(j, y)| y * at(i + 1, j + 1)).sum::<f64>();
            intercept -= x * self.means[i + 1];
        }
        Ok(Solution { intercept, coefficients: b, rss: rss.max(0.0) })
    }

    /// The variance of the sum of the coefficients of some of the lags, in units of the innovation variance;
    /// 0 for none.
    pub(crate) fn spread_of_sum(&self, used: &[usize], ridge: f64) -> f64 {
        let (m, k) = (self.means.len(), used.len());
        let at = |i: usize, j: usize| self.sums[i * m + j];
        let diagonal = used.iter().map(|i| at(i + 1, i + 1)).sum::<f64>() / k.max(1) as f64;
        let added = (ridge * diagonal).max(f64::MIN_POSITIVE);
        let mut a: Vec<f64> = used.iter().flat_map(|i| used.iter().map(move |j| at(i + 1, j + 1))).collect();
        (0..k).for_each(|i| a[i * k + i] += added);
        let mut b = vec![1.0; k];
        if linear::solve(&mut a, &mut b).is_err() {
            return f64::INFINITY;
        }
        b.iter().sum::<f64>().max(0.0)
    }

    /// The sum of squared residuals at coefficients that come from elsewhere, with the intercept that suits
    /// them best.
    pub(crate) fn squares(&self, used: &[usize], coefficients: &[f64]) -> f64 {
        let m = self.means.len();
        let at = |i: usize, j: usize| self.sums[i * m + j];
        let mut sum = at(0, 0);
        for (i, x) in used.iter().zip(coefficients) {
            sum -= 2.0 * x * at(0, i + 1);
            sum += x * used.iter().zip(coefficients).map(|(j, y)| y * at(i + 1, j + 1)).sum::<f64>();
        }
        sum.max(0.0)
    }
}

/// A sum of products in eight lanes, which the processor can do side by side.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for ((lane, x), y) in lanes.iter_mut().zip(a).zip(b) {
            *lane += x * y;
        }
    }
    lanes.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum::<f64>()
}
