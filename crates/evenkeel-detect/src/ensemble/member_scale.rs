//! The scale of one member of an ensemble.

#[cfg(feature = "serde")]
use evenkeel_core::Error;

/// The usual score learns at most this multiple of itself: of exponential scores, one in 22,000 is larger.
const BOUND: f64 = 10.0;

/// The scale of a member's scores.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct MemberScale {
    /// The mean of its scores.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) usual: f64,
    /// How many there were, at most the memory.
    pub(super) scores: u32,
    /// How many were ignored at the beginning.
    pub(super) waited: u32,
    /// What its last score counted; `None` if there was none.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) counts: Option<f64>,
}

impl MemberScale {
    /// The score in units of the usual one; learns it.
    pub(super) fn normalize(&mut self, score: f64, memory: u32, quiet: u32) -> Option<f64> {
        if self.waited < quiet {
            self.waited += 1;
            return None;
        }
        let score = score.max(0.0);
        let share = 1.0 / (f64::from(self.scores) + 1.0);
        let with = |score: f64| self.usual + (score - self.usual) * share;
        let usual = with(score);
        let learned = if self.usual > 0.0 { with(score.min(BOUND * self.usual)) } else { usual };
        self.usual = learned;
        self.scores = (self.scores + 1).min(memory);
        Some(if usual > 0.0 { score / usual } else { 0.0 })
    }

    #[cfg(feature = "serde")]
    pub(super) fn validate(&self, memory: u32, quiet: u32) -> Result<(), Error> {
        let Self { usual, scores, waited, counts } = *self;
        Error::require(usual >= 0.0 && usual.is_finite(), "usual", "at least 0 and finite", usual)?;
        let heard = scores <= memory && waited <= quiet && (waited == quiet || scores == 0);
        Error::require(heard, "scores", "at most the memory, after a quiet time", scores)?;
        let sound = counts.is_none_or(|counts| counts >= 0.0 && counts.is_finite());
        Error::require(sound, "counts", "at least 0 and finite", format_args!("{counts:?}"))
    }
}
