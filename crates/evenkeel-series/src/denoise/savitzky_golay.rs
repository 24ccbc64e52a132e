//! The Savitzky-Golay filter.

use super::edge_mode::EdgeMode;
use super::orthogonal_polynomials::{Basis, HIGHEST};
use crate::missing::missing_as_nan;
use crate::series::nanos;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Error, Stage, observed};

/// The longest window.
const LONGEST: usize = (1 << 16) - 1;

/// Replaces every value by that of a polynomial fitted to its neighbors: it removes noise, and keeps the
/// height and width of peaks, which a mean would flatten. It also gives slopes and curvatures of noisy
/// series.
///
/// *For* smooth shapes under noise, and for derivatives. *Not for* spikes, which it spreads
/// ([`Hampel`](crate::clean::Hampel) removes them first), nor steps, where it overshoots
/// ([`MedianFilter`](crate::denoise::MedianFilter) keeps them).
///
/// *Method*: least squares of a polynomial of low degree over a window, evaluated in its middle; over a
/// regular grid that is one fixed weighted mean. A. Savitzky, M. J. E. Golay, Analytical Chemistry 36 (1964)
/// 1627-1639, doi:10.1021/ac60214a047; at the ends, P. A. Gorry, Analytical Chemistry 62 (1990) 570-573,
/// doi:10.1021/ac00205a007.
///
/// ```
/// use evenkeel_series::denoise::SavitzkyGolay;
///
/// // A parabola under alternating noise, and its slope.
/// let noise = |t: i32| if t % 2 == 0 { 0.3 } else { -0.3 };
/// let y: Vec<f64> = (0..60).map(|t| 0.01 * f64::from(t * t) + noise(t)).collect();
/// let smooth = SavitzkyGolay::new(21, 2).apply(&y)?;
/// assert!((smooth[30] - 9.0).abs() < 0.05);
/// let slope = SavitzkyGolay::new(21, 2).derivative(1).apply(&y)?;
/// assert!((slope[30] - 0.6).abs() < 0.01);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Settings*: the window, odd, 3 to 65535 values; the degree, 0 to 12 and below the window: 2 or 3 keeps
/// peaks, and a window of the width of a peak at half its height takes most noise.
/// [`derivative`](Self::derivative): 0 to the degree, in units a value, or a second with
/// [`step`](Self::step). [`edges`](Self::edges): by default ([`EdgeMode::Natural`]) the first and the last
/// half window take the polynomial of the first and the last window.
///
/// *Missing* values do not count; a window with holes gets the polynomial of those that are there. A place
/// gets a value, also where its own is missing, if half of its window and more values than the degree are
/// observed, on both of its sides (or itself): gaps are bridged, nothing is extrapolated. Else it is missing.
///
/// *Complexity*: O(n window), where there are holes O(n window degree); O(n + window) memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct SavitzkyGolay {
    window: usize,
    degree: usize,
    derivative: usize,
    step: Duration,
    edges: EdgeMode,
}

impl SavitzkyGolay {
    /// Over so many values, an odd number, with a polynomial of this degree.
    pub const fn new(window: usize, degree: usize) -> Self {
        Self { window, degree, derivative: 0, step: Duration::from_secs(1), edges: EdgeMode::Natural }
    }

    /// The order of the derivative to compute instead of the value: 1 for the slope.
    pub const fn derivative(mut self, order: usize) -> Self {
        self.derivative = order;
        self
    }

    /// The time from value to value, so that derivatives are by seconds. One second by default.
    pub const fn step(mut self, step: Duration) -> Self {
        self.step = step;
        self
    }

    /// The values assumed beyond the ends. For [`apply`](Self::apply) alone: in a stream nothing lies beyond
    /// the newest value.
    pub const fn edges(mut self, edges: EdgeMode) -> Self {
        self.edges = edges;
        self
    }

    fn validate(&self) -> Result<(), Error> {
        let window = (3..=LONGEST).contains(&self.window) && self.window % 2 == 1;
        Error::require(window, "window", "odd and in 3..=65535", self.window)?;
        let degree = self.degree <= HIGHEST && self.degree < self.window;
        Error::require(degree, "degree", "at most 12 and below the window", self.degree)?;
        Error::require(self.derivative <= self.degree, "derivative", "at most the degree", self.derivative)?;
        nanos(self.step)?;
        self.edges.validate()
    }

    /// The factor from derivatives by places to those by time.
    fn by_time(&self) -> f64 {
        (0..self.derivative).fold(1.0, |unit, _| unit / self.step.as_secs_f64())
    }

    /// The smoothed values (or derivatives) of a finished history, one for each.
    ///
    /// # Errors
    /// If a setting is out of range; [`Error::TooShort`] if there are fewer values than the window has and
    /// the edges are [`EdgeMode::Natural`], or no value at all.
    pub fn apply(&self, values: &[f64]) -> Result<Vec<f64>, Error> {
        self.validate()?;
        let natural = self.edges == EdgeMode::Natural;
        let needed = if natural { self.window } else { 1 };
        if values.len() < needed {
            return Err(Error::TooShort { needed, got: values.len() });
        }
        let (n, window, half) = (values.len(), self.window, self.window / 2);
        let values: Vec<f64> = missing_as_nan(values);
        let padded = if natural { values } else { self.edges.extended(&values, half) };
        // How many of the padded values before each place are missing.
        let mut missing = Vec::with_capacity(padded.len() + 1);
        missing.push(0_usize);
        missing.extend(padded.iter().scan(0, |sum, x| {
            *sum += usize::from(x.is_nan());
            Some(*sum)
        }));
        let mut basis = Basis::new(window, self.degree, self.derivative);
        let middle = basis.weights(half);
        let unit = self.by_time();
        let mut out = Vec::with_capacity(n);
        for i in 0..n {
            let center = if natural { i } else { i + half };
            let start = center.saturating_sub(half).min(padded.len() - window);
            let at = center - start;
            let inside = &padded[start..start + window];
            let whole = missing[start] == missing[start + window];
            let fit = if whole && at == half {
                Some(dot(&middle, inside.iter()))
            } else {
                basis.fit(|i| inside[i], at)
            };
            out.push(fit.and_then(|fit| observed(fit * unit)).unwrap_or(f64::NAN));
        }
        Ok(out)
    }

    /// The same for a stream: a stage that gives the value (or derivative) `lag` values ago, from 0 (now) to
    /// the window less 1. At 0 it has no delay and removes the least noise; at half a window it is as smooth
    /// as [`apply`](Self::apply).
    ///
    /// # Errors
    /// If a setting or the lag is out of range.
    pub fn filter(&self, lag: usize) -> Result<SavitzkyGolayFilter, Error> {
        self.validate()?;
        Error::require(lag < self.window, "lag", "below the window", lag)?;
        let mut basis = Basis::new(self.window, self.degree, self.derivative);
        let weights = basis.weights(self.window - 1 - lag);
        Ok(SavitzkyGolayFilter {
            settings: *self,
            lag,
            values: vec![f64::NAN; self.window],
            next: 0,
            missing: self.window,
            weights,
            basis,
        })
    }
}

fn dot<'a>(weights: &[f64], values: impl Iterator<Item = &'a f64>) -> f64 {
    weights.iter().zip(values).map(|(w, x)| w * x).sum()
}

/// The Savitzky-Golay filter of a stream, made by [`SavitzkyGolay::filter`].
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_series::denoise::SavitzkyGolay;
///
/// // The slope of the newest 9 values, at each of them.
/// let mut slope = SavitzkyGolay::new(9, 1).derivative(1).filter(0)?;
/// let last = slope.run((0..40).map(|t| 3.0 * f64::from(t))).last().flatten().unwrap();
/// assert!((last - 3.0).abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// There is no output until half of the window and more values than the degree are observed. A missing value
/// takes a place and does not count; it has an output, as any other, if the place in question lies between
/// observed ones, so never with a lag of 0.
///
/// O(window) time a value, O(window degree) as long as there is a hole in the window; 32 bytes of memory
/// times the window.
#[derive(Debug, Clone)]
pub struct SavitzkyGolayFilter {
    settings: SavitzkyGolay,
    lag: usize,
    /// A ring; NaN where missing, or before the first value.
    values: Vec<f64>,
    next: usize,
    missing: usize,
    /// Of the oldest value first.
    weights: Vec<f64>,
    basis: Basis,
}

impl SavitzkyGolayFilter {
    /// How many values ago the place of the output is.
    #[must_use]
    pub fn lag(&self) -> usize {
        self.lag
    }
}

impl Stage<f64> for SavitzkyGolayFilter {
    type Output = f64;

    fn update(&mut self, x: f64) -> Option<f64> {
        let window = self.values.len();
        let x = observed(x).unwrap_or(f64::NAN);
        let gone = core::mem::replace(&mut self.values[self.next], x);
        self.missing = self.missing + usize::from(x.is_nan()) - usize::from(gone.is_nan());
        self.next = if self.next + 1 == window { 0 } else { self.next + 1 };
        let (newer, older) = self.values.split_at(self.next);
        let fit = if self.missing == 0 {
            dot(&self.weights, older.iter().chain(newer))
        } else {
            let value = |i: usize| older.get(i).copied().unwrap_or_else(|| newer[i - older.len()]);
            self.basis.fit(value, window - 1 - self.lag)?
        };
        observed(fit * self.settings.by_time())
    }

    fn reset(&mut self) {
        self.values.fill(f64::NAN);
        self.next = 0;
        self.missing = self.values.len();
    }
}

/// Everything else follows from the settings and the values.
impl PartialEq for SavitzkyGolayFilter {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits();
        (self.settings, self.lag, self.next) == (other.settings, other.lag, other.next)
            && self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(same)
    }
}

evenkeel_core::state! {
    SavitzkyGolayFilter as struct SavedSavitzkyGolayFilter("SavitzkyGolayFilter@1") {
        degree: usize,
        derivative: usize,
        step: Duration,
        lag: usize,
        values: Vec<f64>,
        next: usize,
    }
}

#[cfg(feature = "serde")]
impl From<&SavitzkyGolayFilter> for SavedSavitzkyGolayFilter {
    fn from(filter: &SavitzkyGolayFilter) -> Self {
        let SavitzkyGolay { degree, derivative, step, .. } = filter.settings;
        Self { degree, derivative, step, lag: filter.lag, values: filter.values.clone(), next: filter.next }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedSavitzkyGolayFilter> for SavitzkyGolayFilter {
    type Error = Error;

    fn try_from(state: SavedSavitzkyGolayFilter) -> Result<Self, Error> {
        // The window is as long as the saved values.
        let window = state.values.len();
        let settings = SavitzkyGolay::new(window, state.degree).derivative(state.derivative).step(state.step);
        let mut filter = settings.filter(state.lag)?;
        Error::require(state.next < window, "next", "inside the window", state.next)?;
        filter.next = state.next;
        for (place, x) in filter.values.iter_mut().zip(state.values) {
            *place = observed(x).unwrap_or(f64::NAN);
        }
        filter.missing = filter.values.iter().filter(|x| x.is_nan()).count();
        Ok(filter)
    }
}
