//! A rollout and the machine that acts.

use super::canary_policy::symptom;
use super::canary_verifier::CanaryVerifier;
use crate::canary::{Advice, AtDeadline, CanaryBatch, Rollout};
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{At, Diagnosis, Error, Name, Timestamp};
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::machine::{RemediatorBuilder, Status};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::verify::Verifier;
use evenkeel_remedy::{Event, Remediator, Sample, Target};

/// Tells the machine what a rollout advises.
///
/// A rollout is one incident of the machine, whose plan is all of its steps. The machine lets its guards rule
/// on each shift, writes it ahead, has it carried out and [read back](super::SplitExecutor), and takes the
/// next one only when this says so. What it says comes from [`Rollout::advice`]:
///
/// - *a step held*: the next is proposed to the guards, unless a freeze is on, which keeps it for later;
/// - *go back*, while a step bakes or the next waits for a time or a person: everything is taken back by one
///   action to 0 %, at once;
/// - *go back*, while a shift is under way: the shift is given up as failed, and taken back as above. The
///   order to go back has the larger key, so [what divides the traffic](super::TrafficSplit) turns the older
///   one down should it arrive late.
///
/// Going back is an action like any other, so a guard can hold it up: wrap those that should not in
/// [`RaisesOnly`](super::RaisesOnly). A halt, and a freeze that is switched on, hold up everything; the canary
/// goes back as soon as they are lifted.
///
/// A person who [dismisses](Event::Dismissed) the incident takes over, with the share that the canary has then.
///
/// *After a restart*: restore the [rollout](Self::rollout) from its snapshot, the machine from its log,
/// [recall](super::SplitExecutor::recall) what was in flight, and go on. The snapshot may be older than the
/// log: the step is that whose share is read.
///
#[cfg_attr(feature = "std", doc = "```")]
#[cfg_attr(not(feature = "std"), doc = "```ignore")]
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_experience::canary::shift::{
///     CanaryController, CanaryPolicy, CanaryVerifier, SplitError, SplitExecutor, SplitState, TrafficSplit,
/// };
/// use evenkeel_experience::canary::{
///     ArmCounts, BadDirection, CanaryBatch, MetricKind, PairedCounts, Reading, Rollout, WatchedMetric,
/// };
/// use evenkeel_remedy::action::Key;
/// use evenkeel_remedy::driver::{Driver, MemoryLog};
/// use evenkeel_remedy::{Remediator, Target};
///
/// /// A proxy that does at once what it is told, unless something newer was told before.
/// struct Proxy(u8, Option<Key>);
///
/// impl TrafficSplit for Proxy {
///     fn set(&mut self, _: &Target, percent: u8, order: Key) -> Result<(), SplitError> {
///         if self.1.is_some_and(|last| last >= order) {
///             return Err(SplitError::Refused("a newer order was taken".into()));
///         }
///         (self.0, self.1) = (percent, Some(order));
///         Ok(())
///     }
///
///     fn read(&mut self, _: &Target) -> Result<SplitState, SplitError> {
///         Ok(SplitState { percent: Some(self.0), order: self.1 })
///     }
/// }
///
/// let (metric, direction) = (MetricKind::Rate, BadDirection::Increase);
/// let errors = WatchedMetric { name: "errors".into(), kind: metric, direction, margin: 0.02 };
/// let target = Target::component("payments");
/// let rollout = Rollout::builder([errors]).bake(Duration::from_secs(10)).build()?;
/// let policy = CanaryPolicy::new().rollout(&target, &rollout)?;
/// let mut controller = CanaryController::new(target.clone(), rollout);
/// let machine = controller.settings(Remediator::builder(controller.verifier()).enable("canary").without_lease());
/// let proxy = SplitExecutor::new(Proxy(0, None));
/// let mut driver = Driver::new(machine.build()?, policy, proxy, MemoryLog::new());
///
/// let at = Timestamp::from_seconds;
/// let mut highest = 0;
/// driver.step(at(0), controller.open(at(0), driver.machine())?)?;
/// for second in 1..600 {
///     // The new version fails a tenth of its requests from 10 % of the traffic on.
///     let share = driver.executor_mut().split_mut().read(&target)?.percent;
///     let n = u64::from(share.unwrap_or(0));
///     let failed = if n >= 10 { n / 10 } else { 0 };
///     let paired = PairedCounts { canary: ArmCounts::new(failed, n - failed), baseline: ArmCounts::new(0, n) };
///     let readings = [Reading::Counts(paired)];
///     let routed = [n, n.min(100 - n), 100 - n - n.min(100 - n)];
///     controller.observe(at(second), &CanaryBatch { since: at(second - 1), routed, readings: &readings });
///     if let Some(event) = controller.next(at(second), share, driver.machine()) {
///         driver.step(at(second), event)?;
///     }
///     highest = highest.max(n);
/// }
/// assert_eq!((highest, driver.executor().split().0), (10, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CanaryController {
    target: Target,
    symptom: Name,
    rollout: Rollout,
}

impl CanaryController {
    /// For the canary of this target.
    #[must_use]
    pub fn new(target: Target, rollout: Rollout) -> Self {
        Self { symptom: symptom(&target), target, rollout }
    }

    /// The rollout.
    #[must_use]
    pub fn rollout(&self) -> &Rollout {
        &self.rollout
    }

    /// What is shifted.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// By what its incident is known to the machine.
    #[must_use]
    pub fn symptom(&self) -> &Name {
        &self.symptom
    }

    /// The verifier that the machine needs for it.
    #[must_use]
    pub fn verifier(&self) -> CanaryVerifier {
        match self.rollout.deadline().1 {
            AtDeadline::GoBack => CanaryVerifier::new(),
            AtDeadline::Hold => CanaryVerifier::holding(),
        }
    }

    /// Settings of a machine for rollouts: no limit to the actions and the length of an incident, since
    /// rollouts have their own, and a shift that is held up waits as long as a step may take. They hold for
    /// all incidents of the machine, so a machine for rollouts alone is simplest.
    pub fn settings<R: Verifier + Clone>(
        &self,
        builder: RemediatorBuilder<StandardVerb, R>,
    ) -> RemediatorBuilder<StandardVerb, R> {
        let (deadline, at_deadline) = self.rollout.deadline();
        // The rollout decides first, if it still lives.
        let later = deadline.saturating_add(deadline / 10).saturating_add(Duration::from_secs(10));
        let hold_for = if at_deadline == AtDeadline::Hold { Duration::MAX } else { later };
        builder
            .deadline(Duration::MAX)
            .max_actions(u32::MAX)
            .max_decisions(u32::MAX)
            .verify_within(later)
            .hold_for(hold_for)
    }

    /// The event that begins the rollout.
    ///
    /// # Errors
    /// None as yet: a diagnosis without causes is always valid.
    pub fn open<R: Verifier + Clone>(
        &self,
        now: Timestamp,
        machine: &Remediator<StandardVerb, R>,
    ) -> Result<Event<StandardVerb>, Error> {
        let diagnosis = Diagnosis::new(now, Vec::new())?;
        let incident = machine.next_incident();
        Ok(Event::Opened { incident, symptom: Some(self.symptom.clone()), diagnosis })
    }

    /// The number of the rollout's incident, while it is open.
    pub fn incident<R: Verifier + Clone>(&self, machine: &Remediator<StandardVerb, R>) -> Option<u64> {
        machine.incidents().find(|incident| machine.symptom(*incident) == Some(&self.symptom))
    }

    /// What was measured since the last look.
    pub fn observe(&mut self, now: Timestamp, batch: &CanaryBatch<'_>) {
        self.rollout.observe(now, batch);
    }

    /// What the machine has to be told now, given the share that was read (none if it could not be): to be
    /// called once after every batch, or every second.
    pub fn next<R: Verifier + Clone>(
        &mut self,
        now: Timestamp,
        share: Option<u8>,
        machine: &Remediator<StandardVerb, R>,
    ) -> Option<Event<StandardVerb>> {
        self.rollout.share_read(now, share);
        let incident = self.incident(machine)?;
        let seen = |at: Timestamp, value: f64| {
            Some(Event::Seen { incident: Some(incident), sample: At::new(at, Sample::Value(value)) })
        };
        let (advice, status) = (self.rollout.advice(now), machine.status(incident)?);
        match (advice, status) {
            (Advice::GoBack { why }, Status::InFlight { key, .. }) => {
                let is_undo = machine.ledger().in_flight().any(|(k, flight)| *k == key && flight.undo);
                let why = format!("given up while under way: {why}");
                (!is_undo).then_some(Event::Applied { key, outcome: Applied::Failed { why } })
            }
            // The machine takes nothing of the second in which the last action ended, since a count might be
            // of requests from before. This is none, and does not wait: it is dated as late as is believed.
            (Advice::GoBack { .. }, Status::Verifying { .. } | Status::Held) => {
                seen(now + Duration::from_secs(1), -1.0)
            }
            (Advice::Raise { .. } | Advice::Complete, Status::Verifying { .. }) => {
                // A freeze would refuse the next step, and what is refused is taken back.
                if machine.ledger().freezes().next().is_some() { None } else { seen(now, 1.0) }
            }
            // Nothing is due, but what was begun may have ended.
            _ => Some(Event::Tick),
        }
    }
}
