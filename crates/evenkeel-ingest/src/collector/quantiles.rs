//! From histograms to values that can be watched.

use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::sample::SeriesKind;
use core::time::Duration;
use evenkeel_core::{At, Signal};
use std::collections::HashMap;

/// The quantiles that are watched, with the endings of their names.
pub(super) const QUANTILES: [(f64, &str); 2] = [(0.5, "_p50"), (0.99, "_p99")];

/// What is kept of a series of histograms.
#[derive(Debug, Clone)]
pub(super) struct HistogramTrack {
    pub(super) signals: [Signal; QUANTILES.len()],
    last: Option<At<Histogram>>,
}

/// Series of histograms by their labels, for each origin.
pub(super) type HistogramTracks = HashMap<Labels, HistogramTrack>;

impl HistogramTrack {
    pub(super) fn new(signals: [Signal; QUANTILES.len()]) -> Self {
        Self { signals, last: None }
    }

    pub(super) fn last_time(&self) -> Option<evenkeel_core::Timestamp> {
        self.last.as_ref().map(|last| last.time)
    }

    /// The quantiles of what came in since the histogram before; none where nothing did, or where the one
    /// before is too long ago.
    pub(super) fn update(
        &mut self,
        kind: SeriesKind,
        at: At<Histogram>,
        longest: Duration,
    ) -> [Option<f64>; QUANTILES.len()] {
        let is_cumulative = matches!(kind, SeriesKind::Counter | SeriesKind::Unknown);
        if self.last.as_ref().is_some_and(|last| at.time <= last.time) {
            return [None; QUANTILES.len()];
        }
        let since = match &self.last {
            _ if !is_cumulative => Some(at.value.clone()),
            Some(last) if at.time.since(last.time) <= longest => Some(at.value.increase_since(&last.value)),
            _ => None,
        };
        self.last = Some(at);
        let quantile = |q: f64| since.as_ref()?.quantile(q).ok().flatten();
        QUANTILES.map(|(q, _)| quantile(q))
    }
}
