//! Forecasts from several origins beside what came.

use crate::drawing::{Drawing, MARGIN, possible_width};
use crate::element::label;
use crate::plot_area::{LegendEntry, PlotArea, Sample, TIME_AXIS, extent_of, legend, usual_height, words_of};
use crate::quantity::{quantity, significant};
use crate::series_chart::edges;
use crate::text_layout;
use crate::value_axis::range;
use evenkeel_core::{At, Error, Prediction, Timestamp, Unit, observed};
use std::collections::BTreeMap;

/// A backtest: the values of a series, and what was forecast from several origins without knowing what came after. It
/// says how large the errors are, and how often values lay in the interval.
///
/// ```
/// use evenkeel_core::{At, Prediction, Timestamp};
/// use evenkeel_report::BacktestChart;
///
/// let at = |hour: i64| Timestamp::from_seconds(1_795_000_000 + 3_600 * hour);
/// let values: Vec<At<f64>> = (0..100).map(|i| At::new(at(i), (i % 24) as f64)).collect();
/// let fold = (80..100).map(|i| At::new(at(i), Prediction::new((i % 24) as f64 + 1.0, 1.0).unwrap()));
/// let chart = BacktestChart::new("visits", &values, 0.9)?.fold(at(79), fold)?;
/// assert_eq!(chart.mean_absolute_error(), Some(1.0));
/// assert_eq!(chart.coverage(), Some(1.0));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct BacktestChart {
    title: String,
    unit: Unit,
    level: f64,
    values: Vec<At<f64>>,
    folds: Vec<Fold>,
}

#[derive(Debug, Clone, PartialEq)]
struct Fold {
    origin: Timestamp,
    means: Vec<At<f64>>,
    band: Vec<At<(f64, f64)>>,
}

impl BacktestChart {
    /// The values of the series, and the share of what comes that an interval is to hold.
    ///
    /// # Errors
    /// If the level is not in (0, 1).
    pub fn new(title: impl Into<String>, values: &[At<f64>], level: f64) -> Result<Self, Error> {
        Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
        Ok(Self { title: title.into(), unit: Unit::None, level, values: values.to_vec(), folds: Vec::new() })
    }

    /// What was forecast from an origin: the time of the last value that was known, and the predictions after it.
    ///
    /// # Errors
    /// If a prediction is of a time that is not after the origin.
    pub fn fold(
        mut self,
        origin: Timestamp,
        predictions: impl IntoIterator<Item = At<Prediction>>,
    ) -> Result<Self, Error> {
        let (means, band) = edges(self.level, predictions)?;
        if let Some(early) = means.iter().find(|x| x.time <= origin) {
            return Err(Error::parameter("time of a prediction", "after the origin", early.time));
        }
        self.folds.push(Fold { origin, means, band });
        Ok(self)
    }

    /// The unit of the values. Default none.
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// Each prediction with the value that came at its time: value, mean, interval.
    fn pairs(&self) -> Vec<(f64, f64, (f64, f64))> {
        let came: BTreeMap<Timestamp, f64> =
            self.values.iter().filter(|x| observed(x.value).is_some()).map(|x| (x.time, x.value)).collect();
        let of_fold = |fold: &Fold| {
            let pairs = fold.means.iter().zip(&fold.band);
            let pairs: Vec<_> = pairs
                .filter_map(|(mean, band)| Some((*came.get(&mean.time)?, mean.value, band.value)))
                .collect();
            pairs
        };
        self.folds.iter().flat_map(of_fold).collect()
    }

    /// The mean absolute error over all predictions for which a value came; `None` without any.
    #[must_use]
    pub fn mean_absolute_error(&self) -> Option<f64> {
        let pairs = self.pairs();
        (!pairs.is_empty()).then(|| {
            pairs.iter().map(|(came, mean, _)| (came - mean).abs()).sum::<f64>() / pairs.len() as f64
        })
    }

    /// The share of values that lay in their interval; `None` without any.
    #[must_use]
    pub fn coverage(&self) -> Option<f64> {
        let pairs = self.pairs();
        let inside = pairs.iter().filter(|(came, _, band)| (band.0..=band.1).contains(came)).count();
        (!pairs.is_empty()).then(|| inside as f64 / pairs.len() as f64)
    }

    /// Draws it `width` pixels wide, at least 240.
    #[must_use]
    pub fn draw(&self, width: u32) -> Drawing {
        let width = possible_width(width);
        let top = if self.title.is_empty() { 4.0 } else { 28.0 };
        let means = || self.folds.iter().flat_map(|fold| &fold.means);
        let times = extent_of(self.values.iter().chain(means()).map(|x| x.time));
        let bands = self.folds.iter().flat_map(|fold| &fold.band).flat_map(|e| [e.value.0, e.value.1]);
        let values = range(self.values.iter().chain(means()).map(|x| x.value).chain(bands));
        let (Some(times), Some(values)) = (times, values) else {
            let none = [label(MARGIN, top + 20.0, "ek-small", "no values")];
            return Drawing::new(&self.title, "no values".into(), (width, top + 40.0), none);
        };
        let percent = significant(100.0 * self.level);
        let entries: [LegendEntry; 4] = [
            (Sample::Line, "ek-value", "value".into()),
            (Sample::Line, "ek-expected", "forecast".into()),
            (Sample::Area, "ek-band", format!("{percent} % interval")),
            (Sample::Rule, "ek-mark", "origin".into()),
        ];
        let (mut elements, used) = legend(&entries, top, width);
        let height = usual_height(width);
        let room = PlotArea::room_for_labels(values, height, self.unit);
        let area = PlotArea::across(width, (top + used + 4.0, height), times, values, room);
        elements.extend(area.value_grid(self.unit));
        for fold in &self.folds {
            elements.extend(area.upright(fold.origin, "ek-mark"));
            elements.extend(area.band(&fold.band, "ek-band"));
        }
        elements.extend(area.line(&self.values, "ek-value"));
        elements.extend(self.folds.iter().filter_map(|fold| area.line(&fold.means, "ek-expected")));
        elements.extend(area.time_grid());
        let mut bottom = area.bottom() + TIME_AXIS;
        for part in text_layout::wrap(&self.say_errors(), 11.0, width - 2.0 * MARGIN, 3) {
            elements.push(label(MARGIN, bottom + 10.0, "ek-small", part));
            bottom += 15.0;
        }
        let text = format!("{}; {} origins; {}.", words_of(times), self.folds.len(), self.say_errors());
        Drawing::new(&self.title, text, (width, bottom + 4.0), elements)
    }

    fn say_errors(&self) -> String {
        match (self.mean_absolute_error(), self.coverage()) {
            (Some(error), Some(coverage)) => format!(
                "mean absolute error {}; {} % of values in the {} % interval",
                quantity(error, self.unit),
                significant(100.0 * coverage),
                significant(100.0 * self.level)
            ),
            _ => "no value came for any forecast".into(),
        }
    }
}
