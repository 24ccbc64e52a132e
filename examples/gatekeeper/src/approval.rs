//! Approval of what an agent proposes: by a person, or by a budget that a person set.

use evenkeel::remedy::Action;
use evenkeel::remedy::action::Key;
use evenkeel::remedy::executor::Applied;
use evenkeel::remedy::guard::{Guard, Reason, Ruling};
use evenkeel::remedy::ledger::Ledger;
use evenkeel::remedy::verb::{StandardVerb, Verb};
use evenkeel::{Name, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// For how long a person is asked, and guards hold a proposal. Then it is not done.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// What this guard calls itself.
const GUARD: &str = "approval";

/// Since when people are asked about which action, so that a ruling tells for how long nobody has answered.
/// Nothing is decided by it.
#[derive(Debug, Clone, Default)]
pub struct Questions(Arc<Mutex<BTreeMap<String, Timestamp>>>);

impl Questions {
    fn since(&self) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// People are asked about an action from now on.
    pub fn ask(&self, action: &str, now: Timestamp) {
        self.since().entry(action.to_string()).or_insert(now);
    }

    /// Nobody is asked about an action any more.
    pub fn take_back(&self, action: &str) {
        self.since().remove(action);
    }
}

/// Asks for agreement to whatever is proposed, but for what takes an earlier action back: that nobody has to
/// wait for.
#[derive(Debug, Clone, Default)]
pub struct AgentApproval(Questions);

impl AgentApproval {
    /// Tells of these questions for how long nobody has answered.
    #[must_use]
    pub fn new(questions: Questions) -> Self {
        Self(questions)
    }
}

/// Whether a reason says that nobody answered for as long as a person is asked.
pub(crate) fn is_unanswered(reason: &Reason) -> bool {
    *reason.guard() == *GUARD && reason.observed() >= PATIENCE.as_secs_f64()
}

impl Guard<StandardVerb> for AgentApproval {
    fn rule(&self, action: &Action<StandardVerb>, ledger: &Ledger<'_, StandardVerb>) -> Ruling {
        if ledger.is_undo() {
            return Ruling::permit();
        }
        let verb = action.verb.name();
        let asked = self.0.since().get(&action.to_string()).copied();
        let waited = asked.map(|since| ledger.now().since(since).as_secs()).filter(|waited| *waited > 0);
        let what = match waited {
            Some(waited) => format!("nobody has answered for {waited} s whether to `{verb}`"),
            None => format!("a person or the budget has to agree to `{verb}`"),
        };
        let waited = waited.map_or(0.0, |waited| waited as f64);
        Ruling::ask(Reason::new(GUARD, what, waited, PATIENCE.as_secs_f64()))
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
    /// When it is too late for an answer.
    pub until: Timestamp,
}
