//! The false-alarm rate on noise.

use super::binomial::binomial_tails;
use crate::Source;
use evenkeel_core::Stage;

/// How many of a stage's opinions were alarms although nothing was wrong, beside the rate that was promised.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct FalseAlarms {
    opinions: usize,
    alarms: usize,
    expected: f64,
    lower: f64,
    upper: f64,
}

impl FalseAlarms {
    /// How many opinions were counted.
    #[must_use]
    pub fn opinions(&self) -> usize {
        self.opinions
    }

    /// How many of them were alarms.
    #[must_use]
    pub fn alarms(&self) -> usize {
        self.alarms
    }

    /// The share of alarms; NaN without opinions.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.alarms as f64 / self.opinions as f64
    }

    /// P(so few alarms or fewer) if the promised rate holds.
    #[must_use]
    pub fn lower_tail(&self) -> f64 {
        self.lower
    }

    /// P(so many alarms or more) if the promised rate holds.
    #[must_use]
    pub fn upper_tail(&self) -> f64 {
        self.upper
    }

    /// Asserts that the rate is the promised one: neither tail is less probable than `significance`.
    ///
    /// # Panics
    /// If it is not, or nothing was counted.
    pub fn assert_agrees(self, significance: f64) -> Self {
        assert!(self.opinions > 0, "nothing was counted: {self:?}");
        assert!(
            self.lower >= significance && self.upper >= significance,
            "the rate of false alarms is {}, promised was {}: {self:?}",
            self.rate(),
            self.expected
        );
        self
    }

    /// Asserts that the rate is at most the promised one: so many alarms are not less probable than
    /// `significance`. For budgets that are upper bounds.
    ///
    /// # Panics
    /// If it is not, or nothing was counted.
    pub fn assert_at_most(self, significance: f64) -> Self {
        assert!(self.opinions > 0, "nothing was counted: {self:?}");
        assert!(
            self.upper >= significance,
            "the rate of false alarms is {}, promised was at most {}: {self:?}",
            self.rate(),
            self.expected
        );
        self
    }
}

/// Runs a stage over `n` inputs in which nothing is wrong and counts how many of its opinions are alarms, of
/// which a share of `expected` was promised. Inputs without an output, as in a warm-up, don't count.
///
/// The binomial distribution takes alarms for independent of each other, as those of a calibrated score on
/// independent noise are; for an alarm that stays on, count what it raises.
///
/// ```
/// use evenkeel_core::{Stage, observed};
/// use evenkeel_testing::statistical::false_alarm_rate;
///
/// /// Says whether a value is beyond two standard deviations of a standard normal distribution.
/// struct Beyond;
/// impl Stage<f64> for Beyond {
///     type Output = bool;
///     fn update(&mut self, x: f64) -> Option<bool> { Some(observed(x)?.abs() > 2.0) }
///     fn reset(&mut self) {}
/// }
///
/// let rate = false_alarm_rate(Beyond, 1, 100_000, 0.0455, |source| source.normal(), |beyond| *beyond);
/// let rate = rate.assert_agrees(1e-3);
/// assert_eq!(rate.opinions(), 100_000);
/// ```
pub fn false_alarm_rate<X, S: Stage<X>>(
    mut stage: S,
    seed: u64,
    n: usize,
    expected: f64,
    mut input: impl FnMut(&mut Source) -> X,
    is_alarm: impl Fn(&S::Output) -> bool,
) -> FalseAlarms {
    let mut source = Source::new(seed);
    let (mut opinions, mut alarms) = (0, 0);
    for _ in 0..n {
        if let Some(opinion) = stage.update(input(&mut source)) {
            opinions += 1;
            alarms += usize::from(is_alarm(&opinion));
        }
    }
    let (lower, upper) = binomial_tails(opinions, alarms, expected);
    FalseAlarms { opinions, alarms, expected, lower, upper }
}
