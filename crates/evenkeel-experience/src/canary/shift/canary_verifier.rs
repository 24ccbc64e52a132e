//! What the machine takes for the verification of a shift.

use evenkeel_core::{At, Stage};
use evenkeel_remedy::Sample;
use evenkeel_remedy::verify::{Recovery, Verdict, Verifier};

/// Says what the rollout says: a [`Sample::Value`] above 0 lets the next step be taken, one below takes the
/// canary back. It counts nothing itself, since a canary is judged by two arms and many metrics; anything
/// else is no opinion.
///
/// [`CanaryController`](super::CanaryController) sends the samples. If none come, because the program that
/// judges has died or hangs, the machine takes the canary back on its own after the time in which to verify,
/// unless the rollout [holds](crate::canary::AtDeadline::Hold).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CanaryVerifier {
    holds: bool,
}

impl CanaryVerifier {
    /// One that goes back when nothing is heard.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that waits for as long as nothing is heard.
    #[must_use]
    pub fn holding() -> Self {
        Self { holds: true }
    }
}

impl Stage<At<Sample>> for CanaryVerifier {
    type Output = Recovery;

    fn update(&mut self, x: At<Sample>) -> Option<Recovery> {
        let Sample::Value(value) = x.value else { return None };
        // NaN is neither.
        let (verdict, harm) = if value > 0.0 {
            (Verdict::Recovered, 0.0)
        } else if value < 0.0 {
            (Verdict::Failing, 1.0)
        } else {
            return None;
        };
        Some(Recovery::new(verdict, 0.5, harm, harm, 1))
    }

    fn reset(&mut self) {}
}

impl Verifier for CanaryVerifier {
    fn is_promising(&self) -> bool {
        self.holds
    }
}
