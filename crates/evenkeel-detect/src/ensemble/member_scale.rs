//! The scale of one member of an ensemble.

#[cfg(feature = "serde")]
use evenkeel_core::Error;

/// The usual score learns at most this multiple of itself: of exponential scores, one in 3,000 is larger.
const BOUND: f64 = 8.0;

/// The scale of a member's scores.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct MemberScale {
    /// The mean of its scores.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    usual: f64,
    /// How many there were, at most the memory.
    scores: u32,
    /// What its last score counted; `None` if there was none.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) counts: Option<f64>,
}

impl MemberScale {
    /// The score in units of the usual one before it; learns it. `None` for the first `quiet` ones. The first
    /// that is not 0 counts 1: nothing is known of how large they are. A usual score below `least` is taken for
    /// that.
    pub(super) fn normalize(&mut self, score: f64, least: f64, memory: u32, quiet: u32) -> Option<f64> {
        let score = score.max(0.0);
        let is_quiet = self.scores < quiet;
        self.scores = (self.scores + 1).min(memory);
        let usual = self.usual.max(least);
        if usual <= 0.0 {
            self.usual = score;
            return if is_quiet { None } else { Some(if score > 0.0 { 1.0 } else { 0.0 }) };
        }
        let learned = if is_quiet { score } else { score.min(BOUND * usual) };
        self.usual += (learned - self.usual) / f64::from(self.scores);
        if is_quiet { None } else { Some((score / usual).min(f64::MAX)) }
    }

    #[cfg(feature = "serde")]
    pub(super) fn validate(&self, memory: u32) -> Result<(), Error> {
        let Self { usual, scores, counts } = *self;
        Error::require(usual >= 0.0 && usual.is_finite(), "usual", "at least 0 and finite", usual)?;
        Error::require(scores <= memory, "scores", "at most the memory", scores)?;
        let sound = counts.is_none_or(|counts| counts >= 0.0 && counts.is_finite());
        Error::require(sound, "counts", "at least 0 and finite", format_args!("{counts:?}"))
    }
}
