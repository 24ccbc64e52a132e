//! What a fit found out.

use super::component::COMPONENTS;
use super::specification::{Specification, Variances, Wave};
use crate::fit::FitReport;

/// What does not change with the stream.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    pub(super) specification: Specification,
    pub(super) center: f64,
    pub(super) unit: f64,
    /// The standard deviation of the largest disturbance, in units of the data.
    pub(super) sigma: f64,
    /// Variances over the largest one, by [`Component::index`](super::component::Component::index).
    pub(super) ratios: Variances,
    pub(super) wave: Wave,
    /// Roots of the mean squares of the regressors: their units.
    pub(super) scales: Vec<f64>,
    pub(super) widening: f64,
    /// Standard errors of the variances, in squared units of the data.
    pub(super) errors: [Option<f64>; COMPONENTS],
    /// Standard errors of the cycle's period and damping.
    pub(super) wave_errors: [Option<f64>; 2],
    pub(super) report: FitReport,
}
