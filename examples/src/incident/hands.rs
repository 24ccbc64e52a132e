//! The executor: the operator's tools of the shop.

use crate::shop::{Action, Outcome, Service, Shop, ShopEvent};
use evenkeel::prelude::{Name, Timestamp};
use evenkeel::remedy::action::Key;
use evenkeel::remedy::executor::{Applied, Executor, Permit};
use evenkeel::remedy::verb::StandardVerb;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

/// An action that was carried out, as the shop understands it.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// When it was begun.
    pub at: Timestamp,
    /// In which incident.
    pub incident: u64,
    /// What.
    pub action: Action,
    /// Whether it took back an earlier one.
    pub undo: bool,
}

/// As the machine and the story say it: what others do without is named, where the shop names those who do
/// without it.
impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without = |caller: &Name| Service::of(caller.as_str()).and_then(Service::optional);
        let named = match &self.action {
            Action::Degrade(caller) => without(caller).map(|service| ("degrade", service)),
            Action::Restore(caller) => without(caller).map(|service| ("restore", service)),
            _ => None,
        };
        match named {
            Some((verb, service)) => write!(f, "{verb} {service}"),
            None => write!(f, "{}", self.action),
        }
    }
}

/// What became of a key.
type Ended = (Key, Applied);

/// Carries permits out, each on a thread of its own, so that nobody waits for a restart.
#[derive(Debug)]
pub struct Hands {
    shop: Arc<Shop>,
    done: (Sender<Ended>, Receiver<Ended>),
    deeds: Vec<Deed>,
    /// Who answered when it was last scraped.
    answering: BTreeMap<Name, bool>,
    /// What is being done at the moment, and what became of what was.
    busy: Vec<Key>,
    ended: BTreeMap<Key, Applied>,
    broken: Vec<String>,
}

impl Hands {
    /// What the guards of [`Watch`](super::Watch) promise, told again from outside: so many actions in so
    /// long.
    const MOST: (usize, Duration) = (20, Duration::from_secs(60));

    /// Hands on this shop.
    #[must_use]
    pub fn new(shop: Arc<Shop>) -> Self {
        Self {
            shop,
            done: mpsc::channel(),
            deeds: Vec::new(),
            answering: BTreeMap::new(),
            busy: Vec::new(),
            ended: BTreeMap::new(),
            broken: Vec::new(),
        }
    }

    /// Takes in who answers.
    pub fn see(&mut self, event: &ShopEvent) {
        if let ShopEvent::Scrape { instance, metrics, .. } = event {
            self.answering.insert(instance.clone(), metrics.is_some());
        }
    }

    /// What was permitted although a guard forbids it: sentences, and none if all is well.
    #[must_use]
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    /// Looks whether the guards hold, knowing nothing of how they work.
    fn audit(&mut self, action: &Action) {
        let now = self.shop.now();
        if !self.busy.is_empty() {
            self.broken.push(format!("{action} was permitted while something else was done"));
        }
        let (most, stretch) = Self::MOST;
        if self.deeds.iter().filter(|deed| now.since(deed.at) < stretch).count() >= most {
            self.broken.push(format!("{action} was permitted beyond {most} in {} s", stretch.as_secs()));
        }
        // Half of a service may be out: whoever is the last that answers stays.
        if let Action::Restart(instance) | Action::Drain(instance) = action {
            let service = Service::of(instance.as_str());
            let mut others =
                self.answering.iter().filter(|(n, _)| Service::of(n.as_str()) == service && *n != instance);
            if self.answering.get(instance) == Some(&true) && !others.any(|(_, answers)| *answers) {
                self.broken.push(format!("{action} was permitted although no other serves"));
            }
        }
    }

    /// Everything that was begun.
    #[must_use]
    pub fn deeds(&self) -> &[Deed] {
        &self.deeds
    }
}

impl Executor<StandardVerb> for Hands {
    /// Begins what a permit allows; it ends up in [`finished`](Self::finished).
    fn apply(&mut self, permit: Permit<StandardVerb>) -> Applied {
        let (key, name) = (permit.key(), permit.key().to_string());
        let Some(action) = translate(&permit) else {
            return Applied::Absent { why: format!("the shop has no {}", permit.action()) };
        };
        self.audit(&action);
        let undo = permit.is_undo();
        self.deeds.push(Deed { at: self.shop.now(), incident: key.incident, action: action.clone(), undo });
        self.busy.push(key);
        let (shop, done) = (Arc::clone(&self.shop), self.done.0.clone());
        thread::spawn(move || {
            let outcome = match shop.apply(&name, &action) {
                Outcome::Done => Applied::Done,
                Outcome::Refused(why) => Applied::Absent { why },
                Outcome::Failed(why) => Applied::Failed { why },
            };
            let _ = done.send((key, outcome));
            drop(permit);
        });
        Applied::Running
    }

    fn probe(&mut self, key: Key) -> Applied {
        if self.busy.contains(&key) {
            return Applied::Running;
        }
        let unheard_of = || Applied::Absent { why: "these hands never heard of it".into() };
        self.ended.get(&key).cloned().unwrap_or_else(unheard_of)
    }

    fn finished(&mut self) -> Option<(Key, Applied)> {
        let (key, outcome) = self.done.1.try_recv().ok()?;
        self.busy.retain(|busy| *busy != key);
        self.ended.insert(key, outcome.clone());
        Some((key, outcome))
    }
}

/// The shop's word for what a permit allows.
fn translate(permit: &Permit<StandardVerb>) -> Option<Action> {
    let target = &permit.action().target;
    let instance = target.instance.clone().unwrap_or_else(|| target.component.clone());
    // Doing without a service is done by those who call it.
    let caller = || Service::of(target.component.as_str())?.callers().find(|c| c.optional().is_some());
    Some(match permit.action().verb {
        StandardVerb::Restart => Action::Restart(instance),
        StandardVerb::Drain => Action::Drain(instance),
        StandardVerb::Undrain => Action::Undrain(instance),
        StandardVerb::RollBack => Action::RollBack(instance),
        StandardVerb::Degrade => Action::Degrade(caller()?.name().into()),
        StandardVerb::Restore => Action::Restore(caller()?.name().into()),
        _ => return None,
    })
}
