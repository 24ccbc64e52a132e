//! Conformal test martingales: evidence against exchangeability, from p-values.

use evenkeel_core::{Calibrated, Error, Score, Stage};
use evenkeel_stats::special::{incomplete_gamma, log_gamma};

/// How much is bet on small p-values.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Bet {
    /// The factor of a p-value is `epsilon p^(epsilon - 1)`, epsilon in (0, 1): the smaller epsilon, the more
    /// is bet on small p-values.
    Power(#[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))] f64),
    /// The average of all such products over epsilon in (0, 1), for when no good epsilon is known.
    Mixture,
}

evenkeel_core::state! {
    /// Gathers p-values into evidence that something has changed, which may be looked at after every value:
    /// the only budget of false alarms that assumes no distribution.
    ///
    /// *When*: behind [`Conformal`](crate::calibrate::Conformal) with smoothed p-values, to notice that a
    /// distribution is no longer what it was, slowly or at once.
    ///
    /// *Method*: each p-value is bet on; the capital is a martingale while p-values are uniform and
    /// independent. D. Fedorova, A. Gammerman, I. Nouretdinov, V. Vovk, Plug-in martingales for testing
    /// exchangeability on-line, ICML 2012, arXiv:1204.3251; the bets are those of V. Vovk, I. Nouretdinov, A.
    /// Gammerman, Testing exchangeability on-line, ICML 2003. With
    /// [`restarting`](MartingaleBuilder::restarting) the capital is never below 1 before a bet, which is the
    /// CUSUM of bets: J. Shin, A. Ramdas, A. Rinaldo, E-detectors: a nonparametric framework for sequential
    /// change detection, NEJSDS 2 (2024), arXiv:2203.03532: an alarm at a score of ln(1 / a) comes on average
    /// not more often than once in 1 / a values.
    ///
    /// *Parameters*: the [`Bet`]; `restarting`, off by default, for [`Bet::Power`] only: the mixture has no
    /// such recursion.
    ///
    /// *Score*: the natural logarithm of the capital, negative where the bets were lost; direction that of
    /// the score behind the p-value. Without restarting, P(the score is ever above ln(1 / a)) is at most a.
    /// P-values below 1e-12 count as 1e-12.
    ///
    /// *Cost*: O(1); the mixture evaluates an incomplete gamma function. *State*: 4 numbers.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_detect::adapt::ValueAsScore;
    /// use evenkeel_detect::calibrate::{Bet, Conformal, Martingale};
    ///
    /// let mut line = ValueAsScore
    ///     .then(Conformal::builder(1e-3).smoothed(1).build()?)
    ///     .then(Martingale::builder(Bet::Power(0.5)).restarting().build()?);
    /// // A distribution that moves: most values are larger than those before.
    /// let found = (0..400u32).map(|i| f64::from(i * 37 % 101) + if i < 200 { 0.0 } else { 50.0 });
    /// let alarm = line.run(found).flatten().position(|score| score.value() > 1000_f64.ln()).unwrap();
    /// assert!((200..260).contains(&alarm), "{alarm}");
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Martingale("Martingale@1") {
        settings: MartingaleBuilder,
        n: u64,
        /// Minus the sum of ln p; of the restarting one the logarithm of the capital.
        sum: f64,
    }
}

/// Settings of a [`Martingale`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct MartingaleBuilder {
    bet: Bet,
    restarting: bool,
}

/// Smaller p-values count as this one.
const SMALLEST: f64 = 1e-12;

impl MartingaleBuilder {
    /// Whenever the capital is below 1, the next bet starts with 1.
    pub fn restarting(mut self) -> Self {
        self.restarting = true;
        self
    }

    /// The martingale.
    ///
    /// # Errors
    /// If epsilon is not in (0, 1), or a mixture should restart.
    pub fn build(self) -> Result<Martingale, Error> {
        match self.bet {
            Bet::Power(epsilon) => {
                Error::require(epsilon > 0.0 && epsilon < 1.0, "epsilon", "in (0, 1)", epsilon)?;
            }
            Bet::Mixture => {
                Error::require(!self.restarting, "restarting", "with one epsilon", "with a mixture")?;
            }
        }
        Ok(Martingale { settings: self, n: 0, sum: 0.0 })
    }
}

impl Martingale {
    /// A martingale with this bet.
    pub fn builder(bet: Bet) -> MartingaleBuilder {
        MartingaleBuilder { bet, restarting: false }
    }

    /// The natural logarithm of the capital; 0 before the first bet.
    #[must_use]
    pub fn log_capital(&self) -> f64 {
        let n = self.n as f64;
        match self.settings.bet {
            _ if self.n == 0 => 0.0,
            Bet::Power(_) if self.settings.restarting => self.sum,
            Bet::Power(epsilon) => n * libm::log(epsilon) + (1.0 - epsilon) * self.sum,
            // The integral of epsilon^n exp((1 - epsilon) s) over (0, 1), with s = -sum of ln p, is exp(s)
            // s^-(n + 1) gamma(n + 1, s).
            Bet::Mixture if self.sum <= 0.0 => -libm::log(n + 1.0),
            Bet::Mixture => {
                let (a, s) = (n + 1.0, self.sum);
                s - a * libm::log(s) + log_gamma(a) + incomplete_gamma(a, s).log_lower()
            }
        }
    }
}

impl Stage<Calibrated> for Martingale {
    type Output = Score;

    fn update(&mut self, calibrated: Calibrated) -> Option<Score> {
        let surprise = -libm::log(calibrated.p().max(SMALLEST));
        self.n = self.n.saturating_add(1);
        self.sum = match self.settings.bet {
            Bet::Power(epsilon) if self.settings.restarting => {
                self.sum.max(0.0) + libm::log(epsilon) + (1.0 - epsilon) * surprise
            }
            _ => self.sum + surprise,
        };
        Score::new(self.log_capital(), calibrated.score().direction())
    }

    fn reset(&mut self) {
        (self.n, self.sum) = (0, 0.0);
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(MartingaleBuilder);

#[cfg(feature = "serde")]
impl Martingale {
    fn validate(&self) -> Result<(), Error> {
        let Self { settings, n, sum } = *self;
        settings.build()?;
        let sound = sum.is_finite() && (settings.restarting || sum >= 0.0) && n < 1 << 62;
        Error::require(sound, "sum", "of the logarithms of p-values", sum)
    }
}
