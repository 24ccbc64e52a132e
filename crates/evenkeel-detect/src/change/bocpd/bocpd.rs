//! Bayesian online change point detection.

use super::conjugate::{Conjugate, Rows, whole};
use super::hypotheses::{Hypotheses, Hypothesis};
use alloc::boxed::Box;
use evenkeel_core::{Direction, Error, Prediction, Score, Stage};

/// Notices that the distribution of the values has changed, and gives the probability of each run length
/// since.
///
/// *When*: a stream that is independent within stretches, and whose level or spread (or rate) jumps between
/// them. It says *that* and *since when*, with the uncertainty. Autocorrelated values look like changes all
/// the time: put it behind [`Innovations`](crate::forecast::Innovations). Where the distribution before the
/// change is known, [`Cusum`](crate::chart::Cusum) is faster.
///
/// *Method*: the run length is the number of values since the last change. Each run length is a hypothesis
/// with a conjugate posterior of its own; a value multiplies the probability of each by its predictive
/// density there; with probability `hazard` the run ends after it. R. P. Adams and D. J. C. MacKay, Bayesian
/// online changepoint detection (2007), arXiv:0710.3742; P. Fearnhead and Z. Liu (2007),
/// doi:10.1111/j.1467-9868.2007.00601.x. Everything is kept in logarithms relative to the evidence: no jump
/// is too large. *Deviation*: hypotheses are dropped wherever they are improbable, not only the oldest.
///
/// | parameter | range | default | why |
/// | --- | --- | --- | --- |
/// | `distribution` | [`NormalGamma`](crate::change::NormalGamma), [`PoissonGamma`](crate::change::PoissonGamma), [`BernoulliBeta`](crate::change::BernoulliBeta) | – | its scale decides most: [`NormalGamma::from_history`](crate::change::NormalGamma::from_history) takes it from data |
/// | `run_length` | [1 + 1e-9, 1e12] values | – | the expected length of a run; the hazard is its inverse |
/// | `truncation` | \[0, 0.1\] | 1e-4 | at most this much probability is dropped with a value, spread over all hypotheses; 0 drops nothing |
/// | `max_runs` | \[2, 10^6\] | 256 | how many hypotheses are kept; beyond it the least probable goes (some 1e-5 a value, in calm times), and [`is_exact`](Self::is_exact) says so |
/// | `scoring` | [`ChangeScore`] | a change within 10 values | |
///
/// *Score*: by default -ln of the probability that there was *no* change within the last ten values: 0.7 is
/// even odds, 4.6 is 99 %. It stays high for as many values and ends at -ln `truncation` (at 690 without
/// truncation), beyond which nothing is resolved. P(run length = 0), often plotted, is the constant hazard
/// and carries no information. [`ChangeScore::Surprise`] is -ln of the predictive density instead: it knows
/// outliers at once, in nats and relative to the unit of the data, so it may be negative. Direction: the side
/// of the expected value. Expected: what the most probable run expects (where its variance is infinite or
/// nearly, its scale stands for the standard deviation). Scores are silent while all run lengths are recent.
///
/// *Missing data*: no score, nothing learned; run lengths count observed values. *Cost*: O(kept hypotheses).
/// *State*: 40 `max_runs` bytes and a table of 8 kB.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::change::{Bocpd, NormalGamma};
///
/// let noise = |i: u64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1u64 << 24) as f64 - 0.5;
/// let calm: Vec<f64> = (0..100).map(noise).collect();
/// let mut bocpd = Bocpd::builder(NormalGamma::from_history(&calm)?, 250.0).build()?;
/// bocpd.run(calm).for_each(drop);
/// assert!(bocpd.update(20.0).unwrap().value() > 5.0); // at once
/// bocpd.run((1..30).map(|i| 20.0 + noise(i))).for_each(drop);
/// assert_eq!(bocpd.most_probable_run(), 30); // values since the change
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, PartialEq)]
pub struct Bocpd<L> {
    pub(super) settings: BocpdBuilder<L>,
    /// Oldest first; never empty; the last is the run without values.
    pub(super) hypotheses: Hypotheses,
    /// ln of the hazard, and of 1 less the hazard.
    pub(super) ends: f64,
    pub(super) goes_on: f64,
    /// Which of them is the most probable.
    pub(super) best: usize,
    /// Constants of the first run lengths.
    pub(super) table: Box<[f64]>,
    pub(super) seen: u64,
    pub(super) log_evidence: f64,
    pub(super) dropped: f64,
    pub(super) capped: bool,
}

impl<L: Clone> Clone for Bocpd<L> {
    /// A copy with room for as many hypotheses as the original.
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            hypotheses: self.hypotheses.copied(self.settings.max_runs + 1),
            ends: self.ends,
            goes_on: self.goes_on,
            best: self.best,
            table: self.table.clone(),
            seen: self.seen,
            log_evidence: self.log_evidence,
            dropped: self.dropped,
            capped: self.capped,
        }
    }
}

/// What a [`Bocpd`] scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ChangeScore {
    /// -ln of the probability that the present run is longer than this many values, at least 1.
    RecentChange(u32),
    /// -ln of the predictive density (probability, for counts and bits) of the value, over all run lengths.
    Surprise,
}

/// Settings of a [`Bocpd`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct BocpdBuilder<L> {
    #[cfg_attr(feature = "serde", serde(rename = "law"))]
    pub(super) distribution: L,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) run_length: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) truncation: f64,
    pub(super) max_runs: usize,
    pub(super) scoring: ChangeScore,
}

impl<L: Conjugate> BocpdBuilder<L> {
    /// How much probability may be dropped with a value, in \[0, 0.1\]. Default 1e-4.
    pub fn truncation(mut self, mass: f64) -> Self {
        self.truncation = mass;
        self
    }

    /// How many hypotheses are kept at most, in \[2, 10^6\]. Default 256.
    pub fn max_runs(mut self, runs: usize) -> Self {
        self.max_runs = runs;
        self
    }

    /// What is scored. Default: a change within 10 values.
    pub fn scoring(mut self, scoring: ChangeScore) -> Self {
        self.scoring = scoring;
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Bocpd<L>, Error> {
        self.validate()?;
        let table = (0..L::TABLE).map(|run| self.distribution.constant(whole(run as u64))).collect();
        let (ends, goes_on) = (-libm::log(self.run_length), libm::log1p(-1.0 / self.run_length));
        let mut hypotheses = Hypotheses::with_capacity(self.max_runs + 1);
        hypotheses.push(Hypothesis { run: 0, log_probability: 0.0, statistics: self.distribution.prior() });
        Ok(Bocpd {
            settings: self,
            hypotheses,
            ends,
            goes_on,
            best: 0,
            table,
            seen: 0,
            log_evidence: 0.0,
            dropped: 0.0,
            capped: false,
        })
    }

    fn validate(&self) -> Result<(), Error> {
        self.distribution.validate()?;
        let length = self.run_length;
        Error::require((1.0 + 1e-9..=1e12).contains(&length), "run_length", "in [1 + 1e-9, 1e12]", length)?;
        Error::require((0.0..=0.1).contains(&self.truncation), "truncation", "in [0, 0.1]", self.truncation)?;
        Error::require((2..=1_000_000).contains(&self.max_runs), "max_runs", "in [2, 10^6]", self.max_runs)?;
        let recent = !matches!(self.scoring, ChangeScore::RecentChange(0));
        Error::require(recent, "scoring", "within at least 1 value", "0")
    }

    /// The largest score that is resolved, as a probability.
    fn floor(&self) -> f64 {
        self.truncation.max(1e-300)
    }
}

impl<L: Conjugate> Bocpd<L> {
    /// A detector for values of this distribution, whose runs are `run_length` values long on average.
    pub fn builder(distribution: L, run_length: f64) -> BocpdBuilder<L> {
        BocpdBuilder {
            distribution,
            run_length,
            truncation: 1e-4,
            max_runs: 256,
            scoring: ChangeScore::RecentChange(10),
        }
    }

    /// The kept run lengths and their probabilities given all values so far, longest run first; they sum
    /// to 1. The run length counts the values since the change; 0: the next value starts a new run, whose
    /// probability is the hazard (1 before the first value).
    pub fn run_length(&self) -> impl ExactSizeIterator<Item = (u64, f64)> + '_ {
        let all = self.hypotheses.runs.iter().zip(&self.hypotheses.log_probabilities);
        all.map(|(run, log_probability)| (*run, libm::exp(*log_probability)))
    }

    /// The most probable run length.
    #[must_use]
    pub fn most_probable_run(&self) -> u64 {
        self.hypotheses.runs.get(self.best).copied().unwrap_or(0)
    }

    /// The probability of a change within the last `values` values, given all so far; 1 if there were no
    /// more.
    #[must_use]
    pub fn recent_change(&self, values: u64) -> f64 {
        let old = self.run_length().filter(|(run, _)| *run > values).map(|(_, p)| p).sum::<f64>();
        (1.0 - old).clamp(0.0, 1.0)
    }

    /// ln of the predictive density of the latest value given those before; 0 before the first. Their sum is
    /// the evidence for the distribution and its prior.
    #[must_use]
    pub fn log_evidence(&self) -> f64 {
        self.log_evidence
    }

    /// What the most probable run expects of the next value.
    #[must_use]
    pub fn expected(&self) -> Option<Prediction> {
        let h = self.hypotheses.get(self.best)?;
        self.settings.distribution.expected(whole(h.run), &h.statistics)
    }

    /// How many hypotheses are kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.hypotheses.len()
    }

    /// The probability that was dropped so far, summed over the values.
    #[must_use]
    pub fn dropped(&self) -> f64 {
        self.dropped
    }

    /// Whether nothing but what `truncation` allows was ever dropped: false once `max_runs` was not enough.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.capped
    }

    /// Learns a value and returns the probability of a run longer than `recent`.
    fn learn(&mut self, x: f64, recent: u64) -> f64 {
        let all = &mut self.hypotheses;
        let [a, b, c] = &mut all.statistics;
        let rows = Rows {
            runs: &mut all.runs,
            log_probabilities: &mut all.log_probabilities,
            statistics: [a, b, c],
        };
        let largest = self.settings.distribution.learn_all(x, &self.table, rows);
        let (old, young) = all.weigh(largest, recent);
        // Of the most probable, whose logarithm is 0 now, the youngest.
        self.best = all.log_probabilities.iter().rposition(|p| *p == 0.0).unwrap_or(0);
        let sum = old + young;
        let log_sum = libm::log(sum);
        self.log_evidence =
            (largest + log_sum + self.settings.distribution.base(x)).clamp(f64::MIN, f64::MAX);
        self.prune(self.goes_on - log_sum);
        let statistics = self.settings.distribution.prior();
        self.hypotheses.push(Hypothesis { run: 0, log_probability: self.ends, statistics });
        self.seen = self.seen.saturating_add(1);
        old / sum
    }

    /// Drops what is improbable and scales the rest by what `stays` of it.
    fn prune(&mut self, stays: f64) {
        let all = &mut self.hypotheses;
        let share = self.settings.truncation / whole(all.len() as u64);
        // In units of the most probable, whose logarithm is 0, so that it is never dropped.
        let limit = if share > 0.0 { (libm::log(share) - stays).min(0.0) } else { f64::NEG_INFINITY };
        let mut lost = 0.0;
        self.best = all.drop_below(limit, self.best, |p| lost += libm::exp(p + stays));
        if all.len() >= self.settings.max_runs {
            let worst = all.worst_but(self.best);
            lost += libm::exp(all.log_probabilities[worst] + stays);
            all.remove(worst);
            self.best -= usize::from(worst < self.best);
            self.capped = true;
        }
        // What was lost is shared among the rest, whose total stays 1 - hazard.
        let total = 1.0 - 1.0 / self.settings.run_length;
        let shift = if lost > 0.0 { stays - libm::log1p(-(lost / total).min(0.5)) } else { stays };
        for p in &mut all.log_probabilities {
            *p += shift;
        }
        self.dropped += lost;
    }
}

impl<L: Conjugate> Stage<f64> for Bocpd<L> {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let x = self.settings.distribution.admit(x)?;
        let expected = self.expected();
        let value = match self.settings.scoring {
            ChangeScore::RecentChange(within) => {
                let within = u64::from(within);
                let old = self.learn(x, within);
                if self.seen <= within {
                    return None;
                }
                -libm::log(old.clamp(self.settings.floor(), 1.0))
            }
            ChangeScore::Surprise => {
                self.learn(x, u64::MAX);
                -self.log_evidence
            }
        };
        let direction = match expected {
            Some(expected) if x < expected.mean() => Direction::Down,
            Some(_) => Direction::Up,
            None => Direction::Either,
        };
        let score = Score::new(value, direction)?;
        Some(expected.map_or(score, |expected| score.with_expected(expected)))
    }

    fn reset(&mut self) {
        self.hypotheses.clear();
        let statistics = self.settings.distribution.prior();
        self.hypotheses.push(Hypothesis { run: 0, log_probability: 0.0, statistics });
        (self.best, self.seen, self.capped) = (0, 0, false);
        (self.log_evidence, self.dropped) = (0.0, 0.0);
    }
}
