//! From events of the loop to alerts.

use evenkeel::ingest::Labels;
use evenkeel::ingest::alertmanager::{Alert, AlertSink};
use evenkeel::keeper::Event;
use evenkeel::remedy::Notice;
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::{Diagnosis, Name, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Which alerts fire and why: one for each symptom whose objective is not kept.
///
/// An alert fires from the breach until no incident has the symptom any more and nothing speaks for a breach.
/// Silence speaks neither for nor against it, so it ends none.
#[derive(Debug)]
pub(crate) struct Alerts {
    pub(crate) sink: AlertSink,
    /// Symptoms of the incidents that are open.
    pub(crate) open: BTreeMap<u64, BTreeSet<Name>>,
    /// Breaches of which no incident was opened yet.
    pub(crate) breached: BTreeSet<Name>,
}

/// The labels of a symptom's alert.
fn labels(symptom: &Name) -> Labels {
    let pairs = [("alertname", "ObjectiveBreached"), ("symptom", symptom.as_str())];
    // Two different names that are not empty.
    Labels::new(pairs).unwrap_or_default()
}

impl Alerts {
    pub(crate) fn new(resend: Duration) -> Result<Self, evenkeel::Error> {
        Ok(Self { sink: AlertSink::new(resend)?, open: BTreeMap::new(), breached: BTreeSet::new() })
    }

    fn raise(&mut self, symptom: &Name, since: Timestamp, annotations: &[(&str, String)]) {
        let labels = labels(symptom);
        let before = self.sink.firing().find(|alert| alert.labels == labels).cloned();
        let mut alert = before.unwrap_or_else(|| Alert::new(labels, since));
        for (name, text) in annotations {
            alert = alert.annotate(*name, text.as_str());
        }
        self.sink.raise(alert);
    }

    /// Adds to what is said about all symptoms of an incident.
    fn annotate(&mut self, incident: u64, now: Timestamp, annotations: &[(&str, String)]) {
        for symptom in self.open.get(&incident).cloned().unwrap_or_default() {
            self.raise(&symptom, now, annotations);
        }
    }

    /// The observer said something.
    pub(crate) fn hear(&mut self, now: Timestamp, event: &Event) {
        match event {
            Event::ObjectiveBreached { symptom, since, .. } => {
                self.breached.insert(symptom.clone());
                self.raise(symptom, *since, &[("summary", event.to_string())]);
            }
            Event::Opened { incident, symptom, diagnosis } => {
                self.breached.remove(symptom);
                self.open.entry(*incident).or_default().insert(symptom.clone());
                self.annotate(*incident, now, &told(*incident, diagnosis));
            }
            Event::Joined { incident, symptom } => {
                self.breached.remove(symptom);
                self.open.entry(*incident).or_default().insert(symptom.clone());
                self.annotate(*incident, now, &[("incident", incident.to_string())]);
            }
            Event::Diagnosed { incident, diagnosis } => {
                self.annotate(*incident, now, &told(*incident, diagnosis));
            }
            Event::Subsided { incident } => {
                self.open.remove(incident);
            }
            _ => {}
        }
    }

    /// The machine said something.
    pub(crate) fn heed(&mut self, now: Timestamp, notice: &Notice<StandardVerb>) {
        match notice {
            Notice::Advise { incident, action, .. } => {
                self.annotate(*incident, now, &[("advice", action.to_string())]);
            }
            Notice::Escalate { incident, why } => {
                self.annotate(*incident, now, &[("escalated", why.clone())]);
            }
            Notice::Closed { incident, .. } => {
                self.open.remove(incident);
            }
            _ => {}
        }
    }

    /// Ends the alerts of symptoms for whose breach nothing speaks any more; which those are.
    pub(crate) fn settle(&mut self, now: Timestamp, symptoms: &[(Name, bool)]) -> Vec<Name> {
        let mut ended = Vec::new();
        for (symptom, is_suspected) in symptoms {
            let is_open = self.open.values().any(|symptoms| symptoms.contains(symptom));
            if !is_suspected {
                self.breached.remove(symptom);
            }
            if !is_suspected && !is_open && self.sink.resolve(&labels(symptom), now) {
                ended.push(symptom.clone());
            }
        }
        ended
    }
}

fn told(incident: u64, diagnosis: &Diagnosis) -> Vec<(&'static str, String)> {
    let mut told = vec![("incident", incident.to_string())];
    match diagnosis.causes().first() {
        Some(cause) => {
            told.push(("cause", cause.component.to_string()));
            told.push(("probability", format!("{:.2}", cause.probability())));
            let evidence: Vec<String> = cause.evidence.iter().take(3).map(ToString::to_string).collect();
            told.push(("evidence", evidence.join("; ")));
        }
        None => told.push(("cause", "none stands out".into())),
    }
    told
}
