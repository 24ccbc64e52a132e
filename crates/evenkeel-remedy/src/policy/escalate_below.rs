//! No deciding on a diagnosis that is too unsure.

use crate::policy::{Decision, Policy, Situation, Tried};
use alloc::format;
use core::time::Duration;
use evenkeel_core::Error;

/// Asks a policy only where the most probable cause is at least so probable; else it waits for a better
/// diagnosis, and then calls a person.
///
/// The confidence is that of the diagnosis, which is calibrated; what a policy thinks of itself is not asked.
/// *Parameters*: confidence in (0, 1]; patience, default 60 s from when the incident was opened; it asks again
/// every 15 s, and at once when the diagnosis changes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct EscalateBelow<P> {
    policy: P,
    confidence: f64,
    patience: Duration,
}

impl<P> EscalateBelow<P> {
    /// A policy that is asked only from this confidence on.
    ///
    /// # Errors
    /// If it is not in (0, 1].
    pub fn new(confidence: f64, policy: P) -> Result<Self, Error> {
        let fits = confidence > 0.0 && confidence <= 1.0;
        Error::require(fits, "confidence", "in (0, 1]", confidence)?;
        Ok(Self { policy, confidence, patience: Duration::from_secs(60) })
    }

    /// For how long the diagnosis may become surer before a person is called.
    pub fn patience(mut self, length: Duration) -> Self {
        self.patience = length;
        self
    }

    /// The policy that is asked.
    pub fn policy(&self) -> &P {
        &self.policy
    }
}

/// How soon it looks again.
const AGAIN: Duration = Duration::from_secs(15);

impl<V, P: Policy<V>> Policy<V> for EscalateBelow<P> {
    fn decide(&mut self, s: &Situation<'_, V>) -> Decision<V> {
        let confidence = s.diagnosis().causes().first().map_or(0.0, evenkeel_core::Cause::probability);
        if confidence >= self.confidence {
            return self.policy.decide(s);
        }
        let why = format!("the most probable cause has {confidence:.2}, below {}", self.confidence);
        let until = s.now() + AGAIN;
        if until.since(s.opened()) <= self.patience && s.decisions_left() > 0 {
            Decision::Wait { until, why }
        } else {
            Decision::Escalate { why }
        }
    }

    fn learn(&mut self, tried: &Tried<V>) {
        self.policy.learn(tried);
    }
}
