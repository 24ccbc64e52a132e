//! What people say to the gate. No tool of an agent leads here.

use crate::approval::{PATIENCE, Pending};
use crate::gate::{Asked, Gate};
use evenkeel::Name;
use evenkeel::remedy::Event;
use evenkeel::remedy::action::Key;
use serde_json::json;
use std::io;

impl Gate {
    /// What a person is asked to agree to.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending> {
        let describe = |(incident, asked): (&u64, &Asked)| {
            let number = self.active.get(incident).copied();
            let proposal = number.and_then(|number| self.proposal(number));
            let said = proposal.map(|p| (p.draft.reason.clone(), p.draft.confidence));
            let Asked { key, action, ruling, since } = asked;
            let (action, ruling) = (action.clone(), ruling.clone());
            let until = proposal.map_or(*since + PATIENCE, |proposal| self.held_until(proposal));
            Pending { key: *key, proposal: number, action, said, ruling, since: *since, until }
        };
        self.asked.iter().map(describe).collect()
    }

    /// A person agrees or does not agree to what is asked under a key. Not for agents: no tool leads here.
    ///
    /// # Errors
    /// If nothing is asked under this key, or nothing can be written down.
    pub fn answer(&mut self, key: Key, by: &str, agrees: bool) -> io::Result<()> {
        if !self.pending().iter().any(|pending| pending.key == key) {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!(
                    "nothing waits for an answer under {key}: it was answered, was not answered in time, or never was asked; `pending` shows what waits"
                ),
            ));
        }
        let event = if agrees {
            self.approve(key, by)?
        } else {
            self.log.write(self.now(), "declined", json!({ "key": key.to_string(), "by": by }))?;
            Event::Declined { key, by: Name::from(by) }
        };
        // What becomes of it now is not for want of an answer.
        self.no_longer_asked(key.incident);
        self.step(event)
    }

    /// A person stops everything, or lets it go on. Not for agents: no tool leads here.
    ///
    /// # Errors
    /// If nothing can be written down.
    pub fn halt(&mut self, by: &str, halted: bool) -> io::Result<()> {
        let name = Name::from(by);
        self.log.write(self.now(), if halted { "halted" } else { "resumed" }, json!({ "by": by }))?;
        self.step(if halted { Event::Halt { by: name } } else { Event::Resume { by: name } })
    }
}
