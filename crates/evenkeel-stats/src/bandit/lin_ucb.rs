//! LinUCB with a model of its own for each arm.

use super::ridge::{Ridge, usable, validate};
use alloc::vec::Vec;
use evenkeel_core::Error;

/// A contextual bandit that takes the arm with the highest upper confidence bound of a linear reward.
///
/// *When*: what an arm gives depends on features that are known before the choice, and exploring should
/// follow from uncertainty, not from chance. Deterministic: equal bounds go to the lowest index.
///
/// *Method*: for each arm ridge regression of the reward; the bound is `w'x + alpha sqrt(x' A^-1 x)` with `A =
/// ridge I + Σ x x'` of the contexts in which the arm was taken. Source: L. Li, W. Chu, J. Langford, R. E.
/// Schapire, A contextual-bandit approach to personalized news article recommendation (WWW 2010),
/// doi:10.1145/1772690.1772758, algorithm 1. The matrix is factored anew after each reward, so nothing
/// drifts.
///
/// *Parameters*: arms from 1 to 10,000; features from 1 to 256; `alpha` in [0, 1e6], how many standard
/// deviations; `ridge` in [1e-9, 1e9], default 1. Give a constant feature if the reward is not 0 where all
/// features are.
///
/// *Missing data*: a context or a reward that is not [`observed`](evenkeel_core::observed), is larger than
/// 1e50 or has another length teaches nothing, and gives no choice. *Cost*: a choice is O(arms × features²), a
/// reward O(features³); memory 16 features² bytes an arm.
///
/// ```
/// use evenkeel_stats::bandit::LinUcb;
///
/// // Arm 1 pays where the feature is positive.
/// let mut bandit = LinUcb::new(2, 2, 1.0)?;
/// for round in 0..60 {
///     let context = [1.0, if round % 2 == 0 { 1.0 } else { -1.0 }];
///     let arm = bandit.choose(&context).unwrap();
///     bandit.learn(arm, &context, if (arm == 1) == (context[1] > 0.0) { 1.0 } else { 0.0 });
/// }
/// assert_eq!((bandit.choose(&[1.0, 1.0]), bandit.choose(&[1.0, -1.0])), (Some(1), Some(0)));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LinUcb {
    alpha: f64,
    ridge: f64,
    features: usize,
    arms: Vec<Ridge>,
}

impl LinUcb {
    /// With so many arms and features, and bounds of `alpha` standard deviations.
    ///
    /// # Errors
    /// If a parameter is out of its range.
    pub fn new(arms: usize, features: usize, alpha: f64) -> Result<Self, Error> {
        Self::with_ridge(arms, features, alpha, 1.0)
    }

    /// With this ridge: how many observations the assumption of no effect is worth.
    ///
    /// # Errors
    /// If a parameter is out of its range.
    pub fn with_ridge(arms: usize, features: usize, alpha: f64, ridge: f64) -> Result<Self, Error> {
        validate(arms, features, ridge)?;
        Error::require((0.0..=1e6).contains(&alpha), "alpha", "in [0, 1e6]", alpha)?;
        Ok(Self { alpha, ridge, features, arms: alloc::vec![Ridge::new(features, ridge); arms] })
    }

    /// How many arms there are.
    #[must_use]
    pub fn arms(&self) -> usize {
        self.arms.len()
    }

    /// How many features a context has.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features
    }

    /// The upper confidence bound of each arm; `None` if the context can't be used.
    #[must_use]
    pub fn bounds(&self, context: &[f64]) -> Option<Vec<f64>> {
        if !usable(context, self.features) {
            return None;
        }
        let mut scratch = Vec::with_capacity(self.features);
        let bound = |arm: &Ridge| {
            let (mean, square) = arm.predict(context, &mut scratch);
            mean + self.alpha * libm::sqrt(square)
        };
        Some(self.arms.iter().map(bound).collect())
    }

    /// The mean reward that an arm is thought to give; `None` if there is no such arm or the context can't be
    /// used.
    #[must_use]
    pub fn predict(&self, arm: usize, context: &[f64]) -> Option<f64> {
        let arm = self.arms.get(arm).filter(|_| usable(context, self.features))?;
        Some(arm.predict(context, &mut Vec::new()).0)
    }

    /// The arm to take; `None` if the context can't be used.
    #[must_use]
    pub fn choose(&self, context: &[f64]) -> Option<usize> {
        Some(first_largest(&self.bounds(context)?))
    }

    /// What an arm gave in a context. False, and nothing is learned, if there is no such arm, or one of the
    /// numbers can't be used.
    pub fn learn(&mut self, arm: usize, context: &[f64], reward: f64) -> bool {
        self.arms.get_mut(arm).is_some_and(|arm| arm.learn(context, reward))
    }

    /// The weights of an arm's features.
    #[must_use]
    pub fn weights(&self, arm: usize) -> Option<&[f64]> {
        self.arms.get(arm).map(Ridge::weights)
    }
}

/// The index of the largest value, the lowest of equal ones.
pub(super) fn first_largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best
}

evenkeel_core::state! {
    LinUcb as struct SavedLinUcb("LinUcb@1") {
        alpha: f64,
        ridge: f64,
        features: usize,
        grams: Vec<Vec<f64>>,
        moments: Vec<Vec<f64>>,
    }
}

#[cfg(feature = "serde")]
impl From<&LinUcb> for SavedLinUcb {
    fn from(bandit: &LinUcb) -> Self {
        Self {
            alpha: bandit.alpha,
            ridge: bandit.ridge,
            features: bandit.features,
            grams: bandit.arms.iter().map(|arm| arm.gram.clone()).collect(),
            moments: bandit.arms.iter().map(|arm| arm.moment.clone()).collect(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedLinUcb> for LinUcb {
    type Error = Error;

    fn try_from(saved: SavedLinUcb) -> Result<Self, Error> {
        let SavedLinUcb { alpha, ridge, features, grams, moments } = saved;
        let fresh = Self::with_ridge(grams.len(), features, alpha, ridge)?;
        let arms = super::ridge::ridge_arms(features, grams, moments)?;
        Ok(Self { arms, ..fresh })
    }
}
