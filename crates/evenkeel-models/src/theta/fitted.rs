//! The theta method: the fitted model.

use super::criteria::ThetaCriteria;
use super::kind::ThetaKind;
use crate::finite_prediction::finite_prediction;
use crate::fit::FitReport;
use evenkeel_core::{Error, Forecaster, PlausibilityCheck, Prediction, Stage};

/// A theta model with known parameters, following a stream; see [`Theta`](crate::theta::Theta).
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before the first value. The
/// variances of its predictions are those of the linear model: exact for given parameters. Of estimated ones
/// they count the uncertainty of slope and alpha, and intervals at 95 % are those of Student's t; that the
/// kind was chosen, and the seasonal figure estimated, they do not count. The figure is a setting and does
/// not change.
///
/// An update is O(1), a forecast of h steps O(h); nothing is allocated. The state is 13 numbers, the figure
/// one a phase.
#[derive(Debug, Clone, PartialEq)]
pub struct ThetaModel {
    pub(super) fixed: Fixed,
    pub(super) report: FitReport<ThetaCriteria>,
    pub(super) path: Path,
    pub(super) check: PlausibilityCheck,
}

/// What does not change with the stream.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Fixed {
    pub(super) kind: ThetaKind,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) alpha: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) share: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) start: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) intercept: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) slope: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) sigma: f64,
    /// What estimation adds: a factor on all standard deviations; the variances of the slope that forecasts
    /// take, and of alpha, in units of the innovation variance and plain. 1, 0 and 0 where the parameters
    /// were given.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) widening: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) slope_variance: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) alpha_variance: f64,
    pub(super) factors: bool,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) season: Vec<f64>,
}

/// Where the model is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Path {
    /// The number of the next value, from 1.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) time: f64,
    /// `(1 - alpha)` to the power of the values before.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) power: f64,
    /// Level, mean and slope of the values so far.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) state: [f64; 3],
    /// The covariance of the state in units of the innovation variance: what unseen values left unknown. By
    /// rows, lower triangle.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) spread: [f64; 6],
    /// Steps since the last observed value.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) missed: f64,
    pub(super) slot: u32,
}

impl Fixed {
    /// The weights of the state in the next (seasonally adjusted) value, and what is added to them.
    fn weights(&self, path: &Path) -> ([f64; 3], f64) {
        let keep = 1.0 - self.alpha;
        let along = (1.0 - path.power * keep) / self.alpha;
        match self.kind {
            ThetaKind::Classic => {
                ([1.0, 0.0, 0.0], self.share * (1.0 - path.power) / self.alpha * self.slope)
            }
            ThetaKind::Standard | ThetaKind::Optimized => {
                ([1.0, 0.0, 0.0], self.share * (path.power * self.intercept + along * self.slope))
            }
            ThetaKind::DynamicStandard | ThetaKind::DynamicOptimized => {
                let mean = self.share * path.power;
                ([1.0, mean, self.share * along - 0.5 * path.time * mean], 0.0)
            }
        }
    }

    /// One step with a value: `state' = carry state + gain value`.
    fn step(&self, t: f64) -> ([[f64; 3]; 3], [f64; 3]) {
        let gain = if t > 1.0 { 6.0 / (t * (t + 1.0)) } else { 0.0 };
        let slope = if t > 1.0 { (t - 2.0) / (t + 1.0) } else { 0.0 };
        let carry = [[1.0 - self.alpha, 0.0, 0.0], [0.0, (t - 1.0) / t, 0.0], [0.0, -gain, slope]];
        (carry, [self.alpha, 1.0 / t, gain])
    }

    fn begin(&self) -> Path {
        Path { time: 1.0, power: 1.0, state: [self.start, 0.0, 0.0], spread: [0.0; 6], missed: 0.0, slot: 0 }
    }

    fn season(&self, path: &Path) -> f64 {
        let slot = usize::try_from(path.slot).unwrap_or(0);
        self.season.get(slot).copied().unwrap_or(if self.factors { 1.0 } else { 0.0 })
    }

    /// The next value, seasonally adjusted: what is expected, and its variance in units of the innovation
    /// variance.
    fn expect(&self, path: &Path) -> (f64, f64) {
        let (w, add) = self.weights(path);
        let p = full(&path.spread);
        let mean = add + w.iter().zip(&path.state).map(|(w, s)| w * s).sum::<f64>();
        let mut variance = 1.0;
        for i in 0..3 {
            for j in 0..3 {
                variance += w[i] * p[i][j] * w[j];
            }
        }
        // The level moves by alpha of each surprise on the way, the slope counts in each step.
        let ahead = path.missed + 1.0;
        let estimated = path.missed * self.alpha_variance + ahead * ahead * self.slope_variance;
        (mean, variance.max(1.0) + estimated)
    }

    /// Goes on by a seasonally adjusted value, or by what is expected of one that is missing.
    fn advance(&self, path: &mut Path, value: Option<f64>) {
        let (expected, _) = self.expect(path);
        let (carry, gain) = self.step(path.time);
        let y = value.unwrap_or(expected);
        let old = path.state;
        for i in 0..3 {
            path.state[i] = gain[i] * y + carry[i].iter().zip(&old).map(|(c, s)| c * s).sum::<f64>();
        }
        if value.is_some() {
            (path.spread, path.missed) = ([0.0; 6], 0.0);
        } else {
            path.missed += 1.0;
            // The unseen value is what the state says and a surprise.
            let (w, _) = self.weights(path);
            let p = full(&path.spread);
            let mut f = carry;
            for i in 0..3 {
                for j in 0..3 {
                    f[i][j] += gain[i] * w[j];
                }
            }
            let mut k = 0;
            for i in 0..3 {
                for j in 0..=i {
                    let mut sum = gain[i] * gain[j];
                    for a in 0..3 {
                        for b in 0..3 {
                            sum += f[i][a] * p[a][b] * f[j][b];
                        }
                    }
                    path.spread[k] = sum;
                    k += 1;
                }
            }
        }
        path.time += 1.0;
        path.power *= 1.0 - self.alpha;
        path.slot += 1;
        if usize::try_from(path.slot).is_ok_and(|slot| slot >= self.season.len()) {
            path.slot = 0;
        }
    }
}

fn full(p: &[f64; 6]) -> [[f64; 3]; 3] {
    [[p[0], p[1], p[3]], [p[1], p[2], p[4]], [p[3], p[4], p[5]]]
}

impl ThetaModel {
    pub(super) fn new(fixed: Fixed, report: FitReport<ThetaCriteria>) -> Result<Self, Error> {
        let finite = [fixed.start, fixed.intercept, fixed.slope, fixed.sigma].iter().all(|x| x.abs() < 1e200);
        if !finite {
            return Err(Error::Numerical { what: "the level before the first value is not finite" });
        }
        let path = fixed.begin();
        Ok(Self { fixed, report, path, check: PlausibilityCheck::default() })
    }

    /// Which of the theta models it is.
    #[must_use]
    pub fn kind(&self) -> ThetaKind {
        self.fixed.kind
    }

    /// What the level keeps of a surprise.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.fixed.alpha
    }

    /// Theta: by what factor the curvature of the data is multiplied in the line that is smoothed; at
    /// least 1.
    #[must_use]
    pub fn theta(&self) -> f64 {
        1.0 / (1.0 - self.fixed.share)
    }

    /// The level now, seasonally adjusted.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.path.state[0]
    }

    /// The level before the first value. Hardly determined where alpha is large.
    #[must_use]
    pub fn initial_level(&self) -> f64 {
        self.fixed.start
    }

    /// The slope of the line a sample: through all values of the history, or, in a dynamic model, through
    /// those so far.
    #[must_use]
    pub fn slope(&self) -> f64 {
        if self.fixed.kind.is_dynamic() { self.path.state[2] } else { self.fixed.slope }
    }

    /// The standard deviation of the innovations, seasonally adjusted, in units of the data.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.fixed.sigma
    }

    /// How the fit went, and how good it is.
    #[must_use]
    pub fn report(&self) -> &FitReport<ThetaCriteria> {
        &self.report
    }

    /// Whether a season was found and taken out.
    #[must_use]
    pub fn is_seasonal(&self) -> bool {
        !self.fixed.season.is_empty()
    }
}

impl Stage<f64> for ThetaModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let x = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        let season = self.fixed.season(&self.path);
        let adjusted = x.map(|x| if self.fixed.factors { x / season } else { x - season });
        self.fixed.advance(&mut self.path, adjusted);
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.path = self.fixed.begin();
        self.check.reset();
    }
}

impl Forecaster for ThetaModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let mut path = self.path;
        for out in out {
            let (mean, variance) = self.fixed.expect(&path);
            let season = self.fixed.season(&path);
            let sd = self.fixed.sigma * self.fixed.widening * variance.sqrt();
            *out = if self.fixed.factors {
                finite_prediction(mean * season, sd * season)
            } else {
                finite_prediction(mean + season, sd)
            };
            self.fixed.advance(&mut path, None);
        }
        true
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Fixed, Path);
