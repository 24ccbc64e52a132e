//! Faults that can be injected.

use super::super::action::Action;
use super::super::defect::{Death, Defect};
use super::super::fleet::Fleet;
use super::super::process;
use super::super::service::Service;
use evenkeel::FaultKind;
use evenkeel::prelude::Name;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A fault, with its victim and size.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// No connection of the pool of a store comes back.
    PoolDry {
        /// The store.
        instance: Name,
    },
    /// Every request of an instance takes longer.
    Slow {
        /// The instance.
        instance: Name,
        /// By how much.
        extra: Duration,
    },
    /// A job run wild keeps a processor busy and requests out.
    Burn {
        /// The instance.
        instance: Name,
        /// How much of a core it takes, in thousandths.
        millicores: u64,
    },
    /// A version that fails is deployed to all instances of a service.
    BadRelease {
        /// The service.
        service: Service,
        /// The version.
        version: Name,
        /// The share of requests that fail.
        failing: f64,
    },
    /// Recommend does not answer any more.
    OptionalDead {
        /// How it is dead.
        death: Death,
    },
    /// A version that becomes slow at some time is deployed to one instance. A restart doesn't help: it is
    /// still that version.
    SlowRelease {
        /// The instance.
        instance: Name,
        /// The version.
        version: Name,
        /// By how much requests become slower.
        extra: Duration,
        /// How long after the deploy.
        fuse: Duration,
    },
}

impl Fault {
    /// The instance or, where all instances of a service are the victims, the service.
    #[must_use]
    pub fn victim(&self) -> Name {
        match self {
            Self::PoolDry { instance }
            | Self::Slow { instance, .. }
            | Self::Burn { instance, .. }
            | Self::SlowRelease { instance, .. } => instance.clone(),
            Self::BadRelease { service, .. } => Name::from(service.name()),
            Self::OptionalDead { .. } => recommend(),
        }
    }

    /// What kind of fault it is, in a word or two.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PoolDry { .. } => "pool dry",
            Self::Slow { .. } => "slow dependency",
            Self::Burn { .. } => "CPU burn",
            Self::BadRelease { .. } => "bad release",
            Self::OptionalDead { .. } => "optional dead",
            Self::SlowRelease { .. } => "slow release",
        }
    }

    /// What a diagnosis that is right calls it: what a rule for the remedy may go by.
    #[must_use]
    pub fn diagnosis(&self) -> FaultKind {
        match self {
            Self::PoolDry { .. } => FaultKind::PoolExhausted,
            Self::Slow { .. } => FaultKind::Slow,
            Self::Burn { .. } => FaultKind::CpuExhausted,
            Self::BadRelease { .. } | Self::SlowRelease { .. } => FaultKind::BadChange,
            Self::OptionalDead { .. } => FaultKind::Dead,
        }
    }

    /// Whether the action does away with the harm, wholly.
    #[must_use]
    pub fn is_cured_by(&self, action: &Action) -> bool {
        let victim = self.victim();
        match (self, action) {
            (
                Self::PoolDry { .. } | Self::Slow { .. } | Self::Burn { .. },
                Action::Restart(i) | Action::Drain(i),
            ) => *i == victim,
            (Self::SlowRelease { .. }, Action::RollBack(i) | Action::Drain(i)) => {
                *i == victim
                    || (matches!(action, Action::RollBack(_))
                        && Service::of(victim.as_str()).is_some_and(|s| s.name() == i.as_str()))
            }
            (Self::BadRelease { .. }, Action::RollBack(target)) => *target == victim,
            (Self::OptionalDead { .. }, Action::Degrade(service)) => {
                service.as_str() == Service::Catalog.name()
            }
            _ => false,
        }
    }

    /// Whether the action is at least done to the victim: to its service, to an instance of it, or to an
    /// optional component.
    #[must_use]
    pub fn concerns(&self, action: &Action) -> bool {
        let (Action::Restart(target)
        | Action::Drain(target)
        | Action::Undrain(target)
        | Action::RollBack(target)) = action
        else {
            return matches!(self, Self::OptionalDead { .. });
        };
        let (victim, of) = (self.victim(), |name: &Name| Service::of(name.as_str()));
        let whole = |name: &Name| of(name).is_some_and(|s| s.name() == name.as_str());
        *target == victim || ((whole(target) || whole(&victim)) && of(target) == of(&victim))
    }

    /// How long after its beginning it begins to harm.
    pub(super) fn fuse(&self) -> Duration {
        if let Self::SlowRelease { fuse, .. } = self { *fuse } else { Duration::ZERO }
    }

    pub(super) fn begin(&self, fleet: &Fleet) {
        match self {
            Self::PoolDry { instance } => tell(fleet, instance, "leaking true"),
            Self::Slow { instance, extra } => tell(fleet, instance, &format!("slow {}", extra.as_millis())),
            Self::Burn { instance, millicores } => tell(fleet, instance, &format!("burn {millicores}")),
            Self::BadRelease { service, version, failing } => {
                let defect = Defect { failing: *failing, ..Defect::default() };
                fleet.state().defects.insert((*service, version.clone()), defect);
                let _ = fleet.deploy(&Name::from(service.name()), version);
            }
            Self::OptionalDead { death } => {
                fleet.state().dead.insert(Service::Recommend, *death);
                tell(fleet, &recommend(), if *death == Death::Killed { "exit" } else { "hung true" });
            }
            Self::SlowRelease { instance, version, extra, fuse } => {
                let slow_from = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + *fuse;
                let defect = Defect { slow: *extra, slow_from, ..Defect::default() };
                if let Some(service) = Service::of(instance.as_str()) {
                    fleet.state().defects.insert((service, version.clone()), defect);
                }
                let _ = fleet.deploy(instance, version);
            }
        }
    }

    /// Whether it still does harm, or would.
    pub(super) fn holds(&self, fleet: &Fleet, starts: Option<u64>) -> bool {
        match self {
            Self::PoolDry { instance } | Self::Slow { instance, .. } | Self::Burn { instance, .. } => {
                fleet.with(instance, |slot| Some(slot.starts) == starts && !slot.drained && !slot.out)
                    == Some(true)
            }
            Self::BadRelease { version, .. } | Self::SlowRelease { version, .. } => {
                let harmed =
                    |name: &Name| fleet.with(name, |s| s.version() == *version && !s.drained) == Some(true);
                fleet.targets(&self.victim()).iter().any(harmed)
            }
            Self::OptionalDead { .. } => !fleet.state().degraded.contains(&Service::Catalog),
        }
    }

    /// Makes an end to it, if nobody did; `repair` is called with what has to be restarted or rolled back.
    pub(super) fn end(&self, fleet: &Fleet, starts: Option<u64>, mut repair: impl FnMut(Name)) {
        let same = |name: &Name| fleet.with(name, |slot| Some(slot.starts) == starts) == Some(true);
        match self {
            Self::PoolDry { instance } if same(instance) => repair(instance.clone()),
            Self::Slow { instance, .. } if same(instance) => tell(fleet, instance, "slow 0"),
            Self::Burn { instance, .. } if same(instance) => tell(fleet, instance, "burn 0"),
            Self::PoolDry { .. } | Self::Slow { .. } | Self::Burn { .. } => {}
            Self::BadRelease { version, .. } | Self::SlowRelease { version, .. } => {
                let runs = |name: &Name| fleet.with(name, |s| s.version() == *version) == Some(true);
                if fleet.targets(&self.victim()).iter().any(runs) {
                    repair(self.victim());
                }
            }
            Self::OptionalDead { death } => {
                fleet.state().dead.remove(&Service::Recommend);
                match death {
                    Death::Killed => repair(recommend()),
                    Death::Hung => tell(fleet, &recommend(), "hung false"),
                }
            }
        }
    }
}

fn recommend() -> Name {
    Name::from("recommend-1")
}

/// Who can't be told has ended, and the fault with it.
fn tell(fleet: &Fleet, instance: &Name, line: &str) {
    if let Some(address) = fleet.address(instance) {
        let _ = process::tell(address, line);
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PoolDry { instance } => write!(f, "{instance} gives no connection back"),
            Self::Slow { instance, extra } => write!(f, "{instance} is slower by {} ms", extra.as_millis()),
            Self::Burn { instance, millicores } => {
                write!(f, "a job in {instance} takes {:.2} cores", *millicores as f64 / 1000.0)
            }
            Self::BadRelease { service, version, failing } => {
                write!(f, "{version} of {service} fails {:.0} % of its requests", 100.0 * failing)
            }
            Self::OptionalDead { death: Death::Killed } => {
                write!(f, "recommend-1 ends whenever it is started")
            }
            Self::OptionalDead { death: Death::Hung } => write!(f, "recommend-1 hangs"),
            Self::SlowRelease { instance, version, extra, .. } => {
                write!(
                    f,
                    "{version} makes {instance} slower by {} ms, also after a restart",
                    extra.as_millis()
                )
            }
        }
    }
}
