//! Schedules of faults.

use super::super::service::Service;
use super::{Death, Fault};
use evenkeel::prelude::Name;
use evenkeel::stats::Generator;
use std::fmt;
use std::time::Duration;

/// Something to happen.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// A fault that users feel.
    Fault(Fault),
    /// A metric jumps; users feel nothing.
    Jump {
        /// The instance.
        instance: Name,
        /// What jumps.
        metric: Jumping,
        /// How far, in standard deviations of what scrapes saw.
        sigmas: f64,
    },
    /// A sound version is deployed.
    Deploy {
        /// A service or an instance.
        target: Name,
        /// The version.
        version: Name,
    },
}

/// A metric that can jump without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jumping {
    /// The records that wait to be flushed; by so many standard deviations.
    Outbox,
    /// Resident memory, by 24 MiB: it hardly varies, so that is far more than any number of standard
    /// deviations.
    Memory,
}

/// A step, from when to when.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// When it begins, counted from the start of the plan.
    pub at: Duration,
    /// When it ends, if nobody ended it before.
    pub until: Duration,
    /// What happens.
    pub step: Step,
}

/// A sequence of faults, one at a time, with decoys and sound deploys.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The steps, in any order.
    pub steps: Vec<Planned>,
    /// When it is over.
    pub length: Duration,
}

/// A quiet time before the first fault, in seconds.
const LEAD: f64 = 14.0;
/// Seconds of a fault that nobody ends; of the one that a restart doesn't end, as it takes two attempts.
const HOLD: f64 = 8.5;
const LONG_HOLD: f64 = 12.5;
/// Seconds of two at once: what is done about one waits for the other.
const TWO_HOLD: f64 = 14.0;
/// Seconds between faults.
const GAP: f64 = 6.0;

impl Plan {
    /// One fault of each kind in an order that is drawn, as are victims, sizes and times; both decoys, two
    /// sound deploys. Under 115 seconds.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut draw = Draw(Generator::new(seed));
        let trap = draw.one(&[Service::Cart, Service::Catalog, Service::Payments]);
        let faults = vec![
            draw.pool_dry(),
            draw.slow(trap),
            draw.burn(),
            draw.bad_release(trap, 2),
            draw.optional_dead(),
            draw.slow_release(trap),
        ];
        draw.plan(faults, trap)
    }

    /// More victims and variants of each fault. About four minutes.
    #[must_use]
    pub fn all(seed: u64) -> Self {
        let mut draw = Draw(Generator::new(seed));
        let trap = draw.one(&[Service::Cart, Service::Catalog, Service::Payments]);
        let mut faults: Vec<Fault> =
            (1..=2).map(|i| Fault::PoolDry { instance: instance(Service::Store, i) }).collect();
        faults.extend([Death::Killed, Death::Hung].map(|death| Fault::OptionalDead { death }));
        for _ in 0..3 {
            draw.another(&mut faults, |draw| draw.slow(trap));
            draw.another(&mut faults, Draw::burn);
        }
        for major in 2..4 {
            draw.another(&mut faults, |draw| draw.bad_release(trap, major));
        }
        faults.push(draw.slow_release(trap));
        draw.plan(faults, trap)
    }

    /// Twice two faults at once, one on the way of those who buy and one on the way of those who browse.
    /// About 65 seconds.
    #[must_use]
    pub fn two(seed: u64) -> Self {
        let mut draw = Draw(Generator::new(seed));
        let mut steps = Vec::new();
        let mut now = LEAD + draw.between(0.0, 1.0);
        for _ in 0..2 {
            let until = now + TWO_HOLD;
            let buying = draw.one(&[Service::Cart, Service::Payments]);
            for service in [buying, Service::Catalog] {
                let fault = Fault::Slow { instance: draw.instance_of(service), extra: draw.extra() };
                let at = now + draw.between(0.0, 1.0);
                steps.push(planned(at, until, Step::Fault(fault)));
            }
            // What is done about the second is verified a while after the fault would have ended.
            now = until + 2.0 * GAP;
        }
        Self { steps, length: seconds(now) }
    }

    /// The faults, in the order in which they begin.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.steps.iter().filter_map(|p| if let Step::Fault(fault) = &p.step { Some(fault) } else { None })
    }
}

fn instance(service: Service, i: u64) -> Name {
    Name::from(format!("{service}-{i}"))
}

fn seconds(s: f64) -> Duration {
    Duration::from_secs_f64(s)
}

struct Draw(Generator);

impl Draw {
    const TWINS: [Service; 4] = [Service::Cart, Service::Catalog, Service::Payments, Service::Store];

    fn one(&mut self, of: &[Service]) -> Service {
        let i = self.0.uniform_below(of.len() as u64);
        usize::try_from(i).ok().and_then(|i| of.get(i)).copied().unwrap_or(Service::Cart)
    }

    fn other_than(&mut self, not: &[Service], of: &[Service]) -> Service {
        let rest: Vec<Service> = of.iter().copied().filter(|s| !not.contains(s)).collect();
        self.one(&rest)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.uniform()
    }

    fn instance_of(&mut self, service: Service) -> Name {
        instance(service, 1 + self.0.uniform_below(service.instances() as u64))
    }

    fn extra(&mut self) -> Duration {
        Duration::from_millis(600 + self.0.uniform_below(250))
    }

    /// Adds a fault whose victim is not yet one of that kind. There are more victims of each kind than faults
    /// of it in any plan.
    fn another(&mut self, faults: &mut Vec<Fault>, draw: impl Fn(&mut Self) -> Fault) {
        loop {
            let fault = draw(self);
            if faults.iter().all(|f| f.kind() != fault.kind() || f.victim() != fault.victim()) {
                return faults.push(fault);
            }
        }
    }

    fn pool_dry(&mut self) -> Fault {
        Fault::PoolDry { instance: self.instance_of(Service::Store) }
    }

    /// Not in the store: requests that are slow there hold no connection, but what waits in front of it would
    /// look alike.
    fn slow(&mut self, trap: Service) -> Fault {
        let service = self.other_than(&[trap, Service::Store], &Self::TWINS);
        Fault::Slow { instance: self.instance_of(service), extra: self.extra() }
    }

    fn burn(&mut self) -> Fault {
        let service = self.one(&Self::TWINS);
        Fault::Burn { instance: self.instance_of(service), millicores: 450 + self.0.uniform_below(150) }
    }

    fn bad_release(&mut self, trap: Service, major: u32) -> Fault {
        let service = self.other_than(&[trap], &Self::TWINS);
        let version = Name::from(format!("v{major}"));
        Fault::BadRelease { service, version, failing: self.between(0.3, 0.5) }
    }

    fn optional_dead(&mut self) -> Fault {
        let killed = self.0.uniform() < 0.5;
        Fault::OptionalDead { death: if killed { Death::Killed } else { Death::Hung } }
    }

    fn slow_release(&mut self, service: Service) -> Fault {
        let (instance, extra) = (self.instance_of(service), self.extra());
        Fault::SlowRelease { instance, version: Name::from("v1.1"), extra, fuse: Duration::ZERO }
    }

    /// Puts the faults in an order and in time, and adds what is harmless.
    fn plan(&mut self, mut faults: Vec<Fault>, trap: Service) -> Plan {
        self.0.shuffle(&mut faults);
        // The release that is sound at first went out long before: it can't be the first fault.
        if matches!(faults.first(), Some(Fault::SlowRelease { .. })) {
            faults.rotate_left(1);
        }
        let released = self.between(3.0, 4.0);
        let metric = if self.0.uniform() < 0.5 { Jumping::Outbox } else { Jumping::Memory };
        let gaps = faults.len() as u64 - 1;
        let quiet = self.0.uniform_below(gaps);
        // Sound deploys: one early, one just before a fault elsewhere, not the one with the decoy in front.
        let deploying = (quiet + 1 + self.0.uniform_below(gaps - 1)) % gaps;
        let loud: Vec<usize> = (0..faults.len())
            .filter(|&i| !matches!(faults[i], Fault::OptionalDead { .. } | Fault::BadRelease { .. }))
            .collect();
        let loud = loud[usize::try_from(self.0.uniform_below(loud.len() as u64)).unwrap_or(0)];

        let mut steps = Vec::new();
        let early = self.other_than(&[trap], &Self::TWINS);
        let at = self.between(5.0, 6.0);
        steps.push(deploy(at, early, "v1.2"));
        let mut now = LEAD + self.between(0.0, 1.0);
        let last = faults.len() - 1;
        for (i, mut fault) in faults.into_iter().enumerate() {
            let service = Service::of(fault.victim().as_str()).unwrap_or(Service::Edge);
            let is_trap = matches!(fault, Fault::SlowRelease { .. });
            let until = now + if is_trap { LONG_HOLD } else { HOLD };
            if i == loud {
                let elsewhere = self.other_than(&[service], &Self::TWINS);
                let (instance, from) = (self.instance_of(elsewhere), now + self.between(0.0, 0.4));
                steps.push(planned(from, until, Step::Jump { instance, metric, sigmas: 8.0 }));
            }
            let mut at = now;
            if let Fault::SlowRelease { fuse, .. } = &mut fault {
                at = released;
                *fuse = seconds(now - released);
            }
            steps.push(planned(at, until, Step::Fault(fault)));
            now = until + GAP + self.between(0.0, 0.5);
            if i as u64 == quiet && i < last {
                let service = self.one(&Self::TWINS);
                let instance = self.instance_of(service);
                steps.push(planned(now - 1.0, now + 1.0, Step::Jump { instance, metric, sigmas: 8.0 }));
                now += 3.0;
            }
            if i as u64 == deploying && i < last {
                let service = self.other_than(&[trap], &Self::TWINS);
                steps.push(deploy(now - 1.0, service, "v1.3"));
            }
        }
        Plan { steps, length: seconds(now) }
    }
}

fn planned(at: f64, until: f64, step: Step) -> Planned {
    Planned { at: seconds(at), until: seconds(until), step }
}

fn deploy(at: f64, service: Service, version: &str) -> Planned {
    let (target, version) = (Name::from(service.name()), Name::from(version));
    planned(at, at, Step::Deploy { target, version })
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Jump { instance, metric: Jumping::Outbox, sigmas } => {
                write!(f, "the outbox of {instance} jumps by {sigmas} standard deviations")
            }
            Self::Jump { instance, metric: Jumping::Memory, .. } => {
                write!(f, "the memory of {instance} jumps")
            }
            Self::Deploy { target, version } => write!(f, "{version} of {target} is deployed, and sound"),
        }
    }
}
