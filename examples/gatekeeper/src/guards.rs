//! The guards, and the machine that they rule in.

use crate::approval::{AgentApproval, PATIENCE, Questions};
use crate::gate::USERS;
use crate::proposal::Verb;
use crate::settings::Settings;
use crate::world::OBJECTIVE;
use evenkeel::Error;
use evenkeel::remedy::guard::{Guard, OneAtATime, Rate, SourceHealthy};
use evenkeel::remedy::machine::RemediatorBuilder;
use evenkeel::remedy::verb::{StandardVerb, Verb as _};
use evenkeel::remedy::{BlastRadius, Cooldown, ErrorRatio, Remediator};
use std::sync::Arc;
use std::time::Duration;

/// What rules on every action. What an agent says of itself is not among what they see.
pub(crate) fn guards(questions: &Questions) -> Result<Vec<Arc<dyn Guard<StandardVerb>>>, Error> {
    let seconds = Duration::from_secs;
    Ok(vec![
        Arc::new(BlastRadius::new(0.5)?),
        Arc::new(Cooldown::new(seconds(60))),
        Arc::new(Rate::new(6, seconds(600))?.undo_free()),
        Arc::new(OneAtATime::in_each_component()),
        Arc::new(SourceHealthy::of([USERS])),
        Arc::new(AgentApproval::new(questions.clone())),
    ])
}

pub(crate) fn machine(
    settings: &Settings,
    guards: &[Arc<dyn Guard<StandardVerb>>],
) -> Result<RemediatorBuilder<StandardVerb, ErrorRatio>, Error> {
    let mut machine = Remediator::builder(ErrorRatio::builder(OBJECTIVE).build()?).without_lease();
    machine = machine.hold_for(PATIENCE).verify_within(Duration::from_secs(120));
    for guard in guards {
        machine = machine.shared_guard(Arc::clone(guard));
    }
    for verb in Verb::ALL.into_iter().filter(|verb| !settings.advise_only.contains(verb)) {
        let standard = verb.standard(20);
        machine = machine.enable(standard.name());
        // What takes it back has a name of its own.
        if let Some(undo) = standard.undo() {
            machine = machine.enable(undo.name());
        }
    }
    Ok(machine)
}
