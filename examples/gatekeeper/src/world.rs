//! The simulated shop behind the gate: services, users, faults, and the hands that carry permits out.
//!
//! It goes by seconds and by a seed, reads no clock, starts no process, and knows nothing of the gate. It
//! notes by itself what it was told to do, so that an audit need not take the gate's word for it.

use crate::fault::{Defect, Fault};
use crate::shop::{Component, SHOP, edges, instances, targets};
use evenkeel::keeper::Calls;
use evenkeel::remedy::action::Key;
use evenkeel::remedy::executor::{Applied, Executor, Permit};
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::remedy::{Action, Health, Target};
use evenkeel::stats::Generator;
use evenkeel::{Name, Signal, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::Write;
use std::time::Duration;

/// Requests a second, on average.
const REQUESTS: f64 = 120.0;
/// The share of requests that fail at a component of which nothing is wrong.
const BASE_FAILURES: f64 = 0.0003;
/// The share of requests that may be bad, which users were promised.
pub const OBJECTIVE: f64 = 0.02;
/// How many of its own notes the world keeps in memory; all of them are in the file.
const MOST_NOTES: usize = 10_000;

/// What the world was told to do, noted by the world itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// When it was told.
    pub at: Timestamp,
    /// Under which key.
    pub key: Key,
    /// What.
    pub action: Action<StandardVerb>,
    /// Whether that takes something back.
    pub undo: bool,
}

/// What can be seen of a second: what a monitoring system would have scraped.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    /// Metrics of instances.
    pub values: Vec<(Signal, f64)>,
    /// Calls of a component to an instance.
    pub calls: Vec<(Name, Name, Calls)>,
    /// Requests of users that were answered well.
    pub good: u64,
    /// Requests of users that were not.
    pub bad: u64,
    /// What health checks say.
    pub health: Vec<(Target, Health)>,
    /// A component that was released anew.
    pub change: Option<Name>,
    /// Targets that people put back into service.
    pub returned: Vec<Target>,
}

#[derive(Debug, Clone, Default)]
struct Instance {
    drained: bool,
    /// The order that has it out.
    busy: Option<Key>,
    cpu: f64,
    memory: f64,
}

#[derive(Debug, Clone)]
struct Order {
    action: Action<StandardVerb>,
    ends: i64,
    outcome: Option<Applied>,
}

/// The shop as it is.
#[derive(Debug)]
pub struct World {
    random: Generator,
    start: Timestamp,
    second: i64,
    instances: BTreeMap<String, Instance>,
    /// Components that callers do without.
    degraded: Vec<String>,
    /// The share of requests that is refused, in percent.
    shed: u8,
    fault: Option<(Fault, i64)>,
    planned: VecDeque<Fault>,
    /// Whether faults are drawn when none is planned any more.
    draws: bool,
    next_fault: i64,
    repair_at: Option<i64>,
    orders: BTreeMap<Key, Order>,
    reported: VecDeque<Key>,
    returned: Vec<Target>,
    told: u64,
    notes: VecDeque<Note>,
    file: Option<File>,
    broken: Option<String>,
}

/// How long faults are apart, from the end of one to the next, in seconds.
const GAP: i64 = 90;
/// How long after an incident ended people have repaired what is left of it, in seconds.
const REPAIR: i64 = 45;

impl World {
    /// A shop of this seed of which nothing is wrong until [`next_fault_in`](Self::next_fault_in) is said.
    #[must_use]
    pub fn new(seed: u64, start: Timestamp) -> Self {
        let mut random = Generator::new(seed);
        let fresh = |random: &mut Generator| Instance {
            cpu: 0.3,
            memory: 0.4 + 0.1 * random.uniform(),
            ..Instance::default()
        };
        let instances = instances().map(|name| (name, fresh(&mut random))).collect();
        Self {
            random,
            start,
            second: 0,
            instances,
            degraded: Vec::new(),
            shed: 0,
            fault: None,
            planned: VecDeque::new(),
            draws: false,
            next_fault: i64::MAX,
            repair_at: None,
            orders: BTreeMap::new(),
            reported: VecDeque::new(),
            returned: Vec::new(),
            told: 0,
            notes: VecDeque::new(),
            file: None,
            broken: None,
        }
    }

    /// Writes down in a file, a line each, what it is told to do.
    #[must_use]
    pub fn noting_in(mut self, file: File) -> Self {
        self.file = Some(file);
        self
    }

    /// Plans faults, one after the other; after the last, faults are drawn if `draws`.
    pub fn plan(&mut self, faults: impl IntoIterator<Item = Fault>, draws: bool) {
        self.planned.extend(faults);
        self.draws = draws;
    }

    /// The next fault begins in so many seconds.
    pub fn next_fault_in(&mut self, seconds: i64) {
        self.next_fault = self.second.saturating_add(seconds.max(1));
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.start + Duration::from_secs(self.second.unsigned_abs())
    }

    /// What is wrong in truth. For tests and calibration; no tool tells it.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref().map(|(fault, _)| fault)
    }

    /// How often it was told to do something.
    #[must_use]
    pub fn told(&self) -> u64 {
        self.told
    }

    /// What it was told to do, the latest 10,000 times.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter()
    }

    /// Why its notes are not complete, if the file could not be written.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// An incident ended, well or by calling people: they look after what is left of it.
    pub fn incident_ended(&mut self) {
        self.repair_at = Some(self.second + REPAIR);
    }

    /// One second.
    pub fn turn(&mut self) -> Telemetry {
        self.second += 1;
        let mut seen = Telemetry { returned: std::mem::take(&mut self.returned), ..Telemetry::default() };
        self.finish_orders();
        if self.repair_at.is_some_and(|at| at <= self.second) {
            self.repair(&mut seen);
        }
        if self.fault.is_none() && self.second >= self.next_fault && self.repair_at.is_none() {
            seen.change = self.begin_fault();
        }
        self.live(&mut seen);
        seen
    }

    fn begin_fault(&mut self) -> Option<Name> {
        self.next_fault = i64::MAX;
        let fault = match self.planned.pop_front() {
            Some(fault) => fault,
            None if self.draws => self.draw_fault(),
            None => return None,
        };
        let release = (fault.defect == Defect::Release).then(|| Name::from(fault.place.as_str()));
        self.fault = Some((fault, self.second));
        release
    }

    /// Any fault, of which one in four resists what usually helps.
    pub fn draw_fault(&mut self) -> Fault {
        let below = |random: &mut Generator, n: usize| random.uniform_below(n as u64) as usize;
        let defect = Defect::ALL[below(&mut self.random, Defect::ALL.len())];
        let place = if defect.is_of_instance() {
            let all: Vec<String> = instances().filter(|name| !name.starts_with("edge")).collect();
            all[below(&mut self.random, all.len())].clone()
        } else {
            SHOP[1 + below(&mut self.random, SHOP.len() - 1)].name.to_string()
        };
        Fault { defect, place, stubborn: self.random.bernoulli(0.25) }
    }

    /// People put everything right.
    fn repair(&mut self, seen: &mut Telemetry) {
        (self.repair_at, self.fault, self.shed) = (None, None, 0);
        self.degraded.clear();
        for target in targets() {
            let Some(name) = &target.instance else { continue };
            let Some(instance) = self.instances.get_mut(name.as_str()) else { continue };
            instance.memory = 0.45;
            if std::mem::take(&mut instance.drained) {
                seen.returned.push(target);
            }
        }
        self.next_fault_in(GAP);
    }

    fn component(name: &str) -> &'static Component {
        SHOP.iter().find(|component| component.name == name).unwrap_or(&SHOP[0])
    }

    fn place(component: &Component, i: usize) -> String {
        format!("{}-{}", component.name, i + 1)
    }

    /// Whether an instance takes requests.
    fn serves(&self, name: &str) -> bool {
        self.instances.get(name).is_some_and(|instance| !instance.drained && instance.busy.is_none())
    }

    /// By how much an instance is slower, and which share of its requests fails, because of the fault.
    fn harm(&self, component: &str, instance: &str) -> (f64, f64) {
        let Some((fault, began)) = &self.fault else { return (1.0, 0.0) };
        let hit =
            if fault.defect.is_of_instance() { fault.place == instance } else { fault.place == component };
        if !hit {
            return (1.0, 0.0);
        }
        // It comes over a few seconds, as such things do.
        let grown = ((self.second - began) as f64 / 4.0).min(1.0);
        let (slower, failing) = match fault.defect {
            Defect::Pool => (9.0, 0.45),
            Defect::Leak => (5.0, 0.40),
            Defect::Neighbor => (6.0, 0.40),
            Defect::Release => (1.6, 0.25),
            Defect::Overload if self.shed >= 20 && !fault.stubborn => (1.3, 0.0),
            Defect::Overload => (5.0, 0.25),
        };
        (1.0 + (slower - 1.0) * grown, failing * grown)
    }

    /// What a component does to a request, with what it calls: mean seconds, and the share that fails. One
    /// that callers do without does nothing.
    fn effect(&self, name: &str) -> (f64, f64) {
        if self.degraded.iter().any(|degraded| degraded == name) {
            return (0.0, 0.0);
        }
        let component = Self::component(name);
        let serving: Vec<(f64, f64)> = (0..component.instances)
            .map(|i| Self::place(component, i))
            .filter(|instance| self.serves(instance))
            .map(|instance| self.harm(name, &instance))
            .collect();
        if serving.is_empty() {
            return (0.001, 1.0);
        }
        let n = serving.len() as f64;
        let slower = serving.iter().map(|(slower, _)| slower).sum::<f64>() / n;
        let failing = serving.iter().map(|(_, failing)| failing).sum::<f64>() / n + BASE_FAILURES;
        let (seconds, failed) = self.below(component);
        (component.seconds * slower + seconds, 1.0 - (1.0 - failing.min(1.0)) * (1.0 - failed))
    }

    /// The same of what a component calls: one of several, equally often.
    fn below(&self, component: &Component) -> (f64, f64) {
        let called: Vec<(f64, f64)> = component.calls.iter().map(|to| self.effect(to)).collect();
        let n = called.len().max(1) as f64;
        (called.iter().map(|c| c.0).sum::<f64>() / n, called.iter().map(|c| c.1).sum::<f64>() / n)
    }

    /// Users come, instances work, and a monitoring system looks.
    fn live(&mut self, seen: &mut Telemetry) {
        let wave = (self.second as f64 / 47.0).sin();
        let mean = REQUESTS * (1.0 + 0.08 * wave);
        let requests = (mean + mean.sqrt() * self.random.normal()).max(1.0);
        let taken = (requests * (1.0 - f64::from(self.shed) / 100.0)).round() as u64;
        let failing = self.effect("edge").1;
        seen.bad = (0..taken).filter(|_| self.random.bernoulli(failing)).count() as u64;
        seen.good = taken - seen.bad;
        for component in &SHOP {
            self.look_at(component, taken as f64, seen);
        }
        for (from, to) in edges() {
            self.look_at_calls(from, to, taken as f64, seen);
        }
    }

    /// The share of all requests that comes to a component.
    fn share(name: &str) -> f64 {
        if matches!(name, "cart" | "catalog") { 0.5 } else { 1.0 }
    }

    fn look_at(&mut self, component: &'static Component, taken: f64, seen: &mut Telemetry) {
        let serving = (0..component.instances).filter(|i| self.serves(&Self::place(component, *i))).count();
        let below = self.below(component);
        for i in 0..component.instances {
            let name = Self::place(component, i);
            let target = Target::instance(component.name, name.as_str());
            let (slower, failing) = self.harm(component.name, &name);
            if !self.serves(&name) {
                seen.health.push((target, Health::OutOfService));
                continue;
            }
            let is_failing = failing >= 0.3;
            seen.health.push((target, if is_failing { Health::Failing } else { Health::Serving }));
            let defect = self.fault.as_ref().filter(|_| slower > 1.0).map(|(fault, _)| fault.defect);
            let mut noise = |scale: f64| 1.0 + scale * self.random.normal();
            let load = taken * Self::share(component.name) / serving as f64;
            let seconds = (component.seconds * slower * noise(0.05) + below.0).max(1e-4) * 2.2 * noise(0.04);
            let cpu = match defect {
                Some(Defect::Neighbor | Defect::Overload) => 0.96 * noise(0.01),
                _ => 0.12 + 0.2 * load / 60.0 * noise(0.06),
            };
            let pool = match defect {
                Some(Defect::Pool) => 0.8 * noise(0.1),
                _ => 0.004 * noise(0.15),
            };
            let failed = 1.0 - (1.0 - failing - BASE_FAILURES) * (1.0 - below.1);
            let errors = (failed * load * noise(0.05)).round().max(0.0) / load.max(1.0);
            let wander = 0.002 * self.random.normal();
            let Some(instance) = self.instances.get_mut(&name) else { continue };
            instance.cpu = cpu.clamp(0.0, 1.0);
            instance.memory = match defect {
                Some(Defect::Leak) => (instance.memory + 0.06).min(0.98),
                _ => (instance.memory + wander).clamp(0.35, 0.6),
            };
            let mut see = |metric: &str, value: f64| {
                seen.values.push((Signal::new(component.name, metric).at_instance(name.as_str()), value));
            };
            see("latency_p99", seconds);
            see("cpu_utilization", instance.cpu);
            see("memory_utilization", instance.memory);
            see("pool_wait_seconds", pool.max(0.0));
            see("error_ratio", errors.min(1.0));
        }
    }

    fn look_at_calls(&mut self, from: &'static str, to: &'static str, taken: f64, seen: &mut Telemetry) {
        if self.degraded.iter().any(|degraded| degraded == to) {
            return;
        }
        let component = Self::component(to);
        let below = self.below(component);
        let serving: Vec<String> = (0..component.instances)
            .map(|i| Self::place(component, i))
            .filter(|name| self.serves(name))
            .collect();
        // Half of what comes to the store comes from either of its callers.
        let calls = taken * 0.5 / serving.len().max(1) as f64;
        for name in serving {
            let (slower, failing) = self.harm(to, &name);
            let count = calls.round().max(0.0) as u64;
            let failed = 1.0 - (1.0 - failing) * (1.0 - below.1);
            let failed = (0..count).filter(|_| self.random.bernoulli(failed)).count() as u64;
            let mean = (component.seconds * slower + below.0) * (1.0 + 0.04 * self.random.normal());
            seen.calls.push((
                from.into(),
                name.as_str().into(),
                Calls { count, failed, mean: mean.max(1e-4) },
            ));
        }
    }

    /// Orders that are due are done.
    fn finish_orders(&mut self) {
        let second = self.second;
        let due = self.orders.iter().filter(|(_, order)| order.outcome.is_none() && order.ends <= second);
        let due: Vec<(Key, Action<StandardVerb>)> =
            due.map(|(key, order)| (*key, order.action.clone())).collect();
        for (key, action) in due {
            self.carry_out(&action);
            self.instances
                .values_mut()
                .filter(|instance| instance.busy == Some(key))
                .for_each(|i| i.busy = None);
            if let Some(order) = self.orders.get_mut(&key) {
                order.outcome = Some(Applied::Done);
            }
            self.reported.push_back(key);
        }
    }

    fn instances_of<'a>(&'a mut self, target: &'a Target) -> impl Iterator<Item = &'a mut Instance> {
        let hit = |name: &str| match &target.instance {
            Some(instance) => *instance == *name,
            None => name.rsplit_once('-').is_some_and(|(component, _)| target.component == *component),
        };
        self.instances.iter_mut().filter(move |(name, _)| hit(name)).map(|(_, instance)| instance)
    }

    fn carry_out(&mut self, action: &Action<StandardVerb>) {
        let component = action.target.component.to_string();
        match action.verb {
            StandardVerb::Restart => self.instances_of(&action.target).for_each(|i| i.memory = 0.4),
            StandardVerb::Drain => self.instances_of(&action.target).for_each(|i| i.drained = true),
            StandardVerb::Undrain => self.instances_of(&action.target).for_each(|i| i.drained = false),
            StandardVerb::Degrade if !self.degraded.contains(&component) => self.degraded.push(component),
            StandardVerb::Restore => self.degraded.retain(|degraded| *degraded != component),
            StandardVerb::Shed { percent } => self.shed = percent,
            StandardVerb::Admit => self.shed = 0,
            _ => {}
        }
        if self.fault.as_ref().is_some_and(|(fault, _)| fault.is_ended_by(action)) {
            self.fault = None;
        }
    }

    /// What can't be written down is not done.
    fn note(&mut self, permit: &Permit<StandardVerb>) -> std::io::Result<()> {
        let (at, key, action) = (self.now(), permit.key(), permit.action().clone());
        let line = serde_json::json!({
            "at": at.to_string(), "key": key.to_string(), "token": permit.token(), "action": action.to_string(), "undo": permit.is_undo(),
        });
        if let Some(file) = &mut self.file
            && let Err(why) = writeln!(file, "{line}").and_then(|()| file.sync_data())
        {
            self.broken = Some(format!("world.jsonl: {why}"));
            return Err(why);
        }
        self.told += 1;
        if self.notes.len() == MOST_NOTES {
            self.notes.pop_front();
        }
        self.notes.push_back(Note { at, key, action, undo: permit.is_undo() });
        Ok(())
    }
}

/// How long it takes, in seconds.
fn length(verb: StandardVerb) -> Option<i64> {
    match verb {
        StandardVerb::Restart => Some(5),
        StandardVerb::RollBack => Some(8),
        StandardVerb::Drain => Some(2),
        StandardVerb::Undrain
        | StandardVerb::Degrade
        | StandardVerb::Restore
        | StandardVerb::Shed { .. }
        | StandardVerb::Admit => Some(1),
        _ => None,
    }
}

impl Executor<StandardVerb> for World {
    fn apply(&mut self, permit: Permit<StandardVerb>) -> Applied {
        if let Err(why) = self.note(&permit) {
            return Applied::Absent { why: format!("the shop could not note it, and did nothing: {why}") };
        }
        let (key, action) = (permit.key(), permit.action().clone());
        if let Some(order) = self.orders.get(&key) {
            return order.outcome.clone().unwrap_or(Applied::Running);
        }
        let Some(seconds) = length(action.verb) else {
            return Applied::Absent { why: format!("the shop cannot `{action}`") };
        };
        if action.verb == StandardVerb::Restart {
            self.instances_of(&action.target).for_each(|instance| instance.busy = Some(key));
        }
        // Of what was done long ago nobody asks any more.
        if self.orders.len() >= MOST_NOTES {
            self.orders.pop_first();
        }
        self.orders.insert(key, Order { action, ends: self.second + seconds, outcome: None });
        Applied::Running
    }

    fn probe(&mut self, key: Key) -> Applied {
        match self.orders.get(&key) {
            Some(order) => order.outcome.clone().unwrap_or(Applied::Running),
            None => Applied::Absent { why: "the shop never heard of it".into() },
        }
    }

    fn finished(&mut self) -> Option<(Key, Applied)> {
        let key = self.reported.pop_front()?;
        Some((key, self.probe(key)))
    }
}
