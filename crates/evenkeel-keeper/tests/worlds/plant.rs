//! The truth: a shop with faults, an executor that fails, hangs and reports late or twice, and a log that is
//! cut off by a crash.

use super::life::VERIFY;
use super::seen::Seen;
use evenkeel_core::Name;
use evenkeel_remedy::action::Key;
use evenkeel_remedy::driver::Log;
use evenkeel_remedy::executor::{Applied, Executor, Permit};
use evenkeel_remedy::machine::{Entry, Record};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Action, Health, Outcome, Target};
use evenkeel_stats::Generator;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;

/// What does the work, behind `cart` and `catalog`, where users come in.
pub(super) const BACKENDS: [&str; 3] = ["payments", "store", "search"];
/// Who calls whom.
pub(super) const EDGES: [(&str, &str); 4] =
    [("cart", "payments"), ("cart", "store"), ("catalog", "store"), ("catalog", "search")];
/// The objective of both symptoms.
pub(super) const OBJECTIVE: f64 = 0.02;
/// The share of requests that are bad when nothing is wrong.
const USUAL: f64 = 0.001;

/// At so many ticks users have to be seen to be verified to be fine.
const ENOUGH: u32 = 16;

/// What takes a fault away for good, if anything does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cure {
    Restart,
    RollBack,
    Nothing,
}

#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub(super) backend: usize,
    pub(super) instance: usize,
    pub(super) cure: Cure,
    pub(super) begins: u32,
    pub(super) ends: u32,
    /// The share of requests that are bad.
    pub(super) share: f64,
    /// Whether health checks see it.
    pub(super) shows: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Ended,
    Canceled,
}

#[derive(Debug, Clone)]
struct Order {
    action: Action<StandardVerb>,
    ends: u32,
    will: Applied,
    takes_effect: bool,
    state: State,
}

/// Where in a step of the driver it dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    BeforeSync,
    AfterSync,
    BeforeApply,
    AfterApply,
}

/// An action that was done, since when users have been fine.
#[derive(Debug, Clone)]
struct Helped {
    action: Action<StandardVerb>,
    /// How often anything had been restarted by then.
    restarts: u64,
}

pub(super) struct Plant {
    pub(super) random: Generator,
    pub(super) tick: u32,
    /// How many instances each backend has.
    pub(super) sizes: [usize; 3],
    pub(super) faults: Vec<Fault>,
    drained: BTreeSet<(usize, usize)>,
    orders: BTreeMap<Key, Order>,
    reports: Vec<(u32, Key, Applied)>,
    /// How often actions do not just work, in [0, 1].
    pub(super) roughness: f64,
    pub(super) fate: Option<Fate>,
    /// Whether the driver's process died: nothing that it does from then on happens.
    pub(super) dead: bool,
    pub(super) journal: Vec<Record<StandardVerb>>,
    pub(super) durable: usize,
    /// What people were promised.
    pub(super) halted: bool,
    pub(super) off: BTreeSet<Name>,
    pub(super) seen: Seen,
    helped: BTreeMap<u64, Vec<Helped>>,
    /// Whether the policy takes one measure at a time.
    pub(super) is_plain: bool,
    pub(super) restarts: u64,
    /// When the driver was started, and at how many ticks since it could be seen how all users fare.
    pub(super) started: u32,
    pub(super) proper: u32,
}

impl Plant {
    pub(super) fn new(random: Generator, seen: Seen) -> Self {
        Self {
            random,
            tick: 0,
            sizes: [2; 3],
            faults: Vec::new(),
            drained: BTreeSet::new(),
            orders: BTreeMap::new(),
            reports: Vec::new(),
            roughness: 0.0,
            fate: None,
            dead: false,
            journal: Vec::new(),
            durable: 0,
            halted: false,
            off: BTreeSet::new(),
            seen,
            helped: BTreeMap::new(),
            is_plain: true,
            restarts: 0,
            started: 0,
            proper: 0,
        }
    }

    pub(super) fn below(&mut self, n: u64) -> u32 {
        u32::try_from(self.random.uniform_below(n)).unwrap()
    }

    fn is_active(&self, fault: &Fault) -> bool {
        fault.begins <= self.tick
            && self.tick < fault.ends
            && !self.drained.contains(&(fault.backend, fault.instance))
    }

    /// Whether an instance is faulty, drained or not.
    pub(super) fn is_faulty(&self, backend: usize, instance: usize) -> bool {
        let is_now = |f: &&Fault| f.begins <= self.tick && self.tick < f.ends;
        self.faults.iter().filter(is_now).any(|f| (f.backend, f.instance) == (backend, instance))
    }

    /// The share of the requests of a symptom that are bad.
    pub(super) fn bad(&self, symptom: usize) -> f64 {
        let at = ["cart", "catalog"][symptom];
        let reaches = |f: &&Fault| EDGES.contains(&(at, BACKENDS[f.backend]));
        let shares = self.faults.iter().filter(reaches).filter(|f| self.is_active(f)).map(|f| f.share);
        shares.fold(USUAL, f64::max)
    }

    pub(super) fn health(&self, backend: usize, instance: usize) -> Health {
        let target = target(backend, instance);
        let is_acted_on = self.running().any(|order| order.action.target.overlaps(&target));
        let is_sick = |f: &Fault| f.shows && (f.backend, f.instance) == (backend, instance);
        if self.drained.contains(&(backend, instance)) || is_acted_on {
            Health::OutOfService
        } else if self.faults.iter().any(|f| is_sick(f) && self.is_active(f)) {
            Health::Failing
        } else {
            Health::Serving
        }
    }

    fn running(&self) -> impl Iterator<Item = &Order> {
        self.orders.values().filter(|order| order.state == State::Running)
    }

    fn victims(&self, target: &Target) -> Vec<(usize, usize)> {
        let Some(backend) = BACKENDS.iter().position(|name| target.component == **name) else {
            return Vec::new();
        };
        let all = (0..self.sizes[backend]).map(|instance| (backend, instance));
        all.filter(|(b, i)| target.overlaps(&self::target(*b, *i))).collect()
    }

    /// An action takes effect.
    fn carry_out(&mut self, action: &Action<StandardVerb>) {
        let victims = self.victims(&action.target);
        let now = self.tick;
        for victim in victims {
            match action.verb {
                StandardVerb::Drain => {
                    self.drained.insert(victim);
                }
                StandardVerb::Undrain => {
                    self.drained.remove(&victim);
                }
                _ => {}
            }
            for fault in
                self.faults.iter_mut().filter(|f| (f.backend, f.instance) == victim && f.begins <= now)
            {
                let is_cured = matches!(
                    (action.verb, fault.cure),
                    (StandardVerb::Restart, Cure::Restart) | (StandardVerb::RollBack, Cure::RollBack)
                );
                if is_cured && fault.ends > now {
                    fault.ends = now;
                    self.seen.cured += 1;
                }
            }
        }
    }

    /// Time passes: what is under way ends.
    pub(super) fn pass(&mut self) {
        let tick = self.tick;
        let is_due = |order: &Order| order.state == State::Running && order.ends <= tick;
        let due: Vec<Key> = self.orders.iter().filter(|(_, o)| is_due(o)).map(|(key, _)| *key).collect();
        for key in due {
            let Some(order) = self.orders.get_mut(&key) else { continue };
            order.state = State::Ended;
            let (action, takes_effect) = (order.action.clone(), order.takes_effect);
            if takes_effect {
                self.carry_out(&action);
            }
        }
    }

    pub(super) fn violation(&mut self, what: &str) {
        self.seen.violation(self.tick, what);
    }

    /// What is checked when an action is applied.
    fn check(&mut self, key: Key, action: &Action<StandardVerb>, undo: bool) {
        self.seen.applied += 1;
        if self.orders.contains_key(&key) {
            self.violation(&format!("{key} is applied twice"));
        }
        let durable = &self.journal[..self.durable];
        let of_key = durable.iter().rev().find_map(|record| match record.entry() {
            Entry::Intent { key: k, action, undo, .. } if *k == key => Some(Some((action, *undo))),
            Entry::Settled { key: k, .. } | Entry::Withdrawn { key: k } if *k == key => Some(None),
            _ => None,
        });
        if of_key.flatten() != Some((action, undo)) {
            self.violation(&format!("{action} ({key}) is applied without an intent in the log"));
        }
        if self.halted {
            self.violation(&format!("{action} is applied while halted"));
        }
        if self.off.contains(evenkeel_remedy::verb::Verb::name(&action.verb))
            || !ACTING.contains(&action.verb)
        {
            self.violation(&format!("{action} is applied while switched off"));
        }
        self.check_radius(action);
    }

    /// At most half of a backend, or one, is out by what was done.
    fn check_radius(&mut self, action: &Action<StandardVerb>) {
        if !matches!(action.verb, StandardVerb::Restart | StandardVerb::Drain | StandardVerb::RollBack) {
            return;
        }
        let Some(backend) = BACKENDS.iter().position(|name| action.target.component == **name) else {
            return self.violation(&format!("{action} is done to what is not there"));
        };
        let mut out: BTreeSet<usize> =
            self.drained.iter().filter(|(b, _)| *b == backend).map(|(_, i)| *i).collect();
        let mut some = 0;
        for action in self.running().map(|order| &order.action).chain([action]) {
            let whole = action.target.component == *BACKENDS[backend];
            match action.verb {
                _ if !whole => {}
                StandardVerb::RollBack if action.target.instance.is_none() => some += 1,
                StandardVerb::Restart | StandardVerb::Drain | StandardVerb::RollBack => {
                    out.extend(self.victims(&action.target).into_iter().map(|(_, i)| i));
                }
                _ => {}
            }
        }
        let (n, most) = (self.sizes[backend], (self.sizes[backend] / 2).max(1));
        let count = out.len().max((out.len() + some).min(n));
        self.seen.radius += 1;
        self.seen.at_the_limit += u64::from(count == most);
        if count > most {
            let orders: Vec<_> = self.running().map(|order| order.action.to_string()).collect();
            let drained = &self.drained;
            self.violation(&format!("{count} of {n} are out by {action}: {drained:?} drained, {orders:?}"));
        }
    }

    /// A record is written.
    fn written(&mut self, record: &Record<StandardVerb>) {
        if record.sequence() != self.journal.len() as u64 {
            self.violation("records are not numbered in order");
        }
        match record.entry() {
            Entry::Opened { incident, .. } => {
                self.seen.opened += 1;
                let before = self.journal.iter().rev().find_map(|record| match record.entry() {
                    Entry::Opened { incident, .. } => Some(*incident),
                    _ => None,
                });
                self.seen.rises += u64::from(before.is_some());
                if before.is_some_and(|before| *incident <= before) {
                    self.violation(&format!("incident {incident} after {before:?}"));
                }
            }
            Entry::Settled { key, outcome: Applied::Done } => {
                let intent = self.journal.iter().rev().find_map(|record| match record.entry() {
                    Entry::Intent { key: k, action, undo: false, .. } if k == key => Some(action.clone()),
                    _ => None,
                });
                if let Some(action) = intent {
                    let restarts = self.restarts;
                    self.helped.entry(key.incident).or_default().push(Helped { action, restarts });
                }
            }
            Entry::Lifted { incident } => {
                self.helped.remove(incident);
            }
            Entry::Closed { incident, outcome } => {
                let helped = self.helped.remove(incident).unwrap_or_default();
                if *outcome == Outcome::Recovered {
                    let restarts = self.restarts;
                    let is_over_restart = helped.iter().any(|helped| helped.restarts < restarts);
                    self.seen.helped += u64::from(!helped.is_empty());
                    self.seen.helped_over_restart += u64::from(is_over_restart);
                }
            }
            Entry::Intent { key, action, undo, .. } => {
                let helped = self.helped.get(&key.incident).cloned().unwrap_or_default();
                // Without a restart it is the verifier's to say whether it did.
                let over_restart = helped.iter().filter(|helped| helped.restarts < self.restarts);
                let again = over_restart.into_iter().any(|helped| *undo || helped.action == *action);
                // Too little seen for too long is no reason to believe that it helped.
                let is_blind = self.tick >= self.started + VERIFY && self.proper < ENOUGH;
                if self.is_plain && again && !is_blind {
                    self.violation(&format!("{action} ({key}), though {} helped", helped[0].action));
                }
            }
            _ => {}
        }
    }

    /// Users are not fine, or it cannot be seen: what was done may be found not to have helped.
    pub(super) fn forget_what_helped(&mut self) {
        self.helped.clear();
    }

    /// The driver dies: of what was not synced, some is lost.
    pub(super) fn crash(&mut self) {
        let kept = self.durable + self.below((self.journal.len() - self.durable) as u64 + 1) as usize;
        self.seen.lost_records += (self.journal.len() - kept) as u64;
        self.journal.truncate(kept);
        self.durable = kept;
        self.reports.clear();
        (self.dead, self.fate) = (false, None);
        self.restarts += 1;
    }
}

/// What is switched on in the beginning.
pub(super) const ACTING: [StandardVerb; 4] =
    [StandardVerb::Restart, StandardVerb::Drain, StandardVerb::Undrain, StandardVerb::RollBack];

pub(super) fn target(backend: usize, instance: usize) -> Target {
    Target::instance(BACKENDS[backend], format!("{}-{instance}", BACKENDS[backend]))
}

/// The driver's executor.
#[derive(Clone)]
pub(super) struct Hands(pub(super) Rc<RefCell<Plant>>);

impl Executor<StandardVerb> for Hands {
    fn apply(&mut self, permit: Permit<StandardVerb>) -> Applied {
        let mut plant = self.0.borrow_mut();
        let plant = &mut *plant;
        if plant.dead {
            return Applied::Unknown;
        }
        if plant.fate == Some(Fate::BeforeApply) {
            plant.dead = true;
            return Applied::Unknown;
        }
        let (key, action) = (permit.key(), permit.action().clone());
        plant.check(key, &action, permit.is_undo());
        let why = || "it broke".to_string();
        let later = plant.tick + 1 + plant.below(6);
        let kind = if plant.random.bernoulli(plant.roughness) { plant.below(9) } else { 9 };
        let (will, ends, says) = match kind {
            0 => (Applied::Absent { why: "no capacity".into() }, plant.tick, None),
            1 => (Applied::Failed { why: why() }, plant.tick, None),
            // It says nothing more, and ends one day, or never.
            2 => (Applied::Done, later, Some(Applied::Running)),
            3 => (Applied::Done, u32::MAX, Some(Applied::Running)),
            4 => (Applied::Done, later, Some(Applied::Unknown)),
            5 => (Applied::Failed { why: why() }, later, Some(Applied::Running)),
            6..=8 => (Applied::Done, later, Some(Applied::Running)),
            _ => (Applied::Done, plant.tick, None),
        };
        let takes_effect = match will {
            Applied::Done => true,
            Applied::Failed { .. } => plant.random.bernoulli(0.5),
            _ => false,
        };
        let state = if says.is_some() { State::Running } else { State::Ended };
        if says.is_none() && takes_effect {
            plant.carry_out(&action);
        }
        if (5..=8).contains(&kind) {
            // In time, twice, or late.
            let times: &[u32] = [&[0][..], &[0], &[0, 2], &[12]][plant.below(4) as usize];
            plant.reports.extend(times.iter().map(|late| (ends + late, key, will.clone())));
        }
        let order = Order { action, ends, will: will.clone(), takes_effect, state };
        plant.orders.insert(key, order);
        if plant.fate == Some(Fate::AfterApply) {
            plant.dead = true;
        }
        says.unwrap_or(will)
    }

    fn probe(&mut self, key: Key) -> Applied {
        let mut plant = self.0.borrow_mut();
        if plant.dead {
            return Applied::Unknown;
        }
        plant.seen.probes += 1;
        let (roughness, tick) = (plant.roughness, plant.tick);
        if plant.random.bernoulli(0.3 * roughness) {
            return Applied::Unknown;
        }
        let never = Applied::Absent { why: "never heard of".into() };
        let order = plant.orders.entry(key).or_insert_with(|| Order {
            action: Action::new(StandardVerb::Restart, Target::component("nowhere")),
            ends: tick,
            will: never,
            takes_effect: false,
            state: State::Canceled,
        });
        if order.state == State::Running { Applied::Running } else { order.will.clone() }
    }

    fn finished(&mut self) -> Option<(Key, Applied)> {
        let mut plant = self.0.borrow_mut();
        let tick = plant.tick;
        let due = plant.reports.iter().position(|(when, ..)| *when <= tick)?;
        let (_, key, outcome) = plant.reports.swap_remove(due);
        Some((key, outcome))
    }
}

/// The driver's log.
#[derive(Clone)]
pub(super) struct Paper(pub(super) Rc<RefCell<Plant>>);

impl Log<StandardVerb> for Paper {
    fn append(&mut self, record: &Record<StandardVerb>) -> io::Result<()> {
        let mut plant = self.0.borrow_mut();
        if plant.dead {
            return Err(io::Error::other("dead"));
        }
        plant.written(record);
        plant.journal.push(record.clone());
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut plant = self.0.borrow_mut();
        let fate = plant.fate;
        if fate == Some(Fate::BeforeSync) {
            plant.dead = true;
        }
        if plant.dead {
            return Err(io::Error::other("dead"));
        }
        plant.durable = plant.journal.len();
        if fate == Some(Fate::AfterSync) {
            plant.dead = true;
            return Err(io::Error::other("dead"));
        }
        Ok(())
    }
}
