//! Sample-ratio mismatch.

use super::moments::require_alpha;
use alloc::boxed::Box;
use alloc::vec;
use evenkeel_core::{Error, Stage};
use evenkeel_stats::special::{poisson_deviance, stirling_error};
use evenkeel_stats::{ChiSquared, CompensatedSum};

/// The most arms of an experiment.
const MOST_ARMS: usize = 1000;

/// Refuses weights that do not say in which shares units should arrive, and scales them to sum to 1.
fn shares(weights: &[f64]) -> Result<Box<[f64]>, Error> {
    let n = weights.len();
    Error::require((2..=MOST_ARMS).contains(&n), "weights", "of 2 to 1000 arms", n)?;
    let total: f64 = weights.iter().sum();
    for weight in weights {
        Error::require(
            (1e-9..=1e9).contains(weight) && total <= 1e9,
            "weights",
            "each in [1e-9, 1e9]",
            weight,
        )?;
    }
    // Shares that were meant to sum to 1 are taken as they are.
    let scale = if (total - 1.0).abs() < 1e-12 { 1.0 } else { total };
    Ok(weights.iter().map(|weight| weight / scale).collect())
}

/// Natural logarithm of the likelihood of counts averaged over a Dirichlet distribution of shares, with the
/// concentration `k` around the intended ones, over that under the intended shares:
/// `sum ln(Gamma(a_i) / Gamma(k w_i)) - ln(Gamma(a) / Gamma(k)) - sum n_i ln w_i` with `a_i = k w_i + n_i` and
/// `a = k + sum n_i`.
///
/// The large Stirling terms of the gamma functions are cancelled analytically: what remains are the deviances
/// of `a_i` from `a w_i`, square roots, Stirling's errors, and what the rounding of `a_i` and of the shares
/// adds, which the logarithm of a gamma function magnifies.
fn log_bayes_factor(counts: &[u64], shares: &[f64], concentration: f64) -> f64 {
    let all = concentration + counts.iter().map(|n| *n as f64).sum::<f64>();
    let mut log =
        0.5 * libm::log(all / concentration) - (stirling_error(all) - stirling_error(concentration));
    // By how much the sums of the shares, of the k w_i and of the a_i - n_i differ from 1, k and k.
    let (mut off_shares, mut off_prior, mut off_posterior) =
        (CompensatedSum::new(), CompensatedSum::new(), CompensatedSum::new());
    off_shares.add(-1.0);
    off_prior.add(-concentration);
    off_posterior.add(-concentration);
    for (n, share) in counts.iter().zip(shares) {
        let (n, prior) = (*n as f64, concentration * share);
        let posterior = prior + n;
        let expected = all * share;
        log += poisson_deviance(posterior, expected, expected - posterior)
            - 0.5 * libm::log(posterior / prior)
            + stirling_error(posterior)
            - stirling_error(prior)
            + ((posterior - n) - prior) * libm::log(*share);
        off_shares.add(*share);
        off_prior.add(prior);
        off_posterior.add(posterior - n);
    }
    log + off_posterior.value() * libm::log(all)
        - off_prior.value() * libm::log(concentration)
        - off_shares.value() * all
}

/// Whether the units of an experiment arrived in the intended shares: looked at once, at the end.
///
/// When they did not, the arms are not comparable (a redirect lost users, a bot filter hit one arm), and no
/// result of the experiment means anything. So this is the first thing to look at, with a small error
/// probability such as 0.0005.
///
/// Pearson's chi-square test: `sum (n_i - N w_i)^2 / (N w_i)` with `arms - 1` degrees of freedom; every
/// expected count should be at least 5. Source: A. Fabijan et al., Diagnosing sample ratio mismatch in online
/// controlled experiments, KDD 2019, 2156-2164, doi:10.1145/3292500.3330722. O(arms).
///
/// ```
/// use evenkeel_experience::experiment::SampleRatio;
///
/// assert!(SampleRatio::new(&[5012, 4988], &[0.5, 0.5])?.p() > 0.5);
/// assert!(SampleRatio::new(&[5210, 4790], &[0.5, 0.5])?.p() < 0.0005);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct SampleRatio {
    statistic: f64,
    distribution: ChiSquared,
}

impl SampleRatio {
    /// Compares the counts of the arms with their intended weights, in any unit.
    ///
    /// # Errors
    /// If there are fewer than 2 arms or more than 1000, as many counts as weights are not given, a weight is
    /// not in [1e-9, 1e9], or all counts are 0.
    pub fn new(counts: &[u64], weights: &[f64]) -> Result<Self, Error> {
        let shares = shares(weights)?;
        if counts.len() != shares.len() {
            return Err(Error::Shape { what: "counts", expected: shares.len(), found: counts.len() });
        }
        let total: f64 = counts.iter().map(|n| *n as f64).sum();
        if total == 0.0 {
            return Err(Error::TooShort { needed: 1, got: 0 });
        }
        let terms = counts.iter().zip(&shares).map(|(n, share)| {
            let expected = total * share;
            let apart = *n as f64 - expected;
            apart * apart / expected
        });
        let distribution = ChiSquared::new(counts.len() as f64 - 1.0)?;
        Ok(Self { statistic: terms.sum(), distribution })
    }

    /// Pearson's statistic.
    #[must_use]
    pub fn statistic(&self) -> f64 {
        self.statistic
    }

    /// The degrees of freedom: the number of arms less one.
    #[must_use]
    pub fn dof(&self) -> f64 {
        self.distribution.dof()
    }

    /// The probability of shares at least as far from the intended ones by chance.
    #[must_use]
    pub fn p(&self) -> f64 {
        self.distribution.upper(self.statistic)
    }
}

/// Evidence that the shares are not the intended ones.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct MismatchEvidence {
    /// Natural logarithm of the Bayes factor now: positive speaks for a mismatch.
    pub log_bayes_factor: f64,
    /// The p-value that is valid whenever it is read: 1 over the largest Bayes factor so far, at most 1.
    pub p: f64,
}

evenkeel_core::state! {
    /// Whether the units of an experiment arrive in the intended shares: looked at after each of them, from
    /// the first hour of the experiment on.
    ///
    /// The likelihood of the counts, averaged over a Dirichlet distribution of shares around the intended
    /// ones, over that under the intended shares. Under these it exceeds `1 / alpha` at any time with
    /// probability at most `alpha` (Ville's inequality). Source: M. Lindon and A. Malek, Anytime-valid
    /// inference for multinomial count data, NeurIPS 35 (2022), arXiv:2011.03567. A larger concentration
    /// looks for smaller deviations: 100, the default, for shares off by some percent.
    ///
    /// Observations are the index of the arm that a unit was assigned to; an index beyond the arms is
    /// ignored. O(arms) an update, no allocation; 64 bytes and 16 an arm.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::experiment::SequentialSampleRatio;
    /// use evenkeel_stats::Generator;
    ///
    /// let mut arrivals = Generator::new(3);
    /// let mut shares = SequentialSampleRatio::new(&[0.5, 0.5])?;
    /// // One in eight of the second arm is lost on the way.
    /// let lost = |u: f64| if u < 0.5 { Some(0) } else if u < 0.9375 { Some(1) } else { None };
    /// let units = (0..20_000).filter_map(|_| lost(arrivals.uniform()));
    /// let noticed = units.map(|arm| shares.update(arm)).position(|e| e.unwrap().p < 0.0005);
    /// assert!(noticed.unwrap() < 10_000);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct SequentialSampleRatio("SequentialSampleRatio@1") {
        shares: Box<[f64]>,
        concentration: f64,
        counts: Box<[u64]>,
        log_largest: f64,
    }
}

impl SequentialSampleRatio {
    /// For arms with these weights, in any unit, with the concentration 100.
    ///
    /// # Errors
    /// If there are fewer than 2 arms or more than 1000, or a weight is not in [1e-9, 1e9].
    pub fn new(weights: &[f64]) -> Result<Self, Error> {
        Self::with_concentration(weights, 100.0)
    }

    /// With another concentration of the shares under a mismatch around the intended ones.
    ///
    /// # Errors
    /// As [`new`](Self::new), or if `concentration` is not in [1e-3, 1e9].
    pub fn with_concentration(weights: &[f64], concentration: f64) -> Result<Self, Error> {
        let shares = shares(weights)?;
        let counts = vec![0; shares.len()].into_boxed_slice();
        let test = Self { shares, concentration, counts, log_largest: 0.0 };
        test.validate()?;
        Ok(test)
    }

    fn validate(&self) -> Result<(), Error> {
        let range = 1e-3..=1e9;
        Error::require(
            range.contains(&self.concentration),
            "concentration",
            "in [1e-3, 1e9]",
            self.concentration,
        )?;
        let total: f64 = self.shares.iter().sum();
        let arms = self.shares.len();
        Error::require((2..=MOST_ARMS).contains(&arms), "shares", "of 2 to 1000 arms", arms)?;
        Error::require((total - 1.0).abs() < 1e-9, "shares", "summing to 1", total)?;
        Error::require(
            self.shares.iter().all(|share| *share > 1e-19),
            "shares",
            "all positive",
            "one is not",
        )?;
        if self.counts.len() != arms {
            return Err(Error::Shape { what: "counts", expected: arms, found: self.counts.len() });
        }
        let in_range = self.log_largest >= 0.0 && self.log_largest.is_finite();
        Error::require(in_range, "log_largest", "finite and at least 0", self.log_largest)
    }

    /// Takes the counts of all arms since the last look at once.
    ///
    /// # Errors
    /// If there are not as many counts as arms.
    pub fn update_counts(&mut self, counts: &[u64]) -> Result<MismatchEvidence, Error> {
        if counts.len() != self.counts.len() {
            return Err(Error::Shape { what: "counts", expected: self.counts.len(), found: counts.len() });
        }
        for (count, more) in self.counts.iter_mut().zip(counts) {
            *count = count.saturating_add(*more);
        }
        Ok(self.look())
    }

    fn look(&mut self) -> MismatchEvidence {
        self.log_largest = self.log_largest.max(self.log_bayes_factor());
        self.evidence()
    }

    fn log_bayes_factor(&self) -> f64 {
        log_bayes_factor(&self.counts, &self.shares, self.concentration)
    }

    /// The evidence so far.
    pub fn evidence(&self) -> MismatchEvidence {
        MismatchEvidence {
            log_bayes_factor: self.log_bayes_factor(),
            p: libm::exp(-self.log_largest).min(1.0),
        }
    }

    /// Whether the shares are wrong, with an error probability of `alpha` over all looks.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1).
    pub fn mismatch(&self, alpha: f64) -> Result<bool, Error> {
        require_alpha(alpha)?;
        Ok(-self.log_largest <= libm::log(alpha))
    }

    /// How many units each arm had.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }
}

impl Stage<usize> for SequentialSampleRatio {
    type Output = MismatchEvidence;

    fn update(&mut self, arm: usize) -> Option<MismatchEvidence> {
        let count = self.counts.get_mut(arm)?;
        *count = count.saturating_add(1);
        Some(self.look())
    }

    fn reset(&mut self) {
        self.counts.fill(0);
        self.log_largest = 0.0;
    }
}
