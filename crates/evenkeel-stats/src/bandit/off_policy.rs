//! Off-policy evaluation: what a policy would have got, by the records of another.

use crate::distribution::StudentT;
use evenkeel_core::{Error, observed};

/// One recorded choice and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logged {
    /// What the choice that was made gave.
    pub reward: f64,
    /// With which probability it was made; above 0, at most 1.
    pub propensity: f64,
    /// With which probability the policy in question makes it; from 0 to 1.
    pub target: f64,
    /// What a model of the rewards predicts for the choice that was made; 0 without one.
    pub predicted: f64,
    /// What it predicts for the policy in question: the mean over its choices; 0 without one.
    pub expected: f64,
}

/// An estimate of a mean reward, and how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Estimate {
    value: f64,
    standard_error: f64,
    effective: f64,
    records: usize,
}

impl Estimate {
    /// The mean reward, as estimated.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Its standard error.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        self.standard_error
    }

    /// How many records of the policy itself would say as much: the squared sum of the weights over the sum of
    /// their squares. If it is small, hardly any record is of a choice that the policy would make, and
    /// neither the value nor the interval means much.
    #[must_use]
    pub fn effective_samples(&self) -> f64 {
        self.effective
    }

    /// How many records there were.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }

    /// The interval that holds the mean reward with about this probability, by Student's t distribution with
    /// as many degrees of freedom as the effective sample size leaves, at least 1.
    ///
    /// # Errors
    /// If the level is not in (0, 1).
    pub fn interval(&self, level: f64) -> Result<(f64, f64), Error> {
        Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
        let freedom = (self.effective - 1.0).max(1.0);
        let half =
            StudentT::new(freedom, 0.0, 1.0)?.upper_quantile(0.5 * (1.0 - level)) * self.standard_error;
        Ok((self.value - half, self.value + half))
    }
}

fn validate(records: &[Logged]) -> Result<(), Error> {
    let needed = 2;
    if records.len() < needed {
        return Err(Error::TooShort { needed, got: records.len() });
    }
    for (at, r) in records.iter().enumerate() {
        if [r.reward, r.predicted, r.expected].into_iter().any(|x| observed(x).is_none()) {
            return Err(Error::Missing { at });
        }
        let propensity = r.propensity >= 1e-12 && r.propensity <= 1.0;
        Error::require(propensity, "propensity", "in [1e-12, 1]", r.propensity)?;
        Error::require((0.0..=1.0).contains(&r.target), "target", "in [0, 1]", r.target)?;
    }
    let some = records.iter().any(|r| r.target > 0.0);
    if some {
        Ok(())
    } else {
        Err(Error::Numerical { what: "no record is of a choice that the policy makes" })
    }
}

fn weight(r: &Logged) -> f64 {
    r.target / r.propensity
}

/// The mean of each record's term, its standard error, and the effective sample size of the weights.
fn estimate(records: &[Logged], value: f64, term: impl Fn(&Logged) -> f64) -> Estimate {
    let n = records.len() as f64;
    let squares: f64 = records.iter().map(|r| (term(r) - value) * (term(r) - value)).sum();
    let (sum, square) =
        records.iter().map(weight).fold((0.0, 0.0), |(sum, square), w| (sum + w, square + w * w));
    Estimate {
        value,
        standard_error: libm::sqrt(squares / (n - 1.0) / n),
        effective: sum * sum / square,
        records: records.len(),
    }
}

fn mean(records: &[Logged], term: impl Fn(&Logged) -> f64) -> f64 {
    records.iter().map(term).sum::<f64>() / records.len() as f64
}

/// The mean reward of a policy, each record weighted by how much more often the policy would have made its
/// choice.
///
/// Unbiased if every choice that the policy can make could have been made; of large variance where some were
/// rare. Source: D. G. Horvitz, D. J. Thompson, A generalization of sampling without replacement from a finite
/// universe, JASA 47 (1952) 663-685, doi:10.1080/01621459.1952.10483446. O(n).
///
/// # Errors
/// If there are fewer than two records, a number is missing, a propensity is not in [1e-12, 1] or a target
/// not in [0, 1], or no record is of a choice that the policy makes.
pub fn inverse_propensity(records: &[Logged]) -> Result<Estimate, Error> {
    validate(records)?;
    let term = |r: &Logged| weight(r) * r.reward;
    Ok(estimate(records, mean(records, term), term))
}

/// The same with weights that are made to sum to one.
///
/// Biased by about 1 / n, and mostly nearer: it stays within the rewards that were seen, and adding a constant
/// to all of them adds it to the estimate. Source: A. Swaminathan, T. Joachims, The self-normalized estimator
/// for counterfactual learning (NIPS 2015). O(n).
///
/// # Errors
/// As [`inverse_propensity`].
pub fn self_normalized(records: &[Logged]) -> Result<Estimate, Error> {
    validate(records)?;
    let sum: f64 = records.iter().map(weight).sum();
    let value = records.iter().map(|r| weight(r) * r.reward).sum::<f64>() / sum;
    let average = sum / records.len() as f64;
    // By the delta method.
    Ok(estimate(records, value, |r| value + weight(r) * (r.reward - value) / average))
}

/// The mean reward that a model predicts for the policy, corrected by what it got wrong where a record is of
/// a choice that the policy makes.
///
/// Unbiased if the propensities are right, whatever the model; nearly so if the model is right, whatever the
/// propensities; and of less variance the better the model. The model must not have been fitted to the same
/// records, or hardly. Source: M. Dudík, D. Erhan, J. Langford, L. Li, Doubly robust policy evaluation and
/// optimization, Statistical Science 29 (2014) 485-511, doi:10.1214/14-STS500. O(n).
///
/// ```
/// use evenkeel_stats::bandit::{Logged, doubly_robust, inverse_propensity};
///
/// // A coin chose between two arms; the policy in question always takes the one that gives about 0.8.
/// let records: Vec<Logged> = (0..200)
///     .map(|i| {
///         let good = i % 2 == 0;
///         let reward = if good { 0.7 + 0.001 * f64::from(i) } else { 0.3 };
///         let (target, predicted) = if good { (1.0, 0.8) } else { (0.0, 0.3) };
///         Logged { reward, propensity: 0.5, target, predicted, expected: 0.8 }
///     })
///     .collect();
/// let (plain, robust) = (inverse_propensity(&records)?, doubly_robust(&records)?);
/// assert!((plain.value() - 0.8).abs() < 0.01 && (robust.value() - 0.8).abs() < 0.01);
/// assert!(robust.standard_error() < 0.2 * plain.standard_error());
/// assert_eq!(robust.effective_samples(), 100.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// # Errors
/// As [`inverse_propensity`].
pub fn doubly_robust(records: &[Logged]) -> Result<Estimate, Error> {
    validate(records)?;
    let term = |r: &Logged| r.expected + weight(r) * (r.reward - r.predicted);
    Ok(estimate(records, mean(records, term), term))
}
