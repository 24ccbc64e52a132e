//! Approval of what an agent proposes: by a person, or by a budget that a person set.

use evenkeel::remedy::Action;
use evenkeel::remedy::action::Key;
use evenkeel::remedy::executor::Applied;
use evenkeel::remedy::guard::{Guard, Reason, Ruling};
use evenkeel::remedy::ledger::Ledger;
use evenkeel::remedy::verb::{StandardVerb, Verb};
use evenkeel::{Name, Timestamp};
use std::time::Duration;

/// Asks for agreement to whatever is proposed, but for what takes an earlier action back: that nobody has to
/// wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AgentApproval;

impl Guard<StandardVerb> for AgentApproval {
    fn rule(&self, action: &Action<StandardVerb>, ledger: &Ledger<'_, StandardVerb>) -> Ruling {
        if ledger.is_undo() {
            return Ruling::permit();
        }
        let what = format!("a person or the budget has to agree to `{}`", action.verb.name());
        Ruling::ask(Reason::new("approval", what, 0.0, 1.0))
    }
}

/// What is agreed to without asking a person: actions of some verbs, so many in a stretch of time.
///
/// All actions of the stretch count, also those that a person agreed to, so that a budget is never on top of
/// what people allow. They are counted in the machine's ledger, which survives a restart with its journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalBudget {
    verbs: Vec<Name>,
    most: u32,
    per: Duration,
}

impl ApprovalBudget {
    /// For verbs of these [names](Verb::name), at most so many in any stretch of this length, at most an
    /// hour: the machine remembers that long.
    #[must_use]
    pub fn new(verbs: &[&str], most: u32, per: Duration) -> Self {
        let verbs = verbs.iter().map(|verb| Name::from(*verb)).collect();
        Self { verbs, most, per: per.min(Duration::from_secs(3600)) }
    }

    /// How many are left now.
    #[must_use]
    pub fn left(&self, ledger: &Ledger<'_, StandardVerb>) -> u32 {
        let is_recent = |since: Timestamp| since + self.per > ledger.now();
        let done = ledger.history().filter(|past| {
            !past.undo && !matches!(past.outcome, Applied::Absent { .. }) && is_recent(past.since)
        });
        let flying = ledger.in_flight().filter(|(_, flight)| !flight.undo && is_recent(flight.since));
        let spent = u32::try_from(done.count() + flying.count()).unwrap_or(u32::MAX);
        self.most.saturating_sub(spent)
    }

    /// Whether it agrees to an action now.
    #[must_use]
    pub fn agrees(&self, action: &Action<StandardVerb>, ledger: &Ledger<'_, StandardVerb>) -> bool {
        self.verbs.iter().any(|verb| verb == action.verb.name()) && self.left(ledger) > 0
    }

    /// Whether it may ever agree to an action of this verb.
    #[must_use]
    pub fn covers(&self, verb: StandardVerb) -> bool {
        self.verbs.iter().any(|name| name == verb.name())
    }

    /// How many in how long.
    #[must_use]
    pub fn limits(&self) -> (u32, Duration) {
        (self.most, self.per)
    }
}

/// What a person is asked to agree to.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The key under which to agree or decline.
    pub key: Key,
    /// The number of the proposal, if that is still known.
    pub proposal: Option<u64>,
    /// What would be done.
    pub action: String,
    /// Why, in the agent's words, and how sure it says it is.
    pub said: Option<(String, f64)>,
    /// What the guards say.
    pub ruling: String,
    /// When it was asked.
    pub since: Timestamp,
}
