//! Curves over time, as lines of text.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::widgets::{Axis, Dataset, GraphType, Widget};

/// What is drawn, each point as (x, y); a value that is not finite is left out, and lines go on behind it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    /// What stands at both ends of the axis.
    pub ends: [String; 2],
    /// The values.
    pub values: Vec<(f64, f64)>,
    /// What was expected: lower and upper edge, and a line between them.
    pub lower: Vec<(f64, f64)>,
    /// See `lower`.
    pub upper: Vec<(f64, f64)>,
    /// See `lower`.
    pub middle: Vec<(f64, f64)>,
    /// A height that is drawn as a line across.
    pub limit: Option<f64>,
}

impl Chart {
    /// The ends of both axes: of the values and the limit, so that a band that opens wide does not flatten
    /// them. `None` without a value.
    fn ranges(&self) -> Option<((f64, f64), (f64, f64))> {
        let span = |low: f64, high: f64| if high > low { (low, high) } else { (low - 0.5, high + 0.5) };
        let fold = |values: &mut dyn Iterator<Item = f64>| {
            values
                .filter(|v| v.is_finite())
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let all = || self.values.iter().chain(&self.middle);
        let (left, right) = fold(&mut all().map(|p| p.0));
        let (low, high) = fold(&mut all().map(|p| p.1).chain(self.limit));
        if !left.is_finite() || !low.is_finite() {
            return None;
        }
        let ((left, right), (low, high)) = (span(left, right), span(low, high));
        let margin = 0.1 * (high - low);
        Some(((left, right), (low - margin, high + margin)))
    }

    /// The drawing as lines of text, `width` by `height` characters: values as a line, what was expected as
    /// dots, the limit as dashes. Empty without a value.
    #[must_use]
    pub fn text(&self, width: u16, height: u16) -> String {
        let Some((x, y)) = self.ranges() else { return String::new() };
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let set = |data, marker, kind| Dataset::default().data(data).marker(marker).graph_type(kind);
        let labels = |(low, high): (f64, f64)| {
            [format!("{low:.4}"), format!("{:.4}", 0.5 * (low + high)), format!("{high:.4}")]
        };
        let dashes: Vec<(f64, f64)> = self.limit.map_or_else(Vec::new, |limit| {
            (0..2 * u32::from(width))
                .map(|i| (x.0 + (x.1 - x.0) * f64::from(i) / f64::from(2 * width), limit))
                .collect()
        });
        let [values, lower, upper, middle] =
            [&self.values, &self.lower, &self.upper, &self.middle].map(|points| finite(points));
        ratatui::widgets::Chart::new(vec![
            set(&dashes, Marker::HalfBlock, GraphType::Scatter),
            set(&lower, Marker::Dot, GraphType::Scatter),
            set(&upper, Marker::Dot, GraphType::Scatter),
            set(&middle, Marker::Dot, GraphType::Scatter),
            set(&values, Marker::Braille, GraphType::Line),
        ])
        .x_axis(Axis::default().bounds([x.0, x.1]).labels(self.ends.clone()))
        .y_axis(Axis::default().bounds([y.0, y.1]).labels(labels(y)))
        .render(area, &mut buffer);
        let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..height).map(|y| row(y).trim_end().to_string() + "\n").collect()
    }
}

fn finite(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
}
