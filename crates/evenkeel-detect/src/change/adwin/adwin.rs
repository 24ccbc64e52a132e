//! ADWIN: adaptive windowing, a window that is cut where its mean has changed.

use super::histogram::Histogram;
#[cfg(feature = "serde")]
use alloc::vec::Vec;
use evenkeel_core::{Error, PlausibilityCheck, Prediction, Score, Stage};

/// Notices that the mean has changed, and keeps the longest window of newest values in which it has not.
///
/// *When*: a level that stays for unknown stretches: error rates of a learner, load, and whenever the window
/// itself is wanted ([`mean`](Self::mean), [`width`](Self::width)). A shift is found sooner by
/// [`Focus`](crate::change::Focus) where the spread is known. Not for series with a season.
///
/// *Method*: adaptive windowing. A. Bifet, R. Gavaldà, Learning from time-changing data with adaptive
/// windowing, SIAM Int. Conf. on Data Mining 2007, 443-448, doi:10.1137/1.9781611972771.42. The window is an
/// exponential histogram: buckets of 2^r values, at most `max_buckets` of each size. At every cut between
/// buckets the means of the older and the newer part, of n0 and n1 values, are compared with the bound sqrt(2
/// m s² d) + 2/3 `range` m d, where m = 1 / (n0 - `min_part` + 1) + 1 / (n1 - `min_part` + 1), s² is the
/// variance of the window and d = ln(2 ln(n) / `delta`). While a cut exceeds it, the oldest bucket is given
/// up.
///
/// *Deviations*: the bound is the one by the variance, with cut parts counted as river counts them, whose
/// widths it reproduces. It assumes values in an interval of length `range`; outside of it the method goes on
/// working, as the first part of the bound follows the variance, but `delta` is no guarantee. The paper keeps
/// what is left of the window, and so does this; river forgets it ([`restarting`](AdwinBuilder::restarting)).
///
/// *Parameters*:
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `delta` | (0, 1) | 0.002 | how likely a false cut is at one check; river's and MOA's |
/// | `range` | 1e-100..=1e100 | 1 | the length of the interval that values lie in, in the unit of the data: rates have 1 |
/// | `clock` | >= 1 | 32 | cuts are looked at every 32nd value: a delay of 16 on average for a thirtieth of the work |
/// | `max_buckets` | 2..=1000 | 5 | cuts are found to a fifth of their age |
/// | `min_part` | >= 1 | 5 | the fewest values of a part that has a mean |
/// | `grace` | any | 10 | no looking while the window is not longer |
/// | `rows` | 1..=48 | 32 | windows up to `max_buckets` (2^`rows` - 1) values, 2·10¹⁰ |
/// | `restarting` | | no | after a change begin with nothing, as river does |
///
/// *Score*: how many times its bound the strongest cut is; above 1 the window is cut. Direction: of the newer
/// part. Between two looks it stays what it was. Expected: mean and spread of the window before the value.
/// *Missing data*: no score, nothing learned; wild values are missing by the rule of [`PlausibilityCheck`].
///
/// *Cost*: O(log width), amortized over `clock` values; O(log² width) where the mean has changed. *State*: 16
/// `rows` `max_buckets` bytes, taken at construction. Beyond `rows` the oldest bucket is dropped, and
/// [`is_exact`](Self::is_exact) says so.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::Adwin;
///
/// // A share of errors that rises from one in ten to one in two.
/// let mut window = Adwin::builder().build()?;
/// let errors = (0..2000).map(|i| if i < 1000 { f64::from(i % 10 == 0) } else { f64::from(i % 2 == 0) });
/// let scores: Vec<f64> = window.run(errors).map(|score| score.map_or(0.0, |s| s.value())).collect();
/// let found = scores.iter().position(|score| *score > 1.0).unwrap();
/// assert!((1000..1100).contains(&found));
/// assert!((window.mean().unwrap() - 0.5).abs() < 0.05 && window.width() < 1500);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Adwin {
    settings: AdwinBuilder,
    window: Histogram,
    /// How many values since the last look.
    ticks: u32,
    /// The strongest cut of the last look, in bounds; its sign is the direction.
    strength: Option<f64>,
    drifted: bool,
    drifts: u64,
    /// Whether the oldest bucket was dropped because there was no row left for it.
    dropped: bool,
    check: PlausibilityCheck,
}

/// Settings of an [`Adwin`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct AdwinBuilder {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    delta: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    range: f64,
    clock: u32,
    max_buckets: u16,
    min_part: u32,
    grace: u64,
    rows: u8,
    restarting: bool,
}

impl AdwinBuilder {
    /// How likely a false cut is at one check, in (0, 1). Default 0.002.
    pub fn delta(mut self, delta: f64) -> Self {
        self.delta = delta;
        self
    }

    /// The length of the interval that values lie in, in the unit of the data, above 0. Default 1.
    pub fn range(mut self, range: f64) -> Self {
        self.range = range;
        self
    }

    /// How many values are between two searches for a cut, at least 1. Default 32.
    pub fn clock(mut self, values: u32) -> Self {
        self.clock = values;
        self
    }

    /// How many buckets of a size are kept, in 2..=1000. Default 5.
    pub fn max_buckets(mut self, buckets: u16) -> Self {
        self.max_buckets = buckets;
        self
    }

    /// The fewest values on either side of a cut, at least 1. Default 5.
    pub fn min_part(mut self, values: u32) -> Self {
        self.min_part = values;
        self
    }

    /// No cut is looked for while the window has no more values than this. Default 10.
    pub fn grace(mut self, values: u64) -> Self {
        self.grace = values;
        self
    }

    /// How many sizes of buckets there are, in 1..=48. Default 32.
    pub fn rows(mut self, rows: u8) -> Self {
        self.rows = rows;
        self
    }

    /// Starts with an empty window on the value after a change, as river does, instead of keeping the rest of
    /// the window.
    pub fn restarting(mut self) -> Self {
        self.restarting = true;
        self
    }

    /// The window.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Adwin, Error> {
        Error::require(self.delta > 0.0 && self.delta < 1.0, "delta", "in (0, 1)", self.delta)?;
        Error::require((1e-100..=1e100).contains(&self.range), "range", "in [1e-100, 1e100]", self.range)?;
        Error::require(self.clock >= 1, "clock", "at least 1", self.clock)?;
        Error::require(
            (2..=1000).contains(&self.max_buckets),
            "max_buckets",
            "in 2..=1000",
            self.max_buckets,
        )?;
        Error::require(self.min_part >= 1, "min_part", "at least 1", self.min_part)?;
        Error::require((1..=48).contains(&self.rows), "rows", "in 1..=48", self.rows)?;
        Ok(Adwin {
            settings: self,
            window: Histogram::new(usize::from(self.rows), self.max_buckets),
            ticks: 0,
            strength: None,
            drifted: false,
            drifts: 0,
            dropped: false,
            check: PlausibilityCheck::default(),
        })
    }
}

impl Adwin {
    /// A window with the settings of river.
    pub fn builder() -> AdwinBuilder {
        AdwinBuilder {
            delta: 0.002,
            range: 1.0,
            clock: 32,
            max_buckets: 5,
            min_part: 5,
            grace: 10,
            rows: 32,
            restarting: false,
        }
    }

    /// How many values the window has.
    #[must_use]
    pub fn width(&self) -> u64 {
        self.window.width()
    }

    /// Their mean; `None` before the first.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.width() > 0).then(|| self.window.sum() / self.width() as f64)
    }

    /// Their variance, with the divisor n; `None` before the first.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.width() > 0).then(|| self.window.squares() / self.width() as f64)
    }

    /// Whether the last value cut the window: the event of a change.
    #[must_use]
    pub fn drifted(&self) -> bool {
        self.drifted
    }

    /// How many values cut the window so far.
    #[must_use]
    pub fn drifts(&self) -> u64 {
        self.drifts
    }

    /// Whether buckets were only dropped because of a change: false once there was no row left for the oldest
    /// bucket.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.dropped
    }

    /// The strongest cut in units of its bound, signed; 0 if there is none. Beyond `enough` the first one is
    /// as good.
    fn strongest(&self, enough: f64) -> f64 {
        let AdwinBuilder { delta, range, min_part, .. } = self.settings;
        let (n, total, least) = (self.width() as f64, self.window.sum(), f64::from(min_part));
        let d = libm::log(2.0 * libm::log(n) / delta);
        let by_variance = 2.0 * d * (self.window.squares() / n);
        let by_range = 2.0 / 3.0 * d * range;
        let (mut best, mut off_at_best) = (0.0, 0.0);
        self.window.cuts(|older, sum| {
            let newer = n - older;
            if newer < least {
                return true;
            }
            if older < least {
                return false;
            }
            // One division for both means and both shares of m.
            let (a, b, sizes) = (older - least + 1.0, newer - least + 1.0, older * newer);
            let inverse = 1.0 / (a * b * sizes);
            let m = (a + b) * sizes * inverse;
            let off = ((total - sum) * older - sum * newer) * (a * b * inverse);
            // Without its second part the bound is smaller: most cuts need no root.
            if off * off > best * best * (by_variance * m) {
                let strength = (off.abs() / (libm::sqrt(by_variance * m) + by_range * m)).min(1e300);
                if strength > best {
                    (best, off_at_best) = (strength, off);
                }
            }
            best > enough
        });
        if off_at_best < 0.0 { -best } else { best }
    }

    fn look(&mut self) {
        let mut strength = self.strongest(f64::INFINITY);
        self.strength = Some(strength);
        self.drifted = strength.abs() > 1.0;
        self.drifts = self.drifts.saturating_add(u64::from(self.drifted));
        while strength.abs() > 1.0 {
            self.window.drop_oldest();
            strength = self.strongest(1.0);
        }
    }
}

impl Stage<f64> for Adwin {
    type Output = Score;

    #[inline]
    fn update(&mut self, x: f64) -> Option<Score> {
        let x = self.check.check(x).learned(|| {
            self.window.clear();
            (self.ticks, self.strength, self.drifted) = (0, None, false);
        })?;
        if self.drifted && self.settings.restarting {
            self.window.clear();
            (self.ticks, self.strength) = (0, None);
        }
        self.drifted = false;
        let before = self.mean().zip(self.variance());
        if !self.window.push(x) {
            self.dropped = true;
        }
        self.ticks += 1;
        if self.ticks == self.settings.clock {
            self.ticks = 0;
            if self.width() > self.settings.grace && self.width() >= 2 {
                self.look();
            }
        }
        let score = Score::from_deviation(self.strength?)?;
        let expected = before.and_then(|(mean, variance)| Prediction::new(mean, libm::sqrt(variance)));
        Some(match expected {
            Some(expected) => score.with_expected(expected),
            None => score,
        })
    }

    fn reset(&mut self) {
        self.window.clear();
        (self.ticks, self.strength, self.drifted, self.drifts, self.dropped) = (0, None, false, 0, false);
        self.check = PlausibilityCheck::default();
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(AdwinBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    Adwin as struct Saved("Adwin@2") {
        settings: AdwinBuilder,
        counts: Vec<u16>,
        sums: Vec<f64>,
        squares: Vec<f64>,
        of_all: [f64; 2],
        ticks: u32,
        strength: Option<f64>,
        drifted: bool,
        drifts: u64,
        given_up: bool,
        check: PlausibilityCheck,
    }
}

#[cfg(feature = "serde")]
impl From<&Adwin> for Saved {
    fn from(a: &Adwin) -> Self {
        let buckets = a.window.buckets();
        Self {
            settings: a.settings,
            counts: a.window.counts().to_vec(),
            sums: buckets.iter().map(|b| b.sum).collect(),
            squares: buckets.iter().map(|b| b.squares).collect(),
            of_all: [a.window.sum(), a.window.squares()],
            ticks: a.ticks,
            strength: a.strength,
            drifted: a.drifted,
            drifts: a.drifts,
            given_up: a.dropped,
            check: a.check,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for Adwin {
    type Error = Error;

    fn try_from(parts: Saved) -> Result<Self, Error> {
        let fresh = parts.settings.build()?;
        let most = parts.settings.max_buckets;
        let counts = parts.counts.len() == usize::from(parts.settings.rows)
            && parts.counts.iter().all(|count| *count <= most);
        Error::require(counts, "counts", "one a row, each at most max_buckets", "others")?;
        let buckets: usize = parts.counts.iter().map(|count| usize::from(*count)).sum();
        // 2^58 values of at most 1e100.
        let sums = |sum: &f64| sum.abs() <= 1e120;
        let squares = |squares: &f64| (0.0..=1e240).contains(squares);
        let sound = parts.sums.len() == buckets
            && parts.squares.len() == buckets
            && parts.sums.iter().all(sums)
            && parts.squares.iter().all(squares)
            && sums(&parts.of_all[0])
            && squares(&parts.of_all[1]);
        Error::require(sound, "buckets", "as many as counted, of finite values", "others")?;
        Error::require(parts.ticks < parts.settings.clock, "ticks", "below clock", parts.ticks)?;
        let strength = parts.strength.is_none_or(f64::is_finite);
        Error::require(strength, "strength", "finite", "another")?;
        let pairs = parts.sums.iter().zip(&parts.squares);
        let buckets = pairs.map(|(sum, squares)| super::histogram::Bucket { sum: *sum, squares: *squares });
        let window = fresh.window.restored(&parts.counts, buckets, parts.of_all);
        Ok(Self {
            settings: fresh.settings,
            window,
            ticks: parts.ticks,
            strength: parts.strength,
            drifted: parts.drifted,
            drifts: parts.drifts,
            dropped: parts.given_up,
            check: parts.check,
        })
    }
}
