//! The true state of a simulated fleet.

use crate::action::{Action, Key, Target};
use crate::ledger::Health;
use crate::verb::Share;
use crate::verb::StandardVerb;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;
use evenkeel_core::{FaultKind, Name};
use evenkeel_stats::Generator;

/// How the fleet really is.
#[derive(Debug, Clone)]
pub struct Truth {
    pub(crate) services: Vec<Service>,
    pub(crate) faults: Vec<Fault>,
}

#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) name: Name,
    pub(crate) instances: Vec<Instance>,
    pub(crate) degraded: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) target: Target,
    /// Taken out by an order that ended, and not returned.
    pub(crate) drained: bool,
    /// The orders that are being carried out on it.
    pub(crate) orders: BTreeSet<Key>,
    /// Until which tick somebody else has it out.
    pub(crate) outside_until: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) service: usize,
    pub(crate) victim: usize,
    pub(crate) kind: FaultKind,
    pub(crate) begins: u32,
    pub(crate) curable: bool,
    pub(crate) cured: bool,
    /// The share of bad requests it makes.
    pub(crate) bad: f64,
}

const KINDS: [FaultKind; 5] = [
    FaultKind::BadChange,
    FaultKind::PoolExhausted,
    FaultKind::CpuExhausted,
    FaultKind::MemoryExhausted,
    FaultKind::Dead,
];

pub(crate) fn below(random: &mut Generator, n: usize) -> usize {
    random.uniform_below(n as u64) as usize
}

impl Truth {
    pub(crate) fn new(services: usize, instances: usize, ticks: u32, random: &mut Generator) -> Self {
        let service = |s: usize| {
            let name = Name::from(format!("s{s}"));
            let instance = |i: usize| Instance {
                target: Target::instance(&name, format!("s{s}-{i}")),
                drained: false,
                orders: BTreeSet::new(),
                outside_until: 0,
            };
            let instances = (0..instances).map(instance).collect();
            Service { name, instances, degraded: false }
        };
        let services: Vec<Service> = (0..services).map(service).collect();
        let n = 1 + below(random, 2);
        let faults = (0..n)
            .map(|_| Fault {
                service: below(random, services.len()),
                victim: below(random, instances),
                kind: KINDS[below(random, KINDS.len())],
                begins: 2 + u32::try_from(random.uniform_below(u64::from(ticks / 3 + 1))).unwrap_or(0),
                curable: random.bernoulli(0.85),
                cured: false,
                bad: 0.03 + 0.3 * random.uniform(),
            })
            .collect();
        Self { services, faults }
    }

    pub(crate) fn find_mut(&mut self, target: &Target) -> impl Iterator<Item = &mut Instance> {
        self.services.iter_mut().flat_map(|s| &mut s.instances).filter(|i| i.target.overlaps(target))
    }

    /// Whether an instance is the victim of a fault that goes on.
    pub(crate) fn is_failing(&self, service: usize, instance: usize, tick: u32) -> bool {
        self.faults.iter().any(|f| {
            let whole = f.kind == FaultKind::BadChange;
            f.begins <= tick && !f.cured && f.service == service && !whole && f.victim == instance
        })
    }

    pub(crate) fn health(&self, service: usize, instance: usize, tick: u32) -> Health {
        let i = &self.services[service].instances[instance];
        if i.drained || !i.orders.is_empty() || i.outside_until > tick {
            Health::OutOfService
        } else if self.is_failing(service, instance, tick) {
            Health::Failing
        } else {
            Health::Serving
        }
    }

    /// The share of requests that are bad.
    pub(crate) fn bad(&self, tick: u32) -> f64 {
        let mut bad: f64 = 0.0005;
        for f in self.faults.iter().filter(|f| f.begins <= tick && !f.cured) {
            let service = &self.services[f.service];
            let whole = f.kind == FaultKind::BadChange;
            let drained = !whole && f.curable && service.instances[f.victim].drained;
            if !service.degraded && !drained {
                bad = bad.max(f.bad);
            }
        }
        let starved = |s: &Service| s.instances.iter().all(|i| i.drained || !i.orders.is_empty());
        if self.services.iter().any(|s| !s.degraded && starved(s)) { bad.max(0.5) } else { bad }
    }

    /// What an order that was carried out changes.
    pub(crate) fn carried_out(&mut self, action: &Action<StandardVerb>, tick: u32) {
        let target = &action.target;
        match action.verb {
            StandardVerb::Drain => self.find_mut(target).for_each(|i| i.drained = true),
            StandardVerb::Undrain => self.find_mut(target).for_each(|i| i.drained = false),
            StandardVerb::Degrade | StandardVerb::Restore => {
                for s in self.services.iter_mut().filter(|s| s.name == target.component) {
                    s.degraded = action.verb == StandardVerb::Degrade;
                }
            }
            _ => {}
        }
        let services = &self.services;
        for f in self.faults.iter_mut().filter(|f| f.curable && f.begins <= tick) {
            let service = &services[f.service];
            let hits = service.instances[f.victim].target.overlaps(target);
            let whole = service.name == target.component && target.instance.is_none();
            f.cured |= match f.kind {
                FaultKind::BadChange => whole && action.verb == StandardVerb::RollBack,
                FaultKind::Dead
                | FaultKind::PoolExhausted
                | FaultKind::MemoryExhausted
                | FaultKind::CpuExhausted => hits && action.verb == StandardVerb::Restart,
                _ => false,
            };
        }
    }

    /// How many instances of a component there are.
    #[must_use]
    pub fn instances(&self, component: &Name) -> usize {
        self.services.iter().filter(|s| s.name == *component).map(|s| s.instances.len()).sum()
    }

    /// The instances of a component that orders have out: being carried out, or carried out and not returned.
    #[must_use]
    pub fn out_by_orders(&self, component: &Name) -> BTreeMap<&Target, bool> {
        let here = self.services.iter().filter(|s| s.name == *component).flat_map(|s| &s.instances);
        here.filter(|i| i.drained || !i.orders.is_empty()).map(|i| (&i.target, i.drained)).collect()
    }

    /// The orders that are being carried out on an instance.
    #[must_use]
    pub fn orders_on(&self, instance: &Target) -> usize {
        let mut all = self.services.iter().flat_map(|s| &s.instances);
        all.find(|i| i.target == *instance).map_or(0, |i| i.orders.len())
    }

    /// Instances taken out by an action on the component as a whole, first those that serve.
    pub(crate) fn begin(&mut self, key: Key, action: &Action<StandardVerb>, share: Share) {
        match share {
            Share::Nothing => {}
            Share::Some(n) if action.target.instance.is_none() => {
                for i in self.find_mut(&action.target).filter(|i| i.orders.is_empty()).take(n) {
                    i.orders.insert(key);
                }
            }
            _ => self.find_mut(&action.target).for_each(|i| {
                i.orders.insert(key);
            }),
        }
    }

    pub(crate) fn end(&mut self, key: Key, target: &Target) {
        self.find_mut(target).for_each(|i| {
            i.orders.remove(&key);
        });
    }
}
