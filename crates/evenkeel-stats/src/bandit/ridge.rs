//! Ridge regression of each arm's reward, kept as sums.

use crate::linear::{dot, factor, solve_factored};
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// The most arms, and features of a context.
pub(super) const MOST_ARMS: usize = 10_000;
pub(super) const MOST_FEATURES: usize = 256;

/// What one arm is known by: `A = ridge I + Σ x x'`, its factors, `b = Σ reward x`, and `A^-1 b`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ridge {
    pub(super) gram: Vec<f64>,
    pub(super) moment: Vec<f64>,
    factored: Vec<f64>,
    weights: Vec<f64>,
}

/// Largest magnitude of a feature or reward: sums of their products stay far from the ends of floats.
const LARGEST: f64 = 1e50;

/// Whether a context can be used.
pub(super) fn usable(context: &[f64], features: usize) -> bool {
    context.len() == features && context.iter().all(|x| observed(*x).is_some_and(|x| x.abs() <= LARGEST))
}

pub(super) fn validate(arms: usize, features: usize, ridge: f64) -> Result<(), Error> {
    Error::require((1..=MOST_ARMS).contains(&arms), "arms", "from 1 to 10000", arms)?;
    Error::require((1..=MOST_FEATURES).contains(&features), "features", "from 1 to 256", features)?;
    Error::require((1e-9..=1e9).contains(&ridge), "ridge", "in [1e-9, 1e9]", ridge)
}

impl Ridge {
    pub(super) fn new(features: usize, ridge: f64) -> Self {
        let mut gram = alloc::vec![0.0; features * features];
        (0..features).for_each(|i| gram[i * features + i] = ridge);
        Self {
            factored: gram.clone(),
            gram,
            moment: alloc::vec![0.0; features],
            weights: alloc::vec![0.0; features],
        }
    }

    /// From its sums.
    #[cfg(feature = "serde")]
    pub(super) fn from_sums(gram: Vec<f64>, moment: Vec<f64>) -> Result<Self, Error> {
        let features = moment.len();
        let mut ridge = Self { factored: gram.clone(), gram, moment, weights: alloc::vec![0.0; features] };
        let finite = ridge.gram.iter().chain(&ridge.moment).all(|x| x.is_finite());
        Error::require(finite, "sums", "finite", "not")?;
        factor(&mut ridge.factored, features)?;
        ridge.weights.copy_from_slice(&ridge.moment);
        solve_factored(&ridge.factored, &mut ridge.weights)?;
        Ok(ridge)
    }

    /// Learns what a context gave. False, and nothing is learned, if it can't be used, or would take away the
    /// accuracy of what is known.
    pub(super) fn learn(&mut self, context: &[f64], reward: f64) -> bool {
        let features = self.moment.len();
        let Some(reward) = observed(reward).filter(|r| r.abs() <= LARGEST) else { return false };
        if !usable(context, features) {
            return false;
        }
        let mut gram = self.gram.clone();
        for i in 0..features {
            for j in 0..features {
                gram[i * features + j] += context[i] * context[j];
            }
        }
        let mut factored = gram.clone();
        if factor(&mut factored, features).is_err() {
            return false;
        }
        let mut moment = self.moment.clone();
        moment.iter_mut().zip(context).for_each(|(b, x)| *b += reward * x);
        let mut weights = moment.clone();
        if solve_factored(&factored, &mut weights).is_err() || !weights.iter().all(|w| w.is_finite()) {
            return false;
        }
        *self = Self { gram, moment, factored, weights };
        true
    }

    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The mean of the reward in a context, and its squared uncertainty `x' A^-1 x`.
    pub(super) fn predict(&self, context: &[f64], scratch: &mut Vec<f64>) -> (f64, f64) {
        scratch.clear();
        scratch.extend_from_slice(context);
        // The factors have the shape of the context: it was checked.
        let square = match solve_factored(&self.factored, scratch) {
            Ok(()) => dot(context, scratch).max(0.0),
            Err(_) => 0.0,
        };
        (dot(&self.weights, context), square)
    }

    /// Moves standard normal numbers to the covariance `A^-1`: `A = L D L'`, so `L'^-1 D^-1/2 z`.
    pub(super) fn spread(&self, z: &mut [f64]) {
        let n = z.len();
        z.iter_mut().enumerate().for_each(|(i, z)| *z /= libm::sqrt(self.factored[i * n + i]));
        for i in (0..n).rev() {
            for k in i + 1..n {
                z[i] -= self.factored[k * n + i] * z[k];
            }
        }
    }
}

/// Arms from their saved sums.
#[cfg(feature = "serde")]
pub(super) fn ridge_arms(
    features: usize,
    grams: Vec<Vec<f64>>,
    moments: Vec<Vec<f64>>,
) -> Result<Vec<Ridge>, Error> {
    if moments.len() != grams.len() {
        return Err(Error::Shape { what: "moments", expected: grams.len(), found: moments.len() });
    }
    let arm = |(gram, moment): (Vec<f64>, Vec<f64>)| {
        if moment.len() != features {
            return Err(Error::Shape { what: "moment", expected: features, found: moment.len() });
        }
        Ridge::from_sums(gram, moment)
    };
    grams.into_iter().zip(moments).map(arm).collect()
}
