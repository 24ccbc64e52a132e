//! The fleet, as the parent process has it.

use super::action::{Action, Outcome};
use super::clock::Clock;
use super::defect::{Death, Defect};
use super::event::ShopEvent;
use super::peers::Peers;
use super::process::Process;
use super::release::Split;
use super::service::Service;
use super::settings::Settings;
use super::{load, scrape};
use evenkeel::prelude::{Name, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// What an operator knows of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Such as `cart-2`.
    pub name: Name,
    /// What it is an instance of.
    pub service: Service,
    /// What was deployed to it.
    pub version: Name,
    /// What it goes back to when it is rolled back.
    pub previous: Option<Name>,
    /// Whether it was taken out of service.
    pub drained: bool,
    /// How often its process was started.
    pub starts: u64,
    /// Its process, if it has one. That one may have ended.
    pub process: Option<u32>,
}

/// A running shop. Dropping it ends everything.
///
/// ```no_run
/// use evenkeel_examples::shop::{Action, Settings, Shop, ShopEvent, run_if_service};
///
/// run_if_service(); // in a child process, this doesn't return
/// let (shop, events) = Shop::open(Settings::default())?;
/// for event in events.iter().take(1000) {
///     if let ShopEvent::Request { good: false, .. } = event {
///         let outcome = shop.apply("first aid", &Action::Restart("cart-1".into()));
///         println!("{outcome}");
///     }
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Shop {
    pub(super) fleet: Arc<Fleet>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    /// Whom the users call.
    pub(super) users: Peers,
    pub(super) stop: AtomicBool,
    /// The latest lateness of the load, in nanoseconds.
    pub(super) load_late: AtomicU64,
    /// Held while something is being done: one thing at a time.
    pub(super) acting: Mutex<()>,
    pub(super) outcomes: Mutex<BTreeMap<String, Outcome>>,
    state: Mutex<State>,
    events: Mutex<Sender<ShopEvent>>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) slots: Vec<Slot>,
    pub(super) degraded: BTreeSet<Service>,
    /// What is wrong with a version.
    pub(super) defects: BTreeMap<(Service, Name), Defect>,
    /// What can't be started soundly, whatever its version.
    pub(super) dead: BTreeMap<Service, Death>,
    /// How the calls of services are divided; a caller that is started anew is told.
    pub(super) splits: BTreeMap<Service, Split>,
}

/// The place of an instance, whether it has a process or not.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) name: Name,
    pub(super) service: Service,
    pub(super) versions: Vec<Name>,
    pub(super) drained: bool,
    /// Being restarted.
    pub(super) out: bool,
    pub(super) starts: u64,
    pub(super) process: Option<Process>,
}

impl Slot {
    pub(super) fn new(name: Name, service: Service, version: Name) -> Self {
        let versions = vec![version];
        Self { name, service, versions, drained: false, out: false, starts: 0, process: None }
    }

    pub(super) fn version(&self) -> Name {
        self.versions.last().cloned().unwrap_or_else(|| Name::from("v1"))
    }

    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.process.as_ref().map(Process::address)
    }

    pub(super) fn in_service(&self) -> bool {
        self.process.is_some() && !self.drained && !self.out
    }
}

impl Shop {
    /// Starts the processes, then the load and the sampler. The events wait in the channel until they are
    /// taken.
    ///
    /// # Errors
    /// A rate outside (0, 1000], or a process that can't be started.
    pub fn open(settings: Settings) -> io::Result<(Self, Receiver<ShopEvent>)> {
        if !(settings.rate > 0.0 && settings.rate <= 1000.0) {
            let what = format!("rate must be in (0, 1000], was {}", settings.rate);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let (sender, events) = mpsc::channel();
        let slot = |service: Service, i: usize| {
            Slot::new(Name::from(format!("{service}-{i}")), service, Name::from("v1"))
        };
        let slots =
            Service::ALL.into_iter().flat_map(|s| (1..=s.instances()).map(move |i| slot(s, i))).collect();
        let fleet = Arc::new(Fleet {
            settings,
            clock: Clock::start(),
            users: Peers::default(),
            stop: AtomicBool::new(false),
            load_late: AtomicU64::new(0),
            acting: Mutex::default(),
            outcomes: Mutex::default(),
            state: Mutex::new(State { slots, ..State::default() }),
            events: Mutex::new(sender),
        });
        // From here on, dropping it ends what was started.
        let mut shop = Self { fleet: Arc::clone(&fleet), threads: Vec::new() };
        for name in fleet.names() {
            fleet.launch(&name)?;
        }
        for service in Service::ALL {
            fleet.route(service);
        }
        let loading = Arc::clone(&fleet);
        shop.threads.push(thread::spawn(move || load::run(&loading)));
        shop.threads.push(thread::spawn(move || scrape::run(&fleet)));
        Ok((shop, events))
    }

    /// The time, on the clock of the events.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.fleet.clock.now()
    }

    /// All instances, callers first.
    #[must_use]
    pub fn instances(&self) -> Vec<Instance> {
        let instance = |slot: &Slot| Instance {
            name: slot.name.clone(),
            service: slot.service,
            version: slot.version(),
            previous: slot.versions.iter().nth_back(1).cloned(),
            drained: slot.drained,
            starts: slot.starts,
            process: slot.process.as_ref().map(Process::id),
        };
        self.fleet.state().slots.iter().map(instance).collect()
    }

    /// Whether a service was told to do without what it can do without.
    #[must_use]
    pub fn is_degraded(&self, service: Service) -> bool {
        self.fleet.state().degraded.contains(&service)
    }

    /// Does something, unless something was done under this key before: then only its outcome is told again.
    /// Waits for whatever else is being done. A restart takes some tenths of a second.
    pub fn apply(&self, key: &str, action: &Action) -> Outcome {
        self.fleet.apply(key, action)
    }

    /// What became of the action with this key, if it was done.
    #[must_use = "it changes nothing"]
    pub fn probe(&self, key: &str) -> Option<Outcome> {
        self.fleet.outcomes().get(key).cloned()
    }

    /// Deploys a version to an instance, or to all of a service, one after another.
    pub fn deploy(&self, target: &Name, version: &Name) -> Outcome {
        self.fleet.deploy(target, version)
    }
}

impl Fleet {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn outcomes(&self) -> MutexGuard<'_, BTreeMap<String, Outcome>> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn names(&self) -> Vec<Name> {
        self.state().slots.iter().map(|slot| slot.name.clone()).collect()
    }

    pub(super) fn emit(&self, event: ShopEvent) {
        // Whoever doesn't listen any more misses nothing.
        let _ = self.events.lock().unwrap_or_else(PoisonError::into_inner).send(event);
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.fleet.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        let slots: Vec<Option<Process>> =
            self.fleet.state().slots.iter_mut().map(|slot| slot.process.take()).collect();
        drop(slots);
    }
}
