//! A watched series as a picture: values, the band that was expected, alarms.

use evenkeel::prelude::Timestamp;
use plotters::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Widget};
use std::path::Path;

/// One step of a watched series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The time of the step.
    pub time: Timestamp,
    /// The value; NaN where it is missing.
    pub value: f64,
    /// The band in which the value was expected, once there is one.
    pub band: Option<(f64, f64)>,
    /// Whether the step belongs to an event that was raised.
    pub alarmed: bool,
}

/// What is drawn, as coordinates: seconds since the first step, and values.
struct Curves {
    values: Vec<(f64, f64)>,
    lower: Vec<(f64, f64)>,
    upper: Vec<(f64, f64)>,
    alarms: Vec<(f64, f64)>,
    x: (f64, f64),
    y: (f64, f64),
}

impl Curves {
    fn new(steps: &[Step]) -> Option<Self> {
        let (first, last) = (steps.first()?.time, steps.last()?.time);
        let x = |s: &Step| s.time.since(first).as_secs_f64();
        let observed = |s: &&Step| s.value.is_finite();
        let values: Vec<(f64, f64)> = steps.iter().filter(observed).map(|s| (x(s), s.value)).collect();
        let span = |low: f64, high: f64| if high > low { (low, high) } else { (low - 0.5, high + 0.5) };
        let fold = |f: fn(f64, f64) -> f64, start| values.iter().map(|(_, y)| *y).fold(start, f);
        let (low, high) = span(fold(f64::min, f64::INFINITY), fold(f64::max, f64::NEG_INFINITY));
        // A band that opens wide over a gap shouldn't flatten the values.
        let margin = 0.1 * (high - low);
        let y = (low - margin, high + margin);
        let edge = |pick: fn((f64, f64)) -> f64| {
            steps.iter().filter_map(|s| Some((x(s), pick(s.band?).clamp(y.0, y.1)))).collect::<Vec<_>>()
        };
        let (lower, upper) = (edge(|band| band.0), edge(|band| band.1));
        let alarms = steps.iter().filter(observed).filter(|s| s.alarmed).map(|s| (x(s), s.value)).collect();
        (!values.is_empty()).then(|| Self {
            lower,
            upper,
            alarms,
            x: span(0.0, last.since(first).as_secs_f64()),
            y,
            values,
        })
    }
}

/// The picture as lines of text, `width` by `height` characters. Empty if no value is known.
#[must_use]
pub fn text(steps: &[Step], width: u16, height: u16) -> String {
    let Some(curves) = Curves::new(steps) else { return String::new() };
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let set = |data, marker, kind| Dataset::default().data(data).marker(marker).graph_type(kind);
    let labels = |(low, high): (f64, f64)| {
        [format!("{low:.4}"), format!("{:.4}", 0.5 * (low + high)), format!("{high:.4}")]
    };
    let times = steps
        .first()
        .zip(steps.last())
        .map_or([String::new(), String::new()], |(a, b)| [a.time.to_string(), b.time.to_string()]);
    Chart::new(vec![
        set(&curves.lower, Marker::Dot, GraphType::Scatter),
        set(&curves.upper, Marker::Dot, GraphType::Scatter),
        set(&curves.values, Marker::Braille, GraphType::Line),
        set(&curves.alarms, Marker::Block, GraphType::Scatter),
    ])
    .x_axis(Axis::default().bounds([curves.x.0, curves.x.1]).labels(times))
    .y_axis(Axis::default().bounds([curves.y.0, curves.y.1]).labels(labels(curves.y)))
    .render(area, &mut buffer);
    let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| row(y).trim_end().to_string() + "\n").collect()
}

/// The picture as an SVG file.
///
/// # Errors
/// A sentence on what kept it from being written.
pub fn svg(steps: &[Step], title: &str, path: &Path) -> Result<(), String> {
    let curves = Curves::new(steps).ok_or("there is no value to draw")?;
    draw_svg(&curves, title, path).map_err(|e| format!("{}: {e}", path.display()))
}

fn draw_svg(curves: &Curves, title: &str, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::new(path, (1200, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(70)
        .build_cartesian_2d(curves.x.0..curves.x.1, curves.y.0..curves.y.1)?;
    chart.configure_mesh().x_desc("seconds since the first value").light_line_style(WHITE).draw()?;
    let band: Vec<(f64, f64)> = curves.upper.iter().chain(curves.lower.iter().rev()).copied().collect();
    chart.draw_series(std::iter::once(Polygon::new(band, BLUE.mix(0.15))))?.label("expected");
    chart.draw_series(LineSeries::new(curves.values.iter().copied(), BLACK))?.label("value");
    chart.draw_series(curves.alarms.iter().map(|at| Circle::new(*at, 4, RED.filled())))?.label("alarm");
    root.present()?;
    Ok(())
}
