//! What carries permits out: the operator's tools of the shop.

use crate::shop::{Action, Outcome, Service, Shop};
use evenkeel::prelude::Timestamp;
use evenkeel::remedy::{Applied, Event, Permit, Verb};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

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

/// Carries permits out, each on a thread of its own, so that nobody waits for a restart.
#[derive(Debug)]
pub struct Hands {
    shop: Arc<Shop>,
    done: (Sender<Event<Verb>>, Receiver<Event<Verb>>),
    deeds: Vec<Deed>,
}

impl Hands {
    /// Hands on this shop.
    #[must_use]
    pub fn new(shop: Arc<Shop>) -> Self {
        Self { shop, done: mpsc::channel(), deeds: Vec::new() }
    }

    /// Begins what a permit allows; it ends up in [`reports`](Self::reports).
    pub fn begin(&mut self, permit: Permit<Verb>) {
        let (key, name) = (permit.key(), permit.key().to_string());
        let Some(action) = translate(&permit) else {
            let why = format!("the shop has no {}", permit.action());
            let _ = self.done.0.send(Event::Applied { key, outcome: Applied::Absent { why } });
            return;
        };
        let undo = permit.is_undo();
        self.deeds.push(Deed { at: self.shop.now(), incident: key.incident, action: action.clone(), undo });
        let (shop, done) = (Arc::clone(&self.shop), self.done.0.clone());
        thread::spawn(move || {
            let outcome = match shop.apply(&name, &action) {
                Outcome::Done => Applied::Done,
                Outcome::Refused(why) => Applied::Absent { why },
                Outcome::Failed(why) => Applied::Failed { why },
            };
            let _ = done.send(Event::Applied { key, outcome });
            drop(permit);
        });
    }

    /// What ended since the last time.
    pub fn reports(&self) -> impl Iterator<Item = Event<Verb>> + '_ {
        self.done.1.try_iter()
    }

    /// Everything that was begun.
    #[must_use]
    pub fn deeds(&self) -> &[Deed] {
        &self.deeds
    }
}

/// The shop's word for what a permit allows.
fn translate(permit: &Permit<Verb>) -> Option<Action> {
    let target = &permit.action().target;
    let instance = target.instance.clone().unwrap_or_else(|| target.component.clone());
    // Doing without a service is done by those who call it.
    let caller = || Service::of(target.component.as_str())?.callers().find(|c| c.optional().is_some());
    Some(match permit.action().verb {
        Verb::Restart => Action::Restart(instance),
        Verb::Drain => Action::Drain(instance),
        Verb::Undrain => Action::Undrain(instance),
        Verb::RollBack => Action::RollBack(instance),
        Verb::Degrade => Action::Degrade(caller()?.name().into()),
        Verb::Restore => Action::Restore(caller()?.name().into()),
        _ => return None,
    })
}
