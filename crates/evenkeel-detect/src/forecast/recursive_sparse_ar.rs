//! Sparse autoregression by recursive least squares.

use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, Forecaster, LARGEST, PlausibilityCheck, Prediction, Stage};
use evenkeel_stats::{RecursiveLeastSquares, RecursiveLeastSquaresBuilder};

/// The longest lag.
const LONGEST: usize = 100_000;
/// The most lags.
const MOST: usize = 2_000;
/// After so many forecasts their errors' spread is known well enough to bound what is learned.
const JUDGED: u64 = 50;
/// The standard deviation of bounded errors grows slowly, so it forgets faster than coefficients may.
const BOUNDED: f64 = 0.9995;
/// An error of more than one over this times what is still learned as it is can't be of the same noise: where
/// nothing has ever been off, any error is one.
const LEAST_SHARE: f64 = 1e-3;
/// The default ridge: where the first deviation is a thousand times the usual ones, it is forgotten within a thousand values.
const RIDGE: f64 = 1e-9;
/// A first deviation of less than this share of the first value can be rounding.
const ROUNDING: f64 = 1e-9;
/// How many such errors in a row are a new state, and learned as any values.
const NEW_STATE: u32 = 20;

/// A forecaster: autoregression on given lags that learns its coefficients value by value, and forgets. For
/// series that change over time, and where there is no history to fit.
///
/// After each value the coefficients are those that least squares would give for all values so far, older
/// ones weighing exponentially less ([`RecursiveLeastSquares`]). *Lags* are given: 1, 2, 3 are a good start,
/// and those of seasons; `SparseAr` of `evenkeel-models` chooses them on a history. Values are taken relative
/// to the first one, and in units of the first deviation from it: neither a large level nor a small unit costs accuracy. Source of the recursion: G. J. Bierman, Measurement
/// updating using the U-D factorization, Automatica 12 (1976) 375-382, doi:10.1016/0005-1098(76)90080-3.
///
/// *Forecasts*: nothing is known until as many values as the longest lag were seen and as many equations as
/// coefficients learnt. Coefficients learnt on the fly may be those of an explosive series, so that means of
/// more than one step ahead are held within the range of the newest values (as many as the longest lag),
/// widened by its width at either side; single steps are not.
///
/// *Missing values* are replaced by their forecasts, once there are any, and teach nothing. *Wild values*
/// (2⁶⁴ - 1, 1e100), whose squares would dominate for far too long, are missing by the rule of
/// [`PlausibilityCheck`]: as the first values they are forgotten with the eighth after them, later at once.
/// What is less than a million times as large as all before is learned, and forgotten in 2 ln(size) / (1 -
/// `forgetting`) values.
///
/// *Bounded learning*: with [`bounded`](RecursiveSparseArBuilder::bounded) a value that is farther from its forecast than so
/// many standard deviations has Huber's weight, so that it is learned as if it were so far (P. J. Huber, Robust
/// estimation of a location parameter, Ann. Math. Statist. 35 (1964) 73-101, doi:10.1214/aoms/1177703732): an
/// outlier does not become the norm, and a change that lasts does in time. A value that is a thousand times as far
/// (where nothing has ever been off, any other value is) changes no coefficient, until twenty of them in a row are
/// a new state and learned as they are.
///
/// *Parameters*: lags, from 1 to 100,000 samples; `forgetting` in (0, 1], default 0.999: a memory of 1,000
/// values; `ridge`, default 1e-9 in squares of the first deviation; `bounded` in [1, 100] standard deviations,
/// default none.
///
/// An update is O(lags²) and allocates nothing; the state is the longest lag and lags² / 2 numbers. Forecasts
/// of more than one step allocate as many numbers as steps.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::forecast::RecursiveSparseAr;
///
/// let mut model = RecursiveSparseAr::builder([1, 24]).forgetting(0.99).build()?;
/// let value = |hour: usize| 50.0 + 10.0 * f64::from(u8::from(hour % 24 < 8)) + (hour % 5) as f64;
/// for hour in 0..24 * 40 {
///     model.update(value(hour));
/// }
/// let next = model.update(value(24 * 40)).expect("it has learnt");
/// assert!((next.mean() - value(24 * 40 + 1)).abs() < 4.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "state::State", into = "state::State")
)]
pub struct RecursiveSparseAr {
    lags: Vec<usize>,
    forgetting: f64,
    reach: Option<f64>,
    check: PlausibilityCheck,
    regression: RecursiveLeastSquares,
    /// 1, then the lagged values.
    regressors: Vec<f64>,
    /// Weighted sum of squared surprises, and of weights.
    squares: f64,
    weight: f64,
    /// How many errors in a row were far too large for the noise.
    strangers: u32,
    /// The first value, which all are taken relative to.
    origin: Option<f64>,
    /// The size of the first deviation from it, which is one in the regression.
    unit: Option<f64>,
    ring: Vec<f64>,
    head: usize,
    filled: usize,
    /// How many of the newest are replacements; while there are some, within which bounds, the newest
    /// responses to an innovation, as a ring like that of the values, and the sum of the squares of all of
    /// them.
    gap: u64,
    bounds: (f64, f64),
    responses: Vec<f64>,
    grown: f64,
}

/// Settings of a [`RecursiveSparseAr`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RecursiveSparseArBuilder {
    lags: Vec<usize>,
    forgetting: f64,
    reach: Option<f64>,
    regression: RecursiveLeastSquaresBuilder,
}

impl RecursiveSparseArBuilder {
    /// The weight of an observation relative to the next one, in (0, 1]. Default 0.999.
    pub fn forgetting(mut self, forgetting: f64) -> Self {
        self.forgetting = forgetting;
        self
    }

    /// How firmly coefficients are held at 0 at the beginning (ridge), in squares of the first deviation from the first
    /// value. Default 1e-9.
    pub fn ridge(mut self, ridge: f64) -> Self {
        self.regression = self.regression.ridge(ridge);
        self
    }

    /// Learns of a value no more than if it were so many standard deviations from its forecast, in [1, 100],
    /// once fifty forecasts were judged. Default: as it is.
    pub fn bounded(mut self, deviations: f64) -> Self {
        self.reach = Some(deviations);
        self
    }

    /// The forecaster.
    ///
    /// # Errors
    /// If there is no lag, more than 2,000, one out of 1 to 100,000 or twice, `forgetting` not in (0, 1],
    /// `ridge` not in [1e-30, 1e30], or `bounded` not in [1, 100].
    pub fn build(self) -> Result<RecursiveSparseAr, Error> {
        let mut lags = self.lags;
        lags.sort_unstable();
        let given = lags.len();
        lags.dedup();
        let within = lags.iter().all(|lag| (1..=LONGEST).contains(lag));
        let well = within && lags.len() == given && (1..=MOST).contains(&given);
        Error::require(
            well,
            "lags",
            "1 to 2,000 different ones from 1 to 100,000",
            format_args!("{lags:?}"),
        )?;
        if let Some(reach) = self.reach {
            Error::require((1.0..=100.0).contains(&reach), "bounded", "in [1, 100]", reach)?;
        }
        let regression = self.regression.forgetting(self.forgetting).build()?;
        let longest = lags.last().copied().unwrap_or(1);
        Ok(RecursiveSparseAr {
            regressors: vec![0.0; lags.len() + 1],
            lags,
            forgetting: self.forgetting,
            reach: self.reach,
            check: PlausibilityCheck::default(),
            regression,
            squares: 0.0,
            weight: 0.0,
            strangers: 0,
            origin: None,
            unit: None,
            ring: vec![0.0; longest],
            head: 0,
            filled: 0,
            gap: 0,
            bounds: (0.0, 0.0),
            responses: vec![0.0; longest],
            grown: 1.0,
        })
    }
}

impl RecursiveSparseAr {
    /// Settings for these lags, in samples.
    pub fn builder(lags: impl IntoIterator<Item = usize>) -> RecursiveSparseArBuilder {
        let lags: Vec<usize> = lags.into_iter().collect();
        let regression = RecursiveLeastSquares::builder(lags.len() + 1).ridge(RIDGE);
        RecursiveSparseArBuilder { lags, forgetting: 0.999, reach: None, regression }
    }

    /// The lags, ascending, in samples.
    #[must_use]
    pub fn lags(&self) -> &[usize] {
        &self.lags
    }

    /// The coefficient of each lag so far.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.regression.coefficients()[1..]
    }

    /// The standard deviation of the surprises so far, in units of the data; 0 before the first.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        if self.weight > 0.0 { libm::sqrt(self.squares / self.weight) } else { 0.0 }
    }

    fn back(&self, lag: usize) -> f64 {
        let place = if lag <= self.head { self.head - lag } else { self.head + self.ring.len() - lag };
        self.ring[place]
    }

    fn is_ready(&self) -> bool {
        self.filled == self.ring.len() && self.regression.count() > self.lags.len() as u64 + 1
    }

    /// The next value relative to the origin, from `later` values that come before it.
    fn next(&self, later: &[f64]) -> f64 {
        let coefficients = self.regression.coefficients();
        let level = coefficients[0] * self.unit.unwrap_or(1.0);
        let sum = self.lags.iter().zip(&coefficients[1..]).fold(level, |sum, (lag, c)| {
            sum + c * if *lag <= later.len() {
                later[later.len() - lag]
            } else {
                self.back(lag - later.len())
            }
        });
        sum.clamp(-LARGEST, LARGEST)
    }

    /// Between which values means of more than one step ahead are held.
    fn bounds(&self) -> (f64, f64) {
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = self.ring.iter().fold(ends, |(low, high), x| (low.min(*x), high.max(*x)));
        ((low - (high - low)).max(-LARGEST), (high + (high - low)).min(LARGEST))
    }

    /// The response to an innovation so many steps ago, from those to the ones in between.
    fn response(&self, back: impl Fn(usize) -> f64) -> f64 {
        let coefficients = &self.regression.coefficients()[1..];
        let echo: f64 = self.lags.iter().zip(coefficients).map(|(lag, c)| c * back(*lag)).sum();
        echo.clamp(-1e3, 1e3)
    }

    /// The sum of squared responses that the next value's variance is made of.
    fn grown_now(&self) -> f64 {
        if self.gap > 0 { self.grown } else { 1.0 }
    }

    /// Takes note of a missing value, before its replacement is pushed.
    fn open_gap(&mut self) {
        if self.gap == 0 {
            self.bounds = self.bounds();
            self.responses.fill(0.0);
            self.responses[self.head] = 1.0;
            self.grown = 1.0;
        }
        self.gap = self.gap.saturating_add(1);
    }

    /// After the replacement was pushed: the response is one step older.
    fn widen_gap(&mut self) {
        let length = self.responses.len();
        let back = |lag: usize| {
            self.responses[if lag <= self.head { self.head - lag } else { self.head + length - lag }]
        };
        let response = self.response(back);
        self.responses[self.head] = response;
        self.grown = (self.grown + response * response).min(1e60);
    }

    fn learn_square(&mut self, square: f64, kept: f64) {
        self.squares = (self.squares * kept + square).min(1e200);
        self.weight = self.weight * kept + 1.0;
    }

    /// Before the first deviation all values were 0, in any unit.
    fn learn_unit(&mut self, z: f64) {
        if self.unit.is_none() && z != 0.0 {
            let rounding = ROUNDING * self.origin.unwrap_or(0.0).abs();
            self.unit = Some(z.abs().max(rounding).max(f64::MIN_POSITIVE));
        }
    }

    fn learn(&mut self, z: f64) {
        if self.filled < self.ring.len() {
            return;
        }
        let unit = self.unit.unwrap_or(1.0);
        let in_units = |x: f64| (x / unit).clamp(-LARGEST, LARGEST);
        self.regressors[0] = 1.0;
        for i in 0..self.lags.len() {
            self.regressors[i + 1] = in_units(self.back(self.lags[i]));
        }
        let was_ready = self.is_ready();
        let reach = self.reach.filter(|_| self.regression.count() > self.lags.len() as u64 + JUDGED);
        let far = reach.map_or(f64::INFINITY, |reach| reach * self.sigma());
        let error = if reach.is_some() { (z - self.next(&[])).abs() } else { 0.0 };
        let kept = if self.reach.is_some() { self.forgetting.min(BOUNDED) } else { self.forgetting };
        let least = LEAST_SHARE * error;
        self.strangers = if far < least { self.strangers.saturating_add(1) } else { 0 };
        if (1..=NEW_STATE).contains(&self.strangers) {
            self.regressors.fill(0.0);
            self.learn_square(least * least, kept);
            return;
        }
        let far = if self.strangers > 0 { f64::INFINITY } else { far };
        // Huber's weight.
        let weight = if error > far { far / error } else { 1.0 };
        let innovation = self.regression.update_weighted(&self.regressors, in_units(z), weight);
        // Before it knows anything it is surprised by everything.
        if let Some(innovation) = innovation.filter(|_| was_ready) {
            let residual = (unit * innovation.residual().abs()).min(far);
            self.learn_square(residual * residual / innovation.spread(), kept);
        }
        self.regressors.fill(0.0);
    }
}

impl Stage<f64> for RecursiveSparseAr {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let checked = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        let z = match checked {
            Some(x) => {
                let z = x - *self.origin.get_or_insert(x);
                let z = z.clamp(-LARGEST, LARGEST);
                self.learn_unit(z);
                self.learn(z);
                self.gap = 0;
                z
            }
            None if self.filled == 0 => return None,
            None if self.is_ready() => {
                self.open_gap();
                let (low, high) = self.bounds;
                let z = self.next(&[]);
                if self.gap > 1 { z.clamp(low, high) } else { z }
            }
            None => self.back(1),
        };
        self.ring[self.head] = z;
        self.head = if self.head + 1 == self.ring.len() { 0 } else { self.head + 1 };
        self.filled = (self.filled + 1).min(self.ring.len());
        if self.gap > 0 {
            self.widen_gap();
        }
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.check = PlausibilityCheck::default();
        self.regression.reset();
        self.regressors.fill(0.0);
        self.ring.fill(0.0);
        (self.squares, self.weight, self.strangers) = (0.0, 0.0, 0);
        (self.origin, self.unit) = (None, None);
        (self.head, self.filled, self.gap) = (0, 0, 0);
        (self.bounds, self.grown) = ((0.0, 0.0), 1.0);
        self.responses.fill(0.0);
    }
}

impl Forecaster for RecursiveSparseAr {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let Some(origin) = self.origin.filter(|_| self.is_ready()) else { return false };
        let sigma = self.sigma();
        let prediction = |z: f64, sum: f64| {
            let mean = (origin + z).clamp(-LARGEST, LARGEST);
            Prediction::new(mean, (sigma * libm::sqrt(sum)).min(LARGEST)).unwrap_or_default()
        };
        // Reading the whole ring is worth it only for more than the next value.
        let (low, high) = match self.gap {
            0 if out.len() > 1 => self.bounds(),
            _ => self.bounds,
        };
        let held = |z: f64, steps: u64| if steps > 0 { z.clamp(low, high) } else { z };
        let Some((first, rest)) = out.split_first_mut() else { return true };
        let z = held(self.next(&[]), self.gap);
        *first = prediction(z, self.grown_now());
        if rest.is_empty() {
            return true;
        }
        // The responses so far, the newest last: those of the gap, and then one for each step.
        let length = self.ring.len();
        let mut responses: Vec<f64> = if self.gap == 0 {
            vec![1.0]
        } else {
            let from = self.head + 1;
            (0..length).map(|i| self.responses[(from + i) % length]).collect()
        };
        let (mut means, mut sum) = (vec![z], self.grown_now());
        for out in rest {
            let z = held(self.next(&means), 1);
            means.push(z);
            let known = responses.len();
            let response = self.response(|lag| if lag <= known { responses[known - lag] } else { 0.0 });
            responses.push(response);
            sum = (sum + response * response).min(1e60);
            *out = prediction(z, sum);
        }
        true
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(RecursiveSparseAr);

#[cfg(feature = "serde")]
mod state {
    use super::RecursiveSparseAr;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;
    use evenkeel_core::{Error, LARGEST, PlausibilityCheck, Snapshot, observed};
    use evenkeel_stats::RecursiveLeastSquares;

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct State {
        lags: Vec<usize>,
        #[serde(with = "evenkeel_core::exact")]
        forgetting: f64,
        #[serde(with = "evenkeel_core::exact")]
        reach: Option<f64>,
        check: PlausibilityCheck,
        regression: RecursiveLeastSquares,
        #[serde(with = "evenkeel_core::exact")]
        squares: f64,
        #[serde(with = "evenkeel_core::exact")]
        weight: f64,
        strangers: u32,
        #[serde(with = "evenkeel_core::exact")]
        origin: Option<f64>,
        #[serde(with = "evenkeel_core::exact")]
        unit: Option<f64>,
        #[serde(with = "evenkeel_core::exact")]
        ring: Vec<f64>,
        head: usize,
        filled: usize,
        gap: u64,
        #[serde(with = "evenkeel_core::exact")]
        bounds: [f64; 2],
        #[serde(with = "evenkeel_core::exact")]
        responses: Vec<f64>,
        #[serde(with = "evenkeel_core::exact")]
        grown: f64,
    }

    impl Snapshot for RecursiveSparseAr {
        fn schema() -> String {
            format!("RecursiveSparseAr@5<{}>", RecursiveLeastSquares::schema())
        }
    }

    impl From<RecursiveSparseAr> for State {
        fn from(m: RecursiveSparseAr) -> Self {
            Self {
                lags: m.lags,
                forgetting: m.forgetting,
                reach: m.reach,
                check: m.check,
                regression: m.regression,
                squares: m.squares,
                weight: m.weight,
                strangers: m.strangers,
                origin: m.origin,
                unit: m.unit,
                ring: m.ring,
                head: m.head,
                filled: m.filled,
                gap: m.gap,
                bounds: [m.bounds.0, m.bounds.1],
                responses: m.responses,
                grown: m.grown,
            }
        }
    }

    impl TryFrom<State> for RecursiveSparseAr {
        type Error = Error;

        fn try_from(s: State) -> Result<Self, Error> {
            let mut builder = Self::builder(s.lags.iter().copied()).forgetting(s.forgetting);
            builder.reach = s.reach;
            let mut model = builder.build()?;
            Error::require(model.lags == s.lags, "lags", "ascending", format_args!("{:?}", s.lags))?;
            let shape = |what, expected: usize, found: usize| {
                if expected == found { Ok(()) } else { Err(Error::Shape { what, expected, found }) }
            };
            model.check = s.check;
            shape("coefficients", s.lags.len() + 1, s.regression.coefficients().len())?;
            shape("ring", model.ring.len(), s.ring.len())?;
            for x in &s.ring {
                Error::require(x.abs() <= LARGEST, "value", "finite, at most 1e100", x)?;
            }
            let sums = (0.0..=1e200).contains(&s.squares) && (0.0..=1e200).contains(&s.weight);
            Error::require(sums, "squares", "in [0, 1e200], and so the weight", s.squares)?;
            let origin = s.origin.is_none_or(|x| observed(x).is_some());
            Error::require(origin, "origin", "finite, at most 1e100", format_args!("{:?}", s.origin))?;
            let unit = s.unit.is_none_or(|unit| (f64::MIN_POSITIVE..=LARGEST).contains(&unit));
            Error::require(unit, "unit", "positive, at most 1e100", format_args!("{:?}", s.unit))?;
            let (length, head, filled) = (s.ring.len(), s.head, s.filled);
            Error::require(head < length && filled <= length, "head", "a place in the ring", head)?;
            Error::require(filled == length || head == filled, "head", "behind what was filled", head)?;
            Error::require(
                s.origin.is_some() || filled == 0,
                "origin",
                "known once a value was seen",
                "none",
            )?;
            shape("responses", s.ring.len(), s.responses.len())?;
            for x in &s.responses {
                Error::require(x.abs() <= 1e3, "response", "at most 1000", x)?;
            }
            let [low, high] = s.bounds;
            let ordered = low <= high && low >= -LARGEST && high <= LARGEST;
            Error::require(ordered, "bounds", "in order, at most 1e100", format_args!("{low}, {high}"))?;
            Error::require((1.0..=1e60).contains(&s.grown), "grown", "in [1, 1e60]", s.grown)?;
            (model.gap, model.bounds, model.responses, model.grown) =
                (s.gap, (low, high), s.responses, s.grown);
            model.regression = s.regression;
            (model.squares, model.weight, model.strangers) = (s.squares, s.weight, s.strangers);
            (model.origin, model.unit) = (s.origin, s.unit);
            (model.ring, model.head, model.filled) = (s.ring, head, filled);
            Ok(model)
        }
    }
}
