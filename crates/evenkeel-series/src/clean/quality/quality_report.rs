//! The report on a finished history.

use super::finding::{Defect, Finding};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

/// What [`Quality`](crate::clean::Quality) found, in the order of time.
///
/// Its `Display` has a line for the whole and one for each finding.
#[derive(Debug, Clone, PartialEq, Default)]
#[must_use]
pub struct QualityReport {
    pub(super) findings: Vec<Finding>,
    pub(super) samples: usize,
    pub(super) observed: usize,
    pub(super) present: usize,
    pub(super) expected: u64,
    pub(super) step: Option<Duration>,
    pub(super) counter: bool,
}

impl QualityReport {
    /// The findings.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// How many findings there are of a kind: `report.count(|defect| matches!(defect, Defect::Gap { .. }))`.
    #[must_use]
    pub fn count(&self, is: impl Fn(Defect) -> bool) -> usize {
        self.findings.iter().filter(|finding| is(finding.defect())).count()
    }

    /// How many samples were checked.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// How many of them have a usable value.
    #[must_use]
    pub fn observed(&self) -> usize {
        self.observed
    }

    /// The median time from sample to sample, or the step that was given if there are fewer than two times;
    /// `None` without either.
    #[must_use]
    pub fn step(&self) -> Option<Duration> {
        self.step
    }

    /// Whether the values were treated as those of a counter.
    #[must_use]
    pub fn is_counter(&self) -> bool {
        self.counter
    }

    /// Which share of the times between the first and the last at which there should be a usable value has
    /// one, in [0, 1]; 0 without any sample.
    #[must_use]
    pub fn completeness(&self) -> f64 {
        if self.expected == 0 {
            return 0.0;
        }
        (self.present as f64 / self.expected as f64).min(1.0)
    }
}

impl fmt::Display for QualityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = 100.0 * self.completeness();
        write!(f, "{} samples, {} usable, {share:.1} % complete", self.samples, self.observed)?;
        if let Some(step) = self.step {
            write!(f, ", one every {step:?}")?;
        }
        self.findings.iter().try_for_each(|finding| write!(f, "\n{finding}"))
    }
}
