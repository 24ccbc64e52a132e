//! What divides the traffic, and the executor that drives it.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use evenkeel_remedy::action::Key;
use evenkeel_remedy::executor::{Applied, Executor, Permit};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Action, Target};

/// Divides the traffic of a service between an old and a new version: a proxy, a mesh, the callers themselves.
///
/// What [`SplitExecutor`] relies on: *an order is taken only if its key is larger than that of every order
/// taken before* for the same target, whenever it arrives. So an order to raise the share that was under way
/// when the canary failed cannot come after the one that ended it.
pub trait TrafficSplit {
    /// Orders that the canary of a target gets this share of the traffic, in percent. It may return before
    /// that is so everywhere.
    ///
    /// # Errors
    /// If the order was not taken, or nobody knows.
    fn set(&mut self, target: &Target, percent: u8, order: Key) -> Result<(), SplitError>;

    /// What share it has in truth: asked of those who divide the traffic, not remembered.
    ///
    /// # Errors
    /// If that cannot be found out now.
    fn read(&mut self, target: &Target) -> Result<SplitState, SplitError>;
}

impl<S: TrafficSplit + ?Sized> TrafficSplit for &mut S {
    fn set(&mut self, target: &Target, percent: u8, order: Key) -> Result<(), SplitError> {
        (**self).set(target, percent, order)
    }

    fn read(&mut self, target: &Target) -> Result<SplitState, SplitError> {
        (**self).read(target)
    }
}

/// How the traffic of a target is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SplitState {
    /// The share of the canary in percent; none while those who divide the traffic do not agree.
    pub percent: Option<u8>,
    /// The order that they all follow; none if they do not all follow the same, or never had one.
    pub order: Option<Key>,
}

/// Why an order was not carried out, or a share not read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SplitError {
    /// Nothing was changed, and never will be.
    Refused(String),
    /// What was changed, if anything, is not known.
    Failed(String),
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Failed(why) => write!(f, "failed: {why}"),
        }
    }
}

impl core::error::Error for SplitError {}

/// Carries shifts out and reads them back: one is done once the traffic is divided as it says, and under way
/// until then.
///
/// A newer order for a target takes the place of one that is still under way. After a restart,
/// [`recall`](Self::recall) what the machine has in flight; what is not known here is answered as
/// [`Applied::Unknown`].
#[derive(Debug, Clone)]
pub struct SplitExecutor<S> {
    split: S,
    token: u64,
    under_way: BTreeMap<Key, (Target, Option<u8>)>,
    ended: BTreeMap<Key, Applied>,
}

/// The most ended orders that are remembered.
const MOST_ENDED: usize = 1000;

impl<S: TrafficSplit> SplitExecutor<S> {
    /// Drives this.
    pub fn new(split: S) -> Self {
        Self { split, token: 0, under_way: BTreeMap::new(), ended: BTreeMap::new() }
    }

    /// What divides the traffic.
    pub fn split(&self) -> &S {
        &self.split
    }

    /// What divides the traffic, to be asked.
    pub fn split_mut(&mut self) -> &mut S {
        &mut self.split
    }

    /// Remembers an action that was in flight when the program ended, so that it can be probed:
    /// [`Ledger::in_flight`](evenkeel_remedy::ledger::Ledger::in_flight) has them.
    pub fn recall(&mut self, key: Key, action: &Action<StandardVerb>) {
        if let StandardVerb::Canary { .. } = action.verb {
            self.under_way.insert(key, (action.target.clone(), None));
        }
    }

    fn end(&mut self, key: Key, outcome: Applied) -> Applied {
        self.under_way.remove(&key);
        if self.ended.len() >= MOST_ENDED {
            self.ended.pop_first();
        }
        self.ended.insert(key, outcome.clone());
        outcome
    }

    /// Whether an order is in force, or another has taken its place.
    fn look(&mut self, key: Key, target: &Target, percent: Option<u8>) -> Applied {
        match self.split.read(target) {
            Ok(state) if state.order == Some(key) && (percent.is_none() || state.percent == percent) => {
                Applied::Done
            }
            Ok(state) if state.order.is_some_and(|order| order > key) => {
                Applied::Failed { why: "another order came after it".into() }
            }
            _ => Applied::Running,
        }
    }
}

impl<S: TrafficSplit> Executor<StandardVerb> for SplitExecutor<S> {
    fn apply(&mut self, permit: Permit<StandardVerb>) -> Applied {
        let key = permit.key();
        if permit.token() < self.token {
            return Applied::Absent { why: "the token is an old one".into() };
        }
        self.token = permit.token();
        if let Some(known) = self.ended.get(&key) {
            return known.clone();
        }
        let target = permit.action().target.clone();
        let StandardVerb::Canary { to, .. } = permit.action().verb else {
            let why = alloc::format!("`{}` divides no traffic", permit.action());
            return self.end(key, Applied::Absent { why });
        };
        let replaced: Vec<Key> =
            self.under_way.iter().filter(|(_, (of, _))| *of == target).map(|(key, _)| *key).collect();
        for older in replaced {
            self.end(older, Applied::Failed { why: "another order took its place".into() });
        }
        match self.split.set(&target, to, key) {
            Err(SplitError::Refused(why)) => self.end(key, Applied::Absent { why }),
            Err(SplitError::Failed(why)) => self.end(key, Applied::Failed { why }),
            Ok(()) => match self.look(key, &target, Some(to)) {
                Applied::Running => {
                    self.under_way.insert(key, (target, Some(to)));
                    Applied::Running
                }
                outcome => self.end(key, outcome),
            },
        }
    }

    fn probe(&mut self, key: Key) -> Applied {
        if let Some(ended) = self.ended.get(&key) {
            return ended.clone();
        }
        let Some((target, percent)) = self.under_way.get(&key).cloned() else { return Applied::Unknown };
        let found = self.look(key, &target, percent);
        if found != Applied::Running || percent.is_some() {
            return if found == Applied::Running { found } else { self.end(key, found) };
        }
        // From before a restart, and not in force. An order under the same key for the share that there is
        // sees to it that it never will be.
        let Ok(SplitState { percent: Some(now), .. }) = self.split.read(&target) else {
            return Applied::Unknown;
        };
        match self.split.set(&target, now, key) {
            Ok(()) => {
                self.end(key, Applied::Absent { why: "it never came to those who divide the traffic".into() })
            }
            Err(_) => Applied::Unknown,
        }
    }

    fn finished(&mut self) -> Option<(Key, Applied)> {
        let known: Vec<(Key, Target, Option<u8>)> =
            self.under_way.iter().map(|(key, (target, percent))| (*key, target.clone(), *percent)).collect();
        for (key, target, percent) in known.into_iter().filter(|(_, _, percent)| percent.is_some()) {
            let found = self.look(key, &target, percent);
            if found != Applied::Running {
                return Some((key, self.end(key, found)));
            }
        }
        None
    }
}
