//! A disk that fills: simulated, and forecast.

use crate::chart::Chart;
use crate::picture;
use evenkeel::models::Structural;
use evenkeel::models::crossing_paths::CrossingPaths;
use evenkeel::models::state_space::StructuralModel;
use evenkeel::prelude::{At, Error, Fit, Forecaster, Prediction, Stage, Timestamp};
use evenkeel::series::spectral::{FoundSeason, SeasonDetection, Spectral};
use evenkeel::stats::{CrossingTime, Generator, Limit};
use evenkeel_report::SeriesChart;
use std::time::Duration;

/// Samples a day of the simulated disk.
pub const A_DAY: usize = 4;
/// Its size in gigabytes.
pub const SIZE: f64 = 500.0;

/// A disk that fills faster by day, of which each Sunday some is cleaned up; the pace wanders. In gigabytes,
/// every six hours, for so many days.
#[must_use]
pub fn simulated(days: usize, seed: u64) -> Vec<f64> {
    let mut draw = Generator::new(seed);
    let (mut pace, mut kept) = (1.3, 225.0);
    let mut used = Vec::with_capacity(days * A_DAY);
    for step in 0..days * A_DAY {
        pace = (pace + 0.01 * draw.normal()).clamp(0.4, 2.5);
        let by_day = [0.4, 1.2, 1.7, 0.7][step % A_DAY];
        kept += pace * by_day + 0.4 * draw.normal();
        // In the night to Monday old files go.
        if step % (7 * A_DAY) == 7 * A_DAY - 1 {
            kept -= 20.0 + draw.normal();
        }
        used.push(kept + 0.3 * draw.normal());
    }
    used
}

/// A forecast of when a limit is reached.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The model, which stands at the end of the history.
    pub model: StructuralModel,
    /// The season that the history shows, in steps.
    pub season: Option<usize>,
    /// The time from the newest value.
    pub time: CrossingTime,
    /// What was expected at each step ahead of the history.
    pub ahead: Vec<Prediction>,
    /// Models with parameters that the history allows: a single fit would be too sure of the pace.
    draws: Vec<StructuralModel>,
    paths: CrossingPaths,
}

/// The longest season that is fitted, in steps: each is a state of the model.
const LONGEST: usize = 60;
/// How many sets of parameters that the history allows are followed.
const DRAWS: usize = 60;

/// Fits a structural model with the season that the history shows and follows paths to the limit, along
/// parameters that the history allows.
///
/// # Errors
/// If the history is too short.
pub fn outlook(history: &[f64], limit: Limit, horizon: usize, seed: u64) -> Result<Outlook, Error> {
    let detected = SeasonDetection::new().fit(&mut Spectral::new(), history)?;
    let season = detected.iter().map(FoundSeason::period).filter(|period| *period <= LONGEST).max();
    let settings = season.map_or_else(Structural::local_linear_trend, Structural::basic);
    let model = settings.fit(history)?;
    let last = history.last().copied().unwrap_or(f64::NAN);
    let draws = settings.posterior_draws(history, DRAWS, seed)?;
    let paths = CrossingPaths::new(limit, horizon).seed(seed);
    let time = paths.time_of_any(&draws, last)?;
    let mut ahead = vec![Prediction::default(); horizon];
    model.forecast_into(&mut ahead);
    Ok(Outlook { model, season, time, ahead, draws, paths })
}

impl Outlook {
    /// Learns the next value, without another fit.
    ///
    /// # Errors
    /// None that a value could cause.
    pub fn update(&mut self, used: f64) -> Result<(), Error> {
        for model in &mut self.draws {
            model.update(used);
        }
        self.time = self.paths.time_of_any(&self.draws, used)?;
        Ok(())
    }

    /// How many steps of the history, and of what is expected, are shown.
    fn shown(&self, history: usize) -> (usize, usize) {
        let ahead = self.time.quantile(0.95).map_or(self.ahead.len(), |q| (1.5 * q).ceil() as usize);
        let ahead = ahead.clamp(8, self.ahead.len());
        ((3 * ahead).min(history), ahead)
    }

    /// The end of the history, what is expected with its 90 % interval, the limit: as lines of text.
    #[must_use]
    pub fn chart(&self, history: &[f64], limit: Limit, steps_per_unit: f64, unit: &str) -> Chart {
        let (past, shown) = self.shown(history.len());
        let x = |step: f64| step / steps_per_unit;
        let ahead = |pick: fn(&Prediction) -> f64| {
            self.ahead[..shown].iter().zip(1..).map(|(p, step)| (x(f64::from(step)), pick(p))).collect()
        };
        let first = history.len() - past;
        Chart {
            ends: [format!("{:.0} {unit} ago", x(past as f64)), format!("in {:.0} {unit}", x(shown as f64))],
            values: (first..history.len())
                .map(|i| (-x((history.len() - 1 - i) as f64), history[i]))
                .collect(),
            lower: ahead(|p| p.interval(0.9).map_or(f64::NAN, |ends| ends.0)),
            upper: ahead(|p| p.interval(0.9).map_or(f64::NAN, |ends| ends.1)),
            middle: ahead(Prediction::mean),
            limit: Some(limit.value()),
        }
    }

    /// The same as a picture; `first` is the time of the first value of the history.
    ///
    /// # Errors
    /// None that a history could cause.
    pub fn picture(
        &self,
        history: &[f64],
        limit: Limit,
        (first, step): (Timestamp, Duration),
        title: &str,
    ) -> Result<SeriesChart, Error> {
        let (past, shown) = self.shown(history.len());
        let at = |i: usize| first + step.saturating_mul(u32::try_from(i).unwrap_or(u32::MAX));
        let values: Vec<At<f64>> =
            (history.len() - past..history.len()).map(|i| At::new(at(i), history[i])).collect();
        let ahead = self.ahead[..shown].iter().enumerate().map(|(i, p)| At::new(at(history.len() + i), *p));
        Ok(SeriesChart::new(title, &values)
            .height(picture::HEIGHT)
            .forecast(0.9, ahead)?
            .limit(limit.value()))
    }
}
