//! Exemplars.

use crate::labels::Labels;
use evenkeel_core::Timestamp;

/// One observation that stands for others, most often with the id of a trace.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Exemplar {
    /// What identifies it.
    pub labels: Labels,
    /// The observed value.
    pub value: f64,
    /// When it was observed.
    pub time: Option<Timestamp>,
}

impl Exemplar {
    pub(crate) const fn new(labels: Labels, value: f64, time: Option<Timestamp>) -> Self {
        Self { labels, value, time }
    }
}

/// An exemplar and the series it belongs to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SeriesExemplar {
    /// The labels of the series.
    pub series: Labels,
    /// The exemplar.
    pub exemplar: Exemplar,
}
