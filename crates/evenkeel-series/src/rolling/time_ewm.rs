//! Exponentially weighted mean and variance of samples that come when they like.

use super::ewm::EwmStats;
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Timestamp, Watermark, observed};

/// Exponentially weighted mean and variance in irregular time: the weight of a value halves in each `half_life` that has passed since,
/// however many values came between.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Stage, Timestamp};
/// use evenkeel_series::TimeEwm;
///
/// let mut ewm = TimeEwm::new(Duration::from_secs(60))?;
/// let mut at = |second, value| ewm.update(At::new(Timestamp::from_seconds(second), value));
/// at(0, 10.0);
/// // One half-life later the first value weighs half: (10 / 2 + 40) / 1.5.
/// assert!((at(60, 40.0).unwrap().mean() - 30.0).abs() < 1e-12);
/// // An hour later nothing of both is left.
/// let alone = at(3660, 7.0).unwrap();
/// assert!((alone.mean() - 7.0).abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// It is pandas' `ewm(halflife=..., times=...)`, with a variance beside the mean: corrected for its bias as in
/// [`Ewm`](crate::Ewm), so that it is `None` as long as one value has all the weight.
///
/// A missing value is answered with the mean so far and changes nothing but the time. Which times are believed is the rule of
/// [`Watermark`]: late ones are taken for the latest and [counted](Self::late), leaps wait for the next, and a clock that was set back
/// is followed after 8 values. One value that is s times as large as the usual ones matters less than a millionth of them
/// after log2(s) + 20 half-lives in the mean, twice as many in the variance. O(1) in time and memory.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "State", into = "State")
)]
pub struct TimeEwm(State);

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct State {
    half_life: Duration,
    clock: Watermark,
    observed: u64,
    /// When the last value was observed, on the clock's steady time: the weights are as of then.
    last: Option<Timestamp>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    mean: f64,
    /// With the sum of weights as divisor.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    variance: f64,
    /// The sum of the weights, of which the newest is 1, and of their squares.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    sum: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    squares: f64,
}

impl TimeEwm {
    /// With the time in which a weight halves.
    ///
    /// # Errors
    /// If it is 0.
    pub fn new(half_life: Duration) -> Result<Self, Error> {
        Error::require(!half_life.is_zero(), "half_life", "above 0", half_life.as_secs_f64())?;
        Ok(Self(State {
            half_life,
            clock: Watermark::default(),
            observed: 0,
            last: None,
            mean: 0.0,
            variance: 0.0,
            sum: 0.0,
            squares: 0.0,
        }))
    }

    /// The time in which a weight halves.
    #[must_use]
    pub fn half_life(&self) -> Duration {
        self.0.half_life
    }

    /// How many values were observed.
    #[must_use]
    pub fn observed(&self) -> u64 {
        self.0.observed
    }

    /// How many inputs were earlier than one before them.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.0.clock.late()
    }

    /// Mean and variance so far; `None` before the first observed value.
    #[must_use]
    pub fn weighted(&self) -> Option<EwmStats> {
        let State { observed, mean, variance, sum, squares, .. } = self.0;
        if observed == 0 {
            return None;
        }
        let square = sum * sum;
        let divisor = square - squares;
        let variance = (divisor > 0.0).then(|| square / divisor * variance).filter(|v| v.is_finite());
        Some(EwmStats::new(mean, variance))
    }
}

impl Stage<At<f64>> for TimeEwm {
    type Output = EwmStats;

    fn update(&mut self, x: At<f64>) -> Option<EwmStats> {
        let state = &mut self.0;
        let now = state.clock.tick(x.time);
        if let Some(x) = observed(x.value) {
            if let Some(last) = state.last {
                let keep = libm::exp2(-now.since(last).as_secs_f64() / state.half_life.as_secs_f64());
                state.sum *= keep;
                state.squares *= keep * keep;
            }
            let total = state.sum + 1.0;
            let old = if state.observed == 0 { x } else { state.mean };
            // The same value again must not move the mean by a rounding error.
            let mean = if old == x { x } else { (state.sum * old + x) / total };
            let (from_old, from_new) = (old - mean, x - mean);
            state.variance =
                (state.sum * (state.variance + from_old * from_old) + from_new * from_new) / total;
            state.mean = mean;
            state.sum = total;
            state.squares += 1.0;
            state.last = Some(now.steady);
            state.observed = state.observed.saturating_add(1);
        }
        self.weighted()
    }

    fn reset(&mut self) {
        let State { half_life, .. } = self.0;
        if let Ok(fresh) = Self::new(half_life) {
            *self = fresh;
        }
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for TimeEwm {
    fn schema() -> alloc::string::String {
        "TimeEwm@2".into()
    }
}

#[cfg(feature = "serde")]
impl From<TimeEwm> for State {
    fn from(ewm: TimeEwm) -> Self {
        ewm.0
    }
}

#[cfg(feature = "serde")]
impl TryFrom<State> for TimeEwm {
    type Error = Error;

    fn try_from(state: State) -> Result<Self, Error> {
        let fresh = Self::new(state.half_life)?;
        if state.observed == 0 {
            let unseen = State { clock: state.clock, ..fresh.0 };
            Error::require(state == unseen, "state", "untouched without a value", "another")?;
            return Ok(Self(state));
        }
        let seen = state.last.is_some() && state.clock.latest().is_some();
        Error::require(seen, "last", "a time that has been", state.observed)?;
        Error::require(observed(state.mean).is_some(), "mean", "finite and at most 1e100", state.mean)?;
        Error::require((0.0..=1e201).contains(&state.variance), "variance", "in [0, 1e201]", state.variance)?;
        for (name, weight) in [("sum of weights", state.sum), ("sum of squares", state.squares)] {
            Error::require((1.0..=1e20).contains(&weight), name, "in [1, 1e20]", weight)?;
        }
        Ok(Self(state))
    }
}
