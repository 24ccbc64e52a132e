//! What comes next, as a table.

use crate::clock::clock;
use crate::regimes::duration;
use evenkeel::models::Auto;
use evenkeel::prelude::{At, Error, Fit, Forecaster, Prediction};
use evenkeel::series::Clean;
use std::fmt::Write as _;
use std::time::Duration;

/// So many of the last cells are learned.
const LEARNED: usize = 3_000;
/// No more cells than this are forecast.
const FARTHEST: usize = 2_000;
/// So many rows are shown.
const ROWS: usize = 12;

/// A forecast over a length of time from the end of the samples, on a grid of their usual distance, with the
/// interval in which the values are 95 % of the time.
///
/// # Errors
/// If the samples are too few for any model, or the length is shorter than their distance or longer than 2,000 of it.
pub fn table(samples: &[At<f64>], length: Duration) -> Result<String, Error> {
    let cleaned = Clean::new().apply(samples)?;
    let series = cleaned.series();
    let cells = (length.as_secs_f64() / series.step().as_secs_f64()).round();
    let range = "from 1 to 2,000 times the distance of samples";
    Error::require(cells >= 1.0 && cells <= FARTHEST as f64, "forecast", range, format_args!("{length:?}"))?;
    let cells = cells as usize;
    let values = series.values();
    let model = Auto::new().horizon(cells).fit(&values[values.len().saturating_sub(LEARNED)..])?;
    let mut next = vec![Prediction::default(); cells];
    if !model.forecast_into(&mut next) {
        return Err(Error::Numerical { what: "a forecast" });
    }
    let mut text = format!("{:<22}{:>12}   within, 95 % of the time\n", "forecast", "expected");
    let every = cells.div_ceil(ROWS);
    for (i, prediction) in next.iter().enumerate().filter(|(i, _)| (i + 1) % every == 0 || i + 1 == cells) {
        let (low, high) = prediction.interval(0.95)?;
        let time = clock(series.end() + series.step() * u32::try_from(i).unwrap_or(u32::MAX));
        let _ = writeln!(text, "{time:<22}{:>12.4}   {low:.4} to {high:.4}", prediction.mean());
    }
    let seasons: Vec<String> = model
        .report()
        .seasons
        .iter()
        .map(|s| duration(series.step() * u32::try_from(*s).unwrap_or(1)))
        .collect();
    let seasons = if seasons.is_empty() { "none".into() } else { seasons.join(", ") };
    let _ = writeln!(text, "seasons: {seasons}");
    Ok(text)
}
