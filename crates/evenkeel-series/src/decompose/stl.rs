//! STL: seasonal and trend decomposition by local regression.

use super::decomposition::{Composition, Decomposition, Season};
use crate::denoise::Loess;
use crate::denoise::{Smoother, bisquare, multiply};
use crate::missing::missing_as_nan;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// STL: a series as trend + season + remainder, by local regression.
///
/// The season may change its shape slowly, the trend may bend; both are known at every place up to both ends.
/// With [`robust`](Self::robust), outliers go to the remainder instead of distorting trend and season. It is
/// for one season; [`Mstl`](crate::decompose::Mstl) takes several. Not for seasons whose height grows with
/// the level: take logarithms first.
///
/// *Method*: the detrended values of each phase of the season are smoothed separately; the slow part of the
/// result is removed by moving averages and local regression; the rest is the season. The trend is the
/// smoothed series without it. That is done `inner` times; robust weights are then computed from the
/// remainder, `outer` times. R. B. Cleveland, W. S. Cleveland, J. E. McRae, I. Terpenning, STL: a
/// seasonal-trend decomposition procedure based on loess, Journal of Official Statistics 6 (1990) 3-73.
///
/// ```
/// use evenkeel_series::Stl;
///
/// // Ten days of five-minute samples with growth, a daily season, and an incident.
/// let day = |t: usize| (t as f64 / 288.0 * core::f64::consts::TAU).sin();
/// let mut load: Vec<f64> = (0..2880).map(|t| 100.0 + 0.01 * t as f64 + 20.0 * day(t)).collect();
/// load[1500..1510].iter_mut().for_each(|x| *x += 50.0);
/// load[700..750].fill(f64::NAN);
///
/// let parts = Stl::new(288).robust().fit(&load)?;
/// assert!((parts.remainder()[1505] - 50.0).abs() < 0.5);
/// assert!((parts.seasons()[0].values()[720] - 20.0 * day(720)).abs() < 0.5, "known inside of the gap");
/// assert!(parts.seasonal_strength(0) > Some(0.9));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Settings*, each with a default that depends on the period p alone:
///
/// | setting | default | why |
/// | --- | --- | --- |
/// | [`seasonal`](Self::seasonal) | 11 periods, degree 1 | follows a season that changes over weeks of days; 7 follows faster, [`periodic`](Self::periodic) not at all |
/// | [`trend`](Self::trend) | the odd number from 1.5 p / (1 - 1.5 / seasonal window) on, degree 1 | the authors' choice: the season cannot leak into it |
/// | [`low_pass`](Self::low_pass) | the odd number from p on, degree 1 | as above |
/// | jumps | a tenth of each window | the authors' and R's; give smoothers with a [jump](Loess::jump) of 1 for statsmodels' |
/// | inner, outer | 2 and 0; robust 1 and 15 | the authors' |
///
/// The seasonal default is statsmodels' degree; R's is 0.
///
/// *Missing* values have no weight in the regressions, and the remainder is missing there; the parts are
/// known. (The original is for complete series.) Each phase of the season must have been seen once.
///
/// *Complexity*: O(n (w_t / j_t + w_l / j_l + w_s / j_s)) time a pass for windows w and jumps j, O(n + w²)
/// memory, of which the square is given up above 16 MB a smoother. All memory is taken once, before the first
/// pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Stl {
    period: usize,
    seasonal: Seasonal,
    trend: Option<Loess>,
    low_pass: Option<Loess>,
    robust: bool,
    inner: Option<usize>,
    outer: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seasonal {
    Smooth(Loess),
    Periodic { jump: Option<usize> },
}

impl Stl {
    /// For a season of so many values, at least 2.
    pub const fn new(period: usize) -> Self {
        Self {
            period,
            seasonal: Seasonal::Smooth(Loess::strided(11, 1)),
            trend: None,
            low_pass: None,
            robust: false,
            inner: None,
            outer: None,
        }
    }

    /// How the values of one phase are smoothed from period to period; the window is counted in periods.
    pub const fn seasonal(self, seasonal: Loess) -> Self {
        Self { seasonal: Seasonal::Smooth(seasonal), ..self }
    }

    /// A season that never changes: constants over a window of 10 n + 1 periods, then each phase's mean, as R
    /// does it.
    pub const fn periodic(self) -> Self {
        Self { seasonal: Seasonal::Periodic { jump: None }, ..self }
    }

    /// As [`periodic`](Self::periodic), with another jump than a tenth of the window (which is longer than
    /// any series: two places a phase are fitted).
    pub const fn periodic_with_jump(self, jump: usize) -> Self {
        Self { seasonal: Seasonal::Periodic { jump: Some(jump) }, ..self }
    }

    /// How the trend is smoothed.
    pub const fn trend(self, trend: Loess) -> Self {
        Self { trend: Some(trend), ..self }
    }

    /// How the slow part of the phases' smooths is smoothed before it is taken out.
    pub const fn low_pass(self, low_pass: Loess) -> Self {
        Self { low_pass: Some(low_pass), ..self }
    }

    /// Robust against outliers.
    pub const fn robust(self) -> Self {
        Self { robust: true, ..self }
    }

    /// How many passes between two updates of the robust weights, at least 1.
    pub const fn inner(self, inner: usize) -> Self {
        Self { inner: Some(inner), ..self }
    }

    /// How many updates of the robust weights; above 0 makes it robust.
    pub const fn outer(self, outer: usize) -> Self {
        Self { outer: Some(outer), ..self }
    }

    /// The season's period.
    #[must_use]
    pub const fn period(&self) -> usize {
        self.period
    }

    /// Decomposes a series.
    ///
    /// # Errors
    /// If a setting is out of range, there are fewer values than two periods, or ([`Error::Missing`], with
    /// the first place) some phase of the season was never observed.
    pub fn fit(&self, values: &[f64]) -> Result<Decomposition, Error> {
        let n = values.len();
        self.check_period()?;
        if n < 2 * self.period {
            return Err(Error::TooShort { needed: 2 * self.period, got: n });
        }
        let mut pass = self.passes(n)?;
        let mut season = vec![0.0; n];
        let mut trend = vec![0.0; n];
        let weights = pass.run(self, values, &mut season, &mut trend)?;
        let values = values.iter().map(|x| observed(*x).unwrap_or(f64::NAN));
        let remainder = values.zip(&season).zip(&trend).map(|((y, s), t)| y - s - t).collect();
        Ok(Decomposition {
            composition: Composition::Additive,
            trend,
            seasons: vec![Season::new(self.period, season)],
            remainder,
            weights,
            dropped: Vec::new(),
        })
    }

    fn check_period(&self) -> Result<(), Error> {
        Error::require((2..=1 << 23).contains(&self.period), "period", "in 2..=8388608", self.period)
    }

    /// The trend's smoother.
    pub(crate) fn trend_smoother(&self) -> Loess {
        self.trend.unwrap_or_else(|| {
            // For a periodic season the window is so long that 1.5 / window is negligible.
            let seasonal = match self.seasonal {
                Seasonal::Smooth(seasonal) => seasonal.window() as f64,
                Seasonal::Periodic { .. } => f64::INFINITY,
            };
            let window = libm::ceil(1.5 * self.period as f64 / (1.0 - 1.5 / seasonal)) as usize;
            // The caller did not set this window, so it gives no error: a window longer than any series is
            // enough.
            Loess::strided(window.clamp(3, (1 << 24) - 1) | 1, 1)
        })
    }

    /// Everything a fit needs, for `n` values, at least two periods.
    pub(crate) fn passes(&self, n: usize) -> Result<Passes, Error> {
        self.check_period()?;
        let seasonal = match self.seasonal {
            Seasonal::Smooth(seasonal) => seasonal,
            Seasonal::Periodic { jump } => {
                let window = 10 * n + 1;
                Loess::new(window).degree(0).jump(jump.unwrap_or(window.div_ceil(10)))
            }
        };
        match self.seasonal {
            Seasonal::Smooth(seasonal) => seasonal.validate()?,
            Seasonal::Periodic { jump: Some(jump) } => {
                Error::require((1..=1 << 24).contains(&jump), "jump", "in 1..=16777216", jump)?;
            }
            Seasonal::Periodic { jump: None } => {}
        }
        let (trend, low_pass) = (
            self.trend_smoother(),
            self.low_pass.unwrap_or_else(|| Loess::strided(self.period.max(3) | 1, 1)),
        );
        trend.validate()?;
        low_pass.validate()?;
        let outer = self.outer.unwrap_or(if self.robust { 15 } else { 0 });
        let inner = self.inner.unwrap_or(if self.robust { 1 } else { 2 });
        Error::require((1..=1000).contains(&inner), "inner", "in 1..=1000", inner)?;
        Error::require(outer <= 1000, "outer", "at most 1000", outer)?;
        let beyond = n + 2 * self.period;
        Ok(Passes {
            inner,
            outer,
            seasonal: seasonal.smoother(n, self.period, true),
            low_pass: low_pass.smoother(n, 1, false),
            trend: trend.smoother(n, 1, false),
            detrended: vec![0.0; n],
            weighted: vec![0.0; n],
            cycle: vec![0.0; beyond],
            averaged: [vec![0.0; beyond], vec![0.0; n + 2]],
            weights: vec![1.0; n],
            scratch: Vec::with_capacity(n),
        })
    }
}

/// The smoothers and buffers of a fit.
#[derive(Debug)]
pub(crate) struct Passes {
    inner: usize,
    outer: usize,
    seasonal: Smoother,
    low_pass: Smoother,
    trend: Smoother,
    detrended: Vec<f64>,
    weighted: Vec<f64>,
    cycle: Vec<f64>,
    averaged: [Vec<f64>; 2],
    weights: Vec<f64>,
    scratch: Vec<f64>,
}

impl Passes {
    /// Fits; gives the robust weights if there are any.
    pub(crate) fn run(
        &mut self,
        settings: &Stl,
        values: &[f64],
        season: &mut [f64],
        trend: &mut [f64],
    ) -> Result<Option<Vec<f64>>, Error> {
        let period = settings.period;
        let values: Vec<f64> = missing_as_nan(values);
        let complete = !values.iter().any(|x| x.is_nan());
        if !complete {
            let unseen =
                (0..period).find(|phase| values[*phase..].iter().step_by(period).all(|x| x.is_nan()));
            if let Some(at) = unseen {
                return Err(Error::Missing { at });
            }
        }
        self.weights.iter_mut().zip(&values).for_each(|(w, x)| *w = if x.is_nan() { 0.0 } else { 1.0 });
        self.weigh(complete);
        trend.fill(0.0);
        let mut plain = complete;
        for draw in 0..=self.outer {
            for _ in 0..self.inner {
                self.pass(period, &values, plain, season, trend);
            }
            if draw == self.outer {
                break;
            }
            let residuals = values.iter().zip(&*season).zip(&*trend).map(|((y, s), t)| y - s - t);
            if !bisquare(residuals.clone(), 0.001, &mut self.weights, &mut self.scratch) {
                // More than half of the fit is perfect: all other values are outliers.
                self.weights
                    .iter_mut()
                    .zip(residuals)
                    .for_each(|(w, r)| *w = if r == 0.0 { 1.0 } else { 0.0 });
            }
            plain = false;
            self.weigh(false);
        }
        if let Seasonal::Periodic { .. } = settings.seasonal {
            for phase in 0..period {
                let mean = mean(season[phase..].iter().step_by(period).copied());
                season[phase..].iter_mut().step_by(period).for_each(|s| *s = mean);
            }
        }
        Ok((self.outer > 0).then(|| self.weights.clone()))
    }

    fn weigh(&mut self, plain: bool) {
        let weights = (!plain).then_some(&self.weights[..]);
        self.seasonal.weigh(weights);
        self.trend.weigh(weights);
    }

    /// One pass: season, then trend.
    fn pass(&mut self, period: usize, values: &[f64], plain: bool, season: &mut [f64], trend: &mut [f64]) {
        let n = values.len();
        difference(values, trend, &mut self.detrended);
        if !plain {
            multiply(&self.weights, &self.detrended, &mut self.weighted);
        }
        self.seasonal.smooth(&self.detrended, &self.weighted, &mut self.cycle);
        // What is slow in the phases' smooths belongs to the trend.
        let [long, short] = &mut self.averaged;
        moving_average(&self.cycle, period, &mut long[..n + period + 1]);
        moving_average(&long[..n + period + 1], period, &mut short[..n + 2]);
        moving_average(&short[..n + 2], 3, &mut long[..n]);
        self.low_pass.smooth(&long[..n], &[], &mut short[..n]);
        difference(&self.cycle[period..period + n], &short[..n], season);
        difference(values, season, &mut self.detrended);
        if !plain {
            multiply(&self.weights, &self.detrended, &mut self.weighted);
        }
        self.trend.smooth(&self.detrended, &self.weighted, trend);
    }
}

fn difference(a: &[f64], b: &[f64], into: &mut [f64]) {
    for ((into, a), b) in into.iter_mut().zip(a).zip(b) {
        *into = a - b;
    }
}

/// The means of `length` values each, by a running sum that is restarted now and then so that rounding errors
/// do not accumulate.
fn moving_average(from: &[f64], length: usize, into: &mut [f64]) {
    debug_assert_eq!(into.len() + length, from.len() + 1);
    let scale = 1.0 / length as f64;
    for (block, into) in into.chunks_mut(length.max(256)).enumerate() {
        let start = block * length.max(256);
        let mut sum: f64 = from[start..start + length].iter().sum();
        into[0] = sum * scale;
        for (i, into) in into.iter_mut().enumerate().skip(1) {
            sum += from[start + i + length - 1] - from[start + i - 1];
            *into = sum * scale;
        }
    }
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    sum / count
}
