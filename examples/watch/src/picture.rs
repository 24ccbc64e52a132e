//! A watched series as a picture: values, the band that was expected, alarms.

use crate::chart::Chart;
use crate::clock::clock;
use evenkeel::prelude::Timestamp;
use std::path::Path;

/// One step of a watched series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time of the step.
    pub time: Timestamp,
    /// The value; NaN where it is missing.
    pub value: f64,
    /// The value that was expected, once there is one.
    pub expected: Option<f64>,
    /// The band in which the value was expected, once there is one.
    pub band: Option<(f64, f64)>,
    /// Whether the step belongs to an event that was raised.
    pub alarmed: bool,
}

fn chart(steps: &[Step], title: &str) -> Chart {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Chart::default() };
    let x = |s: &Step| s.time.since(first.time).as_secs_f64();
    let edge =
        |pick: fn((f64, f64)) -> f64| steps.iter().filter_map(|s| Some((x(s), pick(s.band?)))).collect();
    Chart {
        title: title.into(),
        x_unit: format!("{} to {}, UTC", clock(first.time), clock(last.time)),
        ends: [clock(first.time), clock(last.time)],
        since: Some(first.time),
        middle: steps.iter().filter_map(|s| Some((x(s), s.expected?))).collect(),
        values: steps.iter().map(|s| (x(s), s.value)).collect(),
        lower: edge(|band| band.0),
        upper: edge(|band| band.1),
        marks: steps.iter().filter(|s| s.alarmed).map(|s| (x(s), s.value)).collect(),
        ..Chart::default()
    }
}

/// The picture as lines of text, `width` by `height` characters. Empty if no value is known.
#[must_use]
pub fn text(steps: &[Step], width: u16, height: u16) -> String {
    chart(steps, "").text(width, height)
}

/// The picture as an SVG file.
///
/// # Errors
/// A sentence on what kept it from being written.
pub fn svg(steps: &[Step], title: &str, path: &Path) -> Result<(), String> {
    chart(steps, title).svg(path)
}
