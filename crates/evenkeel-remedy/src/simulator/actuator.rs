//! A faulty executor: it fails, hangs, and reports late, twice or never.

use crate::action::{Action, Key};
use crate::executor::Applied;
use crate::executor::Permit;
use crate::simulator::truth::{Truth, below};
use crate::verb::StandardVerb;
use crate::verb::Verb;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use evenkeel_stats::Generator;

/// What a permit became.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// The key of the action.
    pub key: Key,
    /// The action that is permitted.
    pub action: Action<StandardVerb>,
    /// The number of the machine whose permit it is.
    pub machine: usize,
    pub(crate) token: u64,
    pub(crate) starts: u32,
    pub(crate) ends: u32,
    pub(crate) will: Applied,
    pub(crate) reports: Vec<u32>,
    pub(crate) state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    Running,
    Ended,
    Canceled,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Actuator {
    pub(crate) orders: BTreeMap<Key, Order>,
    token: u64,
}

fn absent(why: &str) -> Applied {
    Applied::Absent { why: why.into() }
}

impl Actuator {
    /// Takes a permit; what it says at once, if it says anything.
    pub(crate) fn apply(
        &mut self,
        permit: &Permit<StandardVerb>,
        machine: usize,
        tick: u32,
        chaos: f64,
        random: &mut Generator,
    ) -> Option<Applied> {
        if permit.token() < self.token {
            return Some(absent("an old token"));
        }
        self.token = permit.token();
        let key = permit.key();
        if let Some(known) = self.orders.get(&key) {
            return Some(if known.state == State::Canceled { absent("canceled") } else { Applied::Unknown });
        }
        let delay = |random: &mut Generator, n| 1 + u32::try_from(below(random, n)).unwrap_or(0);
        let mut order = Order {
            key,
            action: permit.action().clone(),
            machine,
            token: permit.token(),
            starts: tick,
            ends: tick + 1 + u32::from(random.bernoulli(0.5)),
            will: Applied::Done,
            reports: Vec::new(),
            state: State::Queued,
        };
        if random.bernoulli(0.03 * chaos) {
            order.state = State::Canceled;
            self.orders.insert(key, order);
            return Some(absent("no capacity"));
        }
        let mut late = 0;
        match below(random, 6) {
            _ if !random.bernoulli(0.4 * chaos) => order.reports.push(order.ends),
            0 => {
                order.will = Applied::Failed { why: "it broke".into() };
                order.reports.push(order.ends);
            }
            1 => order.ends += delay(random, 12), // hangs, says nothing, and ends one day
            2 => order.reports.push(order.ends + delay(random, 12)),
            3 => order.reports.extend([order.ends, order.ends, order.ends + delay(random, 8)]),
            4 => {}
            _ => late = delay(random, 10),
        }
        order.starts += late;
        order.ends += late;
        self.orders.insert(key, order);
        random.bernoulli(0.5).then_some(Applied::Running)
    }

    /// What became of a key; it cancels what was not begun, or does not know.
    pub(crate) fn probe(&mut self, key: Key, machine: usize, chaos: f64, random: &mut Generator) -> Applied {
        let Some(order) = self.orders.get_mut(&key) else {
            let verb = StandardVerb::Restart;
            let action = Action { verb, target: crate::action::Target::component("nowhere") };
            let state = State::Canceled;
            let order = Order {
                key,
                action,
                machine,
                token: 0,
                starts: 0,
                ends: 0,
                will: Applied::Unknown,
                reports: Vec::new(),
                state,
            };
            self.orders.insert(key, order);
            return absent("never heard of");
        };
        if random.bernoulli(0.3 * chaos) {
            return Applied::Unknown;
        }
        match order.state {
            State::Canceled => absent("canceled"),
            State::Queued => {
                order.state = State::Canceled;
                absent("canceled in time")
            }
            State::Running => Applied::Running,
            State::Ended => order.will.clone(),
        }
    }

    /// Lets time pass: what begins (the caller is told), what ends, what is reported.
    pub(crate) fn pass(
        &mut self,
        tick: u32,
        truth: &mut Truth,
        random: &mut Generator,
        mut begun: impl FnMut(&Order, &Truth),
        mut ended: impl FnMut(&Order),
    ) -> Vec<(usize, Key, Applied)> {
        let mut said = Vec::new();
        let token = self.token;
        for order in self.orders.values_mut() {
            if order.state == State::Queued && order.starts <= tick && order.token < token {
                order.state = State::Canceled; // fenced: somebody else holds the lease by now
                said.push((order.machine, order.key, absent("an old token")));
            }
            if order.state == State::Queued && order.starts <= tick {
                order.state = State::Running;
                let impact = order.action.verb.impact(truth.instances(&order.action.target.component));
                truth.begin(order.key, &order.action, impact.during());
                begun(order, truth);
            }
            if order.state == State::Running && order.ends <= tick {
                order.state = State::Ended;
                truth.end(order.key, &order.action.target);
                if order.will == Applied::Done || random.bernoulli(0.3) {
                    truth.carried_out(&order.action, tick);
                }
                ended(order);
            }
            if order.state == State::Ended {
                let due = order.reports.extract_if(.., |t| *t <= tick).count();
                said.extend((0..due).map(|_| (order.machine, order.key, order.will.clone())));
            }
        }
        said
    }
}
