//! FOCuS: the functional online CUSUM, over every change point and size of shift at once.

use super::candidates::{Candidates, Side};
use crate::chart::in_control::{WildRun, in_control};
use evenkeel_core::{Checked, Direction, Error, PlausibilityCheck, Prediction, Score, Stage, observed};

/// Detects a lasting shift of any size, as soon as the likelihood ratio can: the exact maximum over all times
/// at which it may have begun and all sizes.
///
/// *When*: a level should hold, and the size of a shift is not known in advance.
/// [`Cusum`](crate::chart::Cusum) is as fast only for the one size that it is tuned to. Observations must be
/// independent when nothing is wrong: put it behind [`Innovations`](crate::forecast::Innovations) if they are
/// not.
///
/// *Method*: FOCuS: G. Romano, I. Eckley, P. Fearnhead, G. Rigaill, Fast online changepoint detection via
/// functional pruning CUSUM statistics, JMLR 24 (2023) 1-36, arXiv:2110.08205. Only times that are corners of
/// the convex hull of the cumulative sum can be the maximum; there are about ln t of them on a side, and they
/// are kept from value to value. With the [mean](Self::builder) known the ratio is that against this mean,
/// else ([`Focus::unknown`]) against any one mean before the change.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `mean` | finite | unknown | the mean when nothing is wrong |
/// | `sd` | > 0 | – | the standard deviation when nothing is wrong |
/// | `candidates` | 8 to 10,000 | 64 | random sums have 2 ln t corners, 42 after 10⁹ values, on both sides together |
/// | `relearn` | (> 0, ≥ 1) | never | for an unknown mean: a change that scores so much and has lasted so long is the new normal; everything is learned anew from there |
///
/// *Score*: the square root of twice the logarithm of the likelihood ratio: by how many standard errors the
/// values since the change differ; direction that of the shift; expected is the known mean, or that of all
/// values before. It goes on growing while the shift lasts. [`change`](Self::change) says since when and what
/// the mean is since. No score at the first value of an unknown mean.
///
/// *Deviations*: with more corners than `candidates` (a sum that bends one way only, such as that of a ramp)
/// the one that bends least is dropped, and [`is_exact`](Self::is_exact) says so. Values beyond 10⁸ standard
/// deviations count as 10⁸.
///
/// *Wild values* (by the rule of [`PlausibilityCheck`]; with a known mean, more than 10⁶ sd off) are scored
/// by themselves, and no sum takes them in. A detector of changes since the beginning does remember what is
/// less wild. *Missing data*: no score, nothing learned. *Cost*: O(corners), about 2 ln t, at most
/// `candidates` on a side; no allocation. *State*: 32 `candidates` bytes and 15 numbers.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::change::Focus;
///
/// let mut focus = Focus::builder(10.0, 2.0).build()?;
/// for x in [9.0, 11.5, 10.3, 8.1, 11.0, 13.0, 14.5, 12.0, 13.5, 14.0] {
///     focus.update(x);
/// }
/// let change = focus.change().unwrap();
/// assert_eq!((change.since, change.mean), (5, 13.4)); // the last five values
/// let score = focus.update(13.0).unwrap();
/// assert!(score.value() > 3.5 && score.direction() == Direction::Up);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Focus {
    settings: FocusBuilder,
    /// What values are measured against: the known mean, or the first value.
    base: Prediction,
    /// Values since everything was learned.
    n: u64,
    /// Their sum in standard deviations from the base, less what was taken off all sums.
    sum: f64,
    /// The sum before the first value.
    origin: f64,
    up: Candidates,
    down: Candidates,
    restarts: u64,
    /// Of standardized values where the mean is known, of values where it is not.
    wild: WildRun,
    check: PlausibilityCheck,
}

/// Settings of a [`Focus`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct FocusBuilder {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    mean: Option<f64>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    sd: f64,
    candidates: usize,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    relearn_at: Option<f64>,
    relearn_after: u64,
}

/// The likeliest change.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FocusChange {
    /// How many values have come since, the last one counted; at least 1.
    pub since: u64,
    /// Their mean, in the unit of the data.
    pub mean: f64,
    /// The mean before, known or estimated.
    pub before: f64,
}

/// The largest distance that counts, in standard deviations.
const FARTHEST: f64 = 1e8;
/// How often sums are rebased to near zero, so that the newest values keep all their digits.
const REBASE: u64 = 1 << 20;
/// The largest count of values that is still exact as a float.
const LONGEST: u64 = 1 << 52;

impl FocusBuilder {
    /// How many possible times of a change are kept on each side, in [8, 10,000]. Default 64.
    pub fn candidates(mut self, most: usize) -> Self {
        self.candidates = most;
        self
    }

    /// For an unknown mean: when the score is at least `at` (above 0) and the change `after` values old (at
    /// least 1), the new level counts as normal, and everything starts over. Default: never.
    pub fn relearn(mut self, at: f64, after: u64) -> Self {
        (self.relearn_at, self.relearn_after) = (Some(at), after);
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Focus, Error> {
        let base = in_control(self.mean.unwrap_or(0.0), self.sd)?;
        Error::require(
            (8..=10_000).contains(&self.candidates),
            "candidates",
            "in [8, 10,000]",
            self.candidates,
        )?;
        if let Some(at) = self.relearn_at {
            Error::require(at > 0.0 && at.is_finite(), "relearn", "at a positive score", at)?;
            Error::require(self.relearn_after >= 1, "relearn", "after at least 1 value", self.relearn_after)?;
            Error::require(self.mean.is_none(), "relearn", "for an unknown mean only", "for a known one")?;
        }
        let known = self.mean.is_some();
        let mut focus = Focus {
            settings: self,
            base,
            n: 0,
            sum: 0.0,
            origin: 0.0,
            up: Candidates::new(Side::Up, known, self.candidates),
            down: Candidates::new(Side::Down, known, self.candidates),
            restarts: 0,
            wild: WildRun::default(),
            check: PlausibilityCheck::default(),
        };
        focus.start();
        Ok(focus)
    }
}

impl Focus {
    /// A detector of shifts away from a known mean.
    pub fn builder(mean: f64, sd: f64) -> FocusBuilder {
        FocusBuilder { mean: Some(mean), ..Self::unknown(sd) }
    }

    /// A detector of shifts away from an unknown mean, with a known standard deviation.
    pub fn unknown(sd: f64) -> FocusBuilder {
        FocusBuilder { mean: None, sd, candidates: 64, relearn_at: None, relearn_after: 1 }
    }

    fn start(&mut self) {
        (self.n, self.sum, self.origin) = (0, 0.0, 0.0);
        self.up.start();
        self.down.start();
    }

    /// The likeliest change, whatever its score. None before there is one: a change to a higher or lower
    /// mean.
    #[must_use]
    pub fn change(&self) -> Option<FocusChange> {
        let of = |side: &Candidates| side.argmax(self.n as f64, self.sum, self.origin);
        let (_, time, sum) = match (of(&self.up), of(&self.down)) {
            (Some(up), Some(down)) => {
                if up.0 >= down.0 {
                    up
                } else {
                    down
                }
            }
            (up, down) => up.or(down)?,
        };
        let since = self.n as f64 - time;
        let of = |z: f64| self.base.mean() + self.settings.sd * z;
        let before = if self.settings.mean.is_some() { 0.0 } else { (sum - self.origin) / time };
        Some(FocusChange { since: since as u64, mean: of((self.sum - sum) / since), before: of(before) })
    }

    /// How many values were seen since everything was learned.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.n
    }

    /// How often a lasting change was taken for normal.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    /// How many possible times of a change are kept on both sides.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.up.len() + self.down.len()
    }

    /// Whether no candidate time of a change had to be dropped.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.up.is_exact() && self.down.is_exact()
    }

    /// The largest statistic of both sides, and which one. A side that cannot be the larger one is not looked
    /// at.
    #[inline]
    fn largest(&mut self, now: f64) -> (f64, Direction) {
        let (sum, origin) = (self.sum, self.origin);
        let up_first = self.up.bound() >= self.down.bound();
        let (first, second) =
            if up_first { (&mut self.up, &mut self.down) } else { (&mut self.down, &mut self.up) };
        let larger = first.best(now, sum, origin);
        let (value, is_first) = if second.bound() > larger {
            let other = second.best(now, sum, origin);
            // Of equal ones, up.
            if other > larger || (other == larger && !up_first) { (other, false) } else { (larger, true) }
        } else {
            (larger, true)
        };
        (value, if is_first == up_first { Direction::Up } else { Direction::Down })
    }

    /// Sums near zero again.
    #[cold]
    fn rebase(&mut self) {
        let by = self.sum;
        self.sum = 0.0;
        self.origin -= by;
        self.up.rebase(by);
        self.down.rebase(by);
    }

    #[cold]
    fn relearn(&mut self) {
        let lasting = self.change().is_some_and(|c| c.since >= self.settings.relearn_after);
        if lasting {
            self.start();
            self.restarts = self.restarts.saturating_add(1);
        }
    }
}

impl Focus {
    /// The score of a single value that is not added to the sums.
    #[cold]
    fn of_wild(&self, x: f64) -> Option<Score> {
        let known = self.settings.mean.is_some();
        if self.n == 0 && !known {
            return None;
        }
        let mean = if known { 0.0 } else { (self.sum - self.origin) / self.n as f64 };
        let expected = Prediction::new(self.base.mean() + self.settings.sd * mean, self.settings.sd)?;
        let z = expected.standardize(x).clamp(-FARTHEST, FARTHEST);
        let direction = if z < 0.0 { Direction::Down } else { Direction::Up };
        Some(Score::new(z.abs(), direction)?.with_expected(expected))
    }
}

impl Stage<f64> for Focus {
    type Output = Score;

    #[inline]
    fn update(&mut self, x: f64) -> Option<Score> {
        let known = self.settings.mean.is_some();
        let x = observed(x)?;
        if known {
            if self.wild.is_wild(self.base.standardize(x)) {
                return self.of_wild(x);
            }
        } else {
            match self.check.check(x) {
                Checked::Implausible(_) => return self.of_wild(x),
                Checked::StartOver(_) => self.start(),
                Checked::Missing | Checked::Plausible(_) => {}
            }
        }
        if self.n == 0 && !known {
            self.base = Prediction::new(x, self.settings.sd)?;
        }
        if self.n >= LONGEST {
            self.start();
        }
        let before = self.sum;
        // A signed number becomes a float in one instruction.
        let time = self.n.cast_signed() as f64;
        let z = ((x - self.base.mean()) / self.base.sd()).clamp(-FARTHEST, FARTHEST);
        self.sum += z;
        self.n += 1;
        let now = time + 1.0;
        // What one value can add to a statistic, from the sums of squares between and within: to that of its
        // side alone, as a value on the mean adds nothing to the sum of squares of all, and one beyond it
        // takes from a shift to the other side.
        let [up, down] = if known {
            [z.max(0.0), z.min(0.0)].map(|z| z * z)
        } else if time == 0.0 {
            [0.0; 2]
        } else {
            let off = z - (before - self.origin) / time;
            [off.max(0.0), off.min(0.0)].map(|off| off * off * (time / now))
        };
        // The value may be the first after a change: the time before it is a candidate too.
        self.up.learn((time, before), (now, self.sum), up);
        self.down.learn((time, before), (now, self.sum), down);
        if self.n == 1 && !known {
            return None;
        }
        let (value, direction) = self.largest(now);
        let expected = match self.settings.mean {
            Some(_) => self.base,
            None => {
                let mean = self.base.mean() + self.settings.sd * ((before - self.origin) / time);
                Prediction::new(mean, self.settings.sd).unwrap_or(self.base)
            }
        };
        if self.n.is_multiple_of(REBASE) {
            self.rebase();
        }
        let value = libm::sqrt(value);
        if self.settings.relearn_at.is_some_and(|at| value >= at) {
            self.relearn();
        }
        Some(Score::new(value, direction)?.with_expected(expected))
    }

    fn reset(&mut self) {
        self.start();
        self.restarts = 0;
        (self.wild, self.check) = (WildRun::default(), PlausibilityCheck::default());
        if self.settings.mean.is_none() {
            self.base = Prediction::new(0.0, self.settings.sd).unwrap_or(self.base);
        }
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(FocusBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    Focus as struct Saved("Focus@2") {
        settings: FocusBuilder,
        /// Base, sum, origin.
        numbers: [f64; 3],
        n: u64,
        up: super::candidates::State,
        down: super::candidates::State,
        restarts: u64,
        wild: WildRun,
        check: PlausibilityCheck,
    }
}

#[cfg(feature = "serde")]
impl From<&Focus> for Saved {
    fn from(f: &Focus) -> Self {
        Self {
            settings: f.settings,
            numbers: [f.base.mean(), f.sum, f.origin],
            n: f.n,
            up: f.up.state(),
            down: f.down.state(),
            restarts: f.restarts,
            wild: f.wild,
            check: f.check,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for Focus {
    type Error = Error;

    fn try_from(parts: Saved) -> Result<Self, Error> {
        let mut focus = parts.settings.build()?;
        let [base, sum, origin] = parts.numbers;
        focus.base = in_control(focus.settings.mean.unwrap_or(base), focus.settings.sd)?;
        let sane = sum.abs() <= 1e300 && origin.abs() <= 1e300 && parts.n <= LONGEST;
        Error::require(sane, "sum", "finite, of at most 2^52 values", sum)?;
        (focus.sum, focus.origin, focus.n, focus.restarts) = (sum, origin, parts.n, parts.restarts);
        (focus.wild, focus.check) = (parts.wild, parts.check);
        focus.up.restore(parts.up, parts.n)?;
        focus.down.restore(parts.down, parts.n)?;
        Ok(focus)
    }
}
