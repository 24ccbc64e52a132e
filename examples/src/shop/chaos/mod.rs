//! Breaking the shop: real faults, and things that only look like faults.
//!
//! | fault | what happens | what ends it |
//! | --- | --- | --- |
//! | [`Fault::PoolDry`] | a store gives no connection back any more | restart or drain the instance |
//! | [`Fault::Slow`] | 600 ms and more are added to every request of an instance | restart or drain it |
//! | [`Fault::Burn`] | a job takes half a core and lets nobody else work 9/10 of the time | restart or drain the instance |
//! | [`Fault::BadRelease`] | a version fails 30 to 50 % of the requests of a service | roll it back |
//! | [`Fault::OptionalDead`] | recommend is killed or hangs, and does so again when it is started again | let catalog do without it (`degrade recommend`), until it is back |
//! | [`Fault::SlowRelease`] | a version went out to one instance, sound at first; from some time on it is slow | roll it back or drain it; a restart doesn't help |
//!
//! [`Plan`] draws what happens when; [`Chaos`] does it, and knows the truth. Whoever watches the shop should
//! not look here.

mod fault;
mod plan;

pub use super::defect::Death;
pub use fault::Fault;
pub use plan::{Jumping, Plan, Planned, Step};

use super::action::Action;
use super::defect::Defect;
use super::fleet::{Fleet, Shop};
use super::process;
use super::service::Service;
use evenkeel::prelude::{Name, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A version of a service that will fail this share of its requests, wherever and whenever it is started from
/// now on. Nothing is deployed.
pub fn spoil(shop: &Shop, service: Service, version: &Name, failing: f64) {
    let defect = Defect { failing, ..Defect::default() };
    shop.fleet.state().defects.insert((service, version.clone()), defect);
}

/// Something that happened to the shop.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    /// What.
    pub step: Step,
    /// When it began; of a version that is sound at first, when it stops being so, which may be to come.
    pub began: Timestamp,
    /// Since when the fault does not do harm any more, through whatever was done; it may do so again.
    pub cured: Option<Timestamp>,
    /// When chaos itself made an end to it.
    pub ended: Option<Timestamp>,
}

/// A plan being carried out. Dropping it stops it where it is; what is broken stays broken.
#[derive(Debug)]
pub struct Chaos {
    happened: Arc<Mutex<Vec<Happened>>>,
    stop: Arc<AtomicBool>,
    finish: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Chaos {
    /// Begins. The times of the plan count from now.
    #[must_use]
    pub fn start(shop: &Shop, plan: Plan) -> Self {
        let happened = Arc::new(Mutex::default());
        let (stop, finish) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let runner = Runner {
            fleet: Arc::clone(&shop.fleet),
            happened: Arc::clone(&happened),
            stop: Arc::clone(&stop),
            finish: Arc::clone(&finish),
            active: Vec::new(),
            start: Instant::now(),
        };
        let thread = Some(thread::spawn(move || runner.run(&plan)));
        Self { happened, stop, finish, thread }
    }

    /// What has happened so far, in the order of its beginning.
    #[must_use]
    pub fn happened(&self) -> Vec<Happened> {
        lock(&self.happened).clone()
    }

    /// Makes an end to whatever is still broken, leaves out what has not begun, and tells what happened.
    #[must_use]
    pub fn finish(mut self) -> Vec<Happened> {
        self.finish.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.happened()
    }

    /// Whether the plan is through.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock(happened: &Mutex<Vec<Happened>>) -> MutexGuard<'_, Vec<Happened>> {
    happened.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A step that has begun and not ended.
#[derive(Debug)]
struct Active {
    /// Where it stands in the plan, and in what happened.
    step: usize,
    entry: usize,
    /// How often the victim had been started when it began.
    starts: Option<u64>,
}

#[derive(Debug)]
struct Runner {
    fleet: Arc<Fleet>,
    happened: Arc<Mutex<Vec<Happened>>>,
    stop: Arc<AtomicBool>,
    finish: Arc<AtomicBool>,
    active: Vec<Active>,
    start: Instant,
}

impl Runner {
    fn run(mut self, plan: &Plan) {
        let mut order: Vec<usize> = (0..plan.steps.len()).collect();
        order.sort_by_key(|&i| plan.steps[i].at);
        let mut next = order.into_iter().peekable();
        while !self.stop.load(Ordering::Relaxed) && !self.fleet.stopped() {
            let now = self.start.elapsed();
            let finish = self.finish.load(Ordering::Relaxed);
            while let Some(i) = next.next_if(|&i| !finish && plan.steps[i].at <= now) {
                self.begin(i, &plan.steps[i]);
            }
            self.watch(&plan.steps);
            let over = |active: &Active| finish || plan.steps[active.step].until <= now;
            while let Some(i) = self.active.iter().position(over) {
                let active = self.active.remove(i);
                self.end(&active, &plan.steps[active.step].step);
                lock(&self.happened)[active.entry].ended = Some(self.fleet.clock.now());
            }
            if finish || (next.peek().is_none() && self.active.is_empty() && now >= plan.length) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What is not told does no harm: the process has ended.
    fn tell(&self, instance: &Name, line: &str) {
        if let Some(address) = self.fleet.address(instance) {
            let _ = process::tell(address, line);
        }
    }

    fn starts(&self, instance: &Name) -> Option<u64> {
        self.fleet.with(instance, |slot| slot.starts)
    }

    fn begin(&mut self, step: usize, planned: &Planned) {
        let (mut starts, mut began) = (None, None);
        match &planned.step {
            Step::Fault(fault) => {
                // The time counts from before a deploy: its first instances do harm while the last ones are
                // still to come.
                began = Some(self.fleet.clock.now() + fault.fuse());
                starts = self.starts(&fault.victim());
                fault.begin(&self.fleet);
            }
            Step::Jump { instance, metric: Jumping::Outbox, sigmas } => {
                starts = self.starts(instance);
                self.tell(instance, &format!("outbox {sigmas}"));
            }
            Step::Jump { instance, metric: Jumping::Memory, .. } => {
                starts = self.starts(instance);
                self.tell(instance, &format!("memory {}", 24 << 20));
            }
            Step::Deploy { target, version } => {
                let _ = self.fleet.deploy(target, version);
            }
        }
        let began = began.unwrap_or_else(|| self.fleet.clock.now());
        let mut happened = lock(&self.happened);
        self.active.push(Active { step, entry: happened.len(), starts });
        happened.push(Happened { step: planned.step.clone(), began, cured: None, ended: None });
    }

    /// Notes since when faults do no harm any more.
    fn watch(&self, steps: &[Planned]) {
        for active in &self.active {
            if let Step::Fault(fault) = &steps[active.step].step {
                let holds = fault.holds(&self.fleet, active.starts);
                let entry = &mut lock(&self.happened)[active.entry];
                entry.cured = if holds { None } else { entry.cured.or_else(|| Some(self.fleet.clock.now())) };
            }
        }
    }

    fn end(&self, active: &Active, step: &Step) {
        match step {
            Step::Fault(fault) => fault.end(&self.fleet, active.starts, |target| {
                let key = format!("the people of the shop, step {}", active.step);
                let action = match fault {
                    Fault::BadRelease { .. } | Fault::SlowRelease { .. } => Action::RollBack(target),
                    _ => Action::Restart(target),
                };
                let _ = self.fleet.apply(&key, &action);
            }),
            Step::Jump { instance, .. } if self.starts(instance) == active.starts => {
                self.tell(instance, "outbox 0");
                self.tell(instance, "memory 0");
            }
            Step::Jump { .. } | Step::Deploy { .. } => {}
        }
    }
}
