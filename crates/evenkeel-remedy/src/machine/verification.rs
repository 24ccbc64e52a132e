//! Verification of a remedy: samples, verdicts, and what follows from them.

use crate::machine::Entry;
use crate::machine::effect::Effects;
use crate::machine::incident::{Phase, Position};
use crate::machine::notice::Notice;
use crate::machine::outcome::Outcome;
use crate::machine::remediator::Remediator;
use crate::verb::Verb;
use crate::verify::{Sample, Verdict, Verifier};
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::At;

/// How far ahead of the clock a time may be to be taken as it is: times are rounded, and clocks a little
/// apart.
pub(super) const SLACK: Duration = Duration::from_secs(1);

impl<V: Verb, R: Verifier + Clone> Remediator<V, R> {
    /// A sample of the users, for one incident or for all.
    pub(super) fn seen(&mut self, incident: Option<u64>, sample: At<Sample>, effects: &mut Effects<V>) {
        let counts = match sample.value {
            Sample::Counts { good, bad } => good > 0 || bad > 0,
            Sample::Value(x) => x.is_finite(),
            Sample::Missing => false,
        };
        if counts && sample.time > self.now + SLACK {
            self.distrusted.future_samples = self.distrusted.future_samples.saturating_add(1);
            return;
        }
        let all = || self.state.incidents.keys().copied().collect::<Vec<u64>>();
        let incidents = incident.map_or_else(all, |incident| alloc::vec![incident]);
        for incident in incidents {
            let Some(open) = self.state.incidents.get(&incident) else { continue };
            // While an action has no result, nobody knows what a sample says of it.
            let counts = match &open.phase {
                Phase::Deciding | Phase::Waiting { .. } => true,
                Phase::Under(course) => match course.position {
                    Position::Proposed(m) => !m.undo,
                    Position::Verifying { .. } | Position::Keeping { .. } => true,
                    Position::Pending(_) | Position::UndoFailed => false,
                },
            };
            let Some(volatile) = self.volatile.get_mut(&incident).filter(|_| counts) else { continue };
            if !volatile.is_new(sample.time) {
                let late = &mut self.distrusted.late_samples;
                *late = late.saturating_add(u64::from(counts));
                continue;
            }
            if counts {
                volatile.counted = Some(sample.time);
            }
            let added = At::new(sample.time + volatile.added, sample.value);
            (volatile.is_touched, self.any_touched) = (true, true);
            let Some(recovery) = volatile.verifier.update(added) else { continue };
            volatile.last = Some(recovery);
            if recovery.verdict() != Verdict::Undecided {
                self.conclude(incident, recovery.verdict(), effects);
            }
        }
    }

    /// A verdict was reached.
    fn conclude(&mut self, incident: u64, verdict: Verdict, effects: &mut Effects<V>) {
        let recovery = self.recovery(incident);
        let Some(open) = self.state.incidents.get(&incident) else { return };
        let fine = verdict == Verdict::Recovered;
        let Phase::Under(course) = &open.phase else {
            if fine {
                effects.tell(Notice::Verified { incident, recovery });
                self.close(incident, Outcome::Subsided, effects);
            }
            return;
        };
        let ours = !course.applied.is_empty() || course.lifting;
        let counts = match course.position {
            // A person needs time to do what was advised; that users still suffer meanwhile is no surprise.
            Position::Verifying { .. } => fine || !course.is_standing_advice(),
            Position::Keeping { .. } => !fine,
            // Something is done and the next step is held up: users who fare badly do not wait for it.
            Position::Proposed(_) => fine || course.last_was_gated(),
            Position::Pending(_) | Position::UndoFailed => false,
        };
        if !counts {
            return;
        }
        let goes_on = matches!(course.position, Position::Verifying { next: Some(_), .. }) && !course.advised;
        effects.tell(Notice::Verified { incident, recovery });
        self.write(Entry::Verified { incident, verdict }, effects);
        let kept = (self.state.incidents.get(&incident).and_then(|open| open.course()))
            .is_some_and(|c| matches!(c.position, Position::Keeping { .. }));
        if fine && !goes_on && !kept {
            self.close(incident, if ours { Outcome::Recovered } else { Outcome::Subsided }, effects);
        }
    }
}
