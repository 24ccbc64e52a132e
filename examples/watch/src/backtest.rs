//! The pages that one would have had: monitors at several budgets beside two rules that people use.

use crate::clock::short;
use crate::history::History;
use crate::monitored::{self, Listener, Span};
use crate::picture;
use crate::regimes::duration;
use evenkeel::detect::Budget;
use evenkeel::detect::monitor::MonitorEvent;
use evenkeel::prelude::{At, Direction, Error, Prediction, Timestamp};
use evenkeel_report::SeriesChart;
use std::fmt::Write as _;
use std::time::Duration;

/// The part of a series, from its start, that everything learns from.
pub const TRAIN: f64 = 1.0 / 3.0;
/// How far above the largest value of that part the static threshold is.
pub const ABOVE: f64 = 0.1;
/// How many standard deviations of that part are the other rule.
pub const SIGMAS: f64 = 3.0;

/// What one rule would have said of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The name of the rule, at most 14 characters.
    pub rule: String,
    /// Its alerts.
    pub alerts: Vec<Span>,
    /// How often it would have said that there are no values.
    pub silences: usize,
}

/// What all rules would have said of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// The name of the series.
    pub name: String,
    /// What had to be done to the series.
    pub remark: Option<String>,
    /// How many samples were learned from.
    pub learned: usize,
    /// From when on it was judged, and until when.
    pub judged: (Timestamp, Timestamp),
    /// The usual distance of its samples.
    pub step: Duration,
    /// Each rule, in the order of the budgets, then the threshold and the sigmas.
    pub said: Vec<Said>,
    /// Where the static threshold is.
    pub threshold: f64,
    /// Every sample.
    pub samples: Vec<At<f64>>,
    /// What the monitor of the first budget expected of each sample that was judged.
    pub expected: Vec<At<Prediction>>,
}

/// Runs the rules over a series.
///
/// # Errors
/// Those of [`Listener::new`]; if no value is known in the part that is learned from.
pub fn run(history: &History, budgets: &[Budget]) -> Result<Backtest, Error> {
    let (learned, judged) = history.split(TRAIN);
    let (_, last) = history.ends();
    let mut said = Vec::new();
    let mut expected = Vec::new();
    for (i, budget) in budgets.iter().enumerate() {
        let mut listener = Listener::new(*budget, learned)?;
        let mut told = Vec::new();
        for x in judged {
            if let (0, Some(prediction)) = (i, listener.expected()) {
                expected.push(At::new(x.time, prediction));
            }
            listener.hear(*x, &mut told);
        }
        listener.finish(&mut told);
        let silences = told.iter().filter(|event| matches!(event, MonitorEvent::Lost { .. })).count();
        said.push(Said { rule: budget.to_string(), alerts: monitored::spans(&told, last), silences });
    }
    let (threshold, mean, sd) = rules(learned)?;
    let above = |x: f64| (x > threshold).then_some(Direction::Up);
    let beyond = |x: f64| {
        let direction = if x > mean { Direction::Up } else { Direction::Down };
        ((x - mean).abs() > SIGMAS * sd).then_some(direction)
    };
    let alerts = monitored::spans_by(judged, above);
    said.push(Said { rule: "threshold".into(), alerts, silences: 0 });
    let alerts = monitored::spans_by(judged, beyond);
    said.push(Said { rule: "3 sigma".into(), alerts, silences: 0 });
    Ok(Backtest {
        name: history.name.clone(),
        remark: history.remark(),
        learned: learned.len(),
        judged: (judged[0].time, last),
        step: history.step(),
        said,
        threshold,
        samples: history.samples.clone(),
        expected,
    })
}

/// The static threshold, the mean and the standard deviation of what is learned from.
fn rules(learned: &[At<f64>]) -> Result<(f64, f64, f64), Error> {
    let known = || learned.iter().map(|x| x.value).filter(|x| x.is_finite());
    let n = known().count();
    if n < 2 {
        return Err(Error::TooShort { needed: 2, got: n });
    }
    let largest = known().fold(f64::NEG_INFINITY, f64::max);
    let mean = known().sum::<f64>() / n as f64;
    let sd = (known().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1) as f64).sqrt();
    Ok((largest + ABOVE * largest.abs(), mean, sd))
}

/// The share of the time judged that is within alerts.
fn abnormal(alerts: &[Span]) -> Duration {
    alerts.iter().map(Span::length).sum()
}

impl Backtest {
    /// For how long it was judged.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.judged.1.since(self.judged.0)
    }

    /// The table of a series, at most 80 columns wide, with at most `most` alerts of a rule.
    #[must_use]
    pub fn table(&self, most: usize) -> String {
        let mut text = format!("{}\n", self.name);
        let _ = writeln!(
            text,
            "  a value every {}; {} learned, judged from {} for {}",
            duration(self.step),
            self.learned,
            short(self.judged.0, self.step),
            duration(self.length())
        );
        for remark in self.remark.iter().cloned().chain(self.is_short()) {
            let _ = writeln!(text, "  {remark}");
        }
        let _ = writeln!(text, "  {:<14} {:>6}   {:<19}   {:>9}", "rule", "alerts", "began", "for");
        for Said { rule, alerts, silences } in &self.said {
            let _ = write!(text, "  {rule:<14} {:>6}", alerts.len());
            for (i, alert) in alerts.iter().take(most).enumerate() {
                if i > 0 {
                    let _ = write!(text, "  {:21}", "");
                }
                let goes_on = if alert.is_over { "" } else { " goes on" };
                let arrow = match alert.direction {
                    Direction::Up => "up",
                    Direction::Down => "down",
                    _ => "",
                };
                let length =
                    if alert.length().is_zero() { "one value".into() } else { duration(alert.length()) };
                let began = short(alert.start, self.step);
                let line = format!("   {began:<19}   {length:>9}   {arrow}{goes_on}");
                let _ = writeln!(text, "{}", line.trim_end());
            }
            if alerts.is_empty() {
                text.push('\n');
            }
            if alerts.len() > most {
                let _ = writeln!(text, "  {:21}   and {} more", "", alerts.len() - most);
            }
            if *silences > 0 {
                let _ = writeln!(text, "  {:21}   and {silences} times no values", "");
            }
        }
        text
    }

    /// Whether there was less to learn from than a monitor needs.
    fn is_short(&self) -> Option<String> {
        (self.learned < 1_000)
            .then(|| "Little to learn from: single values are judged after 1,000, shifts after 300.".into())
    }

    /// The picture: the values, what was expected at the first budget, the static threshold, from when on is judged, and a
    /// lane for the alerts of each rule.
    pub fn chart(&self) -> SeriesChart {
        let mut chart = SeriesChart::new(self.name.as_str(), &self.samples)
            .height(picture::HEIGHT)
            .expected_line(self.expected.iter().map(|e| At::new(e.time, e.value.mean())))
            .limit(self.threshold);
        if let Some(first) = self.samples.first() {
            chart = chart.learned(first.time, self.judged.0);
        }
        for said in &self.said {
            let name = format!("{} ({})", said.rule, said.alerts.len());
            chart = chart.lane(name, said.alerts.iter().map(|alert| (alert.start, alert.end)));
        }
        chart
    }
}

/// The table of all series together, at most 80 columns wide.
#[must_use]
pub fn totals(all: &[Backtest]) -> String {
    let weeks = all.iter().map(|b| b.length().as_secs_f64()).sum::<f64>() / 604_800.0;
    let mut text = format!("{} series, {weeks:.1} weeks judged\n", all.len());
    let _ = writeln!(
        text,
        "  {:<14} {:>6}   {:>6}   {:>16}   {:>8}   {:>11}",
        "rule", "alerts", "a week", "series with any", "abnormal", "most of one"
    );
    for (i, said) in all.first().map_or(&[][..], |first| &first.said).iter().enumerate() {
        let of_rule = || all.iter().filter_map(|b| b.said.get(i));
        let count: usize = of_rule().map(|said| said.alerts.len()).sum();
        let length: f64 = of_rule().map(|said| abnormal(&said.alerts).as_secs_f64()).sum();
        let _ = writeln!(
            text,
            "  {:<14} {count:>6}   {:>6.2}   {:>16}   {:>6.2} %   {:>11}",
            said.rule,
            count as f64 / weeks,
            of_rule().filter(|said| !said.alerts.is_empty()).count(),
            100.0 * length / (weeks * 604_800.0),
            of_rule().map(|said| said.alerts.len()).max().unwrap_or(0)
        );
    }
    text
}
