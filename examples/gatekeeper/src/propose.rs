//! The way of a proposal: bounds, the log, the machine.

use crate::gate::{Gate, MOST_PROPOSALS};
use crate::proposal::{Draft, Fate, Proposal, ProposalError};
use crate::text::one_line;
use evenkeel::remedy::Event;
use evenkeel::remedy::action::Plan;
use evenkeel::remedy::machine::Status;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// For how long the machine rules on nothing anew that it refused: its default.
const REFUSAL_PAUSE: Duration = Duration::from_secs(15);
/// How long a restarted instance or a release is given before what users feel counts.
const SETTLE: Duration = Duration::from_secs(3);

impl Gate {
    /// Takes a proposal: `clock` is a monotonic reading since any beginning, by which too many in a minute
    /// are turned away; `client` is what the one who proposes calls itself. Gives the number under which it
    /// is kept; what became of it so far is its [fate](Proposal::fate).
    ///
    /// # Errors
    /// A [`ProposalError`]: then nothing of it went to the guards.
    pub fn propose(
        &mut self,
        clock: Duration,
        client: &str,
        arguments: &Map<String, Value>,
    ) -> Result<u64, ProposalError> {
        if let Err(wait) = self.rate.take(clock) {
            return Err(ProposalError::Rate { most: self.rate.most(), seconds: wait.as_secs() + 1 });
        }
        if let Some(why) = self.broken.clone().or_else(|| self.world().broken().map(str::to_string)) {
            return Err(ProposalError::Broken(why));
        }
        let draft = Draft::read(arguments)?;
        let incident = self.incident_of(&draft)?;
        self.check_is_free(incident)?;
        self.check_not_just_refused(incident, &draft)?;
        self.hand_over(incident, one_line(client, 60), draft).map_err(|why| {
            self.broken = Some(why.to_string());
            ProposalError::Broken(why.to_string())
        })
    }

    /// The incident that was named, or the only one.
    fn incident_of(&self, draft: &Draft) -> Result<u64, ProposalError> {
        let open: Vec<u64> = self.machine().incidents().collect();
        let numbers = || open.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        match (draft.incident, open.as_slice()) {
            (_, []) => Err(ProposalError::NoIncident),
            (Some(named), open) if open.contains(&named) => Ok(named),
            (None, [only]) => Ok(*only),
            (Some(named), _) => Err(ProposalError::field(
                "incident",
                format!("one that is open: {}", numbers()),
                &json!(named),
            )),
            (None, _) => Err(ProposalError::field(
                "incident",
                format!("said, as several are open: {}", numbers()),
                &Value::Null,
            )),
        }
    }

    fn check_is_free(&mut self, incident: u64) -> Result<(), ProposalError> {
        let status = self.machine().status(incident);
        let is_free = matches!(status, Some(Status::Waiting { .. })) || self.machine().is_advice(incident);
        if is_free {
            return Ok(());
        }
        let what = match self.active(incident) {
            // Of what is known not to have helped only the undo can be left.
            Some(Proposal { number, draft, fate: Fate::DidNotHelp | Fate::Failed(_), .. }) => {
                format!("what proposal {number} ({}) did is being taken back", draft.action)
            }
            Some(Proposal { number, draft, fate, .. }) => {
                format!("proposal {number} ({}): {fate}", draft.action)
            }
            None => "the machine is at work on it".to_string(),
        };
        Err(ProposalError::Busy { incident, what })
    }

    fn check_not_just_refused(&self, incident: u64, draft: &Draft) -> Result<(), ProposalError> {
        let Some(situation) = self.machine().situation(incident) else { return Ok(()) };
        let now = self.machine().ledger().now();
        let same = situation.refused().iter().find(|refused| refused.action == draft.action);
        match same {
            Some(refused) if refused.at + REFUSAL_PAUSE > now => {
                let why: Vec<String> = refused.reasons.iter().map(ToString::to_string).collect();
                Err(ProposalError::JustRefused { until: refused.at + REFUSAL_PAUSE, why: why.join("; ") })
            }
            _ => Ok(()),
        }
    }

    /// Writes it down, and lets the machine ask for it.
    fn hand_over(&mut self, incident: u64, client: String, draft: Draft) -> std::io::Result<u64> {
        let (at, number) = (self.now(), self.log.number());
        let more = json!({
            "proposal": number, "incident": incident, "client": client, "action": draft.action.to_string(),
            "reason": draft.reason, "confidence": draft.confidence, "arguments": draft.arguments(),
            "nanos": at.as_nanos(),
        });
        self.log.write(at, "proposed", more)?;
        self.desk.put(incident, Plan::of(draft.action.clone()).settle(SETTLE));
        let fate = Fate::Held { asks: None, why: "not ruled on yet".into() };
        if self.proposals.len() == MOST_PROPOSALS {
            self.proposals.pop_front();
        }
        self.proposals.push_back(Proposal { number, incident, at, client, draft, fate, undone_by: None });
        self.active.insert(incident, number);
        // A policy that waits is asked at once when a diagnosis comes: that on which the proposal rests, told
        // again.
        if let Some(diagnosis) = self.machine().diagnosis(incident).cloned() {
            self.handing = Some(incident);
            let told = self.step(Event::Diagnosed { incident, diagnosis });
            self.handing = None;
            told?;
        }
        if self.desk.clear() {
            self.set_fate(incident, Fate::Dropped("the machine did not ask for it".into()))?;
        }
        Ok(number)
    }
}
