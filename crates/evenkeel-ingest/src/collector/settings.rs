//! What a collector goes by.

use crate::collector::selector::Selector;
use crate::collector::series_track::PlaceLabels;
use crate::labels::Labels;
use core::time::Duration;

/// What a collector goes by, as its builder tells.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) step: Duration,
    pub(super) places: PlaceLabels,
    pub(super) keep: Vec<Selector>,
    pub(super) ignore: Vec<Selector>,
    pub(super) longest_gap: Duration,
    pub(super) forget_after: Duration,
    pub(super) trace_wait: Duration,
    pub(super) max_series: usize,
    pub(super) max_spans: usize,
    /// Whether the observer is given spans and log records as they are.
    pub(super) gives_evidence: bool,
}

impl Settings {
    /// Whether a series is given to the observer.
    pub(super) fn watches(&self, labels: &Labels) -> bool {
        let any = |selectors: &[Selector]| selectors.iter().any(|one| one.matches(labels));
        (self.keep.is_empty() || any(&self.keep)) && !any(&self.ignore)
    }
}
