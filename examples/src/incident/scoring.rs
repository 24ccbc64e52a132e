//! Scoring of a run: what chaos did, against what evenkeel said and did about it.

use super::Deed;
use crate::shop::Service;
use crate::shop::chaos::{Fault, Happened, Step};
use evenkeel::prelude::{Name, Timestamp};
use evenkeel::{Diagnosis, FaultKind};
use std::time::Duration;

/// What was said of an incident, as it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its number, once it was opened.
    pub incident: Option<u64>,
    /// By what it was noticed.
    pub symptom: Name,
    /// When it was noticed.
    pub noticed: Timestamp,
    /// The last diagnosis before anything was done, or the last of all.
    pub diagnosis: Option<Diagnosis>,
    /// When it was verified that users are fine again.
    pub recovered: Option<Timestamp>,
    /// Whether a person was called.
    pub escalated: bool,
}

/// What was blamed for a fault.
#[derive(Debug, Clone, PartialEq)]
pub struct Blamed {
    /// The component.
    pub component: Name,
    /// Whether the fault sits there.
    pub is_located: bool,
    /// What kind of fault it was taken for.
    pub kind: Option<FaultKind>,
    /// Whether it is of that kind.
    pub is_of_kind: bool,
}

/// One fault and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The fault.
    pub fault: Fault,
    /// How long after its beginning it was noticed.
    pub detected: Option<Duration>,
    /// What was blamed, if anything was.
    pub blamed: Option<Blamed>,
    /// What was done, in order.
    pub deeds: Vec<Deed>,
    /// How long after its beginning users were verified to be fine, or chaos saw the cure.
    pub verified: Option<Duration>,
    /// How long after its beginning the harm was over, if what was done ended it.
    pub cured: Option<Duration>,
    /// Bad requests while it lasted.
    pub bad: u64,
    /// Bad requests that were to be expected, had it been left alone: at the rate until the cure.
    pub projected: f64,
    /// Whether a person was called.
    pub escalated: bool,
}

impl Verdict {
    /// Whether the component was blamed that the fault sits in.
    #[must_use]
    pub fn is_located(&self) -> bool {
        self.blamed.as_ref().is_some_and(|blamed| blamed.is_located)
    }

    /// Whether it was located and taken for what it is: a right component for a wrong reason gets the wrong
    /// remedy.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.blamed.as_ref().is_some_and(|blamed| blamed.is_located && blamed.is_of_kind)
    }

    /// Whether it came to its end: cured and verified, or handed to a person.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.cured.is_some() && self.verified.is_some() || self.escalated
    }

    /// Found, located, taken for what it is, and ended; what a restart does not end may be handed to a person
    /// instead.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.detected.is_some() && self.is_understood() && self.is_ended()
    }
}

/// The whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunScore {
    /// Each fault, in the order in which they began.
    pub verdicts: Vec<Verdict>,
    /// What was done to somebody innocent, or when nothing was wrong.
    pub wrong: Vec<Deed>,
}

/// How long after its end a fault may still be acted on: what was decided is under way.
const GRACE: Duration = Duration::from_secs(4);

/// Scores a run. `bad` are the times of bad requests; `planned` says how long a fault would have lasted.
#[must_use]
pub fn score(
    happened: &[Happened],
    told: &[Told],
    deeds: &[Deed],
    bad: &[Timestamp],
    planned: impl Fn(&Fault) -> Duration,
) -> RunScore {
    let faults: Vec<(&Happened, &Fault)> = happened
        .iter()
        .filter_map(|h| if let Step::Fault(fault) = &h.step { Some((h, fault)) } else { None })
        .collect();
    let during =
        |h: &Happened, at: Timestamp| at >= h.began && at <= h.ended.unwrap_or(Timestamp::MAX) + GRACE;
    let overlap = |a: &Happened, b: &Happened| {
        let end = |h: &Happened| h.ended.unwrap_or(Timestamp::MAX);
        a.began < end(b) && b.began < end(a)
    };
    let verdicts = faults.iter().map(|(h, fault)| {
        let mut candidates = told.iter().filter(|t| during(h, t.noticed));
        let first = candidates.clone().next();
        // Where two faults last at once, each has what was said of it, if anything was.
        let is_alone = !faults.iter().any(|(other, f)| *f != *fault && overlap(h, other));
        let blames = |t: &&Told| {
            let cause = t.diagnosis.as_ref().and_then(|d| d.causes().first());
            cause.is_some_and(|c| Service::of(c.component.as_str()) == Service::of(fault.victim().as_str()))
        };
        let told = if is_alone { first } else { candidates.find(blames).or(first) };
        let until = h.cured.or(h.ended).unwrap_or(h.began);
        let count = |from: Timestamp, to: Timestamp| {
            bad.iter().filter(|at| **at >= from && **at <= to).count() as u64
        };
        let harmed = until.since(h.began).as_secs_f64().max(0.25);
        let all = count(h.began, until + Duration::from_secs(1));
        Verdict {
            fault: (*fault).clone(),
            detected: told.map(|t| t.noticed.since(h.began)),
            blamed: told.and_then(|t| {
                let cause = t.diagnosis.as_ref()?.causes().first()?;
                let component = cause.component.clone();
                Some(Blamed {
                    is_located: Service::of(component.as_str()) == Service::of(fault.victim().as_str()),
                    component,
                    kind: cause.kind,
                    is_of_kind: cause.kind == Some(fault.diagnosis()),
                })
            }),
            deeds: deeds
                .iter()
                .filter(|d| during(h, d.at) && !d.undo && (is_alone || fault.concerns(&d.action)))
                .cloned()
                .collect(),
            verified: told.and_then(|t| Some(t.recovered?.since(h.began))),
            cured: h
                .cured
                .filter(|cured| h.ended.is_none_or(|ended| *cured <= ended))
                .map(|cured| cured.since(h.began)),
            bad: all,
            projected: all as f64 / harmed * planned(fault).as_secs_f64(),
            escalated: told.is_some_and(|t| t.escalated),
        }
    });
    let wrong = deeds.iter().filter(|deed| {
        !deed.undo && !faults.iter().any(|(h, f)| during(h, deed.at) && f.concerns(&deed.action))
    });
    RunScore { verdicts: verdicts.collect(), wrong: wrong.cloned().collect() }
}
