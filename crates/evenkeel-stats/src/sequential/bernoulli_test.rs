//! An e-process for a rate.

use super::evidence::{Alternative, EValue, log_mean_exp, require_rate, track};
use evenkeel_core::{Error, Stage};

/// How many bets are mixed on a side.
const BETS: u32 = 20;

evenkeel_core::state! {
    /// Evidence that a rate is above, below or other than `p0`, valid whenever it is read.
    ///
    /// The choice when there is one limit and no second rate in mind ([`Sprt`](super::Sprt) otherwise).
    ///
    /// A gambler bets the fraction `k/21` of what can be lost, `k = 1..=20`, on every observation, with a
    /// twentieth of the capital on each `k`. Under the null no such game gains on average, so the capital is
    /// an e-process: betting by a fixed fraction is a likelihood ratio against a fixed alternative, and the
    /// mixture is within `ln 20` of the best of them. Two-sided, half of the capital goes to each side.
    /// Source: I. Waudby-Smith and A. Ramdas, Estimating means of bounded random variables by betting, J. R.
    /// Stat. Soc. B 86 (2024) 1-27, doi:10.1093/jrsssb/qkad009 (the hedged capital process with a grid of
    /// bets).
    ///
    /// Observations are `bool` (true: the event whose rate is in question), or many at once by
    /// [`update_counts`](Self::update_counts); the order within a batch does not matter. The capital depends
    /// on two counts, so there is no rounding that grows. O(1) time (20 bets), 48 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::{Alternative, BernoulliTest};
    ///
    /// // One request in ten fails. Is that more than 1 %?
    /// let mut test = BernoulliTest::new(0.01, Alternative::Greater)?;
    /// let requests = (1..=100).map(|i| i % 10 == 0);
    /// let sure = test.run(requests).position(|e| e.unwrap().p() < 0.001).unwrap();
    /// assert!(sure < 100);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct BernoulliTest("BernoulliTest@1") {
        p0: f64,
        alternative: Alternative,
        successes: u64,
        failures: u64,
        log_largest: f64,
    }
}

impl BernoulliTest {
    /// A test against the rate `p0`.
    ///
    /// # Errors
    /// If `p0` is not in [1e-300, 1).
    pub fn new(p0: f64, alternative: Alternative) -> Result<Self, Error> {
        require_rate("p0", p0)?;
        Ok(Self { p0, alternative, successes: 0, failures: 0, log_largest: 0.0 })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        require_rate("p0", self.p0)?;
        super::evidence::validate_log_largest(self.log_largest)
    }

    /// Takes several observations at once; the p-value is then not updated in between. Counts end at the
    /// largest integer.
    pub fn update_counts(&mut self, successes: u64, failures: u64) -> EValue {
        self.successes = self.successes.saturating_add(successes);
        self.failures = self.failures.saturating_add(failures);
        let log = self.log_capital();
        track(&mut self.log_largest, log)
    }

    /// The evidence so far.
    pub fn evidence(&self) -> EValue {
        EValue::new(self.log_capital(), self.log_largest)
    }

    fn log_capital(&self) -> f64 {
        let (up, down) = (|| self.log_side(self.p0, true), || self.log_side(1.0 - self.p0, false));
        match self.alternative {
            Alternative::Greater => up(),
            Alternative::Less => down(),
            Alternative::TwoSided => log_mean_exp([up(), down()].into_iter()),
        }
        .clamp(f64::MIN, f64::MAX)
    }

    /// Betting on `up` (successes) or failures, whose rate is `rate` under the null.
    fn log_side(&self, rate: f64, up: bool) -> f64 {
        let (s, f) = (self.successes as f64, self.failures as f64);
        let (wins, losses) = if up { (s, f) } else { (f, s) };
        let odds = (1.0 - rate) / rate;
        log_mean_exp((0..BETS).map(move |k| {
            let stake = f64::from(k + 1) / f64::from(BETS + 1);
            wins * libm::log1p(stake * odds) + losses * libm::log1p(-stake)
        }))
    }

    /// How many observations there were.
    #[must_use]
    pub fn trials(&self) -> u64 {
        self.successes.saturating_add(self.failures)
    }

    /// How many of them were true.
    #[must_use]
    pub fn successes(&self) -> u64 {
        self.successes
    }
}

impl Stage<bool> for BernoulliTest {
    type Output = EValue;

    fn update(&mut self, x: bool) -> Option<EValue> {
        Some(self.update_counts(u64::from(x), u64::from(!x)))
    }

    fn reset(&mut self) {
        self.successes = 0;
        self.failures = 0;
        self.log_largest = 0.0;
    }
}
