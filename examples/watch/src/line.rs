//! From samples to sentences: the line that `watch` is about.

use crate::clock::clock;
use crate::picture::Step;
use evenkeel::detect::calibrate::Bonferroni;
use evenkeel::detect::{Alarm, RankCusum, Spot, Surprise, Tails};
use evenkeel::gaussian;
use evenkeel::models::{Arima, ArimaModel};
use evenkeel::prelude::{
    At, Error, Fit, Forecaster, Prediction, Stage, Timestamp, Transition, TransitionKind,
};
use evenkeel::series::{Aggregate, Resample};
use std::fmt::Write as _;
use std::time::Duration;

/// What can be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The step of the grid; `None`: five minutes, or the typical distance of the samples if that is longer.
    pub step: Option<Duration>,
    /// What becomes of the samples of a step.
    pub aggregate: Aggregate,
    /// The share of the series, from its start, on which the model is fitted and the scores are calibrated;
    /// in (0, 1).
    pub train: f64,
    /// How many false alarms may come in `per` when nothing is wrong.
    pub false_alarms: f64,
    /// The time in which `false_alarms` may come.
    pub per: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            step: None,
            aggregate: Aggregate::Mean,
            train: 1.0 / 3.0,
            false_alarms: 1.0,
            per: Duration::from_secs(7 * 86_400),
        }
    }
}

/// What was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// How the line was set up, in sentences.
    pub setup: String,
    /// Every step of the grid.
    pub steps: Vec<Step>,
    /// Every alarm, in sentences.
    pub alarms: Vec<String>,
    /// How many events were raised.
    pub raised: usize,
    /// The share of normal values that the band holds, where that is known.
    pub level: Option<f64>,
}

/// Resamples, fits the model to the first part, calibrates on its errors there, and streams the rest.
///
/// # Errors
/// Whatever makes the samples unusable: too few, the grid too long, a setting out of its range.
pub fn watch(samples: &[At<f64>], settings: Settings) -> Result<Watched, Error> {
    Error::require(settings.train > 0.0 && settings.train < 1.0, "train", "in (0, 1)", settings.train)?;
    let step = settings.step.unwrap_or_else(|| typical_distance(samples).max(Duration::from_secs(300)));
    let resampled = Resample::new(step, settings.aggregate)?.apply(samples.iter().copied())?;
    let series = resampled.series();
    let (training, _) = series.values().split_at((settings.train * series.len() as f64) as usize);
    let model = Arima::new(5, 1, 0).fit(training)?;

    let observed = training.iter().filter(|x| x.is_finite()).count();
    // The calibrator needs room between the risk and its level, so alarms are never allowed oftener than once
    // in a hundred values.
    let often = 0.01 * settings.per.as_secs_f64() / step.as_secs_f64();
    let mut raise_at =
        Alarm::for_budget(settings.false_alarms.min(often), settings.per, step)?.build()?.raise_at();
    if is_constant(training) {
        // What has never varied says how rare a change is only by its length; that has to do.
        raise_at = raise_at.max(2.0 / observed as f64).min(0.01);
    }
    let alarm = Alarm::builder(raise_at).clear_after(6 * step).build()?;
    // A tail is fitted to at least twenty peaks, if that leaves a tail at all.
    let level = 1.0 - (20.0 / observed as f64).clamp(0.02, 0.2);
    let calibration = (observed - 1).max(20);
    // Half of the budget for shifts that last, whatever the distribution of the errors; half for single
    // values beyond what was ever seen.
    let risk = alarm.raise_at() / 2.0;
    // A level that has lasted for a day, and for a hundred values, is the new normal.
    let day = (86_400.0 / step.as_secs_f64()) as u64;
    let shifts =
        RankCusum::builder(risk).tails(Tails::Both).calibration(calibration).relearn(day.max(100)).build()?;
    let spikes = Spot::builder(risk).level(level).calibration(calibration).build()?;
    let calibrator = Bonferroni::new(shifts, spikes);
    let mut setup = String::new();
    let _ = writeln!(
        setup,
        "{} samples from {} to {}, {:?} over {step:?}: {} steps, {} of them empty.",
        samples.len(),
        series.start(),
        series.iter().last().map_or(series.start(), |last| last.time),
        settings.aggregate,
        series.len(),
        series.values().iter().filter(|x| !x.is_finite()).count(),
    );
    let _ = writeln!(
        setup,
        "ARIMA(5,1,0) on the first {} steps: AR {:.3?}, one-step error {:.4}; alarms beyond 1 in {:.0}.",
        training.len(),
        model.ar(),
        model.sigma(),
        1.0 / alarm.raise_at(),
    );
    Ok(stream(series.iter(), training.len(), model, calibrator, alarm, setup))
}

fn is_constant(values: &[f64]) -> bool {
    let mut observed = values.iter().filter(|x| x.is_finite());
    let first = observed.next();
    observed.all(|x| Some(x) == first)
}

/// Streams the whole series through the line, the first part too: that is what calibrates it.
fn stream(
    series: impl Iterator<Item = At<f64>>,
    learned: usize,
    mut model: ArimaModel,
    calibrator: Bonferroni<RankCusum, Spot>,
    mut alarm: Alarm,
    setup: String,
) -> Watched {
    model.reset();
    let mut scored = Surprise::new(model).then(calibrator);
    let mut watched = Watched { setup, steps: Vec::new(), alarms: Vec::new(), raised: 0, level: None };
    for At { time, value } in series {
        let expected = expected(scored.first().forecaster());
        let band = band(scored.first().forecaster(), scored.second().second().threshold());
        let event = scored.update(value).and_then(|p| alarm.update(At::new(time, p)));
        if let Some(event) = event {
            watched.raised += usize::from(event.kind == TransitionKind::Raised);
            watched.alarms.push(sentence(&event, scored.second().second().threshold()));
        }
        watched.steps.push(Step {
            time,
            value,
            expected,
            band,
            learned: watched.steps.len() < learned,
            alarmed: alarm.is_raised() && value.is_finite(),
        });
    }
    watched
}

/// What is expected next, once the model knows enough.
fn expected(forecaster: &impl Forecaster) -> Option<f64> {
    let mut next = [Prediction::default()];
    forecaster.forecast_into(&mut next).then(|| next[0].mean())
}

/// Where a single value raises no alarm, once both the model and the calibrator know enough.
fn band(forecaster: &impl Forecaster, threshold: Option<f64>) -> Option<(f64, f64)> {
    let mut next = [Prediction::default()];
    (forecaster.forecast_into(&mut next)).then_some(())?;
    let half = threshold? * next[0].sd();
    Some((next[0].mean() - half, next[0].mean() + half))
}

fn sentence(event: &Transition, threshold: Option<f64>) -> String {
    let score = event.peak.value.score();
    let mut text = match event.kind {
        TransitionKind::Raised => format!("{}  abnormal", clock(event.start)),
        TransitionKind::Worsened => {
            format!("{}  worse, abnormal since {}", clock(event.at), clock(event.start))
        }
        _ => format!(
            "{}  over, was abnormal from {} to {}",
            clock(event.at),
            clock(event.start),
            event.end.map_or("-".into(), clock)
        ),
    };
    if let Some(expected) = score.expected() {
        let value = expected.mean() + score.signed() * expected.sd();
        let _ = write!(text, ": {value:.4} where {:.4} was expected", expected.mean());
        // The band of the moment: of an event that is over it says nothing any more.
        if event.kind == TransitionKind::Cleared {
            return text;
        }
        let half = threshold
            .unwrap_or_else(|| gaussian::upper_quantile(event.peak.value.p().max(1e-12) / 2.0))
            * expected.sd();
        let _ = write!(text, " ({:.4} to {:.4})", expected.mean() - half, expected.mean() + half);
    }
    let _ = write!(text, ", p = {:.1e}", event.peak.value.p());
    text
}

/// The median distance of neighbors in time; zero for fewer than two samples.
fn typical_distance(samples: &[At<f64>]) -> Duration {
    let mut times: Vec<Timestamp> = samples.iter().map(|s| s.time).collect();
    times.sort_unstable();
    let mut distances: Vec<Duration> =
        times.windows(2).map(|pair| pair[1].since(pair[0])).filter(|d| !d.is_zero()).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).copied().unwrap_or_default()
}
