//! Sparse autoregression: the fitted model.

use super::lags::{LONGEST, MOST};
use crate::fit::FitReport;
use evenkeel_core::{Error, Forecaster, LARGEST, Prediction, Stage, observed};

/// How many steps ahead the growth of uncertainty is tabled at least.
const TABLE: usize = 256;

/// An autoregression with known coefficients, following a stream; see
/// [`SparseAr`](crate::sparse_ar::SparseAr).
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before the first value. It
/// predicts once it has seen as many values as its longest lag; until then missing values are replaced by the
/// last one seen. *Missing values* later are replaced by their forecasts; right after a gap predictions are
/// as uncertain as their distance from the last value says, and beyond that the replaced values count as
/// seen.
///
/// An update is O(lags), a forecast of h steps O(h lags); neither allocates. The state is the longest lag in
/// numbers, and a table of about twice as many.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseArModel {
    pub(super) difference: usize,
    pub(super) intercept: f64,
    pub(super) lags: Vec<usize>,
    pub(super) coefficients: Vec<f64>,
    pub(super) sd: f64,
    pub(super) report: FitReport,
    pub(super) candidates: usize,
    pub(super) shrinkage: f64,
    /// The recursion for the values themselves, differences multiplied out.
    terms: Vec<(usize, f64)>,
    /// Sums of squared responses to an innovation, after 1, 2, … steps.
    growth: Vec<f64>,
    /// The newest values, as a ring; `head` is the place of the next one.
    pub(super) ring: Vec<f64>,
    pub(super) head: usize,
    /// How many values were taken in, at most the ring's length.
    pub(super) filled: usize,
    /// How many of the newest are replacements.
    pub(super) gap: u64,
}

impl SparseArModel {
    pub(super) fn new(
        difference: usize,
        intercept: f64,
        lags: Vec<usize>,
        coefficients: Vec<f64>,
        sd: f64,
        (report, candidates, shrinkage): (FitReport, usize, f64),
    ) -> Result<Self, Error> {
        let ascending = lags.windows(2).all(|pair| pair[0] < pair[1]);
        let within = lags.iter().all(|lag| (1..=LONGEST).contains(lag)) && lags.len() <= MOST;
        Error::require(
            ascending && within,
            "lags",
            "ascending, from 1 to 100,000",
            format_args!("{lags:?}"),
        )?;
        Error::require(difference <= LONGEST, "difference", "at most 100,000", difference)?;
        if lags.len() != coefficients.len() {
            return Err(Error::Shape {
                what: "coefficients",
                expected: lags.len(),
                found: coefficients.len(),
            });
        }
        for c in &coefficients {
            Error::require(c.abs() <= 1e6, "coefficient", "at most a million", c)?;
        }
        Error::require(observed(intercept).is_some(), "intercept", "finite, at most 1e100", intercept)?;
        Error::require((0.0..=LARGEST).contains(&sd), "sd", "in [0, 1e100]", sd)?;
        let terms = terms(&lags, &coefficients, difference);
        let longest = terms.last().map_or(1, |(lag, _)| *lag);
        let growth = growth(&terms, (2 * longest).max(TABLE));
        Ok(Self {
            difference,
            intercept,
            lags,
            coefficients,
            sd,
            report,
            candidates,
            shrinkage,
            terms,
            growth,
            ring: vec![0.0; longest],
            head: 0,
            filled: 0,
            gap: 0,
        })
    }

    /// The lags used, ascending, in samples.
    #[must_use]
    pub fn lags(&self) -> &[usize] {
        &self.lags
    }

    /// The coefficient of each lag.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The intercept, in units of the data, or of their differences.
    #[must_use]
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// The lag of the differences that are modelled; 0 if it is the values themselves.
    #[must_use]
    pub fn difference(&self) -> usize {
        self.difference
    }

    /// The standard deviation of the next value, in units of the data: that of the innovations, widened by
    /// what estimation adds, so that intervals at 95 % are those of Student's t.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sd
    }

    /// How the fit went, and how good it is.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// How many lags could be chosen.
    #[must_use]
    pub fn candidates(&self) -> usize {
        self.candidates
    }

    /// By how much roots were moved outward to make the model stationary; 0: it was so by itself.
    #[must_use]
    pub fn shrinkage(&self) -> f64 {
        self.shrinkage
    }

    fn is_ready(&self) -> bool {
        self.filled == self.ring.len()
    }

    /// The value so many steps back, 1 for the newest.
    fn back(&self, lag: usize) -> f64 {
        let place = if lag <= self.head { self.head - lag } else { self.head + self.ring.len() - lag };
        self.ring[place]
    }

    /// The standard deviation so many steps after the last value that was seen, from 0 for the next one.
    fn spread(&self, steps: u64) -> f64 {
        let last = self.growth.len() - 1;
        let steps = usize::try_from(steps).unwrap_or(usize::MAX);
        let sum = match self.growth.get(steps) {
            Some(sum) => *sum,
            None => {
                // Beyond the table it grows as it did over the last longest lag.
                let period = self.ring.len();
                let slope = (self.growth[last] - self.growth[last - period]) / period as f64;
                self.growth[last] + slope * (steps - last) as f64
            }
        };
        (self.sd * sum.sqrt()).min(LARGEST)
    }

    fn next(&self) -> f64 {
        let sum = self.terms.iter().fold(self.intercept, |sum, (lag, c)| sum + c * self.back(*lag));
        sum.clamp(-LARGEST, LARGEST)
    }
}

/// `1 - Σ φ_l B^l` times `1 - B^d`, as what the next value is a sum of.
fn terms(lags: &[usize], coefficients: &[f64], difference: usize) -> Vec<(usize, f64)> {
    let mut terms: Vec<(usize, f64)> = lags.iter().copied().zip(coefficients.iter().copied()).collect();
    if difference > 0 {
        terms.push((difference, 1.0));
        terms.extend(lags.iter().zip(coefficients).map(|(lag, c)| (lag + difference, -c)));
    }
    terms.sort_by_key(|(lag, _)| *lag);
    terms.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    terms
}

/// Cumulative sums of the squared impulse response.
fn growth(terms: &[(usize, f64)], length: usize) -> Vec<f64> {
    let mut response = vec![0.0; length];
    let (mut sum, mut sums) = (0.0, Vec::with_capacity(length));
    for t in 0..length {
        let echo: f64 =
            terms.iter().take_while(|(lag, _)| *lag <= t).map(|(lag, c)| c * response[t - lag]).sum();
        // Only a restored state can make it large.
        response[t] = if t == 0 { 1.0 } else { echo.clamp(-1e60, 1e60) };
        sum += response[t] * response[t];
        sums.push(sum);
    }
    sums
}

impl Stage<f64> for SparseArModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let value = match observed(x) {
            Some(x) => {
                self.gap = 0;
                x
            }
            // Before the first value time doesn't count.
            None if self.filled == 0 => return None,
            None => {
                self.gap = self.gap.saturating_add(1);
                if self.is_ready() { self.next() } else { self.back(1) }
            }
        };
        self.ring[self.head] = value;
        self.head = if self.head + 1 == self.ring.len() { 0 } else { self.head + 1 };
        self.filled = (self.filled + 1).min(self.ring.len());
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.ring.fill(0.0);
        (self.head, self.filled, self.gap) = (0, 0, 0);
    }
}

impl Forecaster for SparseArModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if !self.is_ready() {
            return false;
        }
        for h in 0..out.len() {
            let mut mean = self.intercept;
            for (lag, c) in &self.terms {
                mean += c * if *lag <= h { out[h - lag].mean() } else { self.back(lag - h) };
            }
            let sd = self.spread(self.gap.saturating_add(h as u64));
            out[h] = Prediction::new(mean.clamp(-LARGEST, LARGEST), sd).unwrap_or_default();
        }
        true
    }
}
