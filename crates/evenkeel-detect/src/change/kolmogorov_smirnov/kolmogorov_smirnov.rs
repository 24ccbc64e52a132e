//! The two-sample Kolmogorov-Smirnov test in sliding windows.

use super::null_distribution;
use super::treap::Treap;
use alloc::collections::VecDeque;
use evenkeel_core::{Direction, Error, Score, Stage, observed};

/// Notices that the newest values have another distribution than those before: another level, spread or
/// shape, whatever the distribution.
///
/// *When*: nothing is known of the distribution, and more than its mean may change. For a mean alone
/// [`Focus`](crate::change::Focus) and [`Adwin`](crate::change::Adwin) are quicker. Behind a forecaster's
/// [`Innovations`](crate::forecast::Innovations) if the series is predictable: the test takes values for
/// independent.
///
/// *Method*: D, the largest difference between the empirical distribution functions of the `recent` newest
/// values and of the `reference` values before them, or of the first ones
/// ([`fixed`](KolmogorovSmirnovBuilder::fixed)), kept up to date value by value as by D. M. dos Reis, P.
/// Flach, S. Matwin, G. Batista, Fast unsupervised online drift detection using incremental
/// Kolmogorov-Smirnov test, KDD 2016, doi:10.1145/2939672.2939836, in a treap; equal values are one step. C.
/// Raab, M. Heusinger, F.-M. Schleif, Reactive soft prototype computing for concept drift streams,
/// Neurocomputing 416 (2020) 340-351, doi:10.1016/j.neucom.2019.11.111 (KSWIN).
///
/// *Deviation*: KSWIN compares with a random sample of the older values; this takes all of them, and nothing
/// is random.
///
/// *Parameters*:
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `recent` | 2..=10000 | 30 | a shift by one standard deviation is then beyond one in a thousand; KSWIN's |
/// | `reference` | 2..=10000 | 70 | the rest of KSWIN's window of 100 |
/// | `fixed` | | no | the first `reference` values are the reference for ever |
///
/// *Score*: sqrt(n m / (n + m)) D, which has nearly one distribution for all sizes: above 1.36 once in
/// twenty, 1.63 in a hundred, 1.95 in a thousand, by one look each. Direction: up if the newest values are
/// the larger ones where the difference is largest.
///
/// **A test that is repeated at every value rejects sooner or later.** [`p_value`](Self::p_value) is of one
/// look; looks at overlapping windows depend on each other. For alarms under a budget put a calibrator behind
/// the score ([`Spot`](crate::calibrate::Spot)).
///
/// *Missing data*: no score, nothing learned; windows count observed values. *Cost*: O(log(`recent` +
/// `reference`)) on average. *State*: 68 bytes a value of both windows.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::change::KolmogorovSmirnov;
///
/// // The level stays, the spread grows fourfold.
/// let mut test = KolmogorovSmirnov::builder().build()?;
/// let wave = |i: u32| (f64::from(i) * 2.4).sin();
/// let scores = test.run((0..400).map(|i| if i < 300 { wave(i) } else { 4.0 * wave(i) }));
/// let found = scores.map(|s| s.map_or(0.0, |s| s.value())).position(|s| s > 1.63);
/// assert!((310..330).contains(&found.unwrap()));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct KolmogorovSmirnov {
    settings: KolmogorovSmirnovBuilder,
    recent: VecDeque<f64>,
    reference: VecDeque<f64>,
    /// Follows from the values.
    treap: Treap,
}

/// Settings of a [`KolmogorovSmirnov`] test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct KolmogorovSmirnovBuilder {
    recent: usize,
    reference: usize,
    fixed: bool,
}

impl KolmogorovSmirnovBuilder {
    /// How many values are the newest, in 2..=10000. Default 30.
    pub fn recent(mut self, values: usize) -> Self {
        self.recent = values;
        self
    }

    /// With how many they are compared, in 2..=10000. Default 70.
    pub fn reference(mut self, values: usize) -> Self {
        self.reference = values;
        self
    }

    /// Always compares with the first `reference` values, instead of those just before the newest.
    pub fn fixed(mut self) -> Self {
        self.fixed = true;
        self
    }

    /// The test.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<KolmogorovSmirnov, Error> {
        Error::require((2..=10_000).contains(&self.recent), "recent", "in 2..=10000", self.recent)?;
        Error::require((2..=10_000).contains(&self.reference), "reference", "in 2..=10000", self.reference)?;
        Ok(KolmogorovSmirnov {
            settings: self,
            recent: VecDeque::with_capacity(self.recent + 1),
            reference: VecDeque::with_capacity(self.reference + 1),
            treap: Treap::new([self.recent, self.reference]),
        })
    }
}

impl KolmogorovSmirnov {
    /// A test of the last 30 values against the 70 before.
    pub fn builder() -> KolmogorovSmirnovBuilder {
        KolmogorovSmirnovBuilder { recent: 30, reference: 70, fixed: false }
    }

    /// D, in [0, 1]; `None` until both windows are full.
    #[must_use]
    pub fn statistic(&self) -> Option<f64> {
        let (high, low) = self.extremes()?;
        Some(high.max(-low) as f64 / (self.settings.recent * self.settings.reference) as f64)
    }

    /// The probability of so large a D by one look at two samples of one continuous distribution, exact
    /// ([`exact`](Self::exact)) up to a million pairs, else [`approximate`](Self::approximate). Too large
    /// where values are equal: a test that errs on the quiet side. `None` until both windows are full. Takes
    /// O(`recent` `reference`) time and memory of its own: for the one value that matters, not for each.
    #[must_use]
    pub fn p_value(&self) -> Option<f64> {
        let (n, m) = (self.settings.recent, self.settings.reference);
        let of = if n * m <= 1_000_000 { Self::exact } else { Self::approximate };
        of(n, m, self.statistic()?).ok()
    }

    /// The probability that two samples of n and m values of one continuous distribution differ by `d` or
    /// more. O(n m).
    ///
    /// # Errors
    /// If a size is not in 1..=100000, or `d` is not in [0, 1].
    pub fn exact(n: usize, m: usize, d: f64) -> Result<f64, Error> {
        validate(n, m, d)?;
        Ok(null_distribution::two_sample(n, m, d))
    }

    /// The same by the exact distribution of a single sample of n m / (n + m) values, rounded, which is what
    /// other programs call asymptotic. O((n d)³ log n), or O(n) where it is below a thousandth.
    ///
    /// # Errors
    /// If a size is not in 1..=100000, or `d` is not in [0, 1].
    pub fn approximate(n: usize, m: usize, d: f64) -> Result<f64, Error> {
        validate(n, m, d)?;
        let size = libm::rint((n * m) as f64 / (n + m) as f64);
        Ok(null_distribution::one_sample((size as usize).max(1), d))
    }

    fn extremes(&self) -> Option<(i64, i64)> {
        let full =
            self.recent.len() == self.settings.recent && self.reference.len() == self.settings.reference;
        full.then(|| self.treap.extremes())
    }

    fn learn(&mut self, x: f64) {
        let KolmogorovSmirnovBuilder { recent, reference, fixed } = self.settings;
        if fixed && self.reference.len() < reference {
            self.reference.push_back(x);
            self.treap.put(x, 1);
            return;
        }
        if self.recent.len() == recent
            && let Some(oldest) = self.recent.pop_front()
        {
            self.treap.take(oldest, 0);
            if !fixed {
                if self.reference.len() == reference
                    && let Some(gone) = self.reference.pop_front()
                {
                    self.treap.take(gone, 1);
                }
                self.reference.push_back(oldest);
                self.treap.put(oldest, 1);
            }
        }
        self.recent.push_back(x);
        self.treap.put(x, 0);
    }
}

fn validate(n: usize, m: usize, d: f64) -> Result<(), Error> {
    Error::require((1..=100_000).contains(&n), "n", "in 1..=100000", n)?;
    Error::require((1..=100_000).contains(&m), "m", "in 1..=100000", m)?;
    Error::require((0.0..=1.0).contains(&d), "d", "in [0, 1]", d)
}

impl Stage<f64> for KolmogorovSmirnov {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        // Zeros of either sign are equal.
        self.learn(observed(x)? + 0.0);
        let (high, low) = self.extremes()?;
        let (n, m) = (self.settings.recent as f64, self.settings.reference as f64);
        let (largest, direction) = if high > -low { (high, Direction::Down) } else { (-low, Direction::Up) };
        Score::new(largest as f64 / libm::sqrt(n * m * (n + m)), direction)
    }

    fn reset(&mut self) {
        self.recent.clear();
        self.reference.clear();
        self.treap.clear();
    }
}

/// The treap follows from the values.
impl PartialEq for KolmogorovSmirnov {
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings && self.recent == other.recent && self.reference == other.reference
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(KolmogorovSmirnovBuilder);

#[cfg(feature = "serde")]
evenkeel_core::state! {
    KolmogorovSmirnov as struct Saved("KolmogorovSmirnov@1") {
        settings: KolmogorovSmirnovBuilder,
        recent: VecDeque<f64>,
        reference: VecDeque<f64>,
    }
}

#[cfg(feature = "serde")]
impl From<&KolmogorovSmirnov> for Saved {
    fn from(t: &KolmogorovSmirnov) -> Self {
        Self { settings: t.settings, recent: t.recent.clone(), reference: t.reference.clone() }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for KolmogorovSmirnov {
    type Error = Error;

    fn try_from(parts: Saved) -> Result<Self, Error> {
        let mut read = parts.settings.build()?;
        let KolmogorovSmirnovBuilder { recent, reference, fixed } = parts.settings;
        let observed_all = parts.recent.iter().chain(&parts.reference).all(|x| observed(*x).is_some());
        // One window is filled before the other.
        let order = if fixed {
            parts.recent.is_empty() || parts.reference.len() == reference
        } else {
            parts.reference.is_empty() || parts.recent.len() == recent
        };
        let sound =
            observed_all && order && parts.recent.len() <= recent && parts.reference.len() <= reference;
        Error::require(sound, "windows", "observed values, no more than the sizes", "others")?;
        for (values, kept, sample) in
            [(parts.recent, &mut read.recent, 0), (parts.reference, &mut read.reference, 1)]
        {
            for x in values {
                kept.push_back(x + 0.0);
                read.treap.put(x + 0.0, sample);
            }
        }
        Ok(read)
    }
}
