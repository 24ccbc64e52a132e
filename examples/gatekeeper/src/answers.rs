//! What an agent may see: four answers, each within a token budget. All of it is what the library computed,
//! and what was said and done.

use crate::gate::{Gate, USERS};
use crate::proposal::{Fate, Proposal, all_actions};
use crate::seen::Seen;
use crate::token_budget::Page;
use crate::world::OBJECTIVE;
use evenkeel::Timestamp;
use evenkeel::remedy::guard::{Freeze, Guard, NotHalted, Ruling, Switches, ValidLease};
use evenkeel::remedy::machine::Status;
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::remedy::{Action, Health};
use evenkeel::report::Timeline;
use std::time::Duration;

impl Gate {
    /// How things are: users, incidents, what is under way, what was proposed lately and what became of it.
    #[must_use]
    pub fn status(&self, tokens: usize) -> String {
        let mut page = Page::new(tokens);
        let ledger = self.machine().ledger();
        let (good, bad) = self.seen.requests();
        let share = 100.0 * bad as f64 / (good + bad).max(1) as f64;
        let promised = 100.0 * OBJECTIVE;
        page.line(
            "facts",
            format!(
                "{}; users: {share:.1} % of {} requests bad in 10 s, at most {promised} % promised",
                self.now(),
                good + bad
            ),
        );
        if let Some(why) = &self.broken {
            page.line("facts", format!("broken, nothing is done any more: {why}"));
        }
        if let Some(by) = ledger.halted_by() {
            page.line("facts", format!("halted by {by}: nothing is done"));
        }
        for (name, until) in ledger.freezes() {
            let until = until.map_or(String::new(), |until| format!(" until {until}"));
            page.line("facts", format!("frozen{until}: {name}"));
        }
        let mut any = false;
        for incident in self.machine().incidents() {
            any = true;
            self.add_incident(incident, &mut page);
        }
        if !any {
            page.line("incidents", "no incident is open");
        }
        for (key, flight) in ledger.in_flight() {
            let doubt = if flight.in_doubt { ", in doubt" } else { "" };
            page.line("actions", format!("being done: {} ({key}{doubt})", flight.action));
        }
        let members = ledger.components().flat_map(|component| ledger.members(component));
        for (target, _) in members {
            match ledger.health(target) {
                Health::Serving => {}
                Health::Failing => page.line("instances", format!("{target} fails its health check")),
                Health::OutOfService => page.line("instances", format!("{target} is out of service")),
                _ => page.line("instances", format!("{target}: health unknown")),
            }
        }
        if let Some(source) = ledger.source(USERS).filter(|source| !source.value.is_trustworthy()) {
            page.line("facts", format!("the count of requests is {}: guards wait", source.value));
        }
        for proposal in self.proposals.iter().rev() {
            page.line("proposals", describe(proposal));
        }
        page.line("facts", self.describe_budget());
        page.line("facts", format!("confidence, {}", self.confidence));
        for ended in self.ended.iter().rev() {
            page.line("ended", format!("incident {} ended {}: {}", ended.incident, ended.at, ended.outcome));
        }
        page.finish()
    }

    fn add_incident(&self, incident: u64, page: &mut Page) {
        let Some(situation) = self.machine().situation(incident) else { return };
        let what = match self.machine().status(incident) {
            Some(Status::Waiting { .. }) => "waits for a proposal".to_string(),
            Some(Status::Held) => "guards hold what was proposed".to_string(),
            Some(Status::InFlight { key, .. }) => format!("{key} is being done"),
            Some(Status::Verifying { since }) => format!("verifies since {since}"),
            Some(Status::Keeping { until }) => format!("a measure is kept until {until}"),
            _ => "the machine is at work".to_string(),
        };
        let cause = match situation.diagnosis().causes().first() {
            Some(cause) => {
                let kind = cause.kind.map_or(String::new(), |kind| format!(" ({kind})"));
                format!("{}{kind} with probability {:.2}", cause.component, cause.probability())
            }
            None => "no cause stands out".to_string(),
        };
        let (opened, deadline) = (situation.opened(), situation.deadline());
        page.line("incidents", format!("incident {incident}, open since {opened}: {what}; cause: {cause}"));
        let (actions, decisions) = (situation.actions_left(), situation.decisions_left());
        page.line("incidents", format!("  a person is called at {deadline}, or after {actions} more actions or {decisions} more decisions"));
        if let Some(recovery) = situation.recovery() {
            page.line("incidents", format!("  users since then: {recovery}"));
        }
    }

    fn describe_budget(&self) -> String {
        let (most, per) = self.settings.budget.limits();
        let left = self.settings.budget.left(&self.machine().ledger());
        format!(
            "without a person: {left} of {most} actions left in {} min, of restart and drain; others wait for one",
            per.as_secs() / 60
        )
    }

    /// The causes of the open incidents, with the evidence for them.
    #[must_use]
    pub fn diagnosis(&self, tokens: usize) -> String {
        let mut page = Page::new(tokens);
        let mut any = false;
        for incident in self.machine().incidents() {
            let Some(diagnosis) = self.machine().diagnosis(incident) else { continue };
            any = true;
            let unexplained = diagnosis.unexplained();
            page.line(
                "causes",
                format!("incident {incident}, diagnosed {}; none of these: {unexplained:.2}", diagnosis.at()),
            );
            // First the causes, so that none is left out for the evidence of another.
            let causes = diagnosis.causes().iter().filter(|cause| cause.probability() >= 0.005);
            for cause in causes.clone() {
                let kind = cause.kind.map_or("of no known kind".to_string(), |kind| kind.to_string());
                page.line("causes", format!("{} {:.2}: {kind}", cause.component, cause.probability()));
            }
            for cause in causes {
                for evidence in &cause.evidence {
                    page.line("evidence", format!("evidence for {}: {evidence}", cause.component));
                }
            }
        }
        if !any {
            page.line("causes", "no incident is open");
        }
        page.finish()
    }

    /// What guards say of an action now. They rule again when it is proposed, and once more at the moment of
    /// its permit.
    pub fn ruling(&self, action: &Action<StandardVerb>) -> Ruling {
        let ledger = self.machine().ledger();
        let own = NotHalted.rule(action, &ledger).meet(ValidLease.rule(action, &ledger));
        let own = own.meet(Switches.rule(action, &ledger)).meet(Freeze::new().rule(action, &ledger));
        self.guards.iter().fold(own, |ruling, guard| ruling.meet(guard.rule(action, &ledger)))
    }

    /// Every action that can be proposed, with whether it may be done and why not: first those on what is
    /// blamed most, and of them those that may.
    #[must_use]
    pub fn options(&self, tokens: usize) -> String {
        let mut page = Page::new(tokens);
        if self.machine().incidents().next().is_none() {
            page.line("actions", "no incident is open, so nothing can be proposed; were one:");
        }
        let blamed = |action: &Action<StandardVerb>| {
            let causes = self.machine().incidents().filter_map(|incident| self.machine().diagnosis(incident));
            let mut causes = causes.flat_map(|diagnosis| diagnosis.causes());
            let place = causes.position(|cause| cause.component == action.target.component);
            place.unwrap_or(usize::MAX)
        };
        let mut actions: Vec<(usize, Action<StandardVerb>, Ruling)> = all_actions()
            .map(|action| (blamed(&action), self.ruling(&action), action))
            .map(|(b, r, a)| (b, a, r))
            .collect();
        actions.sort_by_key(|(blamed, _, ruling)| (*blamed, ruling.is_denied()));
        for (_, action, ruling) in &actions {
            let others: Vec<String> = ruling
                .reasons()
                .iter()
                .filter(|reason| reason.guard() != "approval")
                .map(ToString::to_string)
                .collect();
            let others = others.join("; ");
            let later = ruling.not_before().filter(|t| *t > self.now());
            let may = match (ruling.is_denied(), ruling.is_advice(), later) {
                (true, ..) => format!("no: {others}"),
                (_, true, _) => format!("advised only: {others}"),
                (.., Some(until)) => format!("not before {until}: {others}"),
                _ if self.settings.budget.agrees(action, &self.machine().ledger()) => {
                    "yes, within the budget".to_string()
                }
                _ => "if a person agrees".to_string(),
            };
            page.line("actions", format!("{action}: {may}"));
        }
        page.finish()
    }

    /// The recent past of the telemetry in few tokens: what moved, how far and when, who calls whom, what was
    /// done. The time it is compared at is that at which the oldest open incident began, or a minute ago.
    ///
    /// # Errors
    /// If the tokens are fewer than 400.
    pub fn digest(&self, tokens: usize) -> Result<String, evenkeel::Error> {
        self.to_digest(tokens).make()
    }

    /// What a digest is made of, copied: making it takes many times as long as the copy, and nothing waits for it.
    pub(crate) fn to_digest(&self, tokens: usize) -> ToDigest {
        let began = self.observer.incidents().map(|(_, since)| since).min();
        let stated = began.unwrap_or(self.now() - Duration::from_secs(60));
        let mut timeline = Timeline::new();
        for (at, notice) in &self.notices {
            timeline.notice(*at, notice);
        }
        ToDigest { seen: self.seen.clone(), stated, timeline, tokens }
    }
}

/// The recent past, to be told in few tokens.
#[derive(Debug)]
pub(crate) struct ToDigest {
    seen: Seen,
    stated: Timestamp,
    timeline: Timeline,
    tokens: usize,
}

impl ToDigest {
    /// The digest.
    ///
    /// # Errors
    /// If the tokens are fewer than 400.
    pub(crate) fn make(mut self) -> Result<String, evenkeel::Error> {
        let digest = self.seen.digest(self.stated, &self.timeline, self.tokens)?;
        Ok(digest.as_str().trim_end().to_string())
    }
}

/// A proposal in a line. What it gives as its reason is not in it: a text of one agent is not shown to
/// another.
#[must_use]
pub fn describe(proposal: &Proposal) -> String {
    let Proposal { number, incident, draft, fate, undone_by, .. } = proposal;
    let undone = undone_by.as_ref().map_or(String::new(), |by| format!("; taken back by {by}"));
    let key = match fate {
        Fate::Held { asks: Some(key), .. } => format!(" [{key}]"),
        _ => String::new(),
    };
    format!(
        "proposal {number} for incident {incident}: {} (stated {:.2}): {fate}{key}{undone}",
        draft.action, draft.confidence
    )
}
