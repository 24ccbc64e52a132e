//! One incident of a report.

use core::fmt;
use core::time::Duration;
use evenkeel_core::{Diagnosis, Name, Timestamp};
use evenkeel_remedy::machine::{Entry, Notice, Outcome, Record};

/// What a report knows of one incident.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IncidentSummary {
    /// Its number.
    pub number: u64,
    /// The symptom by which it was noticed, if that was said.
    pub symptom: Option<Name>,
    /// When users first felt it, where that is known.
    pub began: Option<Timestamp>,
    /// When it was opened; `None` if that was not recorded.
    pub opened: Option<Timestamp>,
    /// When it ended; `None` while it is open.
    pub closed: Option<Timestamp>,
    /// How it ended, in words.
    pub outcome: Option<String>,
    /// Whether it ended by escalation: a person has to take over, and it may not be over for users.
    pub is_escalated: bool,
    /// The diagnosis that was acted on: the one that stood when the last action began, not counting what was taken back.
    /// If nothing was done, the same as the latest.
    pub diagnosis: Option<Diagnosis>,
    /// The last diagnosis that named a cause, also after something was done, when what is left of the fault may mislead it;
    /// the first one if none did.
    pub latest: Option<Diagnosis>,
    /// What was done, in order, each with what became of it once that is known.
    pub actions: Vec<(String, Option<String>)>,
}

impl IncidentSummary {
    /// An incident of which only the number is known.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self {
            number,
            symptom: None,
            began: None,
            opened: None,
            closed: None,
            outcome: None,
            is_escalated: false,
            diagnosis: None,
            latest: None,
            actions: Vec::new(),
        }
    }

    /// From when users felt it, or else from when it was opened, to its end; `None` while one is not known.
    #[must_use]
    pub fn length(&self) -> Option<Duration> {
        Some(self.closed?.since(self.began.or(self.opened)?))
    }

    /// Takes another diagnosis. One without causes does not replace one that has some.
    pub fn diagnosed(&mut self, diagnosis: &Diagnosis) {
        let names_nothing = diagnosis.causes().is_empty();
        if !names_nothing || self.latest.is_none() {
            self.latest = Some(diagnosis.clone());
        }
        if self.actions.is_empty() {
            self.diagnosis.clone_from(&self.latest);
        }
    }

    /// Takes that an action begins.
    fn begin(&mut self, action: &impl fmt::Display, undo: bool) {
        if !undo {
            self.diagnosis.clone_from(&self.latest);
        }
        self.actions.push((said(action, undo), None));
    }

    fn close(&mut self, at: Timestamp, outcome: &Outcome) {
        (self.closed, self.outcome) = (Some(at), Some(outcome.to_string()));
        self.is_escalated = matches!(outcome, Outcome::Escalated { .. });
    }

    fn settle(&mut self, action: &str, outcome: String) {
        let open = self.actions.iter_mut().rev().find(|(other, known)| other == action && known.is_none());
        match open {
            Some((_, known)) => *known = Some(outcome),
            None => self.actions.push((action.to_string(), Some(outcome))),
        }
    }

    pub(crate) fn notice<V: fmt::Display>(&mut self, at: Timestamp, notice: &Notice<V>) {
        match notice {
            Notice::Opened { symptom, diagnosis, .. } => {
                self.opened = Some(at);
                self.symptom.clone_from(symptom);
                self.diagnosed(diagnosis);
            }
            Notice::Acts { action, undo, .. } => self.begin(action, *undo),
            Notice::Settled { action, outcome, undo, .. } => {
                self.settle(&said(action, *undo), outcome.to_string());
            }
            Notice::Closed { outcome, .. } => {
                self.close(at, outcome);
            }
            _ => {}
        }
    }

    /// Takes a record of the journal that is about it.
    pub(crate) fn record<V: fmt::Display>(&mut self, record: &Record<V>, records: &[Record<V>]) {
        match record.entry() {
            Entry::Opened { symptom, diagnosis, .. } => {
                self.opened = Some(record.at());
                self.symptom.clone_from(symptom);
                self.diagnosed(diagnosis);
            }
            Entry::Diagnosed { diagnosis, .. } => self.diagnosed(diagnosis),
            Entry::Intent { action, undo, .. } => self.begin(action, *undo),
            Entry::Withdrawn { key } => {
                if let Some(action) = intent(*key, records) {
                    self.settle(&action, "not done: no permit was given".into());
                }
            }
            Entry::Settled { key, outcome } => {
                if let Some(action) = intent(*key, records) {
                    self.settle(&action, outcome.to_string());
                }
            }
            Entry::Closed { outcome, .. } => {
                self.close(record.at(), outcome);
            }
            _ => {}
        }
    }
}

/// The action of a key, as it was announced.
fn intent<V: fmt::Display>(key: evenkeel_remedy::action::Key, records: &[Record<V>]) -> Option<String> {
    records.iter().rev().find_map(|record| match record.entry() {
        Entry::Intent { key: other, action, undo, .. } if *other == key => Some(said(action, *undo)),
        _ => None,
    })
}

fn said(action: &impl fmt::Display, undo: bool) -> String {
    if undo { format!("{action} (taking back)") } else { action.to_string() }
}
