//! For a series that nobody knows anything of.

use super::cost::{Cost, Costs, Prepared, without_missing};
use super::pelt::optimum;
use super::{Penalty, noise_scale};
use crate::MAD_TO_SD;
use crate::quantile::median_of_mut;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// Change points of a series, or of several that change together, without anything to choose.
///
/// Level shifts and broken trends are found; outliers, correlated noise, steady trends and random walks are not taken for changes.
///
/// ```
/// use evenkeel_series::Segmentation;
///
/// let wiggle = |t: i32| f64::from((t * 7919) % 101) / 50.0;
/// let mut y: Vec<f64> = (0..200).map(|t| wiggle(t) + if t < 120 { 10.0 } else { 14.0 }).collect();
/// y[50] = 1000.0;
/// assert_eq!(Segmentation::new().fit(&y)?.changes(), [120]);
/// let climbing: Vec<f64> = (0..200).map(|t| wiggle(t) + 0.1 * f64::from(t)).collect();
/// assert_eq!(Segmentation::new().fit(&climbing)?.changes(), []);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Method*, each step for a reason that needs no labels:
/// 1. Values more than 4 robust standard deviations from the median of the five around them are moved to that bound: one or two
///    outliers in a row are gone, edges stay.
/// 2. The correlation ρ of neighbors is estimated from medians of differences over one and two steps, which changes hardly touch (S.
///    Chakar, E. Lebarbier, C. Lévy-Leduc, S. Robin, Bernoulli 23 (2017) 1408-1447, doi:10.3150/15-BEJ782), and one and a half
///    standard errors are added: what is not known must not make changes. Noise then counts as its long-run standard deviation σ / (1 - ρ); from ρ = 1 on,
///    a random walk or a smooth curve, nothing is a change.
/// 3. [`Pelt`](crate::Pelt) with the modified information criterion ([`Penalty::Mbic`]) cuts the series into levels, and again into
///    lines; the cheaper one counts. So a trend is not cut into stairs.
///
/// *False changes*, simulated 100 times each with 100 and 400 values: none in white noise, under spikes, on a steady climb or a smooth curve;
/// in 11 % of autoregressions of 0.7 and in 20 to 33 % of random walks. A shift by three standard deviations of white noise is found
/// in 94 and 100 %.
///
/// Segments have at least five observed values: fewer are outliers. *Missing* values are passed over; of several series, a time at
/// which any is missing. *Complexity*: O(n²) at worst for each series, O(n) memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Segmentation {
    penalty: Penalty,
    min_size: usize,
}

/// What [`Segmentation`] found.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Segments {
    changes: Vec<usize>,
    lines: bool,
    correlation: f64,
}

impl Segments {
    /// The index of the first value of each segment but the first, in order.
    #[must_use]
    pub fn changes(&self) -> &[usize] {
        &self.changes
    }

    /// Whether segments are lines rather than levels.
    #[must_use]
    pub fn are_lines(&self) -> bool {
        self.lines
    }

    /// The correlation of neighbors that was assumed, of several series the highest: 0 to 1. At 1 nothing is a change.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        self.correlation
    }
}

/// How many robust standard deviations from its neighbors' median an outlier is.
const FAR: f64 = 4.0;
/// How many standard errors of white noise's correlation are added to the estimate.
const SURE: f64 = 1.5;
/// How many values a median is taken of.
const AROUND: usize = 5;

impl Default for Segmentation {
    fn default() -> Self {
        Self::new()
    }
}

impl Segmentation {
    /// With the defaults.
    pub const fn new() -> Self {
        Self { penalty: Penalty::Mbic, min_size: 5 }
    }

    /// What a change has to be worth: a criterion, or a value in units of the squared long-run noise.
    pub const fn penalty(self, penalty: Penalty) -> Self {
        Self { penalty, ..self }
    }

    /// The fewest observed values of a segment, at least 3.
    pub const fn min_size(self, min_size: usize) -> Self {
        Self { min_size, ..self }
    }

    /// The changes of a series. Fewer than two segments' worth of values have none.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn fit(&self, values: &[f64]) -> Result<Segments, Error> {
        self.fit_together(&[values])
    }

    /// The changes that several series of the same times share.
    ///
    /// # Errors
    /// If a setting is out of range, there is no series, or their lengths differ.
    pub fn fit_together(&self, series: &[&[f64]]) -> Result<Segments, Error> {
        Error::require(self.min_size >= 3, "min size", "at least 3", self.min_size)?;
        Error::require(!series.is_empty(), "series", "at least one", "none")?;
        let n = series[0].len();
        if let Some(other) = series.iter().find(|s| s.len() != n) {
            return Err(Error::Shape { what: "series", expected: n, found: other.len() });
        }
        let complete: Vec<f64> = (0..n)
            .map(|i| if series.iter().all(|s| observed(s[i]).is_some()) { 0.0 } else { f64::NAN })
            .collect();
        let (_, at) = without_missing(&complete);
        let none = |correlation| Segments { changes: Vec::new(), lines: false, correlation };
        if at.len() < 2 * self.min_size {
            return Ok(none(0.0));
        }
        let mut columns = Vec::new();
        let mut highest: f64 = 0.0;
        for values in series {
            let mut values: Vec<f64> = at.iter().map(|i| values[*i]).collect();
            calm(&mut values);
            let correlation = correlation(&values);
            let whitened: Vec<f64> = values.windows(2).map(|pair| pair[1] - correlation * pair[0]).collect();
            let noise = noise_scale(&whitened) / (1.0 - correlation);
            // What is constant, or wanders freely, has nothing to say.
            if noise > 0.0 && noise.is_finite() {
                values.iter_mut().for_each(|x| *x /= noise);
                columns.push(values);
            }
            highest = highest.max(correlation);
        }
        if columns.is_empty() {
            return Ok(none(highest));
        }
        let (levels, level_cost) = self.cut(&columns, Cost::L2)?;
        let (lines, line_cost) = self.cut(&columns, Cost::Line)?;
        let are_lines = line_cost < level_cost;
        let changes = if are_lines { lines } else { levels };
        let changes = changes.into_iter().map(|change| at[change]).collect();
        Ok(Segments { changes, lines: are_lines, correlation: highest })
    }

    /// The best cut, and its objective, the parameters of the first segment included.
    fn cut(&self, columns: &[Vec<f64>], cost: Cost) -> Result<(Vec<usize>, f64), Error> {
        let n = columns[0].len();
        let dimensions = columns.len() as f64;
        // One place for all, and parameters for each.
        let log = libm::log(n as f64);
        let each = match self.penalty {
            Penalty::Value(value) => value,
            Penalty::Bic => log,
            Penalty::Mbic => 1.5 * log,
        };
        let parameters = if cost == Cost::Line { 2.0 } else { 1.0 };
        let penalty = match self.penalty {
            Penalty::Value(value) => value,
            _ => each * (1.0 + parameters * dimensions),
        };
        Error::require(penalty >= 0.0, "penalty", "at least 0", penalty)?;
        let mut sum =
            Sum { parts: columns.iter().map(|c| Prepared::new(cost, c)).collect(), part: Vec::new() };
        let changes = optimum(&mut sum, penalty, self.min_size);
        let mut objective = penalty * changes.len() as f64 + each * parameters * dimensions;
        let mut start = 0;
        for end in changes.iter().copied().chain([n]) {
            objective += sum.parts.iter_mut().map(|part| part.of(start, end)).sum::<f64>();
            start = end;
        }
        Ok((changes, objective))
    }
}

/// The costs of several series together.
#[derive(Debug)]
struct Sum<'a> {
    parts: Vec<Prepared<'a>>,
    part: Vec<f64>,
}

impl Costs for Sum<'_> {
    fn len(&self) -> usize {
        self.parts[0].len()
    }

    fn of_starts(&mut self, starts: &[usize], end: usize, costs: &mut Vec<f64>) {
        let (first, rest) = self.parts.split_at_mut(1);
        first[0].of_starts(starts, end, costs);
        for part in rest {
            part.of_starts(starts, end, &mut self.part);
            costs.iter_mut().zip(&self.part).for_each(|(sum, cost)| *sum += cost);
        }
    }
}

/// Moves outliers to the bound around their neighbors' median.
fn calm(values: &mut [f64]) {
    let n = values.len();
    let medians: Vec<f64> = (0..n)
        .map(|i| {
            let low = i.saturating_sub(AROUND / 2).min(n.saturating_sub(AROUND));
            let mut around: Vec<f64> = values[low..(low + AROUND).min(n)].to_vec();
            median_of_mut(&mut around).unwrap_or(values[i])
        })
        .collect();
    let mut off: Vec<f64> = values.iter().zip(&medians).map(|(x, m)| (x - m).abs()).collect();
    let scale = (MAD_TO_SD * median_of_mut(&mut off).unwrap_or(0.0)).max(noise_scale(values));
    for (x, median) in values.iter_mut().zip(medians) {
        *x = x.clamp(median - FAR * scale, median + FAR * scale);
    }
}

/// The correlation of neighbors with one standard error more, from 0 to 1.
fn correlation(values: &[f64]) -> f64 {
    let middle = |lag: usize| {
        let mut steps: Vec<f64> = values.iter().zip(&values[lag..]).map(|(a, b)| (b - a).abs()).collect();
        let mean = steps.iter().sum::<f64>() / steps.len() as f64;
        (median_of_mut(&mut steps).unwrap_or(0.0), mean)
    };
    let ((one, mean_one), (two, mean_two)) = (middle(1), middle(2));
    // Where more than half of the neighbors are equal, their mean differences have to do.
    let ratio = if one > 0.0 { two / one } else { mean_two / mean_one };
    if ratio.is_nan() {
        return 0.0;
    }
    let error = 1.0 / libm::sqrt(values.len() as f64);
    (ratio * ratio - 1.0 + SURE * error).clamp(0.0, 1.0)
}
