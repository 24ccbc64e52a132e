//! A rollout on the live shop.

use super::shop_split::ShopSplit;
use crate::shop::{Group, Service, Shop, ShopEvent, Side};
use evenkeel::Timestamp;
use evenkeel::experience::canary::shift::{
    CanaryController, CanaryPolicy, CanaryVerifier, MostCanaries, RaisesOnly, SplitExecutor, TrafficSplit,
};
use evenkeel::experience::canary::{
    ArmCounts, BadDirection, CanaryBatch, MetricKind, PairedCounts, Reading, Rollout, StepVerdict,
    WatchedMetric,
};
use evenkeel::remedy::driver::{Driver, MemoryLog};
use evenkeel::remedy::guard::Rate;
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::remedy::{Event, Notice, Remediator, Target};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// The service of which a new version goes out.
const SERVICE: Service = Service::Payments;
/// How old a call may be that a look is told of: of the round before the last, and answered within a quarter
/// of a second.
const OLDEST: Duration = Duration::from_millis(750);

/// Something to tell people.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// The canary has another share of the traffic, read back from those who divide it.
    Share {
        /// What it had before, in percent.
        from: u8,
        /// What it has, in percent.
        to: u8,
        /// What canary and baseline had been asked under the last share, and how much of it failed.
        canary: ArmCounts,
        /// Likewise, of the baseline.
        baseline: ArmCounts,
    },
    /// The rollout decided to go back.
    GoesBack(StepVerdict),
    /// The machine said so.
    Notice(Notice<StandardVerb>),
}

/// How a rollout ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// The share of the canary at the end, as the callers say.
    pub share: Option<u8>,
    /// The largest share that it had.
    pub highest: u8,
    /// Why it went back, if it did.
    pub back: Option<StepVerdict>,
    /// From the first shift to the last one.
    pub took: Duration,
}

/// The machine, its executor, and a rollout at a time.
#[derive(Debug)]
pub struct LiveRollout {
    driver: Driver<CanaryPolicy, SplitExecutor<ShopSplit>, MemoryLog, StandardVerb, CanaryVerifier>,
    controller: CanaryController,
    /// What the callers say: the last time that they agreed, and when they were asked last.
    share: Option<u8>,
    read: Option<u8>,
    highest: u8,
    /// When the canary got its first share, and when it had its last.
    shifted: Option<(Timestamp, Timestamp)>,
    told_back: bool,
    is_over: bool,
    /// Since the last look: calls by group, with what failed and what was slow.
    calls: [[u64; 3]; 3],
    /// Errors under the present share.
    step: [ArmCounts; 2],
}

impl LiveRollout {
    /// The rollout that the judge has to decide on: errors, and slow answers, each five points more often
    /// at most.
    ///
    /// # Errors
    /// None, as the settings are right.
    pub fn rollout() -> Result<Rollout, evenkeel::Error> {
        let metric = |name: &str| WatchedMetric {
            name: name.into(),
            kind: MetricKind::Rate,
            direction: BadDirection::Increase,
            margin: 0.05,
        };
        Rollout::builder([metric("errors"), metric("slow answers")])
            .bake(Duration::from_secs(1))
            .least_requests(5)
            .deadline(Duration::from_secs(60))
            .silence(Duration::from_secs(10))
            .build()
    }

    /// What carries rollouts out on this shop: at most one canary at a time, at most ten shifts up a minute.
    ///
    /// # Errors
    /// None, as the settings are right.
    pub fn new(shop: &Arc<Shop>) -> Result<Self, Box<dyn Error>> {
        let (target, rollout) = (Target::component(SERVICE.name()), Self::rollout()?);
        let policy = CanaryPolicy::new().rollout(&target, &rollout)?;
        let controller = CanaryController::new(target, rollout);
        let machine = Remediator::builder(controller.verifier()).enable("canary").without_lease();
        let machine = controller
            .settings(machine)
            .guard(MostCanaries::new(1)?)
            .guard(RaisesOnly::new(Rate::new(10, Duration::from_secs(60))?));
        let executor = SplitExecutor::new(ShopSplit::new(Arc::clone(shop)));
        let driver = Driver::new(machine.build()?, policy, executor, MemoryLog::new());
        Ok(Self {
            driver,
            controller,
            share: Some(0),
            read: Some(0),
            highest: 0,
            shifted: None,
            told_back: false,
            is_over: true,
            calls: [[0; 3]; 3],
            step: [ArmCounts::default(); 2],
        })
    }

    /// Begins to roll out what runs as the canary.
    ///
    /// # Errors
    /// That of the log, which is in memory.
    pub fn begin(&mut self, now: Timestamp) -> Result<Vec<Happening>, Box<dyn Error>> {
        self.controller = CanaryController::new(self.controller.target().clone(), Self::rollout()?);
        (self.highest, self.shifted, self.told_back, self.is_over) = (0, None, false, false);
        (self.calls, self.step) = ([[0; 3]; 3], [ArmCounts::default(); 2]);
        let event = self.controller.open(now, self.driver.machine())?;
        self.tell(now, event)
    }

    fn tell(&mut self, now: Timestamp, event: Event<StandardVerb>) -> Result<Vec<Happening>, Box<dyn Error>> {
        let notices = self.driver.step(now, event)?;
        self.is_over |= notices.iter().any(|notice| matches!(notice, Notice::Closed { .. }));
        let mut happened: Vec<Happening> = notices.into_iter().map(Happening::Notice).collect();
        // Asked of the callers, not concluded from what the executor said.
        let target = self.controller.target().clone();
        let share = self.driver.executor_mut().split_mut().read(&target).ok().and_then(|state| state.percent);
        if let (Some(from), Some(to)) = (self.share, share)
            && from != to
        {
            let [canary, baseline] = std::mem::take(&mut self.step);
            happened.push(Happening::Share { from, to, canary, baseline });
            self.highest = self.highest.max(to);
            self.shifted = Some((self.shifted.map_or(now, |(first, _)| first), now));
        }
        self.share = share.or(self.share);
        self.read = share;
        Ok(happened)
    }

    /// Takes in what happens in the shop.
    ///
    /// # Errors
    /// That of the log, which is in memory.
    pub fn hear(&mut self, event: &ShopEvent) -> Result<Vec<Happening>, Box<dyn Error>> {
        match event {
            ShopEvent::Calls { to, side: Side::Client, count, errors, slow, .. }
                if Service::of(to.as_str()) == Some(SERVICE) =>
            {
                let calls = &mut self.calls[Group::of(to.as_str()) as usize];
                for (sum, more) in calls.iter_mut().zip([count, errors, slow]) {
                    *sum += more;
                }
                Ok(Vec::new())
            }
            // What follows a tick belongs to it, so the calls are those of the round before.
            ShopEvent::Tick { at, .. } if !self.is_over => self.look(*at),
            _ => Ok(Vec::new()),
        }
    }

    fn look(&mut self, now: Timestamp) -> Result<Vec<Happening>, Box<dyn Error>> {
        let calls = std::mem::take(&mut self.calls);
        let [canary, baseline, rest] = calls;
        let counts = |of: usize| {
            let arm = |calls: [u64; 3]| ArmCounts::new(calls[of], calls[0] - calls[of]);
            Reading::Counts(PairedCounts { canary: arm(canary), baseline: arm(baseline) })
        };
        for (all, calls) in self.step.iter_mut().zip([canary, baseline]) {
            all.events += calls[1];
            all.others += calls[0] - calls[1];
        }
        let readings = [counts(1), counts(2)];
        let batch = CanaryBatch {
            since: now - OLDEST,
            routed: [canary[0], baseline[0], rest[0]],
            readings: &readings,
        };
        self.controller.observe(now, &batch);
        let mut happened = Vec::new();
        let event = self.controller.next(now, self.read, self.driver.machine());
        if let Some(why) = self.controller.rollout().went_back()
            && !self.told_back
        {
            self.told_back = true;
            happened.push(Happening::GoesBack(why.clone()));
        }
        happened.extend(self.tell(now, event.unwrap_or(Event::Tick))?);
        Ok(happened)
    }

    /// How it ended; none while it goes on.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        self.is_over.then(|| Ended {
            share: self.share,
            highest: self.highest,
            back: self.controller.rollout().went_back().cloned(),
            took: self.shifted.map_or(Duration::ZERO, |(first, last)| last.since(first)),
        })
    }

    /// What is known of the present step.
    #[must_use]
    pub fn verdict(&self, now: Timestamp) -> StepVerdict {
        self.controller.rollout().verdict(now)
    }

    /// A number for an order beside the machine's: later than all that it gave so far, earlier than all that
    /// it will give.
    #[must_use]
    pub fn order_between(&self, attempt: u32) -> (u64, u32, u32) {
        (self.driver.machine().next_incident().saturating_sub(1), u32::MAX, attempt)
    }
}
