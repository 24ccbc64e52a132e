//! The area that values are drawn in over time.

use crate::decimation::{bands, lines};
use crate::drawing::{MARGIN, PHONE};
use crate::element::{Element, label, line, rectangle};
use crate::path_data::PathData;
use crate::text_layout;
use crate::time_axis::{clock, time_marks};
use crate::value_axis::marks;
use evenkeel_core::{At, Timestamp, Unit};

/// What is left of the width for a mark of the axis of time, in pixels.
const ROOM_FOR_TIME: f64 = 84.0;
/// What is left of the height for a mark of the axis of values.
const ROOM_FOR_VALUE: f64 = 32.0;
/// How high the marks of the axis of time are, with dates.
pub(crate) const TIME_AXIS: f64 = 36.0;

/// Where times and values are in a drawing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlotArea {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) times: (Timestamp, Timestamp),
    pub(crate) values: (f64, f64),
}

impl PlotArea {
    /// An area across a drawing of a width, with room for the labels of the values at its left.
    pub(crate) fn across(
        width: f64,
        (top, height): (f64, f64),
        times: (Timestamp, Timestamp),
        values: (f64, f64),
        labels: f64,
    ) -> Self {
        let left = MARGIN + labels;
        // A single time is drawn in the middle of two seconds.
        let second = core::time::Duration::from_secs(1);
        let times = if times.0 < times.1 { times } else { (times.0 - second, times.0 + second) };
        Self { left, top, width: width - left - MARGIN, height, times, values }
    }

    pub(crate) fn right(&self) -> f64 {
        self.left + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Where a time is from left to right; at the edge if outside.
    pub(crate) fn x(&self, time: Timestamp) -> f64 {
        let share = time.since(self.times.0).as_secs_f64() / self.times.1.since(self.times.0).as_secs_f64();
        self.left + self.width * share.clamp(0.0, 1.0)
    }

    /// Where a value is from top to bottom; at the edge if outside.
    pub(crate) fn y(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        let share = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        self.top + self.height * (1.0 - share.clamp(0.0, 1.0))
    }

    /// The columns that can be told apart.
    fn columns(&self) -> usize {
        (self.width.max(1.0)) as usize
    }

    /// How much room the labels of values need.
    pub(crate) fn room_for_labels(values: (f64, f64), height: f64, unit: Unit) -> f64 {
        let marks = marks(values, Self::value_marks(height), unit);
        6.0 + marks.iter().map(|(_, label)| text_layout::width(label, 11.0)).fold(0.0, f64::max)
    }

    fn value_marks(height: f64) -> usize {
        ((height / ROOM_FOR_VALUE) as usize).max(3)
    }

    /// Lines across at round values, with their labels.
    pub(crate) fn value_grid(&self, unit: Unit) -> Vec<Element> {
        let marks = marks(self.values, Self::value_marks(self.height), unit);
        marks
            .into_iter()
            .flat_map(|(at, text)| {
                let y = self.y(at);
                let across = line((self.left, y), (self.right(), y), "ek-grid");
                [across, label(self.left - 5.0, y + 4.0, "ek-small ek-end", text)]
            })
            .collect()
    }

    /// The axis of time below the area, and what is said once: the first date, and that times are in UTC.
    pub(crate) fn time_grid(&self) -> Vec<Element> {
        let most = ((self.width / ROOM_FOR_TIME) as usize).max(2);
        let bottom = self.bottom();
        let mut elements = vec![line((self.left, bottom), (self.right(), bottom), "ek-axis")];
        let wide = |text: &str| text_layout::width(text, 11.0);
        let mut free = f64::NEG_INFINITY;
        let mut dates: Vec<(f64, String)> = Vec::new();
        for mark in time_marks(self.times, most) {
            let x = self.x(mark.time);
            elements.push(line((x, bottom), (x, bottom + 4.0), "ek-axis"));
            let half = 0.5 * wide(&mark.label);
            let middle = x.clamp(half + 2.0, self.right() + MARGIN - half - 2.0);
            if middle - half > free {
                elements.push(label(middle, bottom + 16.0, "ek-small ek-middle", &mark.label));
                if let Some(date) = mark.date {
                    dates.push(((middle - half).min(self.right() - wide(&date)), date));
                }
                free = middle + half + 6.0;
            }
        }
        let zone = "UTC";
        // A date that reaches to where the zone is written has it behind it.
        match dates.last_mut() {
            Some((x, date)) if *x + wide(date) + 6.0 > self.right() - wide(zone) => {
                *date += &format!(" {zone}");
                *x = x.min(self.right() - wide(date));
            }
            _ => elements.push(label(self.right(), bottom + 30.0, "ek-small ek-end", zone)),
        }
        // Where two dates would lie on each other, the later one is told.
        let mut until = f64::INFINITY;
        for (x, date) in dates.into_iter().rev() {
            if x + wide(&date) < until {
                elements.push(label(x, bottom + 30.0, "ek-small", date));
                until = x - 6.0;
            }
        }
        elements
    }

    /// In half pixels, as paths are.
    fn halved(path: PathData, class: &'static str) -> Option<Element> {
        let is_empty = path.is_empty();
        let path = Element::new("path").class(class).attribute("d", path.finish());
        (!is_empty).then(|| path.attribute("transform", "scale(.5)"))
    }

    /// The line of values, broken where they are missing; of many values the least and the largest of each column.
    pub(crate) fn line(&self, samples: &[At<f64>], class: &'static str) -> Option<Element> {
        let mut path = PathData::default();
        for stretch in lines(samples, self.times, self.columns()) {
            for (i, sample) in stretch.iter().enumerate() {
                let at = (self.x(sample.time), self.y(sample.value));
                if i == 0 { path.begin(at) } else { path.go(at) }
            }
        }
        Self::halved(path, class)
    }

    /// A line of what changes slowly, with one point for every two columns: the mean of its values.
    pub(crate) fn smooth_line(&self, samples: &[At<f64>], class: &'static str) -> Option<Element> {
        let columns = self.columns().div_ceil(2);
        if samples.len() <= columns {
            return self.line(samples, class);
        }
        let known: Vec<At<f64>> =
            samples.iter().filter(|s| evenkeel_core::observed(s.value).is_some()).copied().collect();
        let column = |s: &At<f64>| crate::decimation::column(s.time, self.times, columns);
        let mean = |group: &[At<f64>]| {
            let sum: f64 = group.iter().map(|s| s.value / group.len() as f64).sum();
            At::new(group[group.len() / 2].time, sum)
        };
        let means: Vec<At<f64>> = known.chunk_by(|a, b| column(a) == column(b)).map(mean).collect();
        self.line(&means, class)
    }

    /// The area between two edges.
    pub(crate) fn band(&self, edges: &[At<(f64, f64)>], class: &'static str) -> Option<Element> {
        let mut path = PathData::default();
        for band in bands(edges, self.times, self.columns().div_ceil(2)) {
            let upper = band.iter().map(|e| (self.x(e.time), self.y(e.value.1)));
            let lower = band.iter().rev().map(|e| (self.x(e.time), self.y(e.value.0)));
            for (i, at) in upper.chain(lower).enumerate() {
                if i == 0 { path.begin(at) } else { path.go(at) }
            }
            path.close();
        }
        Self::halved(path, class)
    }

    /// A stretch of time over the whole height; what is shorter than two pixels is seen all the same. Nothing of one
    /// that is outside.
    pub(crate) fn span(&self, (from, to): (Timestamp, Timestamp), class: &'static str) -> Option<Element> {
        let (x, width) = self.extent((from, to))?;
        Some(rectangle((x, self.top), (width, self.height), class))
    }

    /// Left end and width of a stretch of time, at least two pixels.
    pub(crate) fn extent(&self, (from, to): (Timestamp, Timestamp)) -> Option<(f64, f64)> {
        if to < self.times.0 || from > self.times.1 {
            return None;
        }
        let (left, right) = (self.x(from), self.x(to));
        let width = (right - left).max(2.0);
        Some((left.min(self.right() - width), width))
    }

    /// A line from top to bottom, at a time in the area.
    pub(crate) fn upright(&self, time: Timestamp, class: &'static str) -> Option<Element> {
        let is_inside = (self.times.0..=self.times.1).contains(&time);
        let x = self.x(time);
        is_inside.then(|| line((x, self.top), (x, self.bottom()), class))
    }
}

/// The times from the first to the last; `None` without any.
pub(crate) fn extent_of(times: impl IntoIterator<Item = Timestamp>) -> Option<(Timestamp, Timestamp)> {
    times.into_iter().fold(None, |extent: Option<(Timestamp, Timestamp)>, time| {
        Some(extent.map_or((time, time), |(from, to)| (from.min(time), to.max(time))))
    })
}

/// "from … to …", in words.
pub(crate) fn words_of((from, to): (Timestamp, Timestamp)) -> String {
    format!("from {} to {} UTC", clock(from), clock(to))
}

/// An entry of a legend: how its sample is drawn, and what it says.
pub(crate) type LegendEntry = (Sample, &'static str, String);

/// The sample beside a text of a legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sample {
    Line,
    Area,
    /// A line of its own stroke width, in whole pixels.
    Rule,
}

/// A legend from the left edge on, in as many rows as it takes; its elements and its height.
pub(crate) fn legend(entries: &[LegendEntry], top: f64, width: f64) -> (Vec<Element>, f64) {
    let (mut x, mut y) = (MARGIN, top + 12.0);
    let mut elements = Vec::new();
    for (sample, class, text) in entries {
        let long = 24.0 + text_layout::width(text, 11.0);
        if x > MARGIN && x + long > width - MARGIN {
            (x, y) = (MARGIN, y + 16.0);
        }
        let middle = y - 4.0;
        elements.push(match sample {
            Sample::Area => rectangle((x, y - 10.0), (16.0, 11.0), class),
            Sample::Rule => line((x, middle), (x + 16.0, middle), class),
            Sample::Line => Element::new("path")
                .class(class)
                .attribute("d", format_args!("M{:.0} {:.0}h32", 2.0 * x, 2.0 * middle))
                .attribute("transform", "scale(.5)"),
        });
        let text = text_layout::cut(text, 11.0, width - MARGIN - x - 22.0);
        elements.push(label(x + 21.0, y, "ek-small", text));
        x += long + 14.0;
    }
    let height = if entries.is_empty() { 0.0 } else { y - top + 6.0 };
    (elements, height)
}

/// The height of an area of values in a drawing of a width.
pub(crate) fn usual_height(width: f64) -> f64 {
    if width < PHONE { 130.0 } else { 170.0 }
}
