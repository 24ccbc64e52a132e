//! Dispatch of intents and permits.

use crate::action::Key;
use crate::executor::Applied;
use crate::executor::Permit;
use crate::machine::Entry;
use crate::machine::effect::{Effect, Effects};
use crate::machine::incident::Position;
use crate::machine::notice::Notice;
use crate::machine::remediator::Remediator;
use crate::machine::volatile::Probe;
use crate::verb::Verb;
use crate::verify::Verifier;
use alloc::vec::Vec;
use core::time::Duration;

impl<V: Verb, R: Verifier + Clone> Remediator<V, R> {
    /// Records are durable: issues the permits that waited for it, if every guard still agrees.
    pub(super) fn durable(&mut self, sequence: u64, effects: &mut Effects<V>) {
        let later = self.undurable.split_off(&sequence.saturating_add(1));
        let ready = core::mem::replace(&mut self.undurable, later);
        for key in ready.into_values() {
            let Some(flight) = self.state.ledger.flights.get(&key) else { continue };
            let (action, undo) = (flight.action.clone(), flight.undo);
            let is_at = |position| matches!(position, Position::Pending(m) if m.key(key.incident) == key);
            let course = self.state.incidents.get(&key.incident).and_then(|open| open.course());
            let wanted = course.is_some_and(|c| is_at(c.position));
            let approved =
                self.volatile.get(&key.incident).is_some_and(|volatile| volatile.proposal.approved);
            let (_, ruling) = self.rule(&action, Some(key), undo.then_some(key.incident));
            let lease = self.state.ledger.lease.map(|lease| lease.token);
            match lease {
                Some(token) if wanted && ruling.permits(self.now, approved) => {
                    self.released.insert(key, self.now);
                    effects.tell(Notice::Acts { key, action: action.clone(), undo });
                    effects.0.push(Effect::Release(Permit::new(key, action, token, self.now, undo)));
                }
                _ => {
                    self.write(Entry::Withdrawn { key }, effects);
                }
            }
        }
    }

    /// An executor says what became of a key.
    pub(super) fn applied(&mut self, key: Key, outcome: Applied, effects: &mut Effects<V>) {
        let waits = self.undurable.values().any(|k| *k == key);
        let Some(flight) = self.state.ledger.flights.get(&key).filter(|_| !waits) else {
            self.strays = self.strays.saturating_add(1);
            return;
        };
        if outcome.is_final() {
            let (action, undo) = (flight.action.clone(), flight.undo);
            self.write(Entry::Settled { key, outcome: outcome.clone() }, effects);
            self.released.remove(&key);
            self.probes.remove(&key);
            effects.tell(Notice::Settled { key, action, outcome, undo });
        } else if outcome == Applied::Unknown && !flight.in_doubt {
            self.write(Entry::Doubted { key }, effects);
        }
    }

    /// What has no result for too long, or from a life before, is in doubt; what is in doubt is probed.
    pub(super) fn check_flights(&mut self, effects: &mut Effects<V>) {
        if self.state.ledger.flights.is_empty() {
            return;
        }
        let keys: Vec<(Key, bool)> =
            self.state.ledger.flights.iter().map(|(k, f)| (*k, f.in_doubt)).collect();
        for (key, mut in_doubt) in keys {
            if self.undurable.values().any(|k| *k == key) {
                continue;
            }
            let overdue = self.released.get(&key).is_none_or(|t| *t + self.limits.apply_within <= self.now);
            if overdue && !in_doubt {
                self.write(Entry::Doubted { key }, effects);
                in_doubt = true;
            }
            if in_doubt {
                let (now, every) = (self.now, self.limits.probe_every);
                let probe = self.probes.entry(key).or_insert(Probe { next: now, every });
                if probe.next <= now {
                    probe.next = now + probe.every;
                    let longest = every.saturating_mul(64);
                    probe.every = probe.every.saturating_mul(2).min(longest).max(Duration::from_nanos(1));
                    effects.0.push(Effect::Probe { key });
                }
            }
        }
    }
}
