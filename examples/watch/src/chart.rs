//! Curves over time, as lines of text and as an SVG file.

use crate::clock;
use evenkeel::prelude::Timestamp;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::widgets::{Axis, Dataset, GraphType, Widget};
use std::ops::Range;
use std::path::Path;

/// What is drawn, each point as (x, y); a value that is not finite is left out, and lines go on behind it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    /// Above the drawing in the file.
    pub title: String,
    /// Below the drawing in the file: what x is.
    pub x_unit: String,
    /// What stands at both ends of the axis in the text.
    pub ends: [String; 2],
    /// The values.
    pub values: Vec<(f64, f64)>,
    /// What was expected: lower and upper edge, and a line between them.
    pub lower: Vec<(f64, f64)>,
    /// See `lower`.
    pub upper: Vec<(f64, f64)>,
    /// See `lower`.
    pub middle: Vec<(f64, f64)>,
    /// Values that are marked.
    pub marks: Vec<(f64, f64)>,
    /// Stretches of x that are shaded in the file, each in the color of its number.
    pub spans: Vec<(f64, f64, usize)>,
    /// A height that is drawn as a line across.
    pub limit: Option<f64>,
    /// Where x is seconds since a time: the marks of its axis are dates then.
    pub since: Option<Timestamp>,
    /// A place of x that is drawn as a line from bottom to top in the file.
    pub from: Option<f64>,
    /// Lanes below the drawing in the file.
    pub lanes: Vec<Lane>,
}

/// Stretches of x on a lane of their own, with a name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lane {
    /// Left of the lane.
    pub name: String,
    /// From where to where.
    pub spans: Vec<(f64, f64)>,
}

/// The size of the drawing without lanes, and how high a lane is, in pixels.
const SIZE: (u32, u32) = (1_200, 480);
const LANE: u32 = 22;
/// What stands left of the drawing, and its margin, in pixels.
const LEFT: u32 = 70;
const LEFT_OF_LANES: u32 = 150;
const MARGIN: u32 = 12;

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
    /// dots, marks as blocks, the limit as dashes. Empty without a value.
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
        let [values, lower, upper, middle, marks] =
            [&self.values, &self.lower, &self.upper, &self.middle, &self.marks].map(|points| finite(points));
        ratatui::widgets::Chart::new(vec![
            set(&dashes, Marker::HalfBlock, GraphType::Scatter),
            set(&lower, Marker::Dot, GraphType::Scatter),
            set(&upper, Marker::Dot, GraphType::Scatter),
            set(&middle, Marker::Dot, GraphType::Scatter),
            set(&values, Marker::Braille, GraphType::Line),
            set(&marks, Marker::Block, GraphType::Scatter),
        ])
        .x_axis(Axis::default().bounds([x.0, x.1]).labels(self.ends.clone()))
        .y_axis(Axis::default().bounds([y.0, y.1]).labels(labels(y)))
        .render(area, &mut buffer);
        let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..height).map(|y| row(y).trim_end().to_string() + "\n").collect()
    }

    /// The drawing as an SVG file.
    ///
    /// # Errors
    /// A sentence on what kept it from being written.
    pub fn svg(&self, path: &Path) -> Result<(), String> {
        let (x, y) = self.ranges().ok_or("there is no value to draw")?;
        self.draw(x, y, path).map_err(|e| format!("{}: {e}", path.display()))
    }

    fn draw(&self, x: (f64, f64), y: (f64, f64), path: &Path) -> Result<(), Box<dyn std::error::Error>> {
        let height = SIZE.1 + LANE * u32::try_from(self.lanes.len())?;
        let all = SVGBackend::new(path, (SIZE.0, height)).into_drawing_area();
        all.fill(&WHITE)?;
        let (root, below) = all.split_vertically(SIZE.1);
        let left = if self.lanes.is_empty() { LEFT } else { LEFT_OF_LANES };
        let marks = match self.since {
            Some(since) => clock::marks(since, x, 8),
            None => round_marks(x),
        };
        let mut chart = ChartBuilder::on(&root)
            .caption(&self.title, ("sans-serif", 20))
            .margin(MARGIN)
            .x_label_area_size(36)
            .y_label_area_size(left)
            .build_cartesian_2d(Marked { ends: x, marks }, y.0..y.1)?;
        chart.configure_mesh().x_desc(&self.x_unit).x_labels(16).light_line_style(WHITE).draw()?;
        let shades = self.spans.iter().map(|(from, to, color)| {
            Rectangle::new([(*from, y.0), (*to, y.1)], Palette99::pick(*color).mix(0.25).filled())
        });
        chart.draw_series(shades)?;
        let edge = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
            finite(points).into_iter().map(|(at, v)| (at, v.clamp(y.0, y.1))).collect()
        };
        let band: Vec<(f64, f64)> =
            edge(&self.upper).into_iter().chain(edge(&self.lower).into_iter().rev()).collect();
        chart.draw_series(std::iter::once(Polygon::new(band, BLUE.mix(0.15))))?;
        chart.draw_series(LineSeries::new(finite(&self.middle), BLUE))?;
        chart.draw_series(LineSeries::new(finite(&self.values), BLACK))?;
        chart.draw_series(finite(&self.marks).into_iter().map(|at| Circle::new(at, 4, RED.filled())))?;
        chart.draw_series(self.limit.map(|limit| PathElement::new([(x.0, limit), (x.1, limit)], RED)))?;
        chart.draw_series(
            self.from.map(|from| PathElement::new([(from, y.0), (from, y.1)], BLACK.mix(0.4))),
        )?;
        self.draw_lanes(&below, x)?;
        all.present()?;
        Ok(())
    }

    /// The lanes, with x where it is above them.
    fn draw_lanes<B: DrawingBackend>(
        &self,
        area: &DrawingArea<B, plotters::coord::Shift>,
        x: (f64, f64),
    ) -> Result<(), Box<dyn std::error::Error>>
    where
        B::ErrorType: 'static,
    {
        let left = f64::from(MARGIN + LEFT_OF_LANES);
        let width = f64::from(SIZE.0 - MARGIN) - left;
        let place = |at: f64| (left + width * (at - x.0) / (x.1 - x.0)).clamp(left, left + width) as i32;
        for (i, lane) in self.lanes.iter().enumerate() {
            let top = i32::try_from(LANE)? * i32::try_from(i)?;
            let style = ("sans-serif", 14).into_font();
            area.draw(&Text::new(lane.name.as_str(), (i32::try_from(MARGIN)?, top + 2), style))?;
            let ends = [(place(x.0), top + 9), (place(x.1), top + 9)];
            area.draw(&PathElement::new(ends, BLACK.mix(0.2)))?;
            for (from, to) in &lane.spans {
                // What is shorter than two pixels is seen all the same.
                let (from, to) = (place(*from), place(*to).max(place(*from) + 2));
                let color = Palette99::pick(i).filled();
                area.draw(&Rectangle::new([(from, top + 2), (to, top + 16)], color))?;
            }
        }
        Ok(())
    }
}

/// An axis with marks where they are wanted.
struct Marked {
    ends: (f64, f64),
    marks: Vec<(f64, String)>,
}

impl Ranged for Marked {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.ends.0) / (self.ends.1 - self.ends.0);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, _: H) -> Vec<f64> {
        self.marks.iter().map(|(at, _)| *at).collect()
    }

    fn range(&self) -> Range<f64> {
        self.ends.0..self.ends.1
    }
}

impl ValueFormatter<f64> for Marked {
    fn format_ext(&self, value: &f64) -> String {
        self.marks.iter().find(|(at, _)| at == value).map_or_else(String::new, |(_, label)| label.clone())
    }
}

/// Marks at round numbers, about eight.
fn round_marks((low, high): (f64, f64)) -> Vec<(f64, String)> {
    let rough = (high - low) / 8.0;
    let power = 10_f64.powf(rough.log10().floor());
    let distance = [1.0, 2.0, 5.0].iter().map(|m| m * power).find(|d| *d >= rough).unwrap_or(10.0 * power);
    let digits = (-distance.log10().floor()).clamp(0.0, 12.0) as usize;
    let first = (low / distance).ceil();
    (0..=16)
        .map(|i| (first + f64::from(i)) * distance)
        .take_while(|at| *at <= high)
        .map(|at| (at, format!("{at:.digits$}")))
        .collect()
}

fn finite(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect()
}
