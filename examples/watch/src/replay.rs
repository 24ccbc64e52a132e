//! Incidents of the past once more: are they still caught, how fast, and at what cost?

use crate::clock::clock;
use crate::incident_file::{Expected, IncidentFile, Sought};
use crate::monitored::Listener;
use crate::regimes::duration;
use evenkeel::detect::Budget;
use evenkeel::detect::monitor::MonitorEvent;
use evenkeel::prelude::{Direction, Error, TransitionKind};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// What became of an incident file.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The series.
    pub series: String,
    /// How long its judged part is.
    pub length: Duration,
    /// Each event that was expected, and what caught it first.
    pub expected: Vec<(Expected, Option<MonitorEvent>)>,
    /// The other alerts and silences that were told.
    pub others: Vec<MonitorEvent>,
    /// What a value cost, in seconds.
    pub cost: f64,
}

/// Replays an incident through a monitor.
///
/// An event is caught by what is first told within its time, not in the other direction: that an alert is
/// raised or becomes worse, or, for silence, that there are no values. Everything else that is raised in the judged part
/// is one of the others; so is silence.
///
/// # Errors
/// Those of the monitor.
pub fn replay(file: &IncidentFile, budget: Budget) -> Result<Replayed, Error> {
    let started = Instant::now();
    let (learned, judged) = file.split();
    let mut listener = Listener::new(budget, learned)?;
    let mut told = Vec::new();
    for x in judged {
        listener.hear(*x, &mut told);
    }
    listener.finish(&mut told);
    let cost = started.elapsed().as_secs_f64() / file.samples.len() as f64;
    let expected: Vec<_> = file
        .expected
        .iter()
        .map(|event| (*event, told.iter().find(|told| catches(event, told)).copied()))
        .collect();
    let is_expected = |told: &MonitorEvent| file.expected.iter().any(|event| catches(event, told));
    let is_new = |told: &MonitorEvent| match told {
        MonitorEvent::Alert(alert) => alert.kind() == TransitionKind::Raised,
        MonitorEvent::Lost { .. } => true,
        _ => false,
    };
    let others = told.into_iter().filter(|told| is_new(told) && !is_expected(told)).collect();
    let length = match (judged.first(), judged.last()) {
        (Some(first), Some(last)) => last.time.since(first.time),
        _ => Duration::ZERO,
    };
    Ok(Replayed { series: file.series.clone(), length, expected, others, cost })
}

/// Whether what was told catches the event.
fn catches(event: &Expected, told: &MonitorEvent) -> bool {
    let says = match (told, event.direction) {
        (MonitorEvent::Lost { .. }, sought) => sought == Sought::Silent,
        (MonitorEvent::Alert(alert), sought) => {
            alert.kind() != TransitionKind::Cleared
                && match sought {
                    Sought::Up => alert.direction() != Direction::Down,
                    Sought::Down => alert.direction() != Direction::Up,
                    Sought::Either => true,
                    Sought::Silent => false,
                }
        }
        _ => false,
    };
    says && (event.from..=event.until).contains(&told.at())
}

impl Replayed {
    /// How many of its events are no longer caught.
    #[must_use]
    pub fn missed(&self) -> usize {
        self.expected.iter().filter(|(_, caught)| caught.is_none()).count()
    }

    /// What became of it, in sentences.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = String::new();
        for (event, caught) in &self.expected {
            let _ = write!(
                text,
                "  {} {}, expected from {} to {}",
                if caught.is_some() { "caught" } else { "MISSED" },
                event.direction.name(),
                clock(event.from),
                clock(event.until)
            );
            match caught {
                Some(caught) => {
                    let delay = caught.at().since(event.from);
                    let _ = writeln!(text, ": after {}\n    {caught}", duration(delay));
                }
                None => text.push('\n'),
            }
        }
        let _ = writeln!(
            text,
            "  {} other alerts in {}; {:.1} µs a value",
            self.others.len(),
            duration(self.length),
            1e6 * self.cost
        );
        for other in &self.others {
            let _ = writeln!(text, "    {other}");
        }
        text
    }
}
