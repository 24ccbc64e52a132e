//! The run of a simulated world.

use crate::ledger::{ExternalAction, Lease};
use crate::machine::Effect;
use crate::machine::Event;
use crate::machine::Notice;
use crate::machine::Remediator;
use crate::machine::RemediatorBuilder;
use crate::machine::{Entry, Record};
use crate::policy::{Decision, Policy};
use crate::simulator::actuator::Actuator;
use crate::simulator::observer::{Moment, Observer};
use crate::simulator::report::Report;
use crate::simulator::scenario::Scenario;
use crate::simulator::truth::{Truth, below};
use crate::verb::StandardVerb;
use crate::verb::{Share, Verb};
use crate::verify::{Sample, Verifier};
use alloc::collections::VecDeque;
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{At, Cause, Diagnosis, FaultKind, Name, SourceHealth, Timestamp, Unreliable};
use evenkeel_stats::Generator;

/// A tick, in seconds; a lease, in ticks.
const TICK: u32 = 10;
const LEASE: u32 = 3;
/// How many quiet ticks follow, and how long each of them is, in ticks.
const QUIET: u32 = 40;
const QUIET_STEP: u32 = 9;

fn at(tick: u32) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + i64::from(tick) * i64::from(TICK))
}

struct Node<R> {
    machine: Remediator<StandardVerb, R>,
    log: Vec<Record<StandardVerb>>,
    durable: usize,
    inbox: Vec<(u32, Event<StandardVerb>)>,
    clock: Wrong,
    /// What users were said to feel, to be said again.
    samples: Vec<At<Sample>>,
}

/// What is wrong with the clock of a machine.
#[derive(Clone, Copy)]
struct Wrong {
    /// By how many seconds it is ahead, or behind.
    by: i64,
    /// Until which tick.
    until: u32,
    /// For one reading only.
    once: bool,
}

impl Wrong {
    const NOT: Self = Self { by: 0, until: 0, once: false };
}

struct World<'a, R> {
    scenario: Scenario,
    settings: &'a RemediatorBuilder<StandardVerb, R>,
    random: Generator,
    truth: Truth,
    actuator: Actuator,
    nodes: Vec<Node<R>>,
    observer: &'a mut dyn Observer,
    policy: &'a mut dyn Policy<StandardVerb>,
    tick: u32,
    holder: Option<usize>,
    token: u64,
    lease_ends: u32,
    renews: bool,
    restarts: (bool, u64),
    report: Report,
}

impl Scenario {
    /// Lives through it: machines of these settings, with acting switched on for all verbs and the lease of
    /// the world.
    pub fn run<R: Verifier + Clone>(
        &self,
        seed: u64,
        settings: &RemediatorBuilder<StandardVerb, R>,
        policy: &mut dyn Policy<StandardVerb>,
        observer: &mut dyn Observer,
    ) -> Report {
        let all = VERBS.iter().fold(settings.clone(), |s, verb| s.enable(verb.name()));
        run(*self, seed, &all, policy, observer)
    }
}

/// One of each name.
const VERBS: [StandardVerb; 10] = [
    StandardVerb::Restart,
    StandardVerb::Drain,
    StandardVerb::Undrain,
    StandardVerb::RollBack,
    StandardVerb::Degrade,
    StandardVerb::Restore,
    StandardVerb::Scale { from: 4, to: 3 },
    StandardVerb::Shed { percent: 10 },
    StandardVerb::Admit,
    StandardVerb::Canary { from: 0, to: 10 },
];

fn run<R: Verifier + Clone>(
    scenario: Scenario,
    seed: u64,
    settings: &RemediatorBuilder<StandardVerb, R>,
    policy: &mut dyn Policy<StandardVerb>,
    observer: &mut dyn Observer,
) -> Report {
    let mut random = Generator::new(seed);
    let truth = Truth::new(scenario.services, scenario.instances, scenario.ticks, &mut random);
    let mut nodes = Vec::new();
    for _ in 0..scenario.machines {
        // Settings that cannot be built make a world without machines: nothing is ever cured in it.
        let Ok(machine) = settings.clone().build() else { return Report::default() };
        nodes.push(Node {
            machine,
            log: Vec::new(),
            durable: 0,
            inbox: Vec::new(),
            clock: Wrong::NOT,
            samples: Vec::new(),
        });
    }
    let mut world = World {
        scenario,
        settings,
        random,
        truth,
        actuator: Actuator::default(),
        nodes,
        observer,
        policy,
        tick: 0,
        holder: None,
        token: 0,
        lease_ends: 0,
        renews: false,
        restarts: (true, 0),
        report: Report { agreed: true, ..Report::default() },
    };
    for tick in 0..scenario.ticks {
        world.tick = tick;
        world.turn(true);
    }
    for quiet in 0..QUIET {
        // Densely at first, so that what is under way can end well.
        world.tick += if quiet < QUIET / 2 { 1 } else { QUIET_STEP };
        world.turn(false);
        if world.is_over() {
            break;
        }
    }
    world.finish()
}

impl<R: Verifier + Clone> World<'_, R> {
    fn chance(&mut self, p: f64) -> bool {
        let p = p * self.scenario.chaos;
        p > 0.0 && self.random.bernoulli(p)
    }

    fn soon(&mut self, most: usize) -> u32 {
        self.tick + 1 + u32::try_from(below(&mut self.random, most)).unwrap_or(0)
    }

    /// Whether nothing more can happen.
    fn is_over(&self) -> bool {
        let quiet = |n: &Node<R>| {
            n.inbox.is_empty()
                && n.machine.incidents().next().is_none()
                && n.machine.ledger().in_flight().next().is_none()
        };
        self.nodes.iter().all(quiet) && self.truth.faults.iter().all(|f| f.begins <= self.tick)
    }

    /// One tick: the fleet moves, people and networks interfere, machines are told.
    fn turn(&mut self, wild: bool) {
        self.move_orders();
        self.lease(wild);
        if wild {
            for node in 0..self.nodes.len() {
                if self.chance(0.008) {
                    self.crash(node);
                }
                self.interfere(node);
                self.jump(node);
            }
        }
        for node in 0..self.nodes.len() {
            self.report(node, wild);
            let tick = self.tick;
            let due: Vec<_> = self.nodes[node].inbox.extract_if(.., |(t, _)| *t <= tick).collect();
            for (_, event) in due {
                self.tell(node, event);
            }
            self.tell(node, Event::Tick);
        }
    }

    /// The clock of a machine jumps, for one reading or for a while, and is right again.
    fn jump(&mut self, node: usize) {
        if self.tick >= self.nodes[node].clock.until && self.chance(0.012) {
            let by = [86_400, -86_400, 31_536_000, 7_200, -7_200, 1_800, 90, -45][below(&mut self.random, 8)];
            let once = self.random.bernoulli(0.5);
            self.nodes[node].clock = Wrong { by, until: self.soon(4), once };
        }
    }

    /// What the clock of a machine reads.
    fn read(&mut self, node: usize) -> Timestamp {
        let wrong = &mut self.nodes[node].clock;
        let by = if self.tick < wrong.until { wrong.by } else { 0 };
        if wrong.once {
            *wrong = Wrong::NOT;
        }
        at(self.tick) + Duration::from_secs(by.max(0).unsigned_abs())
            - Duration::from_secs(by.min(0).unsigned_abs())
    }

    /// A time as the clock of a reporter has it.
    fn stamp(&mut self, wild: bool) -> Timestamp {
        let now = at(self.tick);
        if !wild || !self.chance(0.03) {
            return now;
        }
        match below(&mut self.random, 3) {
            0 => now + Duration::from_secs(86_400),
            1 => now + Duration::from_secs(30),
            _ => now - Duration::from_secs(300),
        }
    }

    /// When it is for whom.
    fn moment(&self, machine: usize, reading: Timestamp) -> Moment {
        Moment { machine, now: self.nodes[machine].machine.ledger().now(), reading, truth: at(self.tick) }
    }

    /// Orders begin, end and are reported; other machines hear of them as of anybody's.
    fn move_orders(&mut self) {
        let (tick, now) = (self.tick, at(self.tick));
        let moments: Vec<Moment> = (0..self.nodes.len()).map(|n| self.moment(n, now)).collect();
        let mut heard: Vec<(usize, ExternalAction)> = Vec::new();
        let note = |order: &super::Order| format!("order {}", order.key);
        let outside = |order: &super::Order, until| {
            let share = order.action.verb.impact(usize::MAX).worst();
            let share = if share == Share::Nothing { share } else { Share::Whole };
            (
                order.machine,
                ExternalAction {
                    target: order.action.target.clone(),
                    share,
                    since: now,
                    until,
                    note: note(order),
                },
            )
        };
        let observer = &mut self.observer;
        let mut new = Vec::new();
        let said = self.actuator.pass(
            tick,
            &mut self.truth,
            &mut self.random,
            |order, truth| {
                observer.begun(moments[order.machine], order, truth);
                new.push(outside(order, Timestamp::MAX));
            },
            |order| heard.push(outside(order, now)),
        );
        new.extend(heard);
        for (machine, outside) in new {
            for other in (0..self.nodes.len()).filter(|n| *n != machine) {
                self.nodes[other].inbox.push((tick, Event::ExternalAction(outside.clone())));
            }
        }
        for (machine, key, outcome) in said {
            self.nodes[machine].inbox.push((tick, Event::Applied { key, outcome }));
        }
    }

    /// The lease is renewed, lost, and moves to another machine once it has run out.
    fn lease(&mut self, wild: bool) {
        if self.tick >= self.lease_ends {
            let next = below(&mut self.random, self.nodes.len());
            self.holder = Some(next);
            self.token += 1;
            self.renews = true;
        } else if wild && self.chance(0.03) {
            self.renews = false;
        }
        if !wild {
            self.renews = true;
        }
        if let Some(holder) = self.holder.filter(|_| self.renews) {
            self.lease_ends = self.tick + if wild { LEASE } else { LEASE + QUIET_STEP };
            let lease = Lease { token: self.token, since: at(self.tick), until: at(self.lease_ends) };
            self.tell(holder, Event::Lease(Some(lease)));
        }
    }

    /// Halts, freezes, switches, outside changes, nonsense.
    fn interfere(&mut self, node: usize) {
        let by = || Name::from("somebody");
        if self.chance(0.02) {
            let later = self.soon(6);
            self.tell(node, Event::Halt { by: by() });
            self.nodes[node].inbox.push((later, Event::Resume { by: by() }));
        }
        if self.chance(0.02) {
            let later = self.soon(6);
            self.tell(node, Event::Freeze { name: Name::from("release"), until: None });
            self.nodes[node].inbox.push((later, Event::Thaw { name: Name::from("release") }));
        }
        if self.chance(0.15) {
            let later = self.soon(10);
            let verb = Name::from(VERBS[below(&mut self.random, VERBS.len())].name());
            self.tell(node, Event::Switch { verb: verb.clone(), acting: false });
            self.nodes[node].inbox.push((later, Event::Switch { verb, acting: true }));
        }
        if self.chance(0.04) && node == 0 {
            self.somebody_acts();
        }
        if self.chance(0.02) {
            let key = crate::action::Key { incident: below(&mut self.random, 4) as u64, step: 0, attempt: 0 };
            // Only the executor may say that something ended; nonsense is what nobody asked for.
            self.tell(node, Event::Applied { key, outcome: crate::executor::Applied::Unknown });
        }
        if self.chance(0.002) {
            let incident = self.nodes[node].machine.next_incident().saturating_sub(1);
            self.tell(node, Event::Dismissed { incident, by: by() });
        }
    }

    /// A person takes an instance out for a while, and all machines hear of it.
    fn somebody_acts(&mut self) {
        let until = self.soon(6);
        let service = below(&mut self.random, self.truth.services.len());
        let instance = below(&mut self.random, self.scenario.instances);
        let i = &mut self.truth.services[service].instances[instance];
        i.outside_until = i.outside_until.max(until);
        let (target, now) = (i.target.clone(), at(self.tick));
        for node in 0..self.nodes.len() {
            let (share, note) = (Share::Whole, format!("by hand at {}", self.tick));
            let outside =
                ExternalAction { target: target.clone(), share, since: now, until: at(until), note };
            self.tell(node, Event::ExternalAction(outside));
        }
    }

    /// What a machine is told of the fleet, its sources, its users and its faults.
    fn report(&mut self, node: usize, wild: bool) {
        let (tick, now) = (self.tick, at(self.tick));
        for service in 0..self.truth.services.len() {
            for instance in 0..self.scenario.instances {
                let turn = u32::try_from(instance).unwrap_or(0) + tick;
                if (wild && turn % 3 != 0 && tick > 0) || (wild && self.chance(0.1)) {
                    continue;
                }
                let health = At::new(self.stamp(wild), self.truth.health(service, instance, tick));
                let target = self.truth.services[service].instances[instance].target.clone();
                self.tell(node, Event::Health { target, health });
            }
        }
        if tick % 3 == 0 || !wild {
            let sick = wild && self.chance(0.06);
            let health = if sick { SourceHealth::Unreliable(Unreliable::Late) } else { SourceHealth::Fresh };
            let health = At::new(self.stamp(wild), health);
            self.tell(node, Event::Source { name: Name::from("users"), health });
        }
        let bad = self.truth.bad(tick) * 200.0 + self.random.uniform();
        let bad = (bad as u64).min(200);
        let sample = if self.chance(0.1) { Sample::Missing } else { Sample::Counts { good: 200 - bad, bad } };
        let sample = At::new(now, sample);
        self.tell(node, Event::Seen { incident: None, sample });
        self.nodes[node].samples.push(sample);
        self.say_again(node, wild);
        for fault in 0..self.truth.faults.len() {
            if self.truth.faults[fault].begins == tick {
                self.open(node, fault);
            }
        }
    }

    /// Samples are delivered once more, or a good one comes with a time in the future.
    fn say_again(&mut self, node: usize, wild: bool) {
        let mut again = Vec::new();
        if wild && self.chance(0.2) {
            for _ in 0..1 + below(&mut self.random, 8) {
                let i = below(&mut self.random, self.nodes[node].samples.len());
                again.push(self.nodes[node].samples[i]);
            }
            again.sort_by_key(|sample| sample.time);
        }
        if wild && self.chance(0.05) {
            let ahead = Duration::from_secs([2, 40, 86_400][below(&mut self.random, 3)]);
            again.push(At::new(at(self.tick) + ahead, Sample::Counts { good: 200, bad: 0 }));
        }
        for sample in again {
            self.tell(node, Event::Seen { incident: None, sample });
        }
    }

    /// Opens an incident, with a diagnosis that may be wrong at first.
    fn open(&mut self, node: usize, fault: usize) {
        let before = self.nodes[node].machine.next_incident();
        let machines = self.nodes.len() as u64;
        let incident = before + (node as u64 + machines - before % machines) % machines;
        let wrong = self.chance(0.3);
        let Some(diagnosis) = self.diagnose(fault, wrong) else { return };
        let moment = self.moment(node, at(self.tick));
        self.observer.users(moment, false);
        self.tell(node, Event::Opened { incident, symptom: None, diagnosis });
        let again = wrong || self.chance(0.2);
        if let Some(diagnosis) = self.diagnose(fault, false).filter(|_| again) {
            let later = self.soon(4);
            self.nodes[node].inbox.push((later, Event::Diagnosed { incident, diagnosis }));
        }
    }

    fn diagnose(&self, fault: usize, wrong: bool) -> Option<Diagnosis> {
        let f = &self.truth.faults[fault];
        let service = &self.truth.services[f.service];
        let whole = f.kind == FaultKind::BadChange;
        let victim = service.instances[f.victim].target.instance.as_ref();
        let name = victim.filter(|_| !whole).unwrap_or(&service.name).clone();
        let kind = if wrong { None } else { Some(f.kind) };
        let mut cause = Cause::new(name, 0.8).ok()?;
        cause.kind = kind;
        Diagnosis::new(at(self.tick), alloc::vec![cause]).ok()
    }

    /// Everything that was not durable is gone.
    fn crash(&mut self, node: usize) {
        let n = &mut self.nodes[node];
        n.log.truncate(n.durable);
        // What was on its way to the machine is lost as far as it was an answer to it.
        n.inbox.retain(|(_, e)| !matches!(e, Event::Durable { .. } | Event::Decided { .. }));
        let Ok(machine) = Remediator::recover(self.settings.clone(), n.log.iter().cloned()) else {
            self.restarts.0 = false;
            return;
        };
        self.report.distrusted.add(n.machine.distrusted());
        n.machine = machine;
        self.restarts.1 += 1;
        let records = n.log.len() as u64;
        let moment = self.moment(node, at(self.tick));
        self.observer.crashed(moment, records);
    }

    /// Tells a machine something and does what it wants.
    fn tell(&mut self, node: usize, event: Event<StandardVerb>) {
        let reading = self.read(node);
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            if let Event::Durable { sequence } = event {
                let through = usize::try_from(sequence).unwrap_or(usize::MAX).saturating_add(1);
                let n = &mut self.nodes[node];
                n.durable = n.durable.max(through.min(n.log.len()));
            }
            let heard = event.clone();
            let mut effects = self.nodes[node].machine.step(reading, event).into_iter().peekable();
            let moment = self.moment(node, reading);
            // It comes to know the time before it takes the event.
            let is_first = |e: &Effect<StandardVerb>| matches!(e, Effect::Append(r) if matches!(r.entry(), Entry::ClockSetBack { .. }));
            let first = effects.next_if(is_first);
            first.iter().for_each(|effect| self.observer.wants(moment, effect));
            self.observer.told(moment, &heard);
            let mut written = None;
            for (i, effect) in first.into_iter().map(|e| (0, e)).chain(effects.map(|e| (1, e))) {
                if i > 0 {
                    self.observer.wants(moment, &effect);
                }
                match effect {
                    Effect::Append(record) => {
                        written = Some(record.sequence());
                        self.nodes[node].log.push(record);
                    }
                    Effect::Decide { incident } => {
                        let decision = match self.nodes[node].machine.situation(incident) {
                            Some(situation) => self.policy.decide(&situation),
                            None => Decision::Escalate { why: "no such incident".into() },
                        };
                        let event = Event::Decided { incident, decision };
                        if self.chance(0.2) {
                            let later = self.soon(2);
                            self.nodes[node].inbox.push((later, event));
                        } else {
                            events.push_back(event);
                        }
                    }
                    Effect::Learn(tried) => self.policy.learn(&tried),
                    Effect::Release(permit) => {
                        let (tick, chaos, key) = (self.tick, self.scenario.chaos, permit.key());
                        let said = self.actuator.apply(&permit, node, tick, chaos, &mut self.random);
                        events.extend(said.map(|outcome| Event::Applied { key, outcome }));
                    }
                    Effect::Probe { key } => {
                        let outcome = self.actuator.probe(key, node, self.scenario.chaos, &mut self.random);
                        events.push_back(Event::Applied { key, outcome });
                    }
                    Effect::Notice(Notice::Ask { key, .. }) => {
                        let later = self.soon(3);
                        let by = Name::from("somebody");
                        let agrees = !self.chance(0.2);
                        let answer =
                            if agrees { Event::Approved { key, by } } else { Event::Declined { key, by } };
                        self.nodes[node].inbox.push((later, answer));
                    }
                    Effect::Notice(Notice::Closed { .. }) => {
                        self.observer.users(moment, self.truth.bad(self.tick) < 0.01);
                    }
                    _ => {}
                }
            }
            if let Some(sequence) = written {
                let event = Event::Durable { sequence };
                if self.chance(0.1) {
                    let later = self.soon(2);
                    self.nodes[node].inbox.push((later, event));
                } else {
                    events.push_back(event);
                }
            }
        }
    }

    fn finish(mut self) -> Report {
        let tick = self.tick;
        let mut report = core::mem::take(&mut self.report);
        report.agreed &= self.restarts.0;
        for node in &self.nodes {
            let again = Remediator::recover(self.settings.clone(), node.log.iter().cloned());
            report.agreed &= again.is_ok_and(|again| again.remembers_like(&node.machine));
            report.distrusted.add(node.machine.distrusted());
            report.all_rulings += node.machine.guard_stats().rulings();
            for (name, n) in node.machine.guard_stats().objections() {
                *report.rulings.entry(name.clone()).or_default() += n;
            }
        }
        report.faults = self.truth.faults.len();
        for f in &self.truth.faults {
            let service = &self.truth.services[f.service];
            let drained = f.kind != FaultKind::BadChange && service.instances[f.victim].drained;
            report.curable += usize::from(f.curable && f.begins <= tick);
            report.cured += usize::from(f.curable && (f.cured || drained || service.degraded));
        }
        report
    }
}
