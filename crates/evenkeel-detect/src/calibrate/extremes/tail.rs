//! One tail: peaks over a threshold, and the generalized Pareto distribution of their excesses.

use super::pareto_track::Track;
use super::predictive::PredictiveTail;
use crate::calibrate::ParetoFit;
use crate::calibrate::preallocated::Preallocated;
use alloc::boxed::Box;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// The most values that a restored state may claim.
#[cfg(feature = "serde")]
const MOST_LEARNED: u64 = 1 << 53;
/// Below this many peaks no distribution is fitted: p-values are then those of ranks.
const FEWEST_PEAKS: usize = 5;
/// Order statistics of the calibration that are kept for p-values of unremarkable values.
const BULK: usize = 64;

/// The share of the calibration that is at least as large as a value, by how many of the kept order
/// statistics are below it.
const RANKS: [f64; BULK + 1] = {
    let mut ranks = [1.0; BULK + 1];
    let mut below = 1;
    while below <= BULK {
        ranks[below] = 1.0 - (below - 1) as f64 / BULK as f64;
        below += 1;
    }
    ranks
};

/// How much larger a predictive p-value is made, for tails that approach their generalized Pareto form
/// slowly: for Student's t with 3 degrees of freedom, whose local shape at a threshold is below the one in
/// the end, alarms came up to 7 % too often.
const SLOW_TAILS: f64 = 1.1;

/// How the tail beyond the threshold is estimated.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Estimate {
    /// The predictive distribution, which counts how uncertain shape and scale are.
    Predictive(PredictiveTail),
    /// The distribution at the maximum of the likelihood, as if it were the true one.
    PlugIn(Box<PlugIn>),
}

/// The generalized Pareto distribution at the maximum of the likelihood, followed peak by peak.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct PlugIn {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    shape: f64,
    /// 0 before there is a fit.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    scale: f64,
    track: Track,
}

impl PlugIn {
    /// P(an excess > `y`) under the fitted distribution.
    fn upper(&self, y: f64) -> f64 {
        let y = y / self.scale;
        // ln(1 + shape y) / shape, without a jump at shape = 0; beyond the end point nothing is possible
        let inside = self.shape * y;
        let hazard = if self.shape == 0.0 {
            y
        } else if inside <= -1.0 {
            f64::INFINITY
        } else {
            libm::log1p(inside) / self.shape
        };
        libm::exp(-hazard)
    }

    /// The excess that is exceeded with probability exp(`log_p`).
    fn upper_quantile(&self, log_p: f64) -> f64 {
        // (p^-shape - 1) / shape, without a jump at shape = 0
        let growth = if self.shape == 0.0 { -log_p } else { libm::expm1(-self.shape * log_p) / self.shape };
        self.scale * growth
    }

    fn refit(&mut self, kept: &[f64], peaks: u64) {
        // A local search can miss an optimum that grew elsewhere: every so often everything is searched.
        if peaks.is_power_of_two() || self.scale == 0.0 {
            self.track.lose();
            let fit = ParetoFit::searched(kept);
            (self.shape, self.scale) = (fit.shape, fit.scale);
            return;
        }
        (self.shape, self.scale) = self.track.optimum(kept, self.shape, self.scale).unwrap_or_else(|| {
            let before = ParetoFit { shape: self.shape, scale: self.scale, log_likelihood: 0.0 };
            let fit = before.refit(kept);
            (fit.shape, fit.scale)
        });
    }
}

/// The calibration of one side.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Tail {
    /// Values of the calibration, until it is complete.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    calibration: Vec<f64>,
    calibration_length: usize,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    level: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    risk: f64,
    /// Equally spaced order statistics of the calibration, ascending; empty before.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    bulk: Vec<f64>,
    /// The threshold t that peaks exceed.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    threshold: f64,
    /// Excesses over t, one written as a negative number is censored: it was larger than that. A ring once it
    /// is full for the plug-in estimate; the first few, on which the predictive one starts.
    excesses: Preallocated,
    /// How many values that were learned exceeded t; at least as many as are kept.
    peaks: u64,
    /// How many values were learned.
    learned: u64,
    /// How many of the kept excesses are not censored.
    uncensored: u64,
    estimate: Estimate,
}

/// The p-value of one value, and whether it is an alarm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Assessed {
    pub(super) p: f64,
    /// Beyond the threshold of the risk: not learned.
    pub(super) alarm: bool,
}

/// How many are below `x`, of numbers in ascending order: halved six times, without a branch.
#[inline]
fn below(sorted: &[f64; BULK], x: f64) -> usize {
    let mut below = 0;
    for half in [32, 16, 8, 4, 2, 1] {
        below += if sorted[(below + half - 1) % BULK] < x { half } else { 0 };
    }
    below + usize::from(sorted[below % BULK] < x)
}

impl Tail {
    pub(super) fn new(
        risk: f64,
        level: f64,
        calibration_length: usize,
        max_peaks: usize,
        plug_in: bool,
    ) -> Result<Self, Error> {
        Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
        Error::require(risk > 0.0 && risk < 1.0 - level, "risk", "in (0, 1 - level)", risk)?;
        Error::require(
            (10..=10_000_000).contains(&calibration_length),
            "calibration",
            "in [10, 10^7]",
            calibration_length,
        )?;
        Error::require(
            (FEWEST_PEAKS..=1_000_000).contains(&max_peaks),
            "max_peaks",
            "in [5, 10^6]",
            max_peaks,
        )?;
        let (estimate, kept) = if plug_in {
            (Estimate::PlugIn(Box::default()), max_peaks)
        } else {
            (Estimate::Predictive(PredictiveTail::new(max_peaks)), FEWEST_PEAKS)
        };
        Ok(Self {
            calibration: Vec::with_capacity(calibration_length),
            calibration_length,
            level,
            risk,
            bulk: Vec::with_capacity(BULK),
            threshold: 0.0,
            excesses: Preallocated::new(kept),
            peaks: 0,
            learned: 0,
            uncensored: 0,
            estimate,
        })
    }

    pub(super) fn reset(&mut self) {
        self.calibration.clear();
        self.calibration.reserve_exact(self.calibration_length);
        self.bulk.clear();
        self.excesses.fill(0.0);
        (self.threshold, self.peaks, self.learned) = (0.0, 0, 0);
        self.uncensored = 0;
        match &mut self.estimate {
            Estimate::Predictive(tail) => tail.reset(),
            Estimate::PlugIn(fit) => **fit = PlugIn::default(),
        }
    }

    pub(super) fn is_calibrated(&self) -> bool {
        !self.bulk.is_empty()
    }

    pub(super) fn is_exact(&self) -> bool {
        match &self.estimate {
            Estimate::Predictive(_) => false,
            Estimate::PlugIn(_) => self.peaks <= self.excesses.len() as u64,
        }
    }

    /// Shape and scale of the excesses' distribution: the fitted ones, or the posterior means.
    pub(super) fn shape_and_scale(&self) -> Option<(f64, f64)> {
        match &self.estimate {
            Estimate::Predictive(tail) => tail.is_ready().then(|| tail.mean()),
            Estimate::PlugIn(fit) => (fit.scale > 0.0).then_some((fit.shape, fit.scale)),
        }
    }

    /// The share of values that exceed the threshold, as the predictive estimate counts it: the next one
    /// included, and the bias of slow tails.
    fn predicted_share(&self) -> f64 {
        SLOW_TAILS * (self.peaks as f64 + 1.0) / (self.learned as f64 + 1.0)
    }

    pub(super) fn peaks(&self) -> u64 {
        self.peaks
    }

    pub(super) fn learned(&self) -> u64 {
        self.learned
    }

    /// The threshold that peaks exceed.
    pub(super) fn initial_threshold(&self) -> Option<f64> {
        self.is_calibrated().then_some(self.threshold)
    }

    /// The share of normal values that may be called alarms.
    pub(super) fn risk(&self) -> f64 {
        self.risk
    }

    /// Takes another risk; nothing that was learned depends on it.
    pub(super) fn set_risk(&mut self, risk: f64) -> Result<(), Error> {
        Error::require(risk > 0.0 && risk < 1.0 - self.level, "risk", "in (0, 1 - level)", risk)?;
        self.risk = risk;
        Ok(())
    }

    /// z_q: values above it have probability `risk`.
    pub(super) fn quantile(&self) -> Option<f64> {
        let excess = match &self.estimate {
            Estimate::Predictive(tail) if tail.is_ready() => {
                let p = self.risk / self.predicted_share();
                if p < 1.0 { tail.upper_quantile(p) } else { 0.0 }
            }
            Estimate::PlugIn(fit) if fit.scale > 0.0 => {
                fit.upper_quantile(libm::log(self.learned as f64 * self.risk / self.peaks as f64))
            }
            _ => return None,
        };
        Some((self.threshold + excess).clamp(f64::MIN, f64::MAX))
    }

    /// Takes one value of the calibration.
    pub(super) fn prepare(&mut self, x: f64) {
        self.calibration.push(x);
        if self.calibration.len() == self.calibration_length {
            self.calibrate();
        }
    }

    /// Learns a value that was assessed and is no alarm.
    pub(super) fn learn(&mut self, x: f64) {
        self.learned += 1;
        if x > self.threshold {
            self.learn_peak((x - self.threshold).min(f64::MAX));
        }
    }

    /// Learns of an alarm that it came, without believing its value: it was larger than the quantile of the
    /// risk.
    pub(super) fn learn_alarm(&mut self) {
        let Some(quantile) = self.quantile() else { return };
        self.learned += 1;
        let excess = (quantile - self.threshold).min(f64::MAX);
        if excess > 0.0 {
            self.learn_peak(-excess);
        }
    }

    /// The p-value of `x` by what is known before it, and whether it lies beyond the risk.
    pub(super) fn assess(&self, x: f64) -> Assessed {
        if x <= self.threshold {
            return Assessed { p: self.bulk_p(x), alarm: false };
        }
        let learned = self.learned as f64;
        match &self.estimate {
            Estimate::Predictive(tail) if tail.is_ready() => {
                let p = (self.predicted_share() * tail.upper(x - self.threshold)).min(1.0);
                Assessed { p, alarm: p < self.risk }
            }
            Estimate::PlugIn(fit) if fit.scale > 0.0 => {
                let p = self.peaks as f64 / learned * fit.upper(x - self.threshold);
                Assessed { p, alarm: self.quantile().is_some_and(|z| x > z) }
            }
            // Too few peaks to know their distribution: the rank among them, which can't be beyond a risk
            // that so few can't show.
            _ => {
                let kept = self.kept();
                let smaller = kept.iter().filter(|y| self.threshold + y.abs() < x).count();
                Assessed { p: (self.peaks - smaller as u64 + 1) as f64 / (learned + 1.0), alarm: false }
            }
        }
    }

    /// Assesses and learns a value that does not exceed the threshold; None if it does, or before there is
    /// one.
    #[inline]
    pub(super) fn pass(&mut self, x: f64) -> Option<f64> {
        if !(x <= self.threshold && self.is_calibrated()) {
            return None;
        }
        let p = self.bulk_p(x);
        self.learned += 1;
        Some(p)
    }

    /// A p-value from the order statistics of the calibration, never below that of the threshold.
    #[inline]
    fn bulk_p(&self, x: f64) -> f64 {
        // Within a cell of the kept order statistics the larger p is the safe one.
        let rank = match <&[f64; BULK]>::try_from(self.bulk.as_slice()) {
            Ok(bulk) => RANKS[below(bulk, x)],
            Err(_) => {
                let below = self.bulk.partition_point(|b| *b < x);
                1.0 - below.saturating_sub(1) as f64 / self.bulk.len() as f64
            }
        };
        // Signed numbers become floats in one instruction.
        let (more, all) = (self.peaks.cast_signed() as f64 + 1.0, self.learned.cast_signed() as f64 + 1.0);
        if rank * all >= more { rank } else { more / all }
    }

    fn kept(&self) -> &[f64] {
        let count = usize::try_from(self.peaks).unwrap_or(usize::MAX).min(self.excesses.len());
        &self.excesses[..count]
    }

    fn learn_peak(&mut self, excess: f64) {
        if let Estimate::Predictive(tail) = &mut self.estimate
            && tail.is_ready()
        {
            self.peaks += 1;
            tail.learn(excess);
            return;
        }
        self.keep_peak(excess);
        self.refit();
    }

    fn keep_peak(&mut self, excess: f64) {
        let capacity = self.excesses.len() as u64;
        let at = (self.peaks % capacity) as usize;
        let old = core::mem::replace(&mut self.excesses[at], excess);
        let old = (self.peaks >= capacity).then_some(old);
        self.peaks += 1;
        self.uncensored += u64::from(excess > 0.0);
        self.uncensored -= u64::from(old.is_some_and(|old| old > 0.0));
        if let Estimate::PlugIn(fit) = &mut self.estimate {
            fit.track.learn(excess, old);
        }
    }

    fn refit(&mut self) {
        let count = usize::try_from(self.peaks).unwrap_or(usize::MAX).min(self.excesses.len());
        if self.uncensored < FEWEST_PEAKS as u64 {
            return;
        }
        let kept = &self.excesses[..count];
        match &mut self.estimate {
            Estimate::Predictive(tail) => tail.start(kept),
            Estimate::PlugIn(fit) => fit.refit(kept, self.peaks),
        }
    }

    fn calibrate(&mut self) {
        let mut sorted = core::mem::take(&mut self.calibration);
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len();
        self.threshold = sorted[((self.level * n as f64) as usize).min(n - 1)];
        let cells = BULK.min(n);
        self.bulk.extend((0..cells).map(|i| sorted[i * n / cells]));
        self.learned = n as u64;
        let above = sorted.partition_point(|x| *x <= self.threshold);
        // The largest numbers' difference may be beyond all numbers.
        for x in &mut sorted[above..] {
            *x = (*x - self.threshold).min(f64::MAX);
        }
        let peaks = &sorted[above..];
        match &mut self.estimate {
            Estimate::Predictive(tail) if peaks.len() >= FEWEST_PEAKS => {
                tail.start(peaks);
                self.peaks = peaks.len() as u64;
            }
            _ => {
                for y in peaks {
                    self.keep_peak(*y);
                }
                self.refit();
            }
        }
        // The buffer goes back empty, with its capacity, for the next calibration.
        sorted.clear();
        self.calibration = sorted;
    }

    /// Whether the other has the same settings and is as far: two tails of the same values.
    #[cfg(feature = "serde")]
    pub(super) fn is_twin_of(&self, other: &Self) -> bool {
        self.calibration_length == other.calibration_length
            && self.level == other.level
            && self.risk == other.risk
            && self.learned == other.learned
            && self.calibration.len() == other.calibration.len()
            && self.excesses.len() == other.excesses.len()
    }

    /// Checks a state that was read.
    #[cfg(feature = "serde")]
    pub(super) fn validated(mut self) -> Result<Self, Error> {
        let (max_peaks, plug_in) = match &self.estimate {
            Estimate::Predictive(_) => (FEWEST_PEAKS, false),
            Estimate::PlugIn(_) => (self.excesses.len(), true),
        };
        let fresh = Self::new(self.risk, self.level, self.calibration_length, max_peaks, plug_in)?;
        let all_finite = |values: &[f64]| values.iter().all(|x| x.is_finite());
        let fitted = match &self.estimate {
            Estimate::Predictive(tail) => !tail.is_ready() || self.is_calibrated(),
            Estimate::PlugIn(fit) => {
                all_finite(&[fit.shape, fit.scale])
                    && fit.shape > -1.0
                    && fit.scale >= 0.0
                    && fit.track.is_sound()
            }
        };
        let sound = fitted
            && self.excesses.len() == fresh.excesses.len()
            && self.calibration.len() < self.calibration_length
            && self.bulk.len() <= BULK
            && self.bulk.is_sorted()
            && (self.bulk.is_empty() || self.calibration.is_empty())
            && all_finite(&self.calibration)
            && all_finite(&self.bulk)
            && self.threshold.is_finite()
            && self.peaks <= self.learned
            && self.learned <= MOST_LEARNED
            && (self.bulk.is_empty() == (self.learned == 0))
            && all_finite(&self.excesses)
            && self.uncensored <= self.excesses.len() as u64
            && (!plug_in || self.uncensored == self.kept().iter().filter(|y| **y > 0.0).count() as u64);
        Error::require(sound, "state", "one that a tail can reach", "another")?;
        for (read, capacity) in [(&mut self.calibration, fresh.calibration), (&mut self.bulk, fresh.bulk)] {
            let values = core::mem::replace(read, capacity);
            read.extend(values);
        }
        Ok(self)
    }
}
