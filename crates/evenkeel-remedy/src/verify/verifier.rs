//! The verifier trait and its verdicts.

use core::fmt;
use evenkeel_core::{At, Stage};

/// What was seen of the users.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Sample {
    /// So many requests that were good and bad, which no other sample counts. Both 0 says nothing.
    Counts {
        /// How many were good.
        good: u64,
        /// How many were bad.
        bad: u64,
    },
    /// A value, for verifiers that test one.
    Value(f64),
    /// Nothing could be measured. Never good.
    Missing,
}

/// What a verifier thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Verdict {
    /// Not enough is known.
    #[default]
    Undecided,
    /// Users are fine again.
    Recovered,
    /// Users are not fine.
    Failing,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Undecided => "undecided",
            Self::Recovered => "recovered",
            Self::Failing => "failing",
        })
    }
}

/// A verdict with the limits it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Recovery {
    verdict: Verdict,
    objective: f64,
    lower: f64,
    upper: f64,
    trials: u64,
}

impl Recovery {
    /// A verdict; what is measured is to be below `objective`, and is between `lower` and `upper`, by
    /// `trials` observations.
    pub fn new(verdict: Verdict, objective: f64, lower: f64, upper: f64, trials: u64) -> Self {
        Self { verdict, objective, lower, upper, trials }
    }

    /// What is thought.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What users were promised.
    #[must_use]
    pub fn objective(&self) -> f64 {
        self.objective
    }

    /// The lower limit: above the objective, users are not fine.
    #[must_use]
    pub fn lower(&self) -> f64 {
        self.lower
    }

    /// The upper limit, which shrinks as good data come: below the objective, users are fine.
    #[must_use]
    pub fn upper(&self) -> f64 {
        self.upper
    }

    /// On how many observations the upper limit rests.
    #[must_use]
    pub fn trials(&self) -> u64 {
        self.trials
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (upper, objective) = (100.0 * self.upper, 100.0 * self.objective);
        write!(f, "{}: at most {upper:.2} %, objective {objective:.2} % (n = {})", self.verdict, self.trials)
    }
}

/// Verifies, sample by sample, whether users are fine again: a sequential test, valid whenever it is read.
///
/// It says [`Verdict::Recovered`] or [`Verdict::Failing`] only on data: a sample that is missing never brings
/// it nearer to either.
pub trait Verifier: Stage<At<Sample>, Output = Recovery> {
    /// Begins anew for the next action of the same incident: the data are forgotten; what was spent of the
    /// error probability is not, nor which times were seen. Default: [`reset`](Stage::reset).
    fn restart(&mut self) {
        self.reset();
    }

    /// Whether all that was seen since the last [`restart`](Self::restart), taken at its face, is as users
    /// were promised, and something was. It is no verdict: the machine then waits longer for one, until the
    /// deadline of the incident, rather than take back for want of data what seems to have helped. Default:
    /// no.
    fn is_promising(&self) -> bool {
        false
    }
}

impl<R: Verifier + ?Sized> Verifier for alloc::boxed::Box<R> {
    fn restart(&mut self) {
        (**self).restart();
    }

    fn is_promising(&self) -> bool {
        (**self).is_promising()
    }
}
