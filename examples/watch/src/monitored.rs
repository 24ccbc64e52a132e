//! What a monitor says of a series, with time that passes also where no values come.

use crate::clock::clock;
use crate::history::{self, History};
use crate::line::{Settings, Watched};
use crate::picture::Step;
use crate::regimes::duration;
use evenkeel::detect::monitor::{Alert, MonitorEvent, Watch};
use evenkeel::detect::{Budget, Monitor};
use evenkeel::prelude::{At, Direction, Error, Prediction, Stage, Timestamp, TransitionKind};
use evenkeel::series::Resample;
use std::time::Duration;

/// In a silence the monitor is asked after each of so many usual intervals; it speaks after five.
const ASKED: u32 = 10;

/// A monitor that is given samples one by one, and whose time goes on between them.
#[derive(Debug, Clone)]
pub struct Listener {
    monitor: Monitor,
    heard: Option<Timestamp>,
}

impl Listener {
    /// A monitor that has learned a history.
    ///
    /// # Errors
    /// Those of [`Monitor::new`].
    pub fn new(budget: Budget, history: &[At<f64>]) -> Result<Self, Error> {
        let mut monitor = Monitor::new(budget)?;
        monitor.learn(history.iter().copied());
        Ok(Self { monitor, heard: history.iter().rfind(|x| x.value.is_finite()).map(|x| x.time) })
    }

    /// What it expects the next value to be.
    #[must_use]
    pub fn expected(&self) -> Option<Prediction> {
        self.monitor.expected()
    }

    /// Takes a sample; `told` gets what is said of it, and of the time since the one before.
    pub fn hear(&mut self, x: At<f64>, told: &mut Vec<MonitorEvent>) {
        if let (Some(heard), Some(usual)) = (self.heard, self.monitor.usual_interval()) {
            let times = (1..=ASKED).map(|i| heard + usual.saturating_mul(i));
            for now in times.take_while(|now| *now < x.time) {
                told.extend(self.monitor.tick(now));
            }
        }
        told.extend(self.monitor.update(x));
        if x.value.is_finite() {
            self.heard = Some(x.time);
        }
    }

    /// What it still had to say when the last sample came.
    pub fn finish(&mut self, told: &mut Vec<MonitorEvent>) {
        if let Some(now) = self.heard {
            told.extend(self.monitor.tick(now));
        }
    }
}

/// A stretch of time that was called abnormal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first abnormal value.
    pub start: Timestamp,
    /// When it was told.
    pub noticed: Timestamp,
    /// The last abnormal value; of an event that is not over, the last value.
    pub end: Timestamp,
    /// Whether values were higher or lower than expected.
    pub direction: Direction,
    /// Whether it is over.
    pub is_over: bool,
}

impl Span {
    /// From the first abnormal value to the last.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.end.since(self.start)
    }
}

/// The stretches that alerts tell of, of a series that ends at `last`. Silence is none of them.
#[must_use]
pub fn spans(told: &[MonitorEvent], last: Timestamp) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for alert in told.iter().filter_map(MonitorEvent::alert) {
        match alert.kind() {
            TransitionKind::Raised => spans.push(raised(alert, last)),
            TransitionKind::Cleared => {
                if let (Some(span), Some(end)) = (spans.last_mut(), alert.end()) {
                    (span.end, span.is_over) = (end, true);
                }
            }
            _ => {}
        }
    }
    spans
}

fn raised(alert: &Alert, last: Timestamp) -> Span {
    Span {
        start: alert.start(),
        noticed: alert.at(),
        end: last,
        direction: alert.direction(),
        is_over: false,
    }
}

/// The stretches in which samples are abnormal by a rule for single values, as alerts are made of them: one is
/// raised by the first abnormal value, and is over after ten usual intervals without one, as with a monitor.
#[must_use]
pub fn spans_by(samples: &[At<f64>], is_abnormal: impl Fn(f64) -> Option<Direction>) -> Vec<Span> {
    let calm = history::step(samples).saturating_mul(10);
    let mut spans: Vec<Span> = Vec::new();
    for At { time, value } in samples {
        let Some(direction) = is_abnormal(*value).filter(|_| value.is_finite()) else { continue };
        match spans.last_mut() {
            Some(span) if time.since(span.end) < calm => span.end = *time,
            _ => spans.push(Span { start: *time, noticed: *time, end: *time, direction, is_over: true }),
        }
    }
    if let (Some(span), Some(last)) = (spans.last_mut(), samples.last()) {
        span.is_over = last.time.since(span.end) >= calm;
    }
    spans
}

/// Learns the first part of a series, streams the rest through a monitor, and says what it says.
///
/// # Errors
/// If `train` is not in (0, 1), the samples are too few, a step can't be made a grid of, or the monitor can't
/// hold the budget.
pub fn watch(samples: &[At<f64>], settings: Settings) -> Result<Watched, Error> {
    let Settings { step, aggregate, train, false_alarms, per } = settings;
    Error::require(train > 0.0 && train < 1.0, "train", "in (0, 1)", train)?;
    let samples = match step {
        Some(step) => {
            let resampled = Resample::new(step, aggregate)?.apply(samples.iter().copied())?;
            resampled.series().iter().collect()
        }
        None => samples.to_vec(),
    };
    let history = History::new("", samples)?;
    let (learned, judged) = history.split(train);
    let budget = Budget::new(false_alarms, per)?;
    let mut listener = Listener::new(budget, learned)?;
    let mut setup = format!(
        "{} values from {} to {}, usually every {}; {} learned; false alarms at most {budget}.\n",
        history.samples.len(),
        clock(history.ends().0),
        clock(history.ends().1),
        duration(history.step()),
        learned.len(),
    );
    if let Some(remark) = history.remark() {
        setup += &format!("{remark}\n");
    }
    if learned.len() < 1_000 {
        setup += "Little to learn from: single values are judged after 1,000, shifts after 300.\n";
    }
    let unknown = |x: &At<f64>| Step {
        time: x.time,
        value: x.value,
        expected: None,
        band: None,
        learned: true,
        alarmed: false,
    };
    let mut steps: Vec<Step> = learned.iter().map(unknown).collect();
    let mut told = Vec::new();
    for x in judged {
        let expected = listener.expected();
        listener.hear(*x, &mut told);
        steps.push(Step {
            expected: expected.map(|e| e.mean()),
            band: expected.and_then(|e| e.interval(Alert::LEVEL).ok()),
            learned: false,
            ..unknown(x)
        });
    }
    listener.finish(&mut told);
    let spans = spans(&told, history.ends().1);
    for step in steps.iter_mut().filter(|step| step.value.is_finite()) {
        step.alarmed = spans.iter().any(|span| (span.start..=span.end).contains(&step.time));
    }
    let alarms = told.iter().map(ToString::to_string).collect();
    Ok(Watched { setup, steps, alarms, raised: spans.len(), level: Some(Alert::LEVEL) })
}
