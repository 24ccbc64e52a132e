//! When to send what.

use crate::alertmanager::alert::{Alert, alerts_body};
use crate::labels::Labels;
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};
use std::collections::BTreeMap;

/// An alert and what has become of it.
#[derive(Debug, Clone, PartialEq)]
struct Held {
    alert: Alert,
    /// When it was last sent with success, as it was then.
    sent: Option<Timestamp>,
    /// Whether the receiver knows of it: of one that it never heard of the end need not be told.
    known: bool,
    /// Whether it is in the body that waits for an answer, as it is now.
    in_flight: bool,
}

/// Holds alerts and says what to send when, without sending it: firing ones again and again, resolved ones
/// until they have been delivered once. What could not be delivered is due at the next poll.
///
/// See the [module](crate::alertmanager) for an example. O(log n) an alert, O(n) a poll.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct AlertSink {
    resend: Duration,
    held: BTreeMap<Labels, Held>,
}

impl AlertSink {
    /// Firing alerts are sent again so long after the last time (a minute is usual), and end by themselves
    /// after four times as long.
    ///
    /// # Errors
    /// [`Error::Parameter`] if it is below a second.
    pub fn new(resend: Duration) -> Result<Self, Error> {
        Error::require(
            resend >= Duration::from_secs(1),
            "resend",
            "at least 1 s",
            format_args!("{resend:?}"),
        )?;
        Ok(Self { resend, held: BTreeMap::new() })
    }

    /// An alert fires, or is said again with other annotations. One that fires already keeps its start.
    pub fn raise(&mut self, mut alert: Alert) {
        alert.end = None;
        let before = self.held.remove(&alert.labels);
        let (mut sent, mut known) = (None, false);
        if let Some(before) = before {
            known = before.known;
            if before.alert.end.is_none() {
                alert.start = alert.start.min(before.alert.start);
                // Something new is told at once.
                sent = before.sent.filter(|_| before.alert == alert);
            }
        }
        self.held.insert(alert.labels.clone(), Held { alert, sent, known, in_flight: false });
    }

    /// An alert has ended. False if none with these labels fires.
    pub fn resolve(&mut self, labels: &Labels, end: Timestamp) -> bool {
        let Some(held) = self.held.get_mut(labels).filter(|held| held.alert.end.is_none()) else {
            return false;
        };
        held.alert.end = Some(end.max(held.alert.start));
        (held.sent, held.in_flight) = (None, false);
        true
    }

    /// The body to send now, if anything is due. Say by [`answered`](Self::answered) what came of it.
    #[must_use]
    pub fn poll(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        // Never told, and over: nothing to tell. It may have arrived all the same if it is in flight.
        self.held.retain(|_, held| held.known || held.alert.end.is_none());
        for held in self.held.values_mut() {
            held.in_flight = held.sent.is_none_or(|sent| now.since(sent) >= self.resend || now < sent);
            // Whatever comes of it, the receiver may know.
            held.known |= held.in_flight;
        }
        let due: Vec<&Alert> =
            self.held.values().filter(|held| held.in_flight).map(|held| &held.alert).collect();
        (!due.is_empty()).then(|| alerts_body(due, now, self.resend.saturating_mul(4)))
    }

    /// What came of the body of the last poll. A refusal with status 400 counts as delivered: it would be
    /// refused again, and all valid alerts of it were stored.
    pub fn answered(&mut self, now: Timestamp, delivered: bool) {
        for held in self.held.values_mut() {
            if core::mem::take(&mut held.in_flight) && delivered {
                held.sent = Some(now);
            }
        }
        self.held.retain(|_, held| held.alert.end.is_none() || held.sent.is_none());
    }

    /// All alerts that are held, to be saved: those that fire, and those that ended and are not delivered yet.
    pub fn held(&self) -> impl Iterator<Item = &Alert> {
        self.held.values().map(|held| &held.alert)
    }

    /// Goes on with what a sink [held](Self::held) before a restart. The receiver may know each of them, so
    /// all are due: one that ended is told to have ended, one that fires keeps its start.
    pub fn resume(&mut self, alerts: impl IntoIterator<Item = Alert>) {
        for alert in alerts {
            let held = Held { alert, sent: None, known: true, in_flight: false };
            self.held.insert(held.alert.labels.clone(), held);
        }
    }

    /// The alerts that fire.
    pub fn firing(&self) -> impl Iterator<Item = &Alert> {
        self.held.values().map(|held| &held.alert).filter(|alert| alert.end.is_none())
    }
}
