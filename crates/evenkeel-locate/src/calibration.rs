//! Calibration: from scores to probabilities (softmax of relative scores).

use crate::ranking::Ranking;
use evenkeel_core::{Cause, Diagnosis, Error, Timestamp};

/// Turns a ranking into a diagnosis: from how far the first is ahead, in relation to its own score, to how
/// probable it is.
///
/// *Method*: the weight of a suspect is exp(-(first - score) / (temperature first)); so is that of "nothing
/// is wrong", whose score is the ranking's [noise](Ranking::noise); and [`UNKNOWN`](Self::UNKNOWN) goes to
/// "something nobody looked at", with what the ranking says that [could not be looked at](Ranking::unknown).
/// Probabilities are shares of the sum, which is a softmax of relative scores (its scale-free form; the
/// relative margin is what told right answers from wrong ones across public benchmarks of fault localization,
/// see the crate's page). What the causes lack to 1 is "none of these".
///
/// *Abstaining*: if the most probable cause is less probable than `least`, nothing is said at all; two
/// suspects with equal scores are enough for that.
///
/// *Parameters*: `temperature` in [0.001, 10], default 0.1: a margin of 10 % over a single other suspect
/// gives 0.72, one of 30 % gives 0.93. `least` in [0, 1], default 0.5: to act on less is to act wrongly more
/// often than not. `causes`, at least 1, default 5: how many causes are named.
///
/// *Cost*: O(suspects).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    temperature: f64,
    least: f64,
    causes: usize,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { temperature: 0.1, least: 0.5, causes: 5 }
    }
}

impl Calibration {
    /// The share that always stays with "none of these", of the weight of the first: nobody watches
    /// everything.
    pub const UNKNOWN: f64 = 0.02;

    /// How fast probability falls with relative distance from the first, in [0.001, 10]. Default 0.1.
    ///
    /// # Errors
    /// If it is out of its range.
    pub fn with_temperature(self, temperature: f64) -> Result<Self, Error> {
        Error::require((0.001..=10.0).contains(&temperature), "temperature", "in [0.001, 10]", temperature)?;
        Ok(Self { temperature, ..self })
    }

    /// The least probability of the first cause for a diagnosis to be made, in [0, 1]. Default 0.5.
    ///
    /// # Errors
    /// If it is out of its range.
    pub fn with_least(self, least: f64) -> Result<Self, Error> {
        Error::require((0.0..=1.0).contains(&least), "least", "in [0, 1]", least)?;
        Ok(Self { least, ..self })
    }

    /// How many causes are named at most, the most probable ones. Default 5.
    ///
    /// # Errors
    /// If it is 0.
    pub fn with_causes(self, causes: usize) -> Result<Self, Error> {
        Error::require(causes > 0, "causes", "at least 1", causes)?;
        Ok(Self { causes, ..self })
    }

    /// The probability of each suspect of a ranking, in its order; empty for an empty ranking or one without
    /// a positive score. Their sum is below 1.
    #[must_use]
    pub fn probabilities(&self, ranking: &Ranking) -> Vec<f64> {
        let Some(first) = ranking.first().map(|suspect| suspect.score()).filter(|score| *score > 0.0) else {
            return Vec::new();
        };
        let weight = |score: f64| libm::exp(((score - first) / (self.temperature * first)).min(700.0));
        let weights: Vec<f64> = ranking.suspects().iter().map(|suspect| weight(suspect.score())).collect();
        let sum = weights.iter().sum::<f64>() + weight(ranking.noise()) + Self::UNKNOWN + ranking.unknown();
        weights.into_iter().map(|weight| weight / sum).collect()
    }

    /// The diagnosis of a fault, made at a time; `None` if the ranking is empty or its first is not probable
    /// enough.
    #[must_use]
    pub fn diagnose(&self, ranking: &Ranking, at: Timestamp) -> Option<Diagnosis> {
        let probabilities = self.probabilities(ranking);
        if probabilities.first().is_none_or(|first| *first < self.least) {
            return None;
        }
        let named = ranking.suspects().iter().zip(probabilities).take(self.causes);
        let causes = named.filter_map(|(suspect, probability)| {
            let mut cause = Cause::new(suspect.component(), probability).ok()?;
            cause.metric = suspect.metric().cloned();
            cause.kind = suspect.kind();
            cause.evidence = suspect.evidence().to_vec();
            Some(cause)
        });
        Diagnosis::new(at, causes.collect()).ok()
    }
}
