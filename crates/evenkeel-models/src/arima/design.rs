//! The design of the likelihood: a history shifted, scaled and differenced, with its regressors.

use super::constant::Constant;
use super::dual::is_positive;
use super::lag_polynomials::Differences;
use crate::count::as_f64;
use evenkeel_core::{Error, observed};
use nalgebra::{DMatrix, DVector};

/// Shorter than this beside its scale, a series has no variation but rounding: variance per observation after
/// scaling.
pub(super) const ROUNDING: f64 = 1e-32;
/// A regressor of which less than this part is left beside the others is a combination of them.
const INDEPENDENT: f64 = 1e-6;

/// What happens to missing values before the first and after the last observed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// They say nothing and are cut off.
    Cut,
    /// They are missing values like others.
    Keep,
}

/// A history without its outer gaps, shifted and scaled so that its values are of order 1, and differenced.
///
/// The scale is a power of two, so that scaling loses nothing.
#[derive(Debug, Clone)]
pub(super) struct Design {
    pub(super) differences: Differences,
    /// The scaled values, NaN where missing.
    pub(super) y: Vec<f64>,
    /// The regressors at each of them: that of the constant, then the others, each scaled.
    pub(super) x: Vec<Vec<f64>>,
    /// Where values are missing.
    pub(super) missing: Vec<usize>,
    /// Differences of an indicator of each missing value, of the regressors, and of the values with their
    /// gaps bridged. The indicators are left out where gaps are filtered.
    pub(super) columns: Vec<Vec<f64>>,
    /// Whether gaps are filtered, not filled.
    pub(super) filtered: bool,
    /// Observed values.
    pub(super) observed: usize,
    /// The coefficient of a regressor in units of the data is `offset + by * (that of the design)`.
    pub(super) offsets: Vec<f64>,
    pub(super) by: Vec<f64>,
    /// What was taken off each external regressor.
    pub(super) centers: Vec<f64>,
    pub(super) scale: f64,
    /// Taken off the values where differencing removes it.
    pub(super) shift: f64,
}

impl Design {
    /// `parameters` is the number of coefficients and constants to estimate; more observations than that are
    /// needed.
    pub(super) fn new(
        history: &[f64],
        regressors: &[&[f64]],
        differences: Differences,
        constant: Constant,
        parameters: usize,
        ends: Ends,
    ) -> Result<Self, Error> {
        for x in regressors {
            if x.len() != history.len() {
                return Err(Error::Shape { what: "regressor", expected: history.len(), found: x.len() });
            }
        }
        let seen =
            |t: usize| observed(history[t]).is_some() && regressors.iter().all(|x| observed(x[t]).is_some());
        let times: Vec<usize> = (0..history.len()).filter(|t| seen(*t)).collect();
        let needed = differences.order() + parameters + 2;
        let (first, last) = match (times.first(), times.last()) {
            (Some(first), Some(last)) if times.len() >= needed => (*first, *last),
            _ => return Err(Error::TooShort { needed, got: times.len() }),
        };
        let (from, to) = if ends == Ends::Cut { (first, last + 1) } else { (0, history.len()) };
        let raw = |i: usize| if seen(from + i) { history[from + i] } else { f64::NAN };
        let raw: Vec<f64> = (0..to - from).map(raw).collect();
        let mut x: Vec<Vec<f64>> = match constant {
            Constant::None => Vec::new(),
            Constant::Mean => vec![vec![1.0; raw.len()]],
            Constant::Drift => vec![(0..raw.len()).map(|i| as_f64(from + i + 1)).collect()],
        };
        let mut by = vec![1.0; x.len()];
        // Where a mean is estimated, or levels are differenced away, an offset of a regressor explains
        // nothing, and a large one (Unix seconds) would look like a constant. The first value is taken off,
        // not the mean: what does not vary is then 0.
        let is_free = constant == Constant::Mean || differences.order() > 0;
        let mut centers = Vec::with_capacity(regressors.len());
        for regressor in regressors {
            let center = if is_free { regressor[first] } else { 0.0 };
            let largest = times.iter().fold(0.0, |most: f64, t| most.max((regressor[*t] - center).abs()));
            let unit = power_of_two(largest);
            // Where a regressor is missing so is the value: anything will do.
            let mut before = (regressor[first] - center) / unit;
            let one = |v: &f64| {
                before = observed(*v).map_or(before, |v| (v - center) / unit);
                before
            };
            x.push(regressor[from..to].iter().map(one).collect());
            by.push(1.0 / unit);
            centers.push(center);
        }
        // Where levels are differenced away, any shift is allowed.
        let shift = if differences.order() > 0 { history[first] } else { 0.0 };
        let offsets = if regressors.is_empty() {
            preliminary(&raw, x.first().map(Vec::as_slice), shift, differences).into_iter().collect()
        } else {
            regression(&raw, &x, shift, differences)?
        };
        let residual = |i: usize| {
            let fitted: f64 = x.iter().zip(&offsets).map(|(x, c)| c * x[i]).sum();
            (raw[i] - shift) - fitted
        };
        let largest = (0..raw.len()).map(residual).fold(0.0, |most: f64, v| most.max(v.abs()));
        let scale = power_of_two(largest);
        let y: Vec<f64> = (0..raw.len()).map(|i| residual(i) / scale).collect();
        let missing: Vec<usize> = (0..y.len()).filter(|t| y[*t].is_nan()).collect();
        let offsets = offsets.iter().zip(&by).map(|(c, by)| c * by).collect();
        let by = by.iter().map(|by| by * scale).collect();
        let mut design = Self {
            differences,
            y,
            x,
            missing,
            columns: Vec::new(),
            filtered: false,
            observed: times.len(),
            offsets,
            by,
            centers,
            scale,
            shift,
        };
        design.fill();
        Ok(design)
    }

    /// Chooses how to treat gaps, by which costs less for a state of `width` entries: a filter or a regressor
    /// for each of them.
    pub(super) fn choose(&mut self, width: usize) {
        let (gaps, levels) = (self.missing.len(), self.differences.order());
        let state = width + levels;
        let filtered = state.saturating_mul(6 * state + 3 * (levels + self.x.len() + 1));
        let filled = (gaps + self.x.len() + 1).saturating_mul(3 * width + 8 + gaps / 2);
        if gaps > 0 && filtered < filled { self.filter() } else { self.fill() }
    }

    /// Leaves gaps to the filter.
    pub(super) fn filter(&mut self) {
        self.filtered = !self.missing.is_empty();
        if self.filtered && self.columns.len() > self.x.len() + 1 {
            self.columns.drain(..self.missing.len());
        }
    }

    /// Gives each missing value an indicator.
    pub(super) fn fill(&mut self) {
        self.filtered = false;
        let terms = self.differences.terms();
        let (lost, n) = (self.differences.order(), self.length());
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(self.missing.len() + self.x.len() + 1);
        for &t in &self.missing {
            let mut column = vec![0.0; n];
            let mut set = |at: usize, value: f64| {
                if let Some(out) = at.checked_sub(lost).and_then(|at| column.get_mut(at)) {
                    *out = value;
                }
            };
            set(t, 1.0);
            for &(i, c) in &terms {
                set(t + i + 1, -c);
            }
            columns.push(column);
        }
        for x in &self.x {
            let mut column = x.clone();
            self.differences.apply(&mut column);
            columns.push(column);
        }
        let mut z = bridged(&self.y);
        self.differences.apply(&mut z);
        columns.push(z);
        self.columns = columns;
    }

    /// How many differences there are.
    pub(super) fn length(&self) -> usize {
        self.y.len().saturating_sub(self.differences.order())
    }

    /// The differences of the values, gaps bridged.
    pub(super) fn z(&self) -> &[f64] {
        self.columns.last().map_or(&[], Vec::as_slice)
    }

    /// Observed values without those that only set the levels: what the likelihood counts.
    pub(super) fn effective(&self) -> usize {
        self.observed - self.differences.order()
    }
}

/// Gaps bridged by lines; outer ones by the nearest value.
pub(super) fn bridged(y: &[f64]) -> Vec<f64> {
    let mut out = y.to_vec();
    let mut last: Option<usize> = None;
    for t in 0..y.len() {
        if y[t].is_nan() {
            continue;
        }
        match last {
            None => out[..t].fill(y[t]),
            Some(last) => {
                let step = (y[t] - y[last]) / as_f64(t - last);
                for (i, out) in out[last + 1..t].iter_mut().enumerate() {
                    *out = y[last] + step * as_f64(i + 1);
                }
            }
        }
        last = Some(t);
    }
    if let Some(last) = last {
        out[last + 1..].fill(y[last]);
    }
    out
}

/// Least squares of the differenced values on the differenced regressors. Refuses regressors that are not
/// independent.
fn regression(raw: &[f64], x: &[Vec<f64>], shift: f64, differences: Differences) -> Result<Vec<f64>, Error> {
    let difference = |column: &[f64]| {
        let mut column = column.to_vec();
        differences.apply(&mut column);
        column
    };
    let largest = raw.iter().filter(|v| !v.is_nan()).fold(0.0, |most: f64, v| most.max((v - shift).abs()));
    let unit = power_of_two(largest);
    let y: Vec<f64> = bridged(raw).iter().map(|v| (v - shift) / unit).collect();
    let y = DVector::from_vec(difference(&y));
    let columns: Vec<Vec<f64>> = x.iter().map(|x| difference(x)).collect();
    let n = y.len();
    let refused = |j: usize| {
        let must = "linearly independent of each other and of the constant after differencing";
        Error::parameter("regressors", must, format_args!("not, at number {j} counted with the constant"))
    };
    if n < columns.len() {
        return Err(refused(n));
    }
    let matrix = DMatrix::from_fn(n, columns.len(), |i, j| columns[j][i]);
    let norms: Vec<f64> = matrix.column_iter().map(|c| c.norm()).collect();
    let qr = matrix.qr();
    let (q, r) = (qr.q(), qr.r());
    for j in 0..columns.len() {
        if !is_positive(r[(j, j)].abs() - INDEPENDENT * norms[j]) {
            return Err(refused(j));
        }
    }
    let solved = r.solve_upper_triangular(&(q.transpose() * y)).ok_or_else(|| refused(0))?;
    Ok(solved.iter().map(|c| c * unit).collect())
}

/// A constant close to the estimate: the mean, or the slope of a line. What is left to estimate is then
/// small, and nothing cancels.
fn preliminary(raw: &[f64], regressor: Option<&[f64]>, shift: f64, differences: Differences) -> Option<f64> {
    let x = regressor?;
    let seen = || (0..raw.len()).filter(|i| !raw[*i].is_nan());
    if differences.order() > 0 {
        // the slope between the ends
        let (a, b) = (seen().next()?, seen().next_back()?);
        return Some((raw[b] - raw[a]) / (x[b] - x[a]).max(1.0));
    }
    // Least squares through the origin; twice, so that the result is right to its last digits also beside a
    // large offset.
    let mut slope = 0.0;
    for _ in 0..2 {
        let largest = seen().fold(0.0, |most: f64, i| most.max((raw[i] - shift - slope * x[i]).abs()));
        let unit = power_of_two(largest);
        let (mut xy, mut xx) = (0.0, 0.0);
        for i in seen() {
            xy += x[i] * ((raw[i] - shift - slope * x[i]) / unit);
            xx += x[i] * x[i];
        }
        slope += xy / xx * unit;
    }
    Some(slope)
}

/// The power of two at or just below `x`; 1 for 0.
fn power_of_two(x: f64) -> f64 {
    if !is_positive(x) {
        return 1.0;
    }
    // Kept within what has a reciprocal.
    libm::exp2(libm::floor(libm::log2(x)).clamp(-1000.0, 1000.0))
}
