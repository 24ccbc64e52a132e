//! An independent observer: it keeps its own books of what a machine was told and wanted, and holds it to its
//! promises.

use evenkeel_core::Timestamp;
use evenkeel_remedy::action::Key;
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::guard::{Guard, Ruling};
use evenkeel_remedy::ledger::{ExternalAction, Ledger};
use evenkeel_remedy::machine::{Effect, Entry};
use evenkeel_remedy::simulator::{Moment, Observer, Order, Truth};
use evenkeel_remedy::verb::{Share, StandardVerb, Verb};
use evenkeel_remedy::verify::Verdict;
use evenkeel_remedy::{Action, Event, Health, Notice, Outcome, Sample, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A guard that objects to nothing and notes what was ruled on, when.
#[derive(Debug, Clone, Default)]
pub(super) struct Spy(Arc<Mutex<Spied>>);

/// When each action was ruled on last, and how often.
type Spied = BTreeMap<Action<StandardVerb>, (Timestamp, u64)>;

impl Guard<StandardVerb> for Spy {
    fn rule(&self, action: &Action<StandardVerb>, ledger: &Ledger<'_, StandardVerb>) -> Ruling {
        let mut seen = self.0.lock().unwrap();
        let last = seen.entry(action.clone()).or_default();
        *last = (ledger.now(), last.1 + 1);
        Ruling::permit()
    }
}

/// Limits that the machines were set up with.
pub(super) struct Rules {
    pub(super) share: f64,
    pub(super) cooldown: Duration,
    pub(super) rate: (usize, Duration),
    pub(super) health_expires: Duration,
    pub(super) handover: Duration,
    pub(super) deadline: Duration,
    pub(super) asks: &'static [&'static str],
}

/// What somebody else does.
struct Other {
    target: Target,
    note: String,
    share: Share,
    since: Timestamp,
    until: Timestamp,
    /// The record of it.
    sequence: u64,
    /// Whether it had ended when it was told.
    ended: bool,
}

impl Other {
    fn goes_on(&self, now: Timestamp) -> bool {
        self.since <= now && self.until > now
    }
}

#[derive(Default)]
struct Node {
    halted: Option<u64>,
    lease: Option<(u64, Timestamp, Timestamp)>,
    frozen: Option<u64>,
    off: BTreeMap<String, u64>,
    sources: BTreeMap<String, (Timestamp, bool, bool)>,
    /// With whether its time could not be right.
    health: BTreeMap<Target, (Timestamp, Health, bool)>,
    outside: Vec<Other>,
    flights: BTreeMap<Key, (Action<StandardVerb>, bool)>,
    ended: Vec<(Key, Action<StandardVerb>, Timestamp, Timestamp, bool)>,
    lasting: BTreeSet<Target>,
    touched: BTreeMap<Target, Timestamp>,
    intents: BTreeMap<u64, Key>,
    /// How often the action of an intent had been ruled on when it was written.
    ruled: BTreeMap<Key, u64>,
    begun: BTreeMap<Key, Timestamp>,
    durable: Option<u64>,
    approved: BTreeSet<(u64, u32)>,
    open: BTreeMap<u64, Timestamp>,
    closed: BTreeMap<u64, u64>,
    /// Good requests since the last action of an incident, since when, and until when they are counted.
    good: BTreeMap<u64, (u64, Timestamp, Timestamp)>,
    /// When incidents were opened, in truth.
    truly_opened: BTreeMap<u64, Timestamp>,
    /// When the clock was wrong last, in truth.
    wrong: Option<Timestamp>,
    next_record: u64,
    must_probe: BTreeSet<Key>,
    journal: Vec<(u64, Timestamp, Entry<StandardVerb>)>,
    refusals: BTreeMap<u64, u32>,
}

/// What was seen, over all worlds.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) proposals: BTreeSet<(usize, u64, u32)>,
    pub(super) ran: u64,
    pub(super) proposed: u64,
    pub(super) undone: u64,
    pub(super) recovered: u64,
    pub(super) falsely: u64,
    pub(super) escalated: u64,
    pub(super) probes: u64,
    pub(super) crashes: u64,
    pub(super) withdrawn: u64,
    pub(super) wrong_readings: u64,
    pub(super) set_back: u64,
    pub(super) violations: Vec<String>,
}

pub(super) struct Auditor {
    pub(super) rules: Rules,
    pub(super) spy: Spy,
    pub(super) seen: Seen,
    nodes: [Node; 2],
    released: BTreeSet<Key>,
    /// Really begun, by incident and step.
    begun: BTreeMap<(usize, u64, u32), Key>,
    sound: BTreeMap<Key, bool>,
    pub(super) seed: u64,
    last_fine: bool,
}

fn overlaps(a: &Target, b: &Target) -> bool {
    a.component == b.component && (a.instance.is_none() || b.instance.is_none() || a.instance == b.instance)
}

impl Auditor {
    pub(super) fn new(rules: Rules, spy: Spy) -> Self {
        Self {
            rules,
            spy,
            seen: Seen::default(),
            nodes: [Node::default(), Node::default()],
            released: BTreeSet::new(),
            begun: BTreeMap::new(),
            sound: BTreeMap::new(),
            seed: 0,
            last_fine: false,
        }
    }

    /// For the next world.
    pub(super) fn begin(&mut self, seed: u64) {
        self.seed = seed;
        self.nodes = [Node::default(), Node::default()];
        self.released.clear();
        self.begun.clear();
        self.sound.clear();
        self.seen.proposed += std::mem::take(&mut self.seen.proposals).len() as u64;
    }

    /// At the end of a world: every incident must have ended.
    pub(super) fn end(&mut self) {
        for node in 0..2 {
            let open: Vec<u64> = self.nodes[node].open.keys().copied().collect();
            for incident in open {
                self.violation(node, &format!("8: incident {incident} never ended"));
            }
            let twice = self.nodes[node].closed.values().any(|n| *n != 1);
            if twice {
                self.violation(node, "8: an incident ended twice");
            }
        }
    }

    fn violation(&mut self, node: usize, what: &str) {
        if self.seen.violations.len() < 20 {
            self.seen.violations.push(format!("seed {} machine {node}: {what}", self.seed));
        }
    }

    fn most_out(&self, n: usize) -> usize {
        (self.rules.share * n as f64 + 1e-5).floor() as usize
    }

    /// Recomputes from its own books whether a permit is right.
    fn check_release(&mut self, at: Moment, key: Key, action: &Action<StandardVerb>, token: u64, undo: bool) {
        let now = at.now;
        let mut wrong: Vec<String> = Vec::new();
        // Again after its intent was written.
        let before = self.nodes[at.machine].ruled.get(&key).copied();
        let spied = self.spy.0.lock().unwrap();
        let ruled = spied.get(action).is_some_and(|(t, n)| *t == now && before.is_some_and(|b| *n > b));
        drop(spied);
        if !ruled {
            wrong.push(format!("1, 2: {action} was not ruled on at the moment of its permit"));
        }
        if !self.released.insert(key) {
            wrong.push(format!("6: a second permit for {key}"));
        }
        let n = &self.nodes[at.machine];
        let written = n.intents.iter().find(|(_, k)| **k == key).map(|(sequence, _)| *sequence);
        if written.is_none_or(|sequence| n.durable.is_none_or(|d| d < sequence)) {
            wrong.push(format!("6: the intent of {key} is not durable"));
        }
        if !n.open.contains_key(&key.incident) {
            wrong.push(format!("8: {key} acts for an incident that ended"));
        }
        if n.open.get(&key.incident).is_some_and(|t| now.since(*t) >= self.rules.deadline) {
            wrong.push(format!("8: {key} acts after the deadline"));
        }
        if n.halted.is_some() {
            wrong.push("10: halted".into());
        }
        if n.frozen.is_some() {
            wrong.push("frozen".into());
        }
        match n.lease {
            Some((t, since, until)) if until > now && t == token => {
                if now.since(since) < self.rules.handover {
                    wrong.push("11: the lease is too young".into());
                }
            }
            _ => wrong.push("11: no valid lease".into()),
        }
        if n.off.contains_key(action.verb.name()) {
            wrong.push(format!("9: {} is not switched on", action.verb.name()));
        }
        let source = n.sources.get("users");
        if !source.is_some_and(|(t, good, _)| *good && now.since(*t) <= Duration::from_secs(60)) {
            wrong.push("4: the source is not to be trusted".into());
        }
        if self.rules.asks.contains(&action.verb.name()) && !n.approved.contains(&(key.incident, key.step)) {
            wrong.push("nobody agreed".into());
        }
        if n.flights.get(&key).is_none_or(|(_, u)| *u != undo) {
            wrong.push("7: undoing that was not written as such".into());
        }
        let near: Vec<&Target> = (n.flights.iter().filter(|(k, _)| **k != key).map(|(_, (a, _))| &a.target))
            .chain(n.outside.iter().filter(|o| o.goes_on(now)).map(|o| &o.target))
            .filter(|t| t.component == action.target.component)
            .collect();
        if !near.is_empty() {
            wrong.push("10: something else is in flight in the component".into());
        }
        let late = self.rules.deadline + Duration::from_secs(600);
        if n.truly_opened.get(&key.incident).is_some_and(|t| at.truth.since(*t) > late) {
            wrong.push(format!("8: {key} acts long after the deadline, in truth"));
        }
        let cooled = n.ended.iter().filter(|(k, a, _, _, done)| {
            *done && overlaps(&a.target, &action.target) && !(undo && k.incident == key.incident)
        });
        if cooled.clone().any(|e| e.3 + self.rules.cooldown > now) {
            wrong.push("cooldown".into());
        }
        let (most, per) = self.rules.rate;
        let recent = n.ended.iter().filter(|e| e.4 && e.2 + per > now).count()
            + n.begun
                .iter()
                .filter(|(k, t)| **k != key && n.flights.contains_key(k) && **t + per > now)
                .count();
        if recent >= most && !undo {
            wrong.push(format!("rate: {recent}"));
        }
        wrong.extend(self.blast(at, key, action));
        for what in wrong {
            self.violation(at.machine, &what);
        }
        self.seen.ran += 1;
        self.seen.undone += u64::from(undo);
    }

    fn reported(&self, at: Moment, target: &Target) -> Health {
        let n = &self.nodes[at.machine];
        let whole = Target::component(&target.component);
        let stale = |t: Timestamp| {
            at.now.since(t) > self.rules.health_expires
                || [target, &whole].iter().any(|x| n.touched.get(*x).is_some_and(|u| t <= *u))
                || n.outside.iter().any(|o| {
                    let its = o.target == *target || o.target == whole;
                    its && o.share != Share::Nothing && o.since <= at.now && t <= o.since
                })
        };
        n.health.get(target).filter(|(t, _, _)| !stale(*t)).map_or(Health::Unknown, |(_, h, _)| *h)
    }

    /// 3: the state after the action.
    fn blast(&mut self, at: Moment, key: Key, action: &Action<StandardVerb>) -> Option<String> {
        let n = &self.nodes[at.machine];
        let members: BTreeSet<Target> =
            n.health.keys().filter(|t| t.component == action.target.component).cloned().collect();
        let impact = action.verb.impact(members.len()).worst();
        // What is known to be out already loses nothing.
        let is_out = |t: &Target| matches!(self.reported(at, t), Health::Failing | Health::OutOfService);
        let harmless = match &action.target.instance {
            Some(_) => is_out(&action.target),
            None => members.iter().all(is_out) || self.rolls_what_fails(at, key, action, &members),
        };
        self.sound.insert(key, !harmless);
        if impact == Share::Nothing {
            return None;
        }
        let (mut acted, mut extra) = (BTreeSet::<Target>::new(), 0);
        let mut add = |target: &Target, share: Share| match (share, &target.instance) {
            (Share::Nothing, _) => {}
            (_, Some(_)) => {
                acted.insert(target.clone());
            }
            (Share::Some(k), None) => extra += k,
            (Share::Whole, None) => extra += members.len(),
        };
        for (_, (a, _)) in n.flights.iter().filter(|(k, _)| **k != key) {
            if a.target.component == action.target.component {
                add(&a.target, a.verb.impact(members.len()).worst());
            }
        }
        for o in
            n.outside.iter().filter(|o| o.goes_on(at.now) && o.target.component == action.target.component)
        {
            add(&o.target, o.share);
        }
        for t in n.lasting.iter().filter(|t| t.component == action.target.component) {
            add(t, Share::Whole);
        }
        add(&action.target, impact);
        let mut out = acted.clone();
        out.extend(members.iter().filter(|t| self.reported(at, t) != Health::Serving).map(|t| (*t).clone()));
        let most = self.most_out(members.len());
        let (out, acted) = ((out.len() + extra).min(members.len()), (acted.len() + extra).min(members.len()));
        if harmless && acted > most.max(1) {
            return Some(format!("3: {acted} of {} acted on by {action}", members.len()));
        }
        let few = members.len() - out < 1;
        (!harmless && (out > most || few))
            .then(|| format!("3: {out} of {} out after {action}", members.len()))
    }
}

impl Auditor {
    /// A rollback takes one at a time, one that is known to be out first, if nobody else acts on the
    /// component and all are known.
    fn rolls_what_fails(
        &self,
        at: Moment,
        key: Key,
        action: &Action<StandardVerb>,
        members: &BTreeSet<Target>,
    ) -> bool {
        let n = &self.nodes[at.machine];
        let of_it = |t: &Target| t.component == action.target.component;
        let acted = |t: &Target| {
            n.flights.iter().any(|(k, (a, _))| *k != key && a.target == *t)
                || n.outside.iter().any(|o| o.goes_on(at.now) && o.target == *t)
                || n.lasting.contains(t)
        };
        let whole = Target::component(&action.target.component);
        let free: Vec<&Target> = members.iter().filter(|t| of_it(t) && !acted(t)).collect();
        let is = |health: Health| free.iter().filter(|t| self.reported(at, t) == health).count();
        action.verb == StandardVerb::RollBack
            && !acted(&whole)
            && is(Health::Unknown) == 0
            && is(Health::Failing) + is(Health::OutOfService) > 0
    }
}

impl Observer for Auditor {
    fn told(&mut self, at: Moment, event: &Event<StandardVerb>) {
        self.check_clock(at);
        let n = &mut self.nodes[at.machine];
        match event {
            Event::Durable { sequence } => n.durable = n.durable.max(Some(*sequence)),
            Event::Halt { .. } => n.halted = Some(n.next_record),
            Event::Resume { .. } => n.halted = None,
            Event::Freeze { .. } => n.frozen = Some(n.next_record),
            Event::Thaw { .. } => n.frozen = None,
            Event::Switch { verb, acting: false } => {
                n.off.insert(verb.to_string(), n.next_record);
            }
            Event::Switch { verb, acting: true } => {
                n.off.remove(verb.as_str());
            }
            Event::Lease(lease) => {
                n.lease = lease.map(|l| match n.lease {
                    Some((token, since, _)) if token == l.token => (token, since, l.until),
                    _ => (l.token, at.now, l.until),
                });
            }
            Event::Source { name, health } => {
                let (time, skewed) = (health.time.min(at.now), health.time > at.now);
                if n.sources.get(name.as_str()).is_none_or(|(t, _, skewed)| *skewed || *t <= time) {
                    n.sources.insert(name.to_string(), (time, health.value.is_trustworthy(), skewed));
                }
            }
            Event::Health { target, health } => {
                let (time, skewed) = (health.time.min(at.now), health.time > at.now);
                if n.health.get(target).is_none_or(|(t, _, skewed)| *skewed || *t <= time) {
                    n.health.insert(target.clone(), (time, health.value, skewed));
                }
            }
            Event::ExternalAction(o) => {
                // What was reported before it stays unknown.
                for x in n.outside.extract_if(.., |x| x.target == o.target && x.note == o.note) {
                    if x.share != Share::Nothing && x.since <= at.now {
                        let t = n.touched.entry(x.target).or_insert(x.since);
                        *t = (*t).max(x.since);
                    }
                }
                let ExternalAction { target, share, since, until, note } = o.clone();
                let (ended, sequence) = (until <= at.now, n.next_record);
                n.outside.push(Other { target, note, share, since, until, sequence, ended });
            }
            Event::Approved { key, .. } => {
                n.approved.insert((key.incident, key.step));
            }
            Event::Seen { sample, .. } => {
                if let Sample::Counts { good, .. } = sample.value {
                    let time = sample.time;
                    for (n, since, last) in n.good.values_mut() {
                        let late = time.as_seconds() <= since.as_seconds() || time <= *last;
                        if !late && time <= at.now + Duration::from_secs(1) {
                            *n += good;
                            *last = time;
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn wants(&mut self, at: Moment, effect: &Effect<StandardVerb>) {
        match effect {
            Effect::Append(record) => self.appended(at, record.sequence(), record.entry()),
            Effect::Release(permit) => {
                let (key, action) = (permit.key(), permit.action().clone());
                self.check_release(at, key, &action, permit.token(), permit.is_undo());
            }
            Effect::Decide { incident }
            | Effect::Notice(Notice::Ruled { incident, .. })
            | Effect::Notice(Notice::Advise { incident, .. })
                if !self.nodes[at.machine].open.contains_key(incident) =>
            {
                self.violation(at.machine, "8: something is wanted for an incident that ended");
            }
            Effect::Probe { key } => {
                self.seen.probes += 1;
                self.nodes[at.machine].must_probe.remove(key);
            }
            Effect::WakeAt(_) if !self.nodes[at.machine].must_probe.is_empty() => {
                self.nodes[at.machine].must_probe.clear();
                self.violation(at.machine, "6: an intent without a result was not probed after the crash");
            }
            Effect::Notice(Notice::Verified { incident, recovery: Some(r) })
                if r.verdict() == Verdict::Recovered =>
            {
                let good = self.nodes[at.machine].good.get(incident).map_or(0, |g| g.0);
                if r.upper() >= r.objective() || good + 1 < 500 {
                    self.violation(
                        at.machine,
                        &format!("4, 5: recovered by {r}, after {good} good requests"),
                    );
                }
            }
            Effect::Notice(Notice::Closed { incident, outcome }) => {
                if self.nodes[at.machine].open.contains_key(incident) {
                    self.violation(at.machine, "an end that was not written");
                }
                match outcome {
                    Outcome::Recovered | Outcome::Subsided => self.seen.recovered += 1,
                    _ => self.seen.escalated += 1,
                }
                self.last_fine = matches!(outcome, Outcome::Recovered | Outcome::Subsided);
            }
            _ => {}
        }
    }

    /// The truth: how many an order has out of service that would serve otherwise, whoever issued it.
    fn begun(&mut self, at: Moment, order: &Order, truth: &Truth) {
        let step = (order.machine, order.key.incident, order.key.step);
        if let Some(before) = self.begun.insert(step, order.key) {
            self.violation(at.machine, &format!("6: {} was begun, and {before} before", order.key));
        }
        if self.sound.get(&order.key) != Some(&true) || order.action.verb.impact(4).during() == Share::Nothing
        {
            return;
        }
        let component = &order.action.target.component;
        let out = truth.out_by_orders(component);
        let n = truth.instances(component);
        if out.len() > self.most_out(n) {
            let who: Vec<String> = out.keys().map(ToString::to_string).collect();
            self.violation(
                at.machine,
                &format!("3, 11: {} ({}) has {who:?} of {n} out", order.action, order.key),
            );
        }
    }

    fn crashed(&mut self, at: Moment, records: u64) {
        self.seen.crashes += 1;
        let n = &mut self.nodes[at.machine];
        let lost = |sequence: &u64| *sequence >= records;
        n.halted = n.halted.filter(|s| !lost(s));
        n.frozen = n.frozen.filter(|s| !lost(s));
        n.off.retain(|_, s| !lost(s));
        n.outside.retain(|o| !lost(&o.sequence));
        n.next_record = records;
        // What telemetry said is gone as well.
        n.lease = None;
        n.sources.clear();
        n.health.clear();
        n.approved.clear();
        n.rebuild(records);
        n.good.values_mut().for_each(|g| *g = (0, at.now, at.now));
        n.must_probe = n.flights.keys().copied().collect();
    }

    fn users(&mut self, _: Moment, fine: bool) {
        let falsely = self.last_fine && !fine;
        self.seen.falsely += u64::from(falsely);
        self.last_fine = false;
    }
}

impl Auditor {
    fn appended(&mut self, at: Moment, sequence: u64, entry: &Entry<StandardVerb>) {
        if sequence != self.nodes[at.machine].next_record {
            self.violation(at.machine, "records are not numbered in order");
        }
        let n = &mut self.nodes[at.machine];
        n.next_record = sequence + 1;
        n.journal.push((sequence, at.now, entry.clone()));
        if let Entry::Intent { key, action, .. } = entry {
            let times = self.spy.0.lock().unwrap().get(action).map_or(0, |(_, n)| *n);
            n.ruled.insert(*key, times);
            self.seen.proposals.insert((at.machine, key.incident, key.step));
        }
        if let Entry::Refused { incident, .. } = entry {
            let k = n.refusals.entry(*incident).or_default();
            *k += 1;
            self.seen.proposals.insert((at.machine, *incident, 1_000_000 + *k));
        }
        if matches!(entry, Entry::Withdrawn { .. }) {
            self.seen.withdrawn += 1;
        }
        if let Entry::Opened { incident, .. } = entry {
            self.nodes[at.machine].truly_opened.insert(*incident, at.truth);
        }
        if let Entry::ClockSetBack { by } = entry {
            self.seen.set_back += 1;
            self.nodes[at.machine].set_back(*by, at.now);
        }
        self.nodes[at.machine].take(sequence, at.now, entry);
    }

    /// Two minutes after its last wrong reading a clock is right to a minute.
    fn check_clock(&mut self, at: Moment) {
        let n = &mut self.nodes[at.machine];
        if at.reading != at.truth {
            n.wrong = Some(at.truth);
            self.seen.wrong_readings += 1;
        }
        let is_over = n.wrong.is_none_or(|t| at.truth.since(t) > Duration::from_secs(120));
        let off = at.now.since(at.truth).max(at.truth.since(at.now));
        if is_over && off > Duration::from_secs(60) {
            self.violation(at.machine, &format!("the clock is {off:?} off, long after it was right again"));
        }
    }
}

impl Node {
    /// What is not made of records moves back with the clock.
    fn set_back(&mut self, by: Duration, now: Timestamp) {
        let back = |t: &mut Timestamp| *t = *t - by;
        self.touched.values_mut().for_each(back);
        self.health.values_mut().for_each(|h| back(&mut h.0));
        self.sources.values_mut().for_each(|s| back(&mut s.0));
        let before = now + by;
        for o in &mut self.outside {
            if o.ended {
                back(&mut o.until);
            }
            if o.since <= before {
                back(&mut o.since);
            }
        }
        if let Some((_, since, until)) = &mut self.lease {
            back(since);
            back(until);
        }
    }

    fn take(&mut self, sequence: u64, now: Timestamp, entry: &Entry<StandardVerb>) {
        match entry {
            Entry::Opened { incident, .. } => {
                self.open.insert(*incident, now);
                self.good.insert(*incident, (0, now, now));
            }
            Entry::Closed { incident, .. } => {
                self.open.remove(incident);
                *self.closed.entry(*incident).or_default() += 1;
            }
            Entry::Intent { key, action, undo, .. } => {
                self.flights.insert(*key, (action.clone(), *undo));
                self.intents.insert(sequence, *key);
                self.begun.insert(*key, now);
            }
            Entry::Withdrawn { key } => {
                self.flights.remove(key);
            }
            Entry::Settled { key, outcome } => {
                let Some((action, _)) = self.flights.remove(key) else { return };
                let done = !matches!(outcome, Applied::Absent { .. });
                self.ended.push((*key, action.clone(), self.begun[key], now, done));
                let returns = action.verb == StandardVerb::Undrain;
                if done && (returns || action.verb.impact(usize::MAX).worst() != Share::Nothing) {
                    self.touched.insert(action.target.clone(), now);
                }
                if done && action.verb == StandardVerb::Drain {
                    self.lasting.insert(action.target.clone());
                }
                if *outcome == Applied::Done && returns {
                    let whole = action.target.instance.is_none();
                    self.lasting.retain(|t| {
                        if whole { t.component != action.target.component } else { *t != action.target }
                    });
                }
                self.anew(key.incident, now);
            }
            Entry::Verified { incident, .. }
            | Entry::Lifted { incident }
            | Entry::Advised { incident, .. } => {
                self.anew(*incident, now);
            }
            Entry::ClockSetBack { by } => {
                let back = |t: &mut Timestamp| *t = *t - *by;
                self.open.values_mut().for_each(back);
                self.begun.values_mut().for_each(back);
                for (_, _, since, until, _) in &mut self.ended {
                    back(since);
                    back(until);
                }
                for (_, since, last) in self.good.values_mut() {
                    back(since);
                    back(last);
                }
            }
            _ => {}
        }
    }

    /// Once more from the records that survived.
    fn rebuild(&mut self, records: u64) {
        self.journal.retain(|(sequence, _, _)| *sequence < records);
        self.open.clear();
        self.closed.clear();
        self.flights.clear();
        self.intents.clear();
        self.begun.clear();
        self.ended.clear();
        self.lasting.clear();
        // It is kept in the time of now, in which the records are not where a clock was set back.
        let touched = std::mem::take(&mut self.touched);
        for (sequence, now, entry) in self.journal.clone() {
            self.take(sequence, now, &entry);
        }
        self.touched = touched;
    }

    /// What is counted afresh after something was done.
    fn anew(&mut self, incident: u64, now: Timestamp) {
        let last = self.good.get(&incident).map_or(now, |g| g.2);
        self.good.insert(incident, (0, now, last));
    }
}
