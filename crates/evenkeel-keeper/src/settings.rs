//! Validated settings of the observer.

use crate::source::FreshnessLimits;
use crate::state::Observed;
use core::time::Duration;
use evenkeel_locate::Fusion;

/// Settings that were checked.
#[derive(Debug, Clone)]
pub(crate) struct Settings<M> {
    pub(crate) monitor: M,
    pub(crate) symptoms: Vec<Observed>,
    pub(crate) localizer: Fusion,
    pub(crate) limits: FreshnessLimits,
    pub(crate) step: Duration,
    pub(crate) rows: usize,
    pub(crate) evidence: Duration,
    pub(crate) max_names: usize,
    pub(crate) max_spans: usize,
    pub(crate) max_lines: usize,
}
