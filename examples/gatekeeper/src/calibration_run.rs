//! Calibration over simulated incidents: an agent that is surer than it should be, through the gate, incident by incident.

use crate::audit::{Audit, Told};
use crate::confidence::Stated;
use crate::gate::{Gate, Settings};
use crate::proposal::{Fate, MOST_SHED, Verb};
use evenkeel::remedy::machine::Status;
use evenkeel::stats::Generator;
use evenkeel::{Cause, FaultKind, Subject};
use serde_json::{Map, Value, json};
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
    /// How many ended with users verified to be fine.
    pub recovered: u32,
    /// What the agent stated, of each proposal that was done and verified.
    pub stated: Vec<Stated>,
    /// Of the same proposals, the probability that the diagnosis gave to the cause they went by.
    pub diagnosed: Vec<Stated>,
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

/// Lives through so many incidents, each in a shop of its own with a fault drawn by the seed. The agent restarts what is blamed, or rolls it back,
/// then drains it, then sheds a fifth; it takes a third of its doubt for none. A person agrees to everything.
///
/// # Errors
/// Those of the gate.
pub fn run(incidents: u32, seed: u64) -> io::Result<CalibrationRun> {
    let mut run = CalibrationRun::default();
    for i in 0..incidents {
        live(seed.wrapping_mul(1_000_003).wrapping_add(u64::from(i)), &mut run)?;
    }
    Ok(run)
}

fn live(seed: u64, run: &mut CalibrationRun) -> io::Result<()> {
    let mut gate = Gate::in_memory(Settings { seed, first_fault: 5, ..Settings::default() })?;
    let mut random = Generator::stream(seed, 1);
    let mut beliefs: Vec<(u64, f64)> = Vec::new();
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
        if beliefs.len() == TRIES {
            break;
        }
        let Some((proposal, belief)) = think(&gate, incident, beliefs.len(), &mut random) else { continue };
        // By the world's clock: the agent is no faster than that.
        let clock = Duration::from_secs(u64::from(second) * 10);
        match gate.propose(clock, "the simulated agent", &proposal) {
            Ok(number) => beliefs.push((number, belief)),
            Err(why) => return Err(io::Error::other(format!("the agent's proposal was not taken: {why}"))),
        }
    }
    run.unnoticed += u32::from(!noticed);
    run.recovered +=
        u32::from(gate.ended().any(|ended| ended.outcome == evenkeel::remedy::Outcome::Recovered));
    for (number, belief) in beliefs {
        run.proposed += 1;
        let Some(proposal) = gate.proposal(number) else { continue };
        run.refused += u32::from(matches!(proposal.fate, Fate::Refused(_)));
        if let Some(helped) = proposal.fate.helped() {
            run.stated.push(Stated { confidence: proposal.draft.confidence, helped });
            run.diagnosed.push(Stated { confidence: belief, helped });
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

/// What the agent proposes at a try, and what the diagnosis gives the cause it goes by.
fn think(
    gate: &Gate,
    incident: u64,
    tries: usize,
    random: &mut Generator,
) -> Option<(Map<String, Value>, f64)> {
    let diagnosis = gate.machine().diagnosis(incident)?;
    let cause = diagnosis.causes().first()?;
    let component = cause.component.as_str();
    let instance = instance_of(cause);
    let action = match (tries, cause.kind, &instance) {
        (0, Some(FaultKind::BadChange), _) => {
            json!({ "verb": Verb::RollBack.name(), "component": component })
        }
        (0, _, Some(instance)) => {
            json!({ "verb": Verb::Restart.name(), "component": component, "instance": instance })
        }
        (1, _, Some(instance)) => {
            json!({ "verb": Verb::Drain.name(), "component": component, "instance": instance })
        }
        _ => json!({ "verb": Verb::Shed.name(), "component": "edge", "percent": MOST_SHED.min(20) }),
    };
    let belief = cause.probability();
    // Two thirds of the doubt are left, and some of the rest is noise.
    let confidence = (1.0 - 0.35 * (1.0 - belief) - 0.1 * random.uniform()).clamp(0.0, 1.0);
    let reason = format!("the diagnosis blames {component} with {belief:.2}");
    let fields =
        json!({ "action": action, "reason": reason, "confidence": confidence, "incident": incident });
    let Value::Object(fields) = fields else { return None };
    Some((fields, belief))
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
