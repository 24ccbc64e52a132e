//! A series with what was expected of it, what is forecast, and what was abnormal.

use crate::alert_span::AlertSpan;
use crate::drawing::{Drawing, MARGIN, possible_width};
use crate::element::{label, rectangle};
use crate::lane::{self, Lane};
use crate::plot_area::{LegendEntry, PlotArea, Sample, TIME_AXIS, extent_of, legend, usual_height, words_of};
use crate::quantity::quantity;
use crate::text_layout;
use crate::time_axis::clock;
use crate::value_axis::range;
use evenkeel_core::{At, Error, Prediction, Timestamp, Unit, observed};

/// A series over time: its values as a line, the band in which they were expected, a forecast, the stretches that were
/// called abnormal, and the part that was learned.
///
/// Of more than two values a pixel the least and the largest are drawn, so ten thousand stay readable and no spike is
/// lost. A missing value, and a silence of more than five usual distances, is a gap of the line. The axis holds the
/// values, what was expected and the [`limit`](Self::limit); a band that opens wider is cut at its edge.
///
/// ```
/// use evenkeel_core::{At, Prediction, Timestamp, Unit};
/// use evenkeel_report::{AlertSpan, SeriesChart};
///
/// let at = |minute: i64| Timestamp::from_seconds(1_795_000_000 + 60 * minute);
/// let values: Vec<At<f64>> = (0..600)
///     .map(|i| At::new(at(i), 0.2 + if (500..520).contains(&i) { 0.3 } else { 0.01 * (i % 7) as f64 }))
///     .collect();
/// let expected = (200..600).map(|i| At::new(at(i), Prediction::new(0.23, 0.03).unwrap()));
/// let drawing = SeriesChart::new("edge/latency_p99", &values)
///     .unit(Unit::Seconds)
///     .expected(0.99, expected)?
///     .learned(at(0), at(199))
///     .alert(AlertSpan::new(at(500), Some(at(519)), "p = 1e-9"))
///     .draw(800);
/// assert!(drawing.to_string().starts_with("<svg"));
/// assert!(drawing.description().contains("abnormal"));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct SeriesChart {
    title: String,
    unit: Unit,
    values: Vec<At<f64>>,
    expected: Vec<At<f64>>,
    band: Vec<At<(f64, f64)>>,
    level: Option<f64>,
    forecast: Vec<At<f64>>,
    forecast_band: Vec<At<(f64, f64)>>,
    forecast_level: Option<f64>,
    alerts: Vec<AlertSpan>,
    learned: Option<(Timestamp, Timestamp)>,
    marks: Vec<(Timestamp, String)>,
    limit: Option<f64>,
    lanes: Vec<Lane>,
    height: Option<u32>,
}

/// From one line of words of marks to the next, in pixels.
const MARK_LINE: f64 = 14.0;

impl SeriesChart {
    /// The values of a series, in any order; those that are missing as NaN.
    pub fn new(title: impl Into<String>, values: &[At<f64>]) -> Self {
        Self {
            title: title.into(),
            unit: Unit::None,
            values: values.to_vec(),
            expected: Vec::new(),
            band: Vec::new(),
            level: None,
            forecast: Vec::new(),
            forecast_band: Vec::new(),
            forecast_level: None,
            alerts: Vec::new(),
            learned: None,
            marks: Vec::new(),
            limit: None,
            lanes: Vec::new(),
            height: None,
        }
    }

    /// The unit of the values. Default none.
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// What was expected of each value before it came: a line, and the band that holds a share `level` of normal
    /// values.
    ///
    /// # Errors
    /// If the level is not in (0, 1).
    pub fn expected(
        mut self,
        level: f64,
        expected: impl IntoIterator<Item = At<Prediction>>,
    ) -> Result<Self, Error> {
        (self.expected, self.band) = edges(level, expected)?;
        self.level = Some(level);
        Ok(self)
    }

    /// The band in which values were expected, as its edges, where it comes from something else than a prediction.
    /// `level` is the share of normal values that it holds, if that is known.
    pub fn band(mut self, level: Option<f64>, band: impl IntoIterator<Item = At<(f64, f64)>>) -> Self {
        self.band = band.into_iter().collect();
        self.level = level;
        self
    }

    /// A line of what was expected, without a band of its own.
    pub fn expected_line(mut self, expected: impl IntoIterator<Item = At<f64>>) -> Self {
        self.expected = expected.into_iter().collect();
        self
    }

    /// What comes next, with the interval that holds a share `level` of what may come.
    ///
    /// # Errors
    /// If the level is not in (0, 1).
    pub fn forecast(
        mut self,
        level: f64,
        forecast: impl IntoIterator<Item = At<Prediction>>,
    ) -> Result<Self, Error> {
        (self.forecast, self.forecast_band) = edges(level, forecast)?;
        self.forecast_level = Some(level);
        Ok(self)
    }

    /// A stretch that was called abnormal.
    pub fn alert(mut self, alert: AlertSpan) -> Self {
        self.alerts.push(alert);
        self
    }

    /// Several of them.
    pub fn alerts(mut self, alerts: impl IntoIterator<Item = AlertSpan>) -> Self {
        self.alerts.extend(alerts);
        self
    }

    /// The part that was learned and not judged, from the first value to the last.
    pub fn learned(mut self, from: Timestamp, to: Timestamp) -> Self {
        self.learned = Some((from, to));
        self
    }

    /// A time that is marked, with what happened then, in words above the values.
    pub fn mark(mut self, time: Timestamp, what: impl Into<String>) -> Self {
        self.marks.push((time, what.into()));
        self
    }

    /// A value that must not be passed, drawn as a line across.
    pub fn limit(mut self, limit: f64) -> Self {
        self.limit = Some(limit);
        self
    }

    /// A lane below the values, with a name: other stretches of time, as what another rule called abnormal.
    pub fn lane(
        mut self,
        name: impl Into<String>,
        spans: impl IntoIterator<Item = (Timestamp, Timestamp)>,
    ) -> Self {
        self.lanes.push(Lane { name: name.into(), spans: spans.into_iter().collect() });
        self
    }

    /// How high the area of the values is, in pixels, from 40 to 2,000. Default 170, on a phone 130.
    pub fn height(mut self, height: u32) -> Self {
        self.height = Some(height.clamp(40, 2_000));
        self
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The stretches that were called abnormal.
    #[must_use]
    pub fn abnormal(&self) -> &[AlertSpan] {
        &self.alerts
    }

    /// Draws it `width` pixels wide, at least 240. Below 520 it is laid out for a phone.
    #[must_use]
    pub fn draw(&self, width: u32) -> Drawing {
        let width = possible_width(width);
        let top = if self.title.is_empty() { 4.0 } else { 28.0 };
        let Some((times, values)) = self.extents() else {
            let text = "no values";
            return Drawing::new(
                &self.title,
                self.describe(),
                (width, top + 40.0),
                [label(MARGIN, top + 20.0, "ek-small", text)],
            );
        };
        let (mut elements, used) = legend(&self.legend(), top, width);
        let height = self.height.map_or_else(|| usual_height(width), f64::from);
        let labels = PlotArea::room_for_labels(values, height, self.unit);
        let names = if self.lanes.is_empty() { 0.0 } else { lane::room_for_names(&self.lanes, width) };
        let room = labels.max(names);
        let mut area = PlotArea::across(width, (top + used + 8.0, height), times, values, room);
        let words = self.words_of_marks(&area);
        let lines = words.iter().map(|(_, line, _)| line + 1).max().unwrap_or(0);
        for (x, line, what) in words {
            elements.push(label(x, area.top + 8.0 + MARK_LINE * line as f64, "ek-small ek-middle", what));
        }
        area.top += MARK_LINE * lines as f64 + if lines > 0 { 4.0 } else { 0.0 };
        elements.extend(self.learned.and_then(|learned| area.span(learned, "ek-learned")));
        elements.extend(area.value_grid(self.unit));
        for alert in &self.alerts {
            let stretch = (alert.start, alert.end.unwrap_or(times.1));
            elements.extend(area.span(stretch, "ek-span"));
            // An edge above the area, so that a short one is found, also by those who see no colors.
            let edge = area
                .extent(stretch)
                .map(|(x, width)| rectangle((x, area.top - 5.0), (width.max(4.0), 4.0), "ek-span-edge"));
            elements.extend(edge);
        }
        elements.extend(area.band(&self.band, "ek-band"));
        elements.extend(area.band(&self.forecast_band, "ek-band"));
        elements.extend(area.line(&self.values, "ek-value"));
        // Over the values: many of them cover what is under them.
        elements.extend(area.smooth_line(&self.expected, "ek-expected"));
        elements.extend(area.line(&self.forecast, "ek-forecast"));
        if let Some(limit) = self.limit.and_then(observed) {
            let y = area.y(limit);
            elements.push(crate::element::line((area.left, y), (area.right(), y), "ek-limit"));
        }
        elements.extend(self.marks.iter().filter_map(|(time, _)| area.upright(*time, "ek-mark")));
        let (below, lanes) =
            if self.lanes.is_empty() { (area, Vec::new()) } else { lane::draw(&self.lanes, &area, room) };
        elements.extend(lanes);
        elements.extend(below.time_grid());
        let size = (width, below.bottom() + TIME_AXIS);
        Drawing::new(&self.title, self.describe(), size, elements)
    }

    /// The words of the marks above an area: where the middle of each is, and in which line. Those that would lie on those
    /// of others are one line lower.
    fn words_of_marks(&self, area: &PlotArea) -> Vec<(f64, usize, String)> {
        // What is taken of each line.
        let mut taken: Vec<Vec<(f64, f64)>> = Vec::new();
        let place = |(time, what): &(Timestamp, String)| {
            let short = text_layout::cut(what, 11.0, (0.3 * area.width).max(170.0));
            let half = text_layout::width(&short, 11.0) / 2.0 + 3.0;
            let x = area.x(*time).clamp(area.left + half, (area.right() - half).max(area.left + half));
            let is_free =
                |line: &Vec<(f64, f64)>| line.iter().all(|(from, to)| x + half <= *from || x - half >= *to);
            let line = taken.iter().position(is_free).unwrap_or(taken.len());
            if line == taken.len() {
                taken.push(Vec::new());
            }
            taken[line].push((x - half, x + half));
            (x, line, short)
        };
        self.marks.iter().map(place).collect()
    }

    /// The times and values that the axes hold.
    fn extents(&self) -> Option<((Timestamp, Timestamp), (f64, f64))> {
        let known = self.values.iter().filter(|s| observed(s.value).is_some()).map(|s| s.time);
        let times = extent_of(known.chain(self.forecast.iter().map(|s| s.time)))?;
        let lines = self.values.iter().chain(&self.expected).chain(&self.forecast).map(|s| s.value);
        let ahead = self.forecast_band.iter().flat_map(|e| [e.value.0, e.value.1]);
        let values = range(lines.chain(ahead).chain(self.limit))?;
        Some((times, values))
    }

    fn legend(&self) -> Vec<LegendEntry> {
        let share = |level: Option<f64>| {
            level.map_or(String::new(), |level| {
                format!(" ({} % of normal values)", crate::significant(100.0 * level))
            })
        };
        let mut entries: Vec<LegendEntry> = vec![(Sample::Line, "ek-value", "value".into())];
        if !self.expected.is_empty() {
            entries.push((Sample::Line, "ek-expected", "expected".into()));
        }
        if !self.band.is_empty() {
            entries.push((Sample::Area, "ek-band", format!("band{}", share(self.level))));
        }
        if let Some(level) = self.forecast_level.filter(|_| !self.forecast.is_empty()) {
            let text = format!("forecast, {} % interval", crate::significant(100.0 * level));
            entries.push((Sample::Line, "ek-forecast", text));
        }
        if self.learned.is_some() {
            entries.push((Sample::Area, "ek-learned", "learned".into()));
        }
        if !self.alerts.is_empty() {
            entries.push((Sample::Area, "ek-span", "abnormal".into()));
        }
        if let Some(limit) = self.limit {
            entries.push((Sample::Rule, "ek-limit", format!("limit {}", quantity(limit, self.unit))));
        }
        entries
    }

    /// What is drawn, in words.
    fn describe(&self) -> String {
        let known = || self.values.iter().filter(|s| observed(s.value).is_some());
        let Some(times) = extent_of(known().map(|s| s.time)) else { return "no values".into() };
        let (low, high) = known()
            .map(|s| s.value)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let say = |value| quantity(value, self.unit);
        let mut text =
            format!("{} values {}, between {} and {}", known().count(), words_of(times), say(low), say(high));
        match self.alerts.len() {
            0 => text += "; nothing was called abnormal",
            n => {
                text += &format!("; abnormal {n} {}", if n == 1 { "time" } else { "times" });
                for alert in self.alerts.iter().take(5) {
                    let end = alert.end.map_or("the end".into(), clock);
                    text += &format!(", from {} to {end}", clock(alert.start));
                    if !alert.note.is_empty() {
                        text += &format!(" ({})", alert.note);
                    }
                }
                if n > 5 {
                    text += ", and more";
                }
            }
        }
        for lane in &self.lanes {
            let times = if lane.spans.len() == 1 { "time" } else { "times" };
            text += &format!("; {}: {} {times}", lane.name, lane.spans.len());
        }
        if let Some(last) = self.forecast.last() {
            text += &format!("; {} is forecast for {}", say(last.value), clock(last.time));
        }
        text + "."
    }
}

/// A line and edges.
pub(crate) type LineAndBand = (Vec<At<f64>>, Vec<At<(f64, f64)>>);

/// The means and the intervals of predictions.
pub(crate) fn edges(
    level: f64,
    predictions: impl IntoIterator<Item = At<Prediction>>,
) -> Result<LineAndBand, Error> {
    Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
    let (mut line, mut band) = (Vec::new(), Vec::new());
    for At { time, value } in predictions {
        line.push(At::new(time, value.mean()));
        band.push(At::new(time, value.interval(level)?));
    }
    Ok((line, band))
}
