//! SPOT: extreme-value calibration of scores.

use super::tail::Tail;
use evenkeel_core::{Calibrated, Error, Score, Stage};

/// Which tail is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Tails {
    /// Large values: of a score, whatever its direction.
    #[default]
    Upper,
    /// Small values, below a lower threshold.
    Lower,
    /// Both, each with a distribution of its own and half the risk. A score counts with its direction as its
    /// sign.
    Both,
}

/// Turns scores into p-values far out in the tail, by extreme-value theory: streaming peaks over threshold.
///
/// *When*: behind a detector whose score has no known distribution, to ask of a *single* value how rare it
/// is, beyond what was ever seen. For shifts that last, and for budgets that no single value can carry, take
/// [`RankCusum`](crate::calibrate::RankCusum). Scores must be exchangeable while nothing is wrong; for a
/// level that drifts take [`Dspot`](super::Dspot) or score the errors of a forecaster.
///
/// *What it assumes*: that beyond the quantile `level` the distribution has, nearly, a generalized Pareto
/// tail of shape 0 or more: exponential or heavier (exponential, geometric, lognormal, Pareto, Student's t; a
/// mean need not exist). For lighter tails (normal, Poisson, bounded) alarms come less often than promised.
/// Without an assumption, n values can't resolve anything rarer than 1 / n.
///
/// *Method*: the first `calibration` scores set a threshold t at their quantile `level`; excesses over t
/// follow a generalized Pareto distribution (Pickands 1975, doi:10.1214/aos/1176343003). A. Siffer, P.-A.
/// Fouque, A. Termier, C. Largouët, Anomaly detection in streams with extreme value theory, KDD 2017,
/// doi:10.1145/3097983.3098144. *Deviations*: 1. p is the *predictive* probability, shape and scale
/// integrated out under a flat prior on shape >= 0 and on the logarithm of the scale (the closed form for
/// each ratio of both, a grid over the ratio), times 1.1 for tails that reach their form slowly. So p counts
/// how few peaks are known and is never 0. [`plug_in`](SpotBuilder::plug_in) is the published maximum of the
/// likelihood instead. 2. As published, an alarm is never learned. But a share `risk` of normal values are
/// alarms, so what is learned has its tail cut off, and the cut feeds on itself. So up to `learn_alarms *
/// risk` alarms a value are learned as censored peaks: that something above the quantile came, not how far.
/// What comes more often than that (an outage) is not learned. 0 is as published. 3. The quantile is
/// continuous at shape 0 (the authors' program has a wrong sign there); below 5 peaks ranks are used; of many
/// peaks the latest `max_peaks` count.
///
/// *Parameters*: `risk` q in (0, 1 - level): the share of normal values that may be called alarms (with
/// [`Tails::Both`]: of both together). `level` in (0, 1), default 0.98. `calibration` in [10, 10^7],
/// default 1000. `max_peaks` in [5, 10^6], default 2000. `learn_alarms` in [0, 100], default 2: with it the
/// tail stays unbiased as long as alarms come at most twice as often as promised.
///
/// *Output*: p = (share of peaks) * (tail of an excess); up to t from 64 order statistics of the calibration,
/// rounded up. An alarm is p < `risk`. Silent while calibrating.
///
/// *Cost*: O(1) for unremarkable values; for a peak some 130 logarithms (with the plug-in O(kept peaks)).
/// *State*: 8 (calibration + 64) bytes and 2 kB a side, with the plug-in 8 (calibration + 64 + max_peaks).
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::Spot;
/// use evenkeel_detect::adapt::ValueAsScore;
///
/// let noise = |i: u64| -((i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1u64 << 53) as f64).ln();
/// let mut spot = ValueAsScore.then(Spot::builder(1e-4).build()?);
/// for i in 1..=5000 {
///     spot.update(noise(i));
/// }
/// let p = spot.update(14.0).unwrap().p(); // exp(-14) = 8e-7 if the distribution were known
/// assert!(p > 8e-7 && p < 1e-4);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Spot {
    tails: Tails,
    upper: Option<Tail>,
    lower: Option<Tail>,
    /// How many alarms a value are learned.
    forgiveness: f64,
    /// How many alarms may be learned now.
    credit: f64,
}

/// The most alarms in a row that are learned.
const MOST_CREDIT: f64 = 5.0;

/// Settings of a [`Spot`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct SpotBuilder {
    risk: f64,
    level: f64,
    calibration: usize,
    max_peaks: usize,
    tails: Tails,
    learn_alarms: f64,
    plug_in: bool,
}

impl SpotBuilder {
    pub(super) fn new(risk: f64) -> Self {
        Self {
            risk,
            level: 0.98,
            calibration: 1000,
            max_peaks: 2000,
            tails: Tails::Upper,
            learn_alarms: 2.0,
            plug_in: false,
        }
    }

    /// The quantile of the calibration above which a value is a peak, in (0, 1). Default 0.98.
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// How many values set the threshold, in [10, 10^7]. Default 1000.
    pub fn calibration(mut self, values: usize) -> Self {
        self.calibration = values;
        self
    }

    /// How many peaks count, in [5, 10^6]. Default 2000. Those before fade exponentially; with
    /// [`plug_in`](Self::plug_in) the latest are kept.
    pub fn max_peaks(mut self, peaks: usize) -> Self {
        self.max_peaks = peaks;
        self
    }

    /// Which tail is tested. Default [`Tails::Upper`].
    pub fn tails(mut self, tails: Tails) -> Self {
        self.tails = tails;
        self
    }

    /// How many times the promised share of alarms is learned, as censored peaks, in [0, 100]. Default 2; 0
    /// is the published method.
    pub fn learn_alarms(mut self, times: f64) -> Self {
        self.learn_alarms = times;
        self
    }

    /// Takes the generalized Pareto distribution at the maximum of the likelihood as if it were the true one,
    /// of any shape above -1: the published method, for comparisons. Its p-values claim more than they can
    /// carry: on independent values with the default settings alarms come 1.5 times as often as `risk` at
    /// 1e-3, 6 times at 1e-4 and 20 times at 1.65e-5.
    pub fn plug_in(mut self) -> Self {
        self.plug_in = true;
        self
    }

    /// The calibrator.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Spot, Error> {
        let times = self.learn_alarms;
        Error::require((0.0..=100.0).contains(&times), "learn_alarms", "in [0, 100]", times)?;
        let sides = if self.tails == Tails::Both { 2.0 } else { 1.0 };
        let tail =
            || Tail::new(self.risk / sides, self.level, self.calibration, self.max_peaks, self.plug_in);
        let (upper, lower) = match self.tails {
            Tails::Upper => (Some(tail()?), None),
            Tails::Lower => (None, Some(tail()?)),
            Tails::Both => (Some(tail()?), Some(tail()?)),
        };
        let forgiveness = times * self.risk;
        Ok(Spot { tails: self.tails, upper, lower, forgiveness, credit: first_credit(forgiveness) })
    }
}

/// One alarm may come right after the calibration, if any may.
fn first_credit(forgiveness: f64) -> f64 {
    if forgiveness > 0.0 { 1.0 } else { 0.0 }
}

impl Spot {
    /// A calibrator that calls a share `risk` of normal values alarms.
    pub fn builder(risk: f64) -> SpotBuilder {
        SpotBuilder::new(risk)
    }

    /// Changes the risk. The threshold follows at once; what was learned stays. How many alarms are learned
    /// follows in proportion.
    ///
    /// # Errors
    /// If it is not in (0, 1 - level); nothing is changed then.
    pub fn set_risk(&mut self, risk: f64) -> Result<(), Error> {
        let sides = if self.tails == Tails::Both { 2.0 } else { 1.0 };
        let before = self.any_tail().map_or(risk, Tail::risk) * sides;
        for tail in [&mut self.upper, &mut self.lower].into_iter().flatten() {
            tail.set_risk(risk / sides)?;
        }
        self.forgiveness *= risk / before;
        Ok(())
    }

    /// The threshold in force for the next value: above it (below it for [`Tails::Lower`]) p < risk. The
    /// upper one of both. `None` while calibrating, and while too few peaks are known.
    #[must_use]
    pub fn threshold(&self) -> Option<f64> {
        match (&self.upper, &self.lower) {
            (Some(upper), _) => upper.quantile(),
            (None, Some(lower)) => lower.quantile().map(|z| -z),
            (None, None) => None,
        }
    }

    /// The lower threshold in force for the next value, where the lower tail is tested.
    #[must_use]
    pub fn lower_threshold(&self) -> Option<f64> {
        self.lower.as_ref()?.quantile().map(|z| -z)
    }

    /// Shape and scale of the distribution of one tail's excesses (the upper one of both), once there is one:
    /// the posterior means, or with [`plug_in`](SpotBuilder::plug_in) the maximum of the likelihood.
    #[must_use]
    pub fn shape_and_scale(&self) -> Option<(f64, f64)> {
        self.any_tail()?.shape_and_scale()
    }

    /// The threshold t that peaks exceed (the upper one of both; of negated values for [`Tails::Lower`]),
    /// once calibrated.
    #[must_use]
    pub fn peak_threshold(&self) -> Option<f64> {
        self.any_tail()?.initial_threshold()
    }

    /// How many peaks were learned (of the upper tail, if both).
    #[must_use]
    pub fn peaks(&self) -> u64 {
        self.any_tail().map_or(0, Tail::peaks)
    }

    /// How many values were learned, calibration included.
    #[must_use]
    pub fn learned(&self) -> u64 {
        self.any_tail().map_or(0, Tail::learned)
    }

    /// Whether every peak still counts in full: with [`plug_in`](SpotBuilder::plug_in) until more than
    /// `max_peaks` came, without it never, as older peaks fade.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        [&self.upper, &self.lower].into_iter().flatten().all(Tail::is_exact)
    }

    /// Which tail is tested.
    #[must_use]
    pub fn tails(&self) -> Tails {
        self.tails
    }

    /// The risk, if the upper tail alone is tested.
    #[cfg(feature = "serde")]
    pub(crate) fn upper_risk(&self) -> Option<f64> {
        let upper = self.upper.as_ref().filter(|_| self.lower.is_none())?;
        Some(upper.risk())
    }

    fn any_tail(&self) -> Option<&Tail> {
        self.upper.as_ref().or(self.lower.as_ref())
    }

    /// The p-value of a number and whether it is an alarm; learns it if it is none.
    #[inline]
    pub(super) fn assess_and_learn(&mut self, x: f64) -> Option<(f64, bool)> {
        // Nearly all values are unremarkable on the one side that is tested.
        if let (Some(tail), None) = (&mut self.upper, &self.lower)
            && let Some(p) = tail.pass(x)
        {
            self.credit = (self.credit + self.forgiveness).min(MOST_CREDIT);
            return Some((p, false));
        }
        self.assess_and_learn_all(x)
    }

    /// Whether a number would be an alarm of the one tail that is tested.
    pub(super) fn is_alarm(&self, x: f64) -> bool {
        match (&self.upper, &self.lower) {
            (Some(tail), None) => tail.assess(x).alarm,
            (None, Some(tail)) => tail.assess(-x).alarm,
            _ => false,
        }
    }

    fn assess_and_learn_all(&mut self, x: f64) -> Option<(f64, bool)> {
        let sides = [(&mut self.upper, x), (&mut self.lower, -x)];
        let (mut p, mut alarms, mut ready) = (1.0_f64, [false; 2], true);
        for ((tail, x), alarm) in sides.into_iter().zip(&mut alarms) {
            let Some(tail) = tail else { continue };
            if tail.is_calibrated() {
                let assessed = tail.assess(x);
                p = p.min(assessed.p);
                *alarm = assessed.alarm;
            } else {
                tail.prepare(x);
                ready = false;
            }
        }
        if !ready {
            return None;
        }
        let alarm = alarms != [false; 2];
        self.credit = (self.credit + self.forgiveness).min(MOST_CREDIT);
        if !alarm || self.credit >= 1.0 {
            self.credit -= f64::from(u8::from(alarm));
            for ((tail, x), alarm) in [(&mut self.upper, x), (&mut self.lower, -x)].into_iter().zip(alarms) {
                match tail {
                    Some(tail) if alarm => tail.learn_alarm(),
                    Some(tail) => tail.learn(x),
                    None => {}
                }
            }
        }
        Some((if self.tails == Tails::Both { 2.0 * p } else { p }, alarm))
    }
}

impl Stage<Score> for Spot {
    type Output = Calibrated;

    #[inline]
    fn update(&mut self, score: Score) -> Option<Calibrated> {
        let x = if self.tails == Tails::Both { score.signed() } else { score.value() };
        let (p, _) = self.assess_and_learn(x)?;
        Some(Calibrated::clamped(p, score))
    }

    fn reset(&mut self) {
        for tail in [&mut self.upper, &mut self.lower].into_iter().flatten() {
            tail.reset();
        }
        self.credit = first_credit(self.forgiveness);
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Tails, Tail);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    Spot as struct Saved("Spot@4") {
        tails: Tails,
        upper: Option<Tail>,
        lower: Option<Tail>,
        forgiveness: f64,
        credit: f64,
    }
}

#[cfg(feature = "serde")]
impl From<&Spot> for Saved {
    fn from(s: &Spot) -> Self {
        Self {
            tails: s.tails,
            upper: s.upper.clone(),
            lower: s.lower.clone(),
            forgiveness: s.forgiveness,
            credit: s.credit,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for Spot {
    type Error = Error;

    fn try_from(parts: Saved) -> Result<Self, Error> {
        let upper = parts.upper.map(Tail::validated).transpose()?;
        let lower = parts.lower.map(Tail::validated).transpose()?;
        let agrees = match parts.tails {
            Tails::Upper => upper.is_some() && lower.is_none(),
            Tails::Lower => upper.is_none() && lower.is_some(),
            Tails::Both => match (&upper, &lower) {
                (Some(upper), Some(lower)) => upper.is_twin_of(lower),
                _ => false,
            },
        };
        Error::require(agrees, "tails", "the ones that the state holds", format_args!("{:?}", parts.tails))?;
        let (forgiveness, credit) = (parts.forgiveness, parts.credit);
        Error::require((0.0..=100.0).contains(&forgiveness), "forgiveness", "in [0, 100]", forgiveness)?;
        Error::require((0.0..=MOST_CREDIT).contains(&credit), "credit", "in [0, 5]", credit)?;
        Ok(Self { tails: parts.tails, upper, lower, forgiveness, credit })
    }
}
