//! Two versions of a service side by side, with a traffic split by percent.

use super::action::Outcome;
use super::event::ShopEvent;
use super::fleet::{Fleet, Shop, Slot};
use super::process;
use super::service::Service;
use super::wire::Wire;
use evenkeel::prelude::Name;
use evenkeel::stats::Generator;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::PoisonError;
use std::time::Duration;

/// How long a caller has to answer.
const ASK: Duration = Duration::from_millis(200);

/// The instances of a service that share what they are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The new version: `payments-canary`.
    Canary,
    /// The old version in an instance as fresh as that of the new one: `payments-baseline`.
    Baseline,
    /// The old version as it was: `payments-1`, `payments-2`.
    Rest,
}

impl Group {
    /// The group of an instance, by its name.
    #[must_use]
    pub fn of(instance: &str) -> Self {
        if instance.ends_with("-canary") {
            Self::Canary
        } else if instance.ends_with("-baseline") {
            Self::Baseline
        } else {
            Self::Rest
        }
    }
}

/// What identifies an order to divide the calls; later ones are larger.
pub type Order = (u64, u32, u32);

/// How the calls of a service are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split {
    /// The share of the canary in percent. The baseline has as much, as far as there is room.
    pub percent: u8,
    /// Whose order that was; none if there never was one.
    pub order: Option<Order>,
}

impl Split {
    /// Takes an order, unless it has taken the same or a newer one; whether it did.
    pub(super) fn set(&mut self, percent: u8, order: Order) -> bool {
        let is_newer = percent <= 100 && self.order.is_none_or(|last| last < order);
        if is_newer {
            *self = Self { percent, order: Some(order) };
        }
        is_newer
    }

    /// Who gets a request: at random, as independent users would be.
    pub(super) fn group(&self, number: u64) -> Group {
        if self.percent == 0 {
            return Group::Rest;
        }
        let seed = u64::from(std::process::id());
        let u = Generator::stream(seed, number).uniform_below(100);
        let (canary, left) = (u64::from(self.percent), u64::from(100 - self.percent.min(100)));
        if u < canary {
            Group::Canary
        } else if u < canary + canary.min(left) {
            Group::Baseline
        } else {
            Group::Rest
        }
    }

    /// What [`Display`](fmt::Display) wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split(' ');
        let percent = fields.next()?.parse().ok()?;
        let order = match fields.next()? {
            "-" => None,
            first => Some((first.parse().ok()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?)),
        };
        Some(Self { percent, order })
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.order {
            Some((a, b, c)) => write!(f, "{} {a} {b} {c}", self.percent),
            None => write!(f, "{} -", self.percent),
        }
    }
}

impl Shop {
    /// Starts a version beside the one that a service runs, and beside it a fresh instance of the old one:
    /// `payments-canary` and `payments-baseline`. Neither is sent anything before [`split`](Self::split).
    pub fn release(&self, service: Service, version: &Name) -> Outcome {
        self.fleet.release(service, version)
    }

    /// Orders the callers of a service to send so much of their calls to the canary, and as much to the
    /// baseline as far as there is room. Each takes it at once, unless it has taken a newer order. Nothing else
    /// that is being done is waited for.
    pub fn split(&self, service: Service, percent: u8, order: Order) -> Outcome {
        self.fleet.split(service, percent, order)
    }

    /// How the callers of a service divide their calls, each by its own word.
    ///
    /// # Errors
    /// If one of them can't be asked.
    pub fn read_split(&self, service: Service) -> io::Result<Vec<Split>> {
        let answers = self.fleet.callers_of(service).into_iter().map(|address| {
            let answer = Wire::ask_once(address, &format!("split {service}"), ASK)?;
            Split::parse(&answer).ok_or_else(|| io::Error::other(format!("`{answer}` is no split")))
        });
        answers.collect()
    }
}

impl Fleet {
    fn release(&self, service: Service, version: &Name) -> Outcome {
        let _acting = self.acting.lock().unwrap_or_else(PoisonError::into_inner);
        if service == Service::Edge {
            return Outcome::Refused("users call the edge, and divide nothing".into());
        }
        let old = self.with(&Name::from(format!("{service}-1")), |slot| slot.version());
        let old = old.unwrap_or_else(|| Name::from("v1"));
        for (group, version) in [("canary", version), ("baseline", &old)] {
            let name = Name::from(format!("{service}-{group}"));
            let known = self.with(&name, |slot| slot.versions.push(version.clone())).is_some();
            if !known {
                self.state().slots.push(Slot::new(name.clone(), service, version.clone()));
            }
            if let Err(why) = self.launch(&name) {
                return Outcome::Failed(why.to_string());
            }
        }
        self.route(service);
        let (at, instance) = (self.clock.now(), Name::from(format!("{service}-canary")));
        let service = Name::from(service.name());
        self.emit(ShopEvent::Deploy { at, instance, service, version: version.clone() });
        Outcome::Done
    }

    fn split(&self, service: Service, percent: u8, order: Order) -> Outcome {
        if percent > 100 {
            return Outcome::Refused(format!("{percent} % is more than all"));
        }
        let taken = self.state().splits.entry(service).or_default().set(percent, order);
        if !taken {
            return Outcome::Refused("a newer order was taken".into());
        }
        let (a, b, c) = order;
        let mut outcome = Outcome::Done;
        for address in self.callers_of(service) {
            if let Err(why) = process::tell(address, &format!("split {service} {percent} {a} {b} {c}")) {
                outcome = Outcome::Failed(why.to_string());
            }
        }
        outcome
    }

    /// Where the callers of a service are.
    fn callers_of(&self, service: Service) -> Vec<SocketAddr> {
        let state = self.state();
        let callers = state.slots.iter().filter(|slot| slot.service.calls().contains(&service));
        callers.filter_map(Slot::address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_survives_the_wire_and_takes_newer_orders_alone() {
        let mut split = Split::default();
        assert_eq!(Split::parse(&split.to_string()), Some(split));
        assert!(split.set(5, (1, 0, 0)) && !split.set(10, (1, 0, 0)) && !split.set(50, (0, 9, 9)));
        assert!(!split.set(101, (2, 0, 0)));
        assert!(split.set(0, (1, 1, 0)));
        assert_eq!(Split::parse(&split.to_string()), Some(split));
        assert_eq!(Split::parse("5 x"), None);
    }

    #[test]
    fn calls_are_divided_as_told() {
        for (percent, expected) in [(0, [0, 0]), (5, [5, 5]), (50, [50, 50]), (75, [75, 25]), (100, [100, 0])]
        {
            let split = Split { percent, order: None };
            let count = |group| (0..20_000).filter(|n| split.group(*n) == group).count();
            for (group, expected) in [Group::Canary, Group::Baseline].into_iter().zip(expected) {
                let share = count(group) as f64 / 200.0;
                assert!((share - f64::from(expected)).abs() < 1.5, "{percent}: {group:?} {share}");
            }
        }
    }
}
