//! Thompson sampling of a linear reward.

use super::lin_ucb::first_largest;
use super::ridge::{Ridge, usable, validate};
use crate::generator::Generator;
use crate::linear::dot;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// A contextual bandit that draws each arm's weights from their posterior and takes the arm with the highest
/// drawn reward.
///
/// *When*: as [`LinUcb`](super::LinUcb), where choices should be random, as off-policy evaluation needs them.
///
/// *Method*: for each arm ridge regression; its weights are drawn from a normal distribution around the
/// estimate with covariance `spread² A^-1`. Source: S. Agrawal, N. Goyal, Thompson sampling for contextual
/// bandits with linear payoffs (ICML 2013), arXiv:1209.3352.
///
/// *Parameters*: arms from 1 to 10,000; features from 1 to 256; `spread` in [0, 1e6], at least the
/// standard deviation of a reward, and as large as weights may be: before any data they are thought to be about
/// so large, and with less an arm that happened to do well first may be taken for ever; ridge 1; seed. *Missing data*, *cost*: as [`LinUcb`](super::LinUcb). A choice takes
/// arms × features numbers of the generator.
///
/// ```
/// use evenkeel_stats::bandit::LinearThompson;
///
/// let mut bandit = LinearThompson::new(3, 1, 0.5, 7)?;
/// for _ in 0..300 {
///     let arm = bandit.choose(&[1.0]).unwrap();
///     bandit.learn(arm, &[1.0], [0.2, 0.8, 0.5][arm]);
/// }
/// assert!((bandit.weights(1).unwrap()[0] - 0.8).abs() < 0.05);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LinearThompson {
    spread: f64,
    features: usize,
    arms: Vec<Ridge>,
    random: Generator,
}

impl LinearThompson {
    /// With so many arms and features, this spread of a reward, and a seed.
    ///
    /// # Errors
    /// If a parameter is out of its range.
    pub fn new(arms: usize, features: usize, spread: f64, seed: u64) -> Result<Self, Error> {
        validate(arms, features, 1.0)?;
        Error::require((0.0..=1e6).contains(&spread), "spread", "in [0, 1e6]", spread)?;
        let arms = alloc::vec![Ridge::new(features, 1.0); arms];
        Ok(Self { spread, features, arms, random: Generator::new(seed) })
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

    /// The arm to take, at random by how probably it is the best; `None` if the context can't be used.
    pub fn choose(&mut self, context: &[f64]) -> Option<usize> {
        Some(first_largest(&self.draw(context)?))
    }

    /// The reward of each arm with weights drawn from the posterior, for choosing among some of the arms;
    /// `None` if the context can't be used.
    pub fn draw(&mut self, context: &[f64]) -> Option<Vec<f64>> {
        if !usable(context, self.features) {
            return None;
        }
        let (spread, random) = (self.spread, &mut self.random);
        let mut z = Vec::with_capacity(self.features);
        let draw = |arm: &Ridge| {
            z.clear();
            z.extend((0..context.len()).map(|_| random.normal()));
            arm.spread(&mut z);
            dot(arm.weights(), context) + spread * dot(&z, context)
        };
        Some(self.arms.iter().map(draw).collect())
    }

    /// The mean reward that an arm is thought to give; `None` if there is no such arm or the context can't be
    /// used.
    #[must_use]
    pub fn predict(&self, arm: usize, context: &[f64]) -> Option<f64> {
        let arm = self.arms.get(arm).filter(|_| usable(context, self.features))?;
        Some(arm.predict(context, &mut Vec::new()).0)
    }

    /// The probability with which each arm is chosen, by this many draws that leave the state alone; each at
    /// least 1 / (draws + arms), so that none is thought impossible. `None` if the context can't be used, or
    /// no draw is asked for.
    #[must_use]
    pub fn propensities(&self, context: &[f64], draws: u32) -> Option<Vec<f64>> {
        if draws == 0 {
            return None;
        }
        let mut copy = self.clone();
        let mut counts = alloc::vec![1.0; self.arms.len()];
        for _ in 0..draws {
            counts[copy.choose(context)?] += 1.0;
        }
        let all = f64::from(draws) + self.arms.len() as f64;
        counts.iter_mut().for_each(|count| *count /= all);
        Some(counts)
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

evenkeel_core::state! {
    LinearThompson as struct SavedLinearThompson("LinearThompson@1") {
        spread: f64,
        features: usize,
        grams: Vec<Vec<f64>>,
        moments: Vec<Vec<f64>>,
        random: Generator,
    }
}

#[cfg(feature = "serde")]
impl From<&LinearThompson> for SavedLinearThompson {
    fn from(bandit: &LinearThompson) -> Self {
        Self {
            spread: bandit.spread,
            features: bandit.features,
            grams: bandit.arms.iter().map(|arm| arm.gram.clone()).collect(),
            moments: bandit.arms.iter().map(|arm| arm.moment.clone()).collect(),
            random: bandit.random.clone(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedLinearThompson> for LinearThompson {
    type Error = Error;

    fn try_from(saved: SavedLinearThompson) -> Result<Self, Error> {
        let SavedLinearThompson { spread, features, grams, moments, random } = saved;
        let fresh = Self::new(grams.len(), features, spread, 0)?;
        let arms = super::ridge::ridge_arms(features, grams, moments)?;
        Ok(Self { arms, random, ..fresh })
    }
}
