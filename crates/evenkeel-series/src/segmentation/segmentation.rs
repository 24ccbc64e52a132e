//! Automatic segmentation: change points without settings.

use super::cost::{Cost, Costs, Prepared, without_missing};
use super::pelt::optimum;
use super::penalty::{Penalty, noise_scale};
use crate::quantile::MAD_TO_SD;
use crate::quantile::median_of_mut;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// Change points of a series, or of several that change together, without settings that have to be chosen.
///
/// Level shifts and broken trends are found; outliers, correlated noise and steady trends are not mistaken
/// for changes. A random walk is divided coarsely, where a level or a line explains much of all its variance.
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
/// 1. Values more than 4 robust standard deviations from the median of the five around them are moved to that
///    bound: one or two outliers in a row are gone, edges stay.
/// 2. The correlation ρ of neighbors is estimated from medians of differences over one and two steps, which
///    changes hardly affect (S. Chakar, E. Lebarbier, C. Lévy-Leduc, S. Robin, Bernoulli 23 (2017) 1408-1447,
///    doi:10.3150/15-BEJ782), and one and a half standard errors are added: an uncertain estimate must not
///    cause changes. Noise then counts as its long-run standard deviation σ / (1 - ρ). From ρ = 0.95 on,
///    where that is hardly known, it counts as √2 times the standard deviation of the whole series at most: a
///    change of a random walk or a smooth curve has to explain a share of 6 ln(n) / n of all variance.
/// 3. [`Pelt`](crate::segmentation::Pelt) with the modified information criterion ([`Penalty::Mbic`]) cuts
///    the series into levels, and again into lines; the cheaper one counts. So a trend is not cut into
///    stairs.
///
/// *Repeated values.* Where more than half of the values equal the one before, as in noiseless or coarsely
/// rounded series, medians of differences are 0. Noise is then the (winsorized) root mean square of the
/// deviations from the medians of five, and at least the error of rounding, q / √12 for the smallest step q
/// between these medians (W. Bennett, Bell System Technical Journal 27 (1948) 446-472,
/// doi:10.1002/j.1538-7305.1948.tb01340.x). Where fewer values repeat, but all lie on a grid, medians are
/// those of grouped data.
///
/// *False changes*, simulated 100 times each with 100 and 400 values: none in white noise, under spikes, on a
/// steady climb or a smooth curve; in 14 to 15 % of autoregressions of 0.7. Of random walks 59 and 87 % are
/// divided. A shift by three standard deviations of white noise is found in 97 and 100 %.
///
/// Segments have at least five observed values: fewer are outliers. *Missing* values are skipped; of several
/// series, a time at which any is missing. *Complexity*: O(n²) at worst for each series, O(n) memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Segmentation {
    penalty: Penalty,
    min_size: usize,
}

/// The result of a [`Segmentation`].
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

    /// The correlation of neighbors that was assumed, of several series the highest: 0 to 1. From 0.95 on the
    /// series counts as a random walk or a smooth curve, and is divided coarsely.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        self.correlation
    }
}

/// Values farther than so many robust standard deviations from the median of their neighbors are outliers.
const FAR: f64 = 4.0;
/// The number of standard errors that are added to the estimated correlation.
const SURE: f64 = 1.5;
/// The number of values of each median.
const AROUND: usize = 5;
/// From this correlation on, the long-run noise is hardly known: it is the innovations' standard deviation
/// divided by 0.05 or less.
const WALK: f64 = 0.95;
/// The largest noise of a random walk, in standard deviations of the whole series.
const WALK_NOISE: f64 = core::f64::consts::SQRT_2;
/// How many standard deviations an outlier among repeated values keeps. Lower than [`FAR`]: a pair of
/// outliers of one rounding step must not be worth a change.
const FAR_REPEATED: f64 = 3.0;
/// The standard deviation of the rounding error, in steps: 1 / sqrt(12).
const ROUNDING: f64 = 0.288_675_134_594_812_9;
/// The share of equal neighbors from which on a series counts as one on a grid.
const TIED: f64 = 0.2;

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
        if at.len() / 2 < self.min_size {
            return Ok(none(0.0));
        }
        let mut columns = Vec::new();
        let mut highest: f64 = 0.0;
        for values in series {
            let mut values: Vec<f64> = at.iter().map(|i| values[*i]).collect();
            let (correlation, noise) = tame(&mut values);
            // A constant series tells nothing.
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

/// Moves outliers to a bound around their neighbors' median, and gives the correlation of neighbors and the
/// long-run standard deviation of the noise: 0 if there is none to speak of.
fn tame(values: &mut [f64]) -> (f64, f64) {
    let n = values.len();
    let medians = running_medians(values);
    let grid = Grid::new(values);
    if 2 * grid.equal >= n {
        return tame_repeated(values, &medians, &grid);
    }
    clamp(values, &medians, {
        let mut off: Vec<f64> = values.iter().zip(&medians).map(|(x, m)| (x - m).abs()).collect();
        FAR * (MAD_TO_SD * median_of_mut(&mut off).unwrap_or(0.0)).max(noise_scale(values))
    });
    let width = if grid.equal as f64 >= TIED * n as f64 && grid.holds(values) { grid.step } else { 0.0 };
    let middle = |lag: usize| {
        let mut steps: Vec<f64> = values.iter().zip(&values[lag..]).map(|(a, b)| (b - a).abs()).collect();
        grouped_median(&mut steps, width)
    };
    let (one, two) = (middle(1), middle(2));
    let correlation = assumed(two / one, n);
    let whitened: Vec<f64> = values.windows(2).map(|pair| pair[1] - correlation * pair[0]).collect();
    let mut noise = noise_scale(&whitened);
    if width > 0.0 {
        // Differences of rounded values weighted unequally lie on a finer grid than the values.
        noise = noise.max(one * MAD_TO_SD * core::f64::consts::FRAC_1_SQRT_2).max(ROUNDING * width);
    }
    noise /= 1.0 - correlation;
    if correlation >= WALK {
        noise = noise.min(WALK_NOISE * standard_deviation(values));
    }
    (correlation, noise)
}

/// The same where more than half of the values equal the one before.
fn tame_repeated(values: &mut [f64], medians: &[f64], grid: &Grid) -> (f64, f64) {
    let n = values.len();
    let steps = Grid::new(medians);
    if steps.equal + 1 == n {
        // Only outliers of one or two values.
        return (0.0, 0.0);
    }
    let off = || values.iter().zip(medians).map(|(x, m)| (x - m).abs());
    // Deviations rarer than one in twenty are outliers, not noise.
    let mut sorted: Vec<f64> = off().collect();
    sorted.sort_by(f64::total_cmp);
    let bound = 2.0 * sorted[(0.95 * (n - 1) as f64) as usize];
    // In units of the bound: squares must not overflow.
    let spread = match bound > 0.0 {
        true => {
            bound * libm::sqrt(off().map(|d| (d / bound).min(1.0)).map(|d| d * d).sum::<f64>() / n as f64)
        }
        false => 0.0,
    };
    let noise = spread.max(ROUNDING * steps.step);
    clamp(values, medians, FAR_REPEATED * noise);
    // Many small steps are a smooth curve or a walk that was rounded, not as many changes.
    let small = medians.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let small = small.filter(|step| *step > grid.fuzz && *step < 1.5 * steps.step).count();
    let moves = n - 1 - steps.equal;
    if 20 * moves > n && 5 * small >= 4 * moves {
        return (1.0, WALK_NOISE * standard_deviation(values));
    }
    (0.0, noise)
}

/// The steps between neighbors.
#[derive(Debug)]
struct Grid {
    /// How many neighbors are equal.
    equal: usize,
    /// The smallest step between others, 0 if there is none.
    step: f64,
    /// Smaller steps are rounding errors.
    fuzz: f64,
}

impl Grid {
    fn new(values: &[f64]) -> Self {
        let fuzz = 8.0 * f64::EPSILON * values.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let steps = || values.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        let step = steps().filter(|step| *step > fuzz).fold(f64::INFINITY, f64::min);
        let equal = steps().filter(|step| *step <= fuzz).count();
        Self { equal, step: if step.is_finite() { step } else { 0.0 }, fuzz }
    }

    /// Whether all steps are multiples of the smallest.
    fn holds(&self, values: &[f64]) -> bool {
        self.step > 0.0
            && values.windows(2).all(|pair| {
                let steps = (pair[1] - pair[0]) / self.step;
                // Outliers were moved off the grid; they are few and far.
                steps.abs() > FAR || (steps - libm::round(steps)).abs() < 1e-3
            })
    }
}

/// The median of values that were rounded to multiples of a width: those equal to it are spread evenly over
/// their cell. Without a width, the median.
fn grouped_median(values: &mut [f64], width: f64) -> f64 {
    let median = median_of_mut(values).unwrap_or(0.0);
    if width == 0.0 {
        return median;
    }
    let below = values.iter().filter(|x| **x < median - 0.5 * width).count() as f64;
    let equal = values.iter().filter(|x| (**x - median).abs() <= 0.5 * width).count() as f64;
    let share = (0.5 * values.len() as f64 - below) / equal;
    // Sizes have half a cell at 0.
    let (low, high) = ((median - 0.5 * width).max(0.0), median + 0.5 * width);
    low + share * (high - low)
}

/// The medians of the five values around each.
fn running_medians(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let of = |i: usize| {
        let low = i.saturating_sub(AROUND / 2).min(n.saturating_sub(AROUND));
        let mut around: Vec<f64> = values[low..(low + AROUND).min(n)].to_vec();
        median_of_mut(&mut around).unwrap_or(values[i])
    };
    (0..n).map(of).collect()
}

fn clamp(values: &mut [f64], medians: &[f64], most: f64) {
    for (x, median) in values.iter_mut().zip(medians) {
        *x = x.clamp(median - most, median + most);
    }
}

/// The correlation of neighbors by the ratio of differences over two steps and one, with standard errors
/// added, from 0 to 1.
fn assumed(ratio: f64, n: usize) -> f64 {
    if ratio.is_nan() {
        return 0.0;
    }
    let error = 1.0 / libm::sqrt(n as f64);
    (ratio * ratio - 1.0 + SURE * error).clamp(0.0, 1.0)
}

/// The standard deviation, by sums that do not overflow.
fn standard_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().map(|x| x / n).sum::<f64>();
    let most = values.iter().fold(0.0, |most: f64, x| most.max((x - mean).abs()));
    if most == 0.0 {
        return 0.0;
    }
    most * libm::sqrt(values.iter().map(|x| (x - mean) / most).map(|d| d * d).sum::<f64>() / n)
}
