//! A test harness for a machine: it is given events, and its effects are kept.

use evenkeel_core::{At, Cause, Diagnosis, FaultKind, SourceHealth, Timestamp};
use evenkeel_remedy::action::{Key, Plan};
use evenkeel_remedy::executor::{Applied, Permit};
use evenkeel_remedy::machine::{Effect, Entry, Record, RemediatorBuilder};
use evenkeel_remedy::policy::{Decision, Tried};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Action, ErrorRatio, Event, Health, Notice, Outcome, Remediator, Sample, Target};

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

pub(crate) fn settings() -> RemediatorBuilder<StandardVerb, ErrorRatio> {
    let names = ["restart", "drain", "undrain", "roll back", "degrade", "restore", "scale"];
    let builder = Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).without_lease();
    names.into_iter().fold(builder, RemediatorBuilder::enable)
}

pub(crate) fn diagnosis(component: &str, kind: FaultKind) -> Diagnosis {
    let mut cause = Cause::new(component, 0.9).unwrap();
    cause.kind = Some(kind);
    Diagnosis::new(at(0), vec![cause]).unwrap()
}

pub(crate) fn restart(instance: &str) -> Action<StandardVerb> {
    Action::new(StandardVerb::Restart, Target::instance("store", instance))
}

pub(crate) fn drain(instance: &str) -> Action<StandardVerb> {
    Action::new(StandardVerb::Drain, Target::instance("store", instance))
}

#[derive(Debug)]
pub(crate) struct Stand {
    pub(crate) machine: Remediator<StandardVerb, ErrorRatio>,
    pub(crate) now: i64,
    pub(crate) log: Vec<Record<StandardVerb>>,
    pub(crate) permits: Vec<Permit<StandardVerb>>,
    pub(crate) probed: Vec<Key>,
    pub(crate) decides: usize,
    pub(crate) asked: Vec<Key>,
    pub(crate) advised: Vec<Action<StandardVerb>>,
    pub(crate) ended: Vec<(u64, Outcome)>,
    pub(crate) learned: Vec<Tried<StandardVerb>>,
    /// Whether records become durable by themselves.
    pub(crate) durable: bool,
}

impl Stand {
    pub(crate) fn new(settings: RemediatorBuilder<StandardVerb, ErrorRatio>) -> Self {
        Self::with(settings.build().unwrap())
    }

    pub(crate) fn with(machine: Remediator<StandardVerb, ErrorRatio>) -> Self {
        Self {
            machine,
            now: 0,
            log: Vec::new(),
            permits: Vec::new(),
            probed: Vec::new(),
            decides: 0,
            asked: Vec::new(),
            advised: Vec::new(),
            ended: Vec::new(),
            learned: Vec::new(),
            durable: true,
        }
    }

    /// A store of so many serving instances.
    pub(crate) fn fleet(mut self, instances: usize) -> Self {
        for i in 1..=instances {
            self.health(&format!("store-{i}"), Health::Serving);
        }
        self
    }

    pub(crate) fn health(&mut self, instance: &str, health: Health) {
        let target = Target::instance("store", instance);
        self.tell(Event::Health { target, health: At::new(at(self.now), health) });
    }

    pub(crate) fn source(&mut self, health: SourceHealth) {
        self.tell(Event::Source { name: "users".into(), health: At::new(at(self.now), health) });
    }

    pub(crate) fn tell(&mut self, event: Event<StandardVerb>) {
        let mut written = None;
        for effect in self.machine.step(at(self.now), event) {
            match effect {
                Effect::Append(record) => {
                    written = Some(record.sequence());
                    self.log.push(record);
                }
                Effect::Decide { .. } => self.decides += 1,
                Effect::Release(permit) => self.permits.push(permit),
                Effect::Probe { key } => self.probed.push(key),
                Effect::Learn(tried) => self.learned.push(tried),
                Effect::Notice(Notice::Ask { key, .. }) => self.asked.push(key),
                Effect::Notice(Notice::Advise { action, .. }) => self.advised.push(action),
                Effect::Notice(Notice::Closed { incident, outcome }) => self.ended.push((incident, outcome)),
                _ => {}
            }
        }
        if let Some(sequence) = written.filter(|_| self.durable) {
            self.tell(Event::Durable { sequence });
        }
    }

    pub(crate) fn tick(&mut self, second: i64) {
        self.now = second;
        self.tell(Event::Tick);
    }

    /// Ticks every second, up to this one.
    pub(crate) fn watch(&mut self, until: i64) {
        (self.now + 1..=until).for_each(|second| self.tick(second));
    }

    pub(crate) fn open(&mut self, incident: u64) {
        self.tell(Event::Opened {
            incident,
            symptom: None,
            diagnosis: diagnosis("store", FaultKind::PoolExhausted),
        });
    }

    pub(crate) fn decide(&mut self, incident: u64, plan: Plan<StandardVerb>) {
        self.tell(Event::Decided { incident, decision: Decision::Act(plan) });
    }

    pub(crate) fn applied(&mut self, key: Key, outcome: Applied) {
        self.tell(Event::Applied { key, outcome });
    }

    /// The outcome of the last permit.
    pub(crate) fn done(&mut self) {
        let key = self.permits.last().unwrap().key();
        self.applied(key, Applied::Done);
    }

    /// So many seconds of users, so many requests a second.
    pub(crate) fn users(&mut self, seconds: i64, good: u64, bad: u64) {
        for _ in 0..seconds {
            self.now += 1;
            let sample = At::new(at(self.now), Sample::Counts { good, bad });
            self.tell(Event::Seen { incident: None, sample });
        }
    }

    pub(crate) fn outcome(&self) -> Option<&Outcome> {
        self.ended.last().map(|(_, outcome)| outcome)
    }

    pub(crate) fn actions(&self) -> Vec<String> {
        self.permits.iter().map(|p| p.action().to_string()).collect()
    }

    pub(crate) fn refusals(&self) -> Vec<String> {
        let reasons = self.log.iter().filter_map(|r| match r.entry() {
            Entry::Refused { reasons, .. } => {
                Some(reasons.iter().map(ToString::to_string).collect::<Vec<_>>())
            }
            _ => None,
        });
        reasons.flatten().collect()
    }
}
