//! Outputs of the observer.

use core::fmt;
use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_core::{At, Diagnosis, Name, Signal, SourceHealth, Transition, TransitionKind};
use evenkeel_remedy::Sample;
use evenkeel_remedy::machine::Predicted;

/// What an observer says after a tick: facts for people, and what the
/// [`Remediator`](evenkeel_remedy::Remediator) has to know.
///
/// Each is also an event of the machine ([`Event`](evenkeel_remedy::Event)), so all of them go to a
/// [`Driver`](evenkeel_remedy::driver::Driver) as they are; what a machine has no use for tells it the time.
/// Those that [are news](Self::is_news) are worth showing; their `Display` is a sentence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A metric became abnormal, worse, or normal again. Unless it is a symptom it triggers nothing.
    Alert {
        /// The metric that became abnormal or normal.
        signal: Signal,
        /// The transition of its alarm.
        transition: Transition,
    },
    /// A source can be trusted again, or no more, or, while an incident is open, as before.
    Source {
        /// The source: a component, an instance, or a symptom whose requests are reported.
        name: Name,
        /// The health of the source, and when that was found.
        health: At<SourceHealth>,
        /// How long it usually is from value to value, once that is known.
        rhythm: Option<Duration>,
        /// Whether it was otherwise, or not known, before.
        is_news: bool,
    },
    /// A symptom shows that an objective is not kept any more. An incident is opened when enough evidence was
    /// gathered.
    ObjectiveBreached {
        /// The symptom whose objective is not kept.
        symptom: Name,
        /// When the breach began.
        since: Timestamp,
        /// How the objective is not kept.
        breach: Breach,
    },
    /// An incident is to be opened.
    Opened {
        /// The number of the incident.
        incident: u64,
        /// The symptom by which it was noticed.
        symptom: Name,
        /// The diagnosis: what is thought to be the cause.
        diagnosis: Diagnosis,
    },
    /// An incident is to be opened because a metric will reach its limit if nothing is done.
    Predicted {
        /// The number of the incident.
        incident: u64,
        /// The symptom whose limit it is.
        symptom: Name,
        /// The diagnosis: the place of the metric.
        diagnosis: Diagnosis,
        /// Which metric, and when.
        predicted: Box<Predicted>,
    },
    /// What is predicted by now, of an open incident that was predicted.
    Forecast {
        /// The number of the incident.
        incident: u64,
        /// Which metric, and when.
        predicted: Box<Predicted>,
    },
    /// A further symptom belongs to an incident that is open: they have one cause.
    Joined {
        /// The number of the incident.
        incident: u64,
        /// The symptom that joined it.
        symptom: Name,
    },
    /// Another diagnosis of an open incident.
    Diagnosed {
        /// The number of the incident.
        incident: u64,
        /// The new diagnosis.
        diagnosis: Diagnosis,
    },
    /// What was seen of the symptoms of an incident.
    Seen {
        /// The number of the incident.
        incident: u64,
        /// What was seen, and when the first of it was.
        sample: At<Sample>,
    },
    /// An incident that nobody took up is over: its symptoms are gone.
    Subsided {
        /// The number of the incident.
        incident: u64,
    },
    /// No more names are kept: what comes under new ones is [counted](crate::Dropped) and dropped. Told once.
    Full {
        /// The number of names that are kept.
        names: usize,
    },
    /// Time has passed.
    Tick,
}

/// How an objective is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Breach {
    /// Too many requests are bad.
    TooManyBad,
    /// There are no requests any more.
    NoTraffic,
    /// A series left its usual range, or went beyond its limit.
    OutOfRange,
    /// A series will reach its limit within a horizon.
    Predicted,
}

impl Event {
    /// Whether it is worth showing: not that time passes, that requests were counted, or that a source is as
    /// it was.
    #[must_use]
    pub fn is_news(&self) -> bool {
        !matches!(
            self,
            Self::Tick | Self::Seen { .. } | Self::Forecast { .. } | Self::Source { is_news: false, .. }
        )
    }
}

/// What the machine makes of it; what it has no use for tells it the time.
impl<V> From<Event> for evenkeel_remedy::Event<V> {
    fn from(event: Event) -> Self {
        match event {
            Event::Source { name, health, .. } => Self::Source { name, health },
            Event::Opened { incident, symptom, diagnosis } => {
                Self::Opened { incident, symptom: Some(symptom), diagnosis }
            }
            Event::Predicted { incident, symptom, diagnosis, predicted } => {
                Self::Predicted { incident, symptom: Some(symptom), diagnosis, predicted }
            }
            Event::Forecast { incident, predicted } => Self::Forecast { incident, predicted },
            Event::Diagnosed { incident, diagnosis } => Self::Diagnosed { incident, diagnosis },
            Event::Seen { incident, sample } => Self::Seen { incident: Some(incident), sample },
            _ => Self::Tick,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert { signal, transition } => {
                let state = match transition.kind {
                    TransitionKind::Worsened => "is worse, and abnormal since",
                    TransitionKind::Cleared => "is normal again, after it was abnormal since",
                    _ => "is abnormal since",
                };
                write!(f, "{signal} {state} {}", transition.start)
            }
            Self::Source { name, health, rhythm, .. } => {
                write!(f, "source {name} is {}", health.value)?;
                match rhythm {
                    Some(rhythm) => write!(f, " (usually a value every {rhythm:?})"),
                    None => Ok(()),
                }
            }
            Self::ObjectiveBreached { symptom, since, breach } => {
                let what = match breach {
                    Breach::TooManyBad => "too many requests are bad since",
                    Breach::NoTraffic => "there are no requests since",
                    Breach::OutOfRange => "out of range since",
                    Breach::Predicted => "its limit will be reached, as of",
                };
                write!(f, "{symptom}: {what} {since}")
            }
            Self::Opened { incident, diagnosis, .. } | Self::Diagnosed { incident, diagnosis } => {
                match diagnosis.causes().first() {
                    Some(cause) => write!(
                        f,
                        "incident {incident}: {} with probability {:.2}",
                        cause.component,
                        cause.probability()
                    ),
                    None => write!(f, "incident {incident}: no cause stands out"),
                }
            }
            Self::Predicted { incident, predicted, .. } | Self::Forecast { incident, predicted } => {
                write!(f, "incident {incident}: {predicted}")
            }
            Self::Joined { incident, symptom } => write!(f, "incident {incident}: {symptom} belongs to it"),
            Self::Seen { incident, sample } => match sample.value {
                Sample::Counts { good, bad } => {
                    write!(f, "incident {incident}: {bad} of {} requests were bad", good.saturating_add(bad))
                }
                Sample::Value(value) => write!(f, "incident {incident}: the symptom was at {value}"),
                _ => write!(f, "incident {incident}: nothing was seen"),
            },
            Self::Subsided { incident } => write!(f, "incident {incident}: subsided by itself"),
            Self::Full { names } => write!(f, "{names} names are kept and no more"),
            Self::Tick => f.write_str("time passes"),
        }
    }
}

/// What an observer says after a tick, in order; [`Event::Tick`] is the last.
#[derive(Debug)]
#[must_use = "these are to be handed to a driver"]
pub struct Events {
    events: std::vec::IntoIter<Event>,
    tick: bool,
}

impl Events {
    pub(crate) fn new(events: Vec<Event>) -> Self {
        Self { events: events.into_iter(), tick: true }
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.events.next().or_else(|| core::mem::take(&mut self.tick).then_some(Event::Tick))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.events.len() + usize::from(self.tick);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Events {}
