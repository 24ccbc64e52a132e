//! A betting e-process for a bounded mean.

use super::bounded::{Bounded, Regularized};
use super::evidence::{Alternative, EValue, log_mean_exp, require_rate, track};
use evenkeel_core::{Error, Stage};

/// How many fractions the grid holds.
const GRID: usize = 20;

/// How much a [`BettingTest`] stakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Bets {
    /// Twenty constant fractions `k/21` of what can be lost, mixed: never far from the best constant fraction
    /// (grid Kelly).
    #[default]
    Grid,
    /// One fraction that follows the mean and variance so far, `(m' - m) / (s^2 + (m' - m)^2)`, at most half
    /// of what can be lost (approximate Kelly, aGRAPA): sharper once the past is long and the change large.
    Adaptive,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Bets);

evenkeel_core::state! {
    /// Evidence that the mean of values in [0, 1] is above, below or other than `m`, valid whenever it is
    /// read.
    ///
    /// A gambler with capital 1 bets on every observation that it will be above (below) `m`. The bet
    /// `lambda`, fixed beforehand, multiplies the capital by `1 + lambda (x - m)`. Where the mean is at most
    /// (least) `m` that is no gain on average, so the capital is an e-process, for any distribution, also of
    /// dependent values. Two-sided, half of the capital goes to each side. Source: I. Waudby-Smith and A.
    /// Ramdas, Estimating means of bounded random variables by betting, J. R. Stat. Soc. B 86 (2024) 1-27,
    /// doi:10.1093/jrsssb/qkad009 (sections 4 and B.2-B.5). Deviation: the two halves are averaged, not the
    /// larger taken, so that the two-sided capital is a martingale too.
    ///
    /// A value outside of [0, 1] is treated as missing and counted. O(1) time (20 logarithms a side), 400
    /// bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::{Alternative, Bets, BettingTest};
    ///
    /// // Utilization between 0.55 and 0.85: is its mean above 0.6?
    /// let mut test = BettingTest::new(0.6, Alternative::Greater, Bets::Grid)?;
    /// let samples = (0..500).map(|i| 0.55 + 0.3 * f64::from(i % 7) / 6.0);
    /// let sure = test.run(samples).position(|e| e.unwrap().p() < 0.01);
    /// assert!(sure.unwrap() < 60);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct BettingTest("BettingTest@1") {
        mean: f64,
        alternative: Alternative,
        bets: Bets,
        input: Bounded,
        past: Regularized,
        log_up: [f64; GRID],
        log_down: [f64; GRID],
        log_largest: f64,
    }
}

impl BettingTest {
    /// A test against the mean `mean`.
    ///
    /// # Errors
    /// If `mean` is not in [1e-300, 1).
    pub fn new(mean: f64, alternative: Alternative, bets: Bets) -> Result<Self, Error> {
        require_rate("mean", mean)?;
        Ok(Self {
            mean,
            alternative,
            bets,
            input: Bounded::default(),
            past: Regularized::default(),
            log_up: [0.0; GRID],
            log_down: [0.0; GRID],
            log_largest: 0.0,
        })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        require_rate("mean", self.mean)?;
        self.past.validate()?;
        Error::require(
            self.past.count() == self.input.passed(),
            "past",
            "as long as the input",
            self.past.count(),
        )?;
        for log in self.log_up.into_iter().chain(self.log_down) {
            Error::require(log.is_finite(), "capital", "finite in logarithm", log)?;
        }
        super::evidence::validate_log_largest(self.log_largest)
    }

    /// The evidence so far.
    pub fn evidence(&self) -> EValue {
        EValue::new(self.log_capital(), self.log_largest)
    }

    fn log_capital(&self) -> f64 {
        let mixed = |logs: &[f64; GRID]| match self.bets {
            Bets::Grid => log_mean_exp(logs.iter().copied()),
            Bets::Adaptive => logs[0],
        };
        match self.alternative {
            Alternative::Greater => mixed(&self.log_up),
            Alternative::Less => mixed(&self.log_down),
            Alternative::TwoSided => log_mean_exp([mixed(&self.log_up), mixed(&self.log_down)].into_iter()),
        }
    }

    /// The fractions of the largest possible stakes, up and down, that follow the past.
    fn adaptive_stakes(&self) -> (f64, f64) {
        let gap = self.past.mean() - self.mean;
        let lambda = gap / (self.past.variance() + gap * gap);
        ((lambda * self.mean).clamp(0.0, 0.5), (-lambda * (1.0 - self.mean)).clamp(0.0, 0.5))
    }

    /// How many observations in [0, 1] there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.input.passed()
    }

    /// How many values were refused because they were outside of [0, 1].
    #[must_use]
    pub fn out_of_range(&self) -> u64 {
        self.input.refused()
    }
}

impl Stage<f64> for BettingTest {
    type Output = EValue;

    fn update(&mut self, x: f64) -> Option<EValue> {
        let x = self.input.admit(x)?;
        // The gain or loss of the largest stake: at worst everything.
        let (up, down) = ((x - self.mean) / self.mean, (self.mean - x) / (1.0 - self.mean));
        match self.bets {
            Bets::Grid => {
                let mut k = 0.0;
                for (log_up, log_down) in self.log_up.iter_mut().zip(&mut self.log_down) {
                    k += 1.0;
                    let stake = k / (GRID + 1) as f64;
                    *log_up += libm::log1p(stake * up);
                    *log_down += libm::log1p(stake * down);
                }
            }
            Bets::Adaptive => {
                let (stake_up, stake_down) = self.adaptive_stakes();
                self.log_up[0] += libm::log1p(stake_up * up);
                self.log_down[0] += libm::log1p(stake_down * down);
            }
        }
        self.past.learn(x);
        let log = self.log_capital();
        Some(track(&mut self.log_largest, log))
    }

    fn reset(&mut self) {
        self.input = Bounded::default();
        self.past = Regularized::default();
        self.log_up = [0.0; GRID];
        self.log_down = [0.0; GRID];
        self.log_largest = 0.0;
    }
}
