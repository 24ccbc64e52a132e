//! Seasonal autoregression that finds its season while it runs.

use super::recursive_sparse_ar::RecursiveSparseAr;
use crate::period;
#[cfg(feature = "serde")]
use alloc::format;
use alloc::vec::Vec;
use evenkeel_core::{Assessment, Checked, Error, Forecaster, PlausibilityCheck, Prediction, Stage};

/// The lags without a season.
const LAGS: [usize; 3] = [1, 2, 3];
/// After so many values the season is sought for the first time, then after four times as many, and so on.
const FIRST: u64 = 1_000;
/// In so many of the last values at most.
const SOUGHT: usize = 4_000;
/// A memory of ten thousand values: a season has to come many times before its coefficients are known.
const FORGETTING: f64 = 0.9999;
/// How far from its forecast a value is learned as it is, in standard deviations.
const REACH: f64 = 3.0;

evenkeel_core::state! {
    /// A forecaster: autoregression on the last three values and, once it has found one, on a season, which
    /// it looks for while it runs.
    ///
    /// *When*: a series of which nothing is known, behind [`Surprise`](crate::forecast::Surprise) or
    /// [`Innovations`](crate::forecast::Innovations). Where the season is known, [`RecursiveSparseAr`] with
    /// its lags knows it from the beginning.
    ///
    /// *Method*: [`RecursiveSparseAr`] with lags 1, 2, 3, a memory of 10,000 values and learning that is bounded
    /// at three standard deviations. After 1,000, 4,000, 16,000, ... values the strongest period among the
    /// last 4,000 of them is sought: the first peak of the autocorrelation that is nearly as high as the
    /// highest and at least 0.4, at most a third of the values. If it is s, and was not so before, the lags
    /// become 1, 2, 3, s - 1, s, s + 1, 2 s, and the coefficients are learned again from those values.
    ///
    /// *Missing data*: as for [`RecursiveSparseAr`]; where the season is sought the last value stands in for
    /// it, and for what can't be of the same series ([`PlausibilityCheck`]).
    ///
    /// *Cost*: O(1), below a microsecond; when the season is sought O(4,000²) once, some milliseconds. *State*:
    /// 32 kB, and 48 s with a season. It allocates when a season is found.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_detect::forecast::SeasonalAr;
    ///
    /// let mut model = SeasonalAr::new()?;
    /// let value = |hour: u32| if hour % 24 == 7 { 90.0 } else { 20.0 + f64::from(hour % 5) };
    /// let last = model.run((0..24 * 60).map(value)).last().flatten().unwrap();
    /// assert_eq!(model.season(), Some(24));
    /// assert!((last.mean() - value(24 * 60)).abs() < 5.0);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct SeasonalAr(format!("SeasonalAr@1<{}>", RecursiveSparseAr::schema())) {
        season: Option<usize>,
        model: RecursiveSparseAr,
        /// The last values; a ring once it is full, in which `oldest` is the place of the oldest.
        history: Vec<f64>,
        oldest: usize,
        /// How many values came, missing ones among them, and at how many the season is sought next.
        seen: u64,
        next: u64,
        /// Of what the season is sought in; the model has one of its own.
        check: PlausibilityCheck,
    }
}

/// The model of a season.
fn model(season: Option<usize>) -> Result<RecursiveSparseAr, Error> {
    let mut lags: Vec<usize> = LAGS.to_vec();
    if let Some(s) = season {
        lags.extend([s.saturating_sub(1), s, s + 1, 2 * s].into_iter().filter(|lag| *lag > LAGS.len()));
        lags.sort_unstable();
        lags.dedup();
    }
    RecursiveSparseAr::builder(lags).forgetting(FORGETTING).bounded(REACH).build()
}

impl SeasonalAr {
    /// A forecaster, which has no settings.
    ///
    /// # Errors
    /// Those of the builder of [`RecursiveSparseAr`]; its settings are in range, so none in fact.
    pub fn new() -> Result<Self, Error> {
        let model = model(None)?;
        let history = Vec::with_capacity(SOUGHT);
        let check = PlausibilityCheck::default();
        Ok(Self { season: None, model, history, oldest: 0, seen: 0, next: FIRST, check })
    }

    /// The season that it found last, in samples.
    #[must_use]
    pub fn season(&self) -> Option<usize> {
        self.season
    }

    /// The model with the lags of that season.
    #[must_use]
    pub fn model(&self) -> &RecursiveSparseAr {
        &self.model
    }

    fn forget(&mut self) {
        if self.season.is_none() {
            self.model.reset();
        } else if let Ok(fresh) = model(None) {
            (self.season, self.model) = (None, fresh);
        }
        self.history.clear();
        (self.oldest, self.seen, self.next) = (0, 0, FIRST);
    }

    fn remember(&mut self, x: f64) {
        if self.history.len() < SOUGHT {
            self.history.push(x);
        } else {
            self.history[self.oldest] = x;
            self.oldest = (self.oldest + 1) % SOUGHT;
        }
    }

    fn seek(&mut self) {
        self.next = self.next.saturating_mul(4);
        self.history.rotate_left(self.oldest);
        self.oldest = 0;
        let found = period::strongest(&self.history).filter(|season| Some(*season) != self.season);
        let Some(season) = found else { return };
        if let Ok(mut fresh) = model(Some(season)) {
            for x in &self.history {
                fresh.update(*x);
            }
            (self.season, self.model) = (Some(season), fresh);
        }
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        let lags = model(self.season)?;
        let same = lags.lags() == self.model.lags();
        Error::require(same, "lags", "those of the season", format_args!("{:?}", self.model.lags()))?;
        let period = self.season.is_none_or(|season| (2..=SOUGHT / 3).contains(&season));
        Error::require(period, "season", "at most a third of 4,000", format_args!("{:?}", self.season))?;
        let kept = self.history.len() <= SOUGHT && self.history.len() as u64 <= self.seen;
        let place = self.oldest == 0 || self.history.len() == SOUGHT && self.oldest < SOUGHT;
        Error::require(kept && place, "history", "a ring of at most 4,000 values", self.history.len())?;
        let observed = self.history.iter().all(|x| evenkeel_core::observed(*x).is_some());
        Error::require(observed, "history", "observed values", "another")?;
        let turn = self.next > self.seen && (FIRST..=u64::MAX).contains(&self.next);
        Error::require(turn, "next", "later than now", self.next)
    }
}

impl Stage<f64> for SeasonalAr {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let known = match self.check.check(x) {
            Checked::Missing | Checked::Implausible(_) => None,
            Checked::Plausible(x) => Some(x),
            Checked::StartOver(x) => {
                self.forget();
                Some(x)
            }
        };
        let last = || {
            let newest = self.oldest.checked_sub(1).unwrap_or(self.history.len().wrapping_sub(1));
            self.history.get(newest).copied()
        };
        // Gaps before the first value are no values.
        let held = known.or_else(last)?;
        self.seen = self.seen.saturating_add(1).min(u64::MAX - 1);
        self.remember(held);
        let next = self.model.update(x);
        if self.seen < self.next {
            return next;
        }
        let season = self.season;
        self.seek();
        if self.season == season {
            return next;
        }
        let mut next = [Prediction::default()];
        self.model.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.forget();
        self.check = PlausibilityCheck::default();
    }
}

impl Forecaster for SeasonalAr {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        self.model.forecast_into(out)
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        self.model.assess(x)
    }
}
