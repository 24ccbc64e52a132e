//! Updates of the volatile state after a record.

use crate::machine::Entry;
use crate::machine::effect::Effects;
use crate::machine::incident::{Phase, Position};
use crate::machine::notice::Notice;
use crate::machine::remediator::Remediator;
use crate::machine::volatile::{Proposal, Volatile};
use crate::verb::Verb;
use crate::verify::{Verdict, Verifier};
use core::time::Duration;

impl<V: Verb, R: Verifier + Clone> Remediator<V, R> {
    /// Brings what need not survive in line with what a record made.
    pub(super) fn follow(&mut self, entry: &Entry<V>, effects: &mut Effects<V>) {
        match entry {
            Entry::ClockSetBack { by } => return self.set_back(*by),
            Entry::ExternalAction(_) => {
                // What was advised and is being done is verified from its end on.
                for (incident, volatile) in &mut self.volatile {
                    let course = self.state.incidents.get(incident).and_then(|open| open.course());
                    if let Some(course) = course.filter(|c| c.followed)
                        && let Position::Verifying { since, .. } = course.position
                        && since + course.plan.settles_for() != volatile.verified_from
                    {
                        let from = since + course.plan.settles_for();
                        volatile.verify_anew(from);
                        effects.tell(Notice::Followed { incident: *incident });
                        effects.tell(Notice::Verifying { incident: *incident, from });
                    }
                }
                return;
            }
            _ => {}
        }
        let Some(incident) = entry.incident() else { return };
        let Some(open) = self.state.incidents.get(&incident) else {
            self.volatile.remove(&incident);
            return;
        };
        let now = self.now;
        if !self.volatile.contains_key(&incident) {
            self.volatile.insert(incident, Volatile::new(self.verifier_of(open.symptom.as_ref()), now));
        }
        let Some(volatile) = self.volatile.get_mut(&incident) else { return };
        let waits = matches!(entry, Entry::Diagnosed { .. } | Entry::Predicted { .. })
            && open.phase == Phase::Deciding
            && volatile.asked;
        if !waits {
            volatile.asked = false;
        }
        match entry {
            // From here on other data count: those since the last action, once it has settled.
            Entry::Settled { .. }
            | Entry::Verified { .. }
            | Entry::Advised { .. }
            | Entry::Followed { .. }
            | Entry::Lifted { .. } => {
                let settle = open.course().map(|c| c.plan.settles_for()).unwrap_or_default();
                volatile.verify_anew(now + settle);
                if matches!(entry, Entry::Followed { .. }) {
                    effects.tell(Notice::Followed { incident });
                }
                if !matches!(entry, Entry::Verified { verdict: Verdict::Recovered, .. }) {
                    effects.tell(Notice::Verifying { incident, from: volatile.verified_from });
                }
            }
            _ => {}
        }
        let number = match open.course().map(|c| c.position) {
            Some(Position::Proposed(m) | Position::Pending(m)) => Some(m.number),
            _ => None,
        };
        if volatile.proposal.number != number {
            volatile.proposal = Proposal { number, ..Proposal::default() };
        }
        if matches!(entry, Entry::Withdrawn { .. }) {
            volatile.proposal.not_before = Some(now + self.limits.recheck);
        }
        if !matches!(open.phase, Phase::Waiting { .. }) {
            volatile.paused = None;
        }
    }

    /// The clock was set back: what is counted from a time is as old as it was.
    fn set_back(&mut self, by: Duration) {
        self.volatile.values_mut().for_each(|volatile| volatile.set_back(by));
        self.awake_since = self.awake_since.map(|since| since - by);
        for time in self.released.values_mut() {
            *time = *time - by;
        }
        for probe in self.probes.values_mut() {
            probe.next = probe.next - by;
        }
    }
}
