//! A decomposition of a series into trend, seasons and remainder.

use crate::drawing::{Drawing, PHONE, possible_width};
use crate::element::label;
use crate::plot_area::{PlotArea, TIME_AXIS, words_of};
use crate::quantity::{quantity, significant};
use crate::value_axis::range;
use evenkeel_core::{At, Error, Unit};
use evenkeel_series::Series;
use evenkeel_series::decompose::Decomposition;

/// A series and its decomposition, one above the other: values, trend, each season, and the remainder, on one axis of
/// time.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_report::DecompositionChart;
/// use evenkeel_series::{Series, Stl};
///
/// let hour = Duration::from_secs(3_600);
/// let values = (0..240).map(|i| 0.1 * i as f64 + if i % 24 > 8 { 20.0 } else { 5.0 }).collect();
/// let series = Series::new(Timestamp::from_seconds(1_795_000_000), hour, values)?;
/// let decomposition = Stl::new(24).fit(series.values())?;
/// let drawing = DecompositionChart::new("visits", &series, &decomposition)?.draw(800);
/// assert!(drawing.to_string().contains("season of 24"));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct DecompositionChart {
    title: String,
    unit: Unit,
    series: Series,
    parts: Vec<(String, Vec<f64>)>,
    strengths: Vec<String>,
}

impl DecompositionChart {
    /// A series and what it was decomposed into.
    ///
    /// # Errors
    /// [`Error::Shape`] if the decomposition is of a series of another length.
    pub fn new(
        title: impl Into<String>,
        series: &Series,
        decomposition: &Decomposition,
    ) -> Result<Self, Error> {
        let trend = decomposition.trend();
        if trend.len() != series.len() {
            return Err(Error::Shape { what: "decomposition", expected: series.len(), found: trend.len() });
        }
        let mut parts =
            vec![("value".to_string(), series.values().to_vec()), ("trend".into(), trend.to_vec())];
        let mut strengths = Vec::new();
        if let Some(strength) = decomposition.trend_strength() {
            strengths.push(format!("strength of the trend {}", significant(strength)));
        }
        for (i, season) in decomposition.seasons().iter().enumerate() {
            let name = format!("season of {}", season.period());
            if let Some(strength) = decomposition.seasonal_strength(i) {
                strengths.push(format!("of the {name} {}", significant(strength)));
            }
            parts.push((name, season.values().to_vec()));
        }
        parts.push(("remainder".into(), decomposition.remainder().to_vec()));
        Ok(Self { title: title.into(), unit: Unit::None, series: series.clone(), parts, strengths })
    }

    /// The unit of the values. Default none.
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// Draws it `width` pixels wide, at least 240.
    #[must_use]
    pub fn draw(&self, width: u32) -> Drawing {
        let width = possible_width(width);
        let height = if width < PHONE { 60.0 } else { 78.0 };
        let times = (self.series.start(), self.series.iter().last().map_or(self.series.start(), |x| x.time));
        let ranges: Vec<(f64, f64)> = self
            .parts
            .iter()
            .map(|(_, values)| range(values.iter().copied()).unwrap_or((0.0, 1.0)))
            .collect();
        let room = ranges
            .iter()
            .map(|range| PlotArea::room_for_labels(*range, height, self.unit))
            .fold(0.0, f64::max);
        let mut elements = Vec::new();
        let mut top = if self.title.is_empty() { 4.0 } else { 28.0 };
        for (i, (name, values)) in self.parts.iter().enumerate() {
            let area = PlotArea::across(width, (top + 18.0, height), times, ranges[i], room);
            elements.push(label(area.left, top + 12.0, "ek-strong", name));
            elements.extend(area.value_grid(self.unit));
            let samples: Vec<At<f64>> =
                self.series.iter().zip(values).map(|(at, value)| At::new(at.time, *value)).collect();
            let class = if i == 0 { "ek-value" } else { "ek-expected" };
            elements.extend(area.line(&samples, class));
            top = area.bottom() + 6.0;
            if i + 1 == self.parts.len() {
                elements.extend(area.time_grid());
            }
        }
        Drawing::new(&self.title, self.describe(), (width, top + TIME_AXIS), elements)
    }

    fn describe(&self) -> String {
        let times = (self.series.start(), self.series.end());
        let mut text = format!("{} values {}", self.series.len(), words_of(times));
        if let Some((low, high)) = range(self.parts[1].1.iter().copied()) {
            text += &format!(
                "; the trend is between {} and {}",
                quantity(low, self.unit),
                quantity(high, self.unit)
            );
        }
        if !self.strengths.is_empty() {
            text += &format!("; {}", self.strengths.join(", "));
        }
        text + "."
    }
}
