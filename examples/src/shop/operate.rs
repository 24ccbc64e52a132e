//! Execution of actions.

use super::action::{Action, Outcome};
use super::defect::Defect;
use super::event::ShopEvent;
use super::fleet::{Fleet, Slot};
use super::process::{self, Process};
use super::service::Service;
use evenkeel::prelude::Name;
use std::io;
use std::net::SocketAddr;
use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

/// How long a process may finish what it is handling, and how long it is left alone in any case: who has just
/// looked up its address still comes.
const FINISH: Duration = Duration::from_millis(300);
const LINGER: Duration = Duration::from_millis(20);

impl Fleet {
    pub(super) fn apply(&self, key: &str, action: &Action) -> Outcome {
        let _acting = self.acting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = self.outcomes().get(key) {
            return outcome.clone();
        }
        let outcome = match action {
            Action::Restart(name) => self.restart(name),
            Action::Drain(name) => self.drain(name),
            Action::Undrain(name) => self.undrain(name),
            Action::RollBack(target) => self.roll_back(target),
            Action::Degrade(service) => self.degrade(service, true),
            Action::Restore(service) => self.degrade(service, false),
        };
        self.outcomes().insert(key.to_string(), outcome.clone());
        outcome
    }

    /// Deploys, and tells the feed.
    pub(super) fn deploy(&self, target: &Name, version: &Name) -> Outcome {
        let _acting = self.acting.lock().unwrap_or_else(PoisonError::into_inner);
        let targets = self.targets(target);
        if targets.is_empty() {
            return unknown(target);
        }
        for name in targets {
            let service = self.with(&name, |slot| {
                slot.versions.push(version.clone());
                slot.service
            });
            let outcome = self.restart(&name);
            if outcome != Outcome::Done {
                return outcome;
            }
            let service = Name::from(service.map_or("", Service::name));
            self.emit(ShopEvent::Deploy {
                at: self.clock.now(),
                instance: name,
                service,
                version: version.clone(),
            });
        }
        Outcome::Done
    }

    /// The instance with this name, or all instances of the service with this name.
    pub(super) fn targets(&self, target: &Name) -> Vec<Name> {
        let state = self.state();
        let meant = |slot: &&Slot| slot.name == *target || slot.service.name() == target.as_str();
        state.slots.iter().filter(meant).map(|slot| slot.name.clone()).collect()
    }

    /// Does something with the slot of an instance, if there is one.
    pub(super) fn with<R>(&self, name: &Name, act: impl FnOnce(&mut Slot) -> R) -> Option<R> {
        self.state().slots.iter_mut().find(|slot| slot.name == *name).map(act)
    }

    pub(super) fn address(&self, name: &Name) -> Option<SocketAddr> {
        self.with(name, |slot| slot.address()).flatten()
    }

    /// Starts the process of an instance and tells it all it has to know; routes nothing to it.
    pub(super) fn launch(&self, name: &Name) -> io::Result<()> {
        let Some((service, defect)) = ({
            let state = self.state();
            let slot = state.slots.iter().find(|slot| slot.name == *name);
            slot.map(|slot| {
                let defect = state.defects.get(&(slot.service, slot.version())).copied().unwrap_or_default();
                let death = state.dead.get(&slot.service).copied().or(defect.death);
                (slot.service, Defect { death, ..defect })
            })
        }) else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let started = Process::start(&self.settings.program, name.as_str(), &defect)?;
        let address = started.address();
        let before = self.with(name, |slot| {
            slot.starts += 1;
            slot.process.replace(started)
        });
        drop(before);
        if self.stopped() {
            drop(self.with(name, |slot| slot.process.take()));
            return Err(io::Error::other("the shop is closed"));
        }
        self.introduce(service, address);
        Ok(())
    }

    fn restart(&self, name: &Name) -> Outcome {
        let Some(service) = self.with(name, |slot| {
            slot.out = true;
            slot.service
        }) else {
            return unknown(name);
        };
        self.route(service);
        if let Some(address) = self.address(name) {
            let start = Instant::now();
            thread::sleep(LINGER);
            while start.elapsed() < FINISH && process::inflight(address).is_ok_and(|n| n > 0) {
                thread::sleep(Duration::from_millis(10));
            }
        }
        drop(self.with(name, |slot| slot.process.take()));
        let launched = self.launch(name);
        self.with(name, |slot| slot.out = false);
        self.route(service);
        launched.map_or_else(|e| Outcome::Failed(e.to_string()), |()| Outcome::Done)
    }

    fn drain(&self, name: &Name) -> Outcome {
        let service = {
            let mut state = self.state();
            let Some(service) = state.slots.iter().find(|s| s.name == *name).map(|s| s.service) else {
                return unknown(name);
            };
            let other = |s: &Slot| s.service == service && s.name != *name && s.in_service();
            if !state.slots.iter().any(other) {
                return Outcome::Refused(format!("{name} is the last of {service} in service"));
            }
            for slot in state.slots.iter_mut().filter(|s| s.name == *name) {
                slot.drained = true;
            }
            service
        };
        self.route(service);
        Outcome::Done
    }

    fn undrain(&self, name: &Name) -> Outcome {
        let Some(service) = self.with(name, |slot| {
            slot.drained = false;
            slot.service
        }) else {
            return unknown(name);
        };
        self.route(service);
        Outcome::Done
    }

    pub(super) fn roll_back(&self, target: &Name) -> Outcome {
        let targets = self.targets(target);
        if targets.is_empty() {
            return unknown(target);
        }
        // Of a service, those go back that run what its newest deploy brought.
        let newest = targets.iter().filter_map(|n| self.with(n, |s| (s.versions.len(), s.version()))).max();
        let Some((_, newest)) = newest.filter(|(versions, _)| *versions > 1) else {
            return Outcome::Refused(format!("{target} has no version before"));
        };
        for name in &targets {
            let back = self.with(name, |slot| {
                let back = slot.versions.len() > 1 && slot.version() == newest;
                if back {
                    slot.versions.pop();
                }
                back
            });
            if back == Some(true) {
                let outcome = self.restart(name);
                if outcome != Outcome::Done {
                    return outcome;
                }
            }
        }
        Outcome::Done
    }

    fn degrade(&self, target: &Name, degraded: bool) -> Outcome {
        let Some(service) = Service::ALL.into_iter().find(|s| s.name() == target.as_str()) else {
            return unknown(target);
        };
        if service.optional().is_none() {
            return Outcome::Refused(format!("{service} can do without nothing"));
        }
        {
            let mut state = self.state();
            if degraded {
                state.degraded.insert(service)
            } else {
                state.degraded.remove(&service)
            };
        }
        let mut outcome = Outcome::Done;
        for name in self.targets(target) {
            let told =
                self.address(&name).map(|address| process::tell(address, &format!("degraded {degraded}")));
            if let Some(Err(e)) = told {
                outcome = Outcome::Failed(format!("{name}: {e}"));
            }
        }
        outcome
    }
}

fn unknown(name: &Name) -> Outcome {
    Outcome::Refused(format!("there is no {name}"))
}
