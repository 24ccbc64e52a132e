//! Alerts and the bodies that carry them.

use crate::labels::{Labels, is_legacy_label, sanitize_label};
use core::time::Duration;
use evenkeel_core::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alert {
    /// What tells it apart; `alertname` should be among them.
    pub labels: Labels,
    /// What is said about it.
    pub annotations: BTreeMap<String, String>,
    /// Since when it fires.
    pub start: Timestamp,
    /// When it ended; `None` while it fires.
    pub end: Option<Timestamp>,
    /// Where to look, most often an address; empty for nothing.
    pub source: String,
}

impl Alert {
    /// An alert that fires since a time.
    #[must_use]
    pub fn new(labels: Labels, start: Timestamp) -> Self {
        Self { labels, annotations: BTreeMap::new(), start, end: None, source: String::new() }
    }

    /// The same with something said about it.
    #[must_use]
    pub fn annotate(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.annotations.insert(name.into(), text.into());
        self
    }
}

/// Names in the alphabet that all versions take. Two that would become one keep their place by a number at
/// the end, so that nothing is lost.
fn names<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Map<String, Value> {
    let mut map = Map::new();
    let (fit, others): (Vec<_>, Vec<_>) = pairs.partition(|pair| is_legacy_label(pair.0));
    for (name, value) in fit {
        map.insert(name.into(), value.into());
    }
    for (name, value) in others {
        let base = sanitize_label(name);
        let mut name = base.clone();
        let mut n = 2;
        while map.contains_key(&name) {
            name = format!("{base}_{n}");
            n += 1;
        }
        map.insert(name, value.into());
    }
    map
}

/// Labels and annotations as JSON.
type Parts = (Map<String, Value>, Map<String, Value>);

fn parts(alert: &Alert) -> Parts {
    let annotations = alert.annotations.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    (names(alert.labels.iter()), names(annotations))
}

/// The body to post to `/api/v2/alerts`. A firing alert ends `valid_for` after `now` unless it is sent again
/// before, so that nothing fires for ever if the sender is gone.
#[must_use]
pub fn alerts_body<'a>(
    alerts: impl IntoIterator<Item = &'a Alert>,
    now: Timestamp,
    valid_for: Duration,
) -> Vec<u8> {
    let one = |alert: &Alert| {
        let (labels, annotations) = parts(alert);
        // An end before the start would rewrite the start.
        let end = alert.end.map_or(now + valid_for, |end| end.max(alert.start));
        json!({
            "labels": labels,
            "annotations": annotations,
            "startsAt": alert.start.to_string(),
            "endsAt": end.to_string(),
            "generatorURL": alert.source,
        })
    };
    Value::Array(alerts.into_iter().map(one).collect()).to_string().into_bytes()
}

/// What Alertmanager writes for a time that is not there yet.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// The body that a receiver of webhooks gets from Alertmanager (version 4), for senders that go without one.
/// The status is firing if at least one alert fires.
#[must_use]
pub fn webhook_body(receiver: &str, group: &Labels, alerts: &[Alert]) -> Vec<u8> {
    let all: Vec<_> = alerts.iter().map(parts).collect();
    let common = |pick: fn(&Parts) -> &Map<String, Value>| {
        let mut common = all.first().map(pick).cloned().unwrap_or_default();
        common.retain(|name, value| all.iter().all(|one| pick(one).get(name) == Some(value)));
        common
    };
    let status = |fires: bool| if fires { "firing" } else { "resolved" };
    let list: Vec<Value> = alerts
        .iter()
        .zip(&all)
        .map(|(alert, (labels, annotations))| {
            json!({
                "status": status(alert.end.is_none()),
                "labels": labels,
                "annotations": annotations,
                "startsAt": alert.start.to_string(),
                "endsAt": alert.end.map_or(NO_TIME.into(), |end| end.max(alert.start).to_string()),
                "generatorURL": alert.source,
            })
        })
        .collect();
    let body = json!({
        "version": "4",
        "groupKey": format!("{{}}:{group}"),
        "truncatedAlerts": 0,
        "status": status(alerts.iter().any(|alert| alert.end.is_none())),
        "receiver": receiver,
        "groupLabels": names(group.iter()),
        "commonLabels": common(|one| &one.0),
        "commonAnnotations": common(|one| &one.1),
        "externalURL": "",
        "alerts": list,
    });
    body.to_string().into_bytes()
}
