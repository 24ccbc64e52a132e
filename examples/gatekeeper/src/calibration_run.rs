//! Calibration over simulated incidents: an agent that is surer than it should be, through the gate, incident
//! by incident.

use crate::audit::{Audit, Told};
use crate::confidence::Stated;
use crate::gate::Gate;
use crate::proposal::{Fate, Verb};
use crate::settings::Settings;
use evenkeel::remedy::Outcome;
use evenkeel::remedy::machine::Status;
use evenkeel::stats::Generator;
use evenkeel::{Cause, FaultKind, Subject};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

/// What came of many incidents.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct CalibrationRun {
    /// How many incidents there were.
    pub incidents: u32,
    /// How many were not noticed within two minutes.
    pub unnoticed: u32,
    /// How many ended with users verified to be fine after an action.
    pub recovered: u32,
    /// What the agent stated, of each proposal that was done and verified.
    pub stated: Vec<Stated>,
    /// What the record of earlier proposals would have said of the same: the share of those of the same verb
    /// against the same kind of fault that helped, with one success and one failure added.
    pub from_record: Vec<Stated>,
    /// How many proposals were taken.
    pub proposed: u32,
    /// How many of them guards refused.
    pub refused: u32,
    /// The audits, added up.
    pub audit: Audit,
}

/// How many proposals the agent makes for an incident, at most.
const TRIES: usize = 3;
/// For how long an incident is followed, in seconds.
const LONGEST: u32 = 900;

/// A verb, and the kind of fault that it is tried against.
type Group = (Verb, Option<FaultKind>);

/// How often each was tried, and how often it helped.
type PastOutcomes = BTreeMap<Group, (u32, u32)>;

/// Lives through so many incidents, each in a shop of its own with a fault drawn by the seed. The agent
/// restarts what is blamed, or rolls it back, then drains it, then has a fifth of the requests refused; a
/// person agrees to everything. It has a hunch of how often each helps, and states it with twice the log
/// odds, and some more.
///
/// # Errors
/// Those of the gate.
pub fn run(incidents: u32, seed: u64) -> io::Result<CalibrationRun> {
    let (mut run, mut past) = (CalibrationRun::default(), PastOutcomes::new());
    for i in 0..incidents {
        live(seed.wrapping_mul(1_000_003).wrapping_add(u64::from(i)), &mut run, &mut past)?;
    }
    Ok(run)
}

fn live(seed: u64, run: &mut CalibrationRun, past: &mut PastOutcomes) -> io::Result<()> {
    let mut gate = Gate::in_memory(Settings { seed, first_fault: 5, ..Settings::default() })?;
    let mut random = Generator::stream(seed, 1);
    let mut groups: Vec<(u64, Group)> = Vec::new();
    let mut noticed = false;
    run.incidents += 1;
    for second in 0..LONGEST {
        gate.tick()?;
        let incident = gate.machine().incidents().next();
        noticed |= incident.is_some();
        if !noticed && second > 120 || noticed && incident.is_none() {
            break;
        }
        for pending in gate.pending() {
            gate.answer(pending.key, "a simulated person", true)?;
        }
        let Some(incident) = incident else { continue };
        if !matches!(gate.machine().status(incident), Some(Status::Waiting { .. })) {
            continue;
        }
        if groups.len() == TRIES {
            break;
        }
        let Some((proposal, group)) = think(&gate, incident, groups.len(), &mut random) else { continue };
        // The world's clock is that of the rate as well.
        match gate.propose(Duration::from_secs(u64::from(second)), "the simulated agent", &proposal) {
            Ok(number) => groups.push((number, group)),
            Err(why) => return Err(io::Error::other(format!("the agent's proposal was not taken: {why}"))),
        }
    }
    run.unnoticed += u32::from(!noticed);
    run.recovered += u32::from(gate.ended().any(|ended| ended.outcome == Outcome::Recovered));
    for (number, group) in groups {
        run.proposed += 1;
        let Some(proposal) = gate.proposal(number) else { continue };
        run.refused += u32::from(matches!(proposal.fate, Fate::Refused(_)));
        if let Some(helped) = proposal.fate.helped() {
            run.stated.push(Stated { confidence: proposal.draft.confidence, helped });
            let (tried, good) = past.entry(group).or_default();
            let share = f64::from(*good + 1) / f64::from(*tried + 2);
            run.from_record.push(Stated { confidence: share, helped });
            (*tried, *good) = (*tried + 1, *good + u32::from(helped));
        }
    }
    let told: Vec<Told> = gate.world().notes().map(Told::from).collect();
    let audit = Audit::compare(gate.records(), &told, None);
    run.audit.told += audit.told;
    run.audit.permits += audit.permits;
    run.audit.undone += audit.undone;
    run.audit.refused += audit.refused;
    run.audit.problems.extend(audit.problems);
    Ok(())
}

/// What the agent proposes at a try.
fn think(
    gate: &Gate,
    incident: u64,
    tries: usize,
    random: &mut Generator,
) -> Option<(Map<String, Value>, Group)> {
    let cause = gate.machine().diagnosis(incident)?.causes().first()?;
    let component = cause.component.as_str();
    let instance = instance_of(cause);
    let (verb, hunch): (Verb, f64) = match (tries, cause.kind, &instance) {
        (0, Some(FaultKind::BadChange), _) => (Verb::RollBack, 0.8),
        (0, Some(FaultKind::CpuExhausted), Some(_)) => (Verb::Restart, 0.55),
        (0, _, Some(_)) => (Verb::Restart, 0.75),
        (1, _, Some(_)) => (Verb::Drain, 0.7),
        _ => (Verb::Shed, 0.5),
    };
    let action = match (verb, instance) {
        (Verb::Restart | Verb::Drain, Some(instance)) => {
            json!({ "verb": verb.name(), "component": component, "instance": instance })
        }
        (Verb::Shed, _) => json!({ "verb": verb.name(), "component": "edge", "percent": 20 }),
        _ => json!({ "verb": verb.name(), "component": component }),
    };
    let odds = 2.0 * (hunch / (1.0 - hunch)).ln() + 0.5 + 0.5 * random.normal();
    let confidence = 1.0 / (1.0 + (-odds).exp());
    let reason = format!("the diagnosis blames {component} with {:.2}", cause.probability());
    let fields =
        json!({ "action": action, "reason": reason, "confidence": confidence, "incident": incident });
    let Value::Object(fields) = fields else { return None };
    Some((fields, (verb, cause.kind)))
}

/// The instance that the evidence names first.
fn instance_of(cause: &Cause) -> Option<String> {
    cause.evidence.iter().find_map(|evidence| match &evidence.subject {
        Subject::Signal(signal) if signal.component == cause.component => {
            signal.instance.as_ref().map(ToString::to_string)
        }
        _ => None,
    })
}
