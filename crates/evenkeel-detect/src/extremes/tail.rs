//! One tail: peaks over a threshold, and the generalized Pareto law of their excesses.

use super::pareto_track::Track;
use crate::ParetoFit;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// Below this many peaks no law is fitted: the tail is then judged by ranks.
const FEWEST_PEAKS: usize = 5;
/// Order statistics of the calibration that are kept for p-values of unremarkable values.
const BULK: usize = 64;

/// The share of the calibration that is at least as large as a value, by how many of the kept order statistics are below it.
const RANKS: [f64; BULK + 1] = {
    let mut ranks = [1.0; BULK + 1];
    let mut below = 1;
    while below <= BULK {
        ranks[below] = 1.0 - (below - 1) as f64 / BULK as f64;
        below += 1;
    }
    ranks
};

/// What calibrates one side.
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
    /// Excesses over t, a ring once it is full. One written as a negative number is censored: it was larger than that.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    excesses: Box<[f64]>,
    /// How many values that were learned exceeded t; at least as many as are kept.
    peaks: u64,
    /// How many values were learned.
    learned: u64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    shape: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    scale: f64,
    /// How many of the kept excesses are not censored.
    uncensored: u64,
    track: Track,
}

/// The opinion on one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Judged {
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
        capacity: usize,
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
            (FEWEST_PEAKS..=1_000_000).contains(&capacity),
            "max_peaks",
            "in [5, 10^6]",
            capacity,
        )?;
        Ok(Self {
            calibration: Vec::with_capacity(calibration_length),
            calibration_length,
            level,
            risk,
            bulk: Vec::with_capacity(BULK),
            threshold: 0.0,
            excesses: vec![0.0; capacity].into_boxed_slice(),
            peaks: 0,
            learned: 0,
            shape: 0.0,
            scale: 0.0,
            uncensored: 0,
            track: Track::default(),
        })
    }

    pub(super) fn reset(&mut self) {
        self.calibration.clear();
        self.calibration.reserve_exact(self.calibration_length);
        self.bulk.clear();
        self.excesses.fill(0.0);
        (self.threshold, self.peaks, self.learned) = (0.0, 0, 0);
        (self.shape, self.scale) = (0.0, 0.0);
        self.uncensored = 0;
        self.track.lose();
    }

    pub(super) fn is_calibrated(&self) -> bool {
        !self.bulk.is_empty()
    }

    pub(super) fn is_exact(&self) -> bool {
        self.peaks <= self.excesses.len() as u64
    }

    pub(super) fn law(&self) -> Option<(f64, f64)> {
        (self.scale > 0.0).then_some((self.shape, self.scale))
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

    /// z_q: values above it have probability `risk`.
    pub(super) fn quantile(&self) -> Option<f64> {
        let (shape, scale) = self.law()?;
        let ratio = libm::log(self.learned as f64 * self.risk / self.peaks as f64);
        // ((n q / N)^-shape - 1) / shape, without a jump at shape = 0
        let growth = if shape == 0.0 { -ratio } else { libm::expm1(-shape * ratio) / shape };
        Some((self.threshold + scale * growth).clamp(f64::MIN, f64::MAX))
    }

    /// Takes one value of the calibration.
    pub(super) fn prepare(&mut self, x: f64) {
        self.calibration.push(x);
        if self.calibration.len() == self.calibration_length {
            self.calibrate();
        }
    }

    /// Learns a value that was judged and is no alarm.
    pub(super) fn learn(&mut self, x: f64) {
        self.learned += 1;
        if x > self.threshold {
            self.learn_peak((x - self.threshold).min(f64::MAX));
            self.refit();
        }
    }

    /// Learns of an alarm that it came, without believing its value: it was larger than the quantile of the risk.
    pub(super) fn learn_alarm(&mut self) {
        let Some(quantile) = self.quantile() else { return };
        self.learned += 1;
        let excess = (quantile - self.threshold).min(f64::MAX);
        if excess > 0.0 {
            self.learn_peak(-excess);
            self.refit();
        }
    }

    /// The p-value of `x` by what is known before it, and whether it lies beyond the risk.
    pub(super) fn judge(&self, x: f64) -> Judged {
        if x <= self.threshold {
            return Judged { p: self.bulk_p(x), alarm: false };
        }
        let learned = self.learned as f64;
        match self.law() {
            Some((shape, scale)) => {
                let y = (x - self.threshold) / scale;
                // ln(1 + shape y) / shape, without a jump at shape = 0; beyond the end point nothing is possible
                let inside = shape * y;
                let hazard = if shape == 0.0 {
                    y
                } else if inside <= -1.0 {
                    f64::INFINITY
                } else {
                    libm::log1p(inside) / shape
                };
                let p = self.peaks as f64 / learned * libm::exp(-hazard);
                Judged { p, alarm: self.quantile().is_some_and(|z| x > z) }
            }
            // Too few peaks for a law: the rank among them, which can't be beyond a risk that so few can't show.
            None => {
                let larger = self.kept().iter().filter(|y| self.threshold + y.abs() >= x).count();
                Judged { p: (larger as f64 + 1.0) / (learned + 1.0), alarm: false }
            }
        }
    }

    /// Judges and learns a value that does not exceed the threshold; None if it does, or before there is one.
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
        let capacity = self.excesses.len() as u64;
        let at = (self.peaks % capacity) as usize;
        let old = core::mem::replace(&mut self.excesses[at], excess);
        let old = (self.peaks >= capacity).then_some(old);
        self.peaks += 1;
        self.uncensored += u64::from(excess > 0.0);
        self.uncensored -= u64::from(old.is_some_and(|old| old > 0.0));
        self.track.learn(excess, old);
    }

    fn refit(&mut self) {
        if self.uncensored < FEWEST_PEAKS as u64 {
            return;
        }
        let count = self.kept().len();
        let kept = &self.excesses[..count];
        // A local search can miss an optimum that grew elsewhere: every so often everything is searched.
        if self.peaks.is_power_of_two() || self.scale == 0.0 {
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

    fn calibrate(&mut self) {
        let mut sorted = core::mem::take(&mut self.calibration);
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len();
        self.threshold = sorted[((self.level * n as f64) as usize).min(n - 1)];
        let cells = BULK.min(n);
        self.bulk.extend((0..cells).map(|i| sorted[i * n / cells]));
        self.learned = n as u64;
        for x in &sorted {
            if *x > self.threshold {
                self.learn_peak((x - self.threshold).min(f64::MAX));
            }
        }
        self.scale = 0.0;
        self.refit();
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

    /// What a state that was read must fulfil.
    #[cfg(feature = "serde")]
    pub(super) fn validated(mut self) -> Result<Self, Error> {
        let fresh = Self::new(self.risk, self.level, self.calibration_length, self.excesses.len())?;
        let all_finite = |values: &[f64]| values.iter().all(|x| x.is_finite());
        let sound = self.calibration.len() < self.calibration_length
            && self.bulk.len() <= BULK
            && self.bulk.is_sorted()
            && (self.bulk.is_empty() || self.calibration.is_empty())
            && all_finite(&self.calibration)
            && all_finite(&self.bulk)
            && all_finite(&[self.threshold, self.shape, self.scale])
            && self.shape > -1.0
            && self.scale >= 0.0
            && self.peaks <= self.learned
            && (self.bulk.is_empty() == (self.learned == 0))
            && all_finite(&self.excesses)
            && self.uncensored == self.kept().iter().filter(|y| **y > 0.0).count() as u64
            && self.track.is_sound();
        Error::require(sound, "state", "one that a tail can reach", "another")?;
        for (read, capacity) in [(&mut self.calibration, fresh.calibration), (&mut self.bulk, fresh.bulk)] {
            let values = core::mem::replace(read, capacity);
            read.extend(values);
        }
        Ok(self)
    }
}
