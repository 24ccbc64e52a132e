//! Enforcing outlier ejection.

use super::admission_control::{AdmissionControl, CallInfo, Refusal, RefusalReason};
use super::call_outcome::CallOutcome;
use super::outlier_ejection::{HostRequests, OutlierEjection};
use alloc::boxed::Box;
use alloc::vec;
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

evenkeel_core::state! {
    /// Counts the calls to each host, has [`OutlierEjection`] look at them every `interval`, and refuses calls
    /// to hosts that are ejected.
    ///
    /// A host is the [`key`](CallInfo::key) of a call; calls with a key beyond the hosts are admitted and not
    /// counted. The first call after an interval has passed causes the look. O(1) a call and O(hosts) a look,
    /// which allocates; 16 bytes a host beside those of the ejection.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_experience::traffic::{AdmissionControl, CallInfo, CallOutcome, HostGate, OutlierEjection};
    ///
    /// let ejection = OutlierEjection::builder(12).max_percent(20).build()?;
    /// let mut gate = HostGate::new(ejection, Duration::from_secs(10))?;
    /// let call = |host| CallInfo::new().with_key(host);
    /// for i in 0..12 * 200 {
    ///     let permit = gate.admit(Timestamp::EPOCH, &call(i % 12)).unwrap();
    ///     let outcome = if i % 12 == 7 { CallOutcome::Failure } else { CallOutcome::Success };
    ///     gate.finish(Timestamp::EPOCH, permit, outcome);
    /// }
    /// let later = Timestamp::from_seconds(10);
    /// assert!(gate.admit(later, &call(7)).is_err() && gate.admit(later, &call(8)).is_ok());
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct HostGate("HostGate@1") {
        ejection: OutlierEjection,
        requests: Box<[HostRequests]>,
        interval: Duration,
        next_look: Option<Timestamp>,
    }
}

/// Which host a call goes to.
#[derive(Debug)]
pub struct HostPermit {
    host: usize,
}

impl HostGate {
    /// With a look every `interval`; by custom that is 10 s.
    ///
    /// # Errors
    /// If `interval` is 0.
    pub fn new(ejection: OutlierEjection, interval: Duration) -> Result<Self, Error> {
        let requests = vec![HostRequests::default(); ejection.hosts()].into_boxed_slice();
        let gate = Self { ejection, requests, interval, next_look: None };
        gate.validate()?;
        Ok(gate)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require(self.interval > Duration::ZERO, "interval", "above 0", 0)?;
        let hosts = self.ejection.hosts();
        Error::require(self.requests.len() == hosts, "requests", "one for each host", self.requests.len())?;
        let counted = self.requests.iter().all(|host| host.successes <= host.total);
        Error::require(counted, "successes", "at most the total", "more")
    }

    /// What decides on the hosts.
    #[must_use]
    pub fn ejection(&self) -> &OutlierEjection {
        &self.ejection
    }

    fn go_on(&mut self, now: Timestamp) {
        let next = *self.next_look.get_or_insert(now + self.interval);
        // The counts are as many as the hosts, and no host has more successes than requests: no look fails.
        if now >= next && self.ejection.look(now, &self.requests).is_ok() {
            self.requests.fill(HostRequests::default());
            self.next_look = Some(now + self.interval);
        }
    }
}

impl AdmissionControl for HostGate {
    type Permit = HostPermit;

    fn admit(&mut self, now: Timestamp, call: &CallInfo) -> Result<HostPermit, Refusal> {
        self.go_on(now);
        match self.ejection.ejected_until(call.key) {
            Some(until) => Err(Refusal::retry_after(RefusalReason::Ejected, until.since(now))),
            None => Ok(HostPermit { host: call.key }),
        }
    }

    fn finish(&mut self, now: Timestamp, permit: HostPermit, outcome: CallOutcome) {
        self.go_on(now);
        let succeeded = match outcome {
            CallOutcome::Success => true,
            CallOutcome::Failure | CallOutcome::Overloaded => false,
            CallOutcome::Ignored => return,
        };
        if let Some(requests) = self.requests.get_mut(permit.host) {
            requests.total = requests.total.saturating_add(1);
            requests.successes = requests.successes.saturating_add(u64::from(succeeded));
        }
    }
}
