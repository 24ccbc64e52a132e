//! What happened, in order of time.

use core::fmt;
use evenkeel_core::Timestamp;
#[cfg(feature = "remedy")]
use evenkeel_remedy::action::Key;
#[cfg(feature = "remedy")]
use evenkeel_remedy::machine::{Entry, Notice, Record};
#[cfg(feature = "remedy")]
use evenkeel_remedy::policy::Decision;
#[cfg(feature = "remedy")]
use evenkeel_remedy::verify::Verdict;
#[cfg(feature = "remedy")]
use std::collections::BTreeMap;

/// What an entry of a timeline is about; each is a lane of the drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TimelineKind {
    /// A metric or a source of telemetry became abnormal or normal.
    Alert,
    /// An incident was opened, or closed.
    Incident,
    /// A diagnosis.
    Diagnosis,
    /// What a policy decided, what guards ruled.
    Ruling,
    /// What was done, and what became of it.
    Action,
    /// Whether users are fine again.
    Verification,
    /// What a person did, or is asked for.
    Person,
    /// What was changed in the system from outside the machine, by whomever: a release, a configuration, the action of
    /// another controller.
    Change,
}

impl TimelineKind {
    /// All of them, in the order of their lanes.
    pub const ALL: [Self; 8] = [
        Self::Change,
        Self::Alert,
        Self::Incident,
        Self::Diagnosis,
        Self::Ruling,
        Self::Action,
        Self::Verification,
        Self::Person,
    ];
}

impl fmt::Display for TimelineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alert => "alert",
            Self::Incident => "incident",
            Self::Diagnosis => "diagnosis",
            Self::Ruling => "ruling",
            Self::Action => "action",
            Self::Verification => "verification",
            Self::Person => "person",
            Self::Change => "change",
        })
    }
}

/// An entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimelineEntry {
    /// When it was.
    pub at: Timestamp,
    /// What it is about.
    pub kind: TimelineKind,
    /// The incident that it belongs to, if to one.
    pub incident: Option<u64>,
    /// What happened, in a sentence.
    pub what: String,
}

/// What happened, in order of time: alerts, diagnoses, rulings, actions, verification, what people did.
///
/// With the feature `remedy` it is made of what the machine of `evenkeel-remedy` said as it ran (`notice`), or of its
/// journal alone (`of_records`); whatever else happened is [pushed](Self::push).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    entries: Vec<TimelineEntry>,
}

impl Timeline {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry; one that is earlier than others is put before them, and behind those of the same time.
    pub fn push(
        &mut self,
        at: Timestamp,
        kind: TimelineKind,
        incident: Option<u64>,
        what: impl Into<String>,
    ) {
        let place = self.entries.partition_point(|entry| entry.at <= at);
        self.entries.insert(place, TimelineEntry { at, kind, incident, what: what.into() });
    }

    /// The entries, in order of time.
    #[must_use]
    pub fn entries(&self) -> &[TimelineEntry] {
        &self.entries
    }

    /// The entries of an incident, and those of none that fall between its first and its last; where it is known when it
    /// began, from then on.
    #[must_use]
    pub fn of_incident(&self, incident: u64, began: Option<Timestamp>) -> Self {
        let own = || self.entries.iter().filter(|entry| entry.incident == Some(incident));
        let (Some(first), Some(last)) = (own().next(), own().next_back()) else { return Self::new() };
        let first = began.map_or(first.at, |began| began.min(first.at));
        let belongs = |entry: &&TimelineEntry| match entry.incident {
            Some(other) => other == incident,
            None => (first..=last.at).contains(&entry.at),
        };
        Self { entries: self.entries.iter().filter(belongs).cloned().collect() }
    }

    /// Adds what the machine said at a time.
    #[cfg(feature = "remedy")]
    #[cfg_attr(docsrs, doc(cfg(feature = "remedy")))]
    pub fn notice<V: fmt::Display>(&mut self, at: Timestamp, notice: &Notice<V>) {
        let kind = match notice {
            Notice::Opened { .. } | Notice::NotOpened { .. } | Notice::Closed { .. } => {
                TimelineKind::Incident
            }
            Notice::Ruled { .. } | Notice::Advise { .. } => TimelineKind::Ruling,
            Notice::Acts { .. } | Notice::Settled { .. } => TimelineKind::Action,
            Notice::Verifying { .. } | Notice::Verified { .. } => TimelineKind::Verification,
            Notice::Ask { .. } | Notice::Escalate { .. } | Notice::Followed { .. } => TimelineKind::Person,
            _ => TimelineKind::Ruling,
        };
        let incident = notice.incident();
        let text = notice.to_string();
        let prefix = format!("incident {incident}: ");
        let what = text.strip_prefix(&prefix).unwrap_or(&text).to_string();
        self.push(at, kind, Some(incident), what);
    }

    /// What a journal tells, without anything else.
    ///
    /// A journal is written in order, and its times are those of the machine; where its clock
    /// [was set back](Entry::ClockSetBack) a later record may have an earlier time, and is put there.
    #[cfg(feature = "remedy")]
    #[cfg_attr(docsrs, doc(cfg(feature = "remedy")))]
    #[must_use]
    pub fn of_records<V: fmt::Display>(records: &[Record<V>]) -> Self {
        let mut timeline = Self::new();
        // What a key stands for, to be named again when its result is known.
        let mut intents: BTreeMap<Key, String> = BTreeMap::new();
        for record in records {
            if let Entry::Intent { key, action, .. } = record.entry() {
                intents.insert(*key, format!("`{action}`"));
            }
            let named = |key: &Key| intents.get(key).cloned().unwrap_or_else(|| format!("action {key}"));
            let (kind, what) = of_entry(record.entry(), named);
            timeline.push(record.at(), kind, record.entry().incident(), what);
        }
        timeline
    }
}

/// A record of the journal in a sentence.
#[cfg(feature = "remedy")]
fn of_entry<V: fmt::Display>(entry: &Entry<V>, named: impl Fn(&Key) -> String) -> (TimelineKind, String) {
    let because = |reasons: &[evenkeel_remedy::guard::Reason]| {
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) }
    };
    match entry {
        Entry::Opened { symptom, diagnosis, .. } => {
            let by = symptom.as_ref().map_or(String::new(), |symptom| format!(" by {symptom}"));
            (TimelineKind::Incident, format!("opened{by}; {}", first_cause(diagnosis)))
        }
        Entry::Diagnosed { diagnosis, .. } => (TimelineKind::Diagnosis, first_cause(diagnosis)),
        Entry::Decided { decision, .. } => {
            let what = match decision {
                Decision::Act(plan) => format!("the policy decides: {plan}"),
                Decision::Wait { until, why } => {
                    format!("the policy waits until {}: {why}", crate::time_axis::clock(*until))
                }
                Decision::Escalate { why } => format!("the policy asks for a person: {why}"),
                _ => "the policy decides".into(),
            };
            (TimelineKind::Ruling, what)
        }
        Entry::Refused { action, reasons, .. } => {
            // By guards, by a person, or because nobody answered: the reasons say which.
            (TimelineKind::Ruling, format!("`{action}` is not permitted{}", because(reasons)))
        }
        Entry::Advised { action, reasons, .. } => {
            (TimelineKind::Ruling, format!("advises `{action}`{}", because(reasons)))
        }
        Entry::Intent { action, undo, .. } => {
            let does = if *undo { "takes back by" } else { "does" };
            (TimelineKind::Action, format!("{does} `{action}`"))
        }
        Entry::Withdrawn { key } => {
            (TimelineKind::Action, format!("{} is not done: no permit was given", named(key)))
        }
        Entry::Doubted { key } => {
            (TimelineKind::Action, format!("nobody knows what became of {}", named(key)))
        }
        Entry::Settled { key, outcome } => (TimelineKind::Action, format!("{} is {outcome}", named(key))),
        Entry::Verified { verdict, .. } => {
            let what = match verdict {
                Verdict::Recovered => "users are fine again",
                Verdict::Failing => "users are not fine",
                _ => "the time for verification is up, undecided",
            };
            (TimelineKind::Verification, what.into())
        }
        Entry::Lifted { .. } => (TimelineKind::Action, "what was kept for a time is taken back".into()),
        Entry::Closed { outcome, .. } => (TimelineKind::Incident, format!("closed: {outcome}")),
        Entry::Halted { by } => (TimelineKind::Person, format!("{by} stopped everything")),
        Entry::Resumed { by } => (TimelineKind::Person, format!("{by} let it go on")),
        Entry::Switched { verb, acting } => {
            let what = if *acting { "is done from now on" } else { "is only advised from now on" };
            (TimelineKind::Person, format!("`{verb}` {what}"))
        }
        Entry::Froze { name, until } => {
            let until = until.map_or(String::new(), |t| format!(" until {}", crate::time_axis::clock(t)));
            (TimelineKind::Person, format!("freeze `{name}`{until}"))
        }
        Entry::Thawed { name } => (TimelineKind::Person, format!("freeze `{name}` is over")),
        Entry::ExternalAction(action) => (
            TimelineKind::Change,
            format!("{} on {} until {}", action.note, action.target, crate::time_axis::clock(action.until)),
        ),
        Entry::Returned { target } => (TimelineKind::Change, format!("{target} is back in service")),
        Entry::Gone { target } => (TimelineKind::Alert, format!("{target} left the fleet")),
        Entry::Followed { by, .. } => (TimelineKind::Person, format!("{by} did what was advised")),
        Entry::ClockSetBack { by } => (TimelineKind::Alert, format!("the clock was set back by {by:?}")),
        _ => (TimelineKind::Incident, "a record of a kind that this version does not know".into()),
    }
}

#[cfg(feature = "remedy")]
fn first_cause(diagnosis: &evenkeel_core::Diagnosis) -> String {
    match diagnosis.causes().first() {
        Some(cause) => {
            format!(
                "{} with {}",
                crate::cause_chart::name_of(cause),
                crate::quantity::percent(cause.probability())
            )
        }
        None => "no cause stands out".into(),
    }
}
