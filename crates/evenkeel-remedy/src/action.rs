//! Actions: targets, plans and idempotency keys.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Target`] | a component, or one instance of it |
//! | [`Action`] | a verb and its target |
//! | [`Plan`], [`Step`] | actions in their order |
//! | [`Propensity`] | with which probability a plan was chosen |
//! | [`Key`] | the identity of one attempt, by which it is done at most once |

use crate::verb::Verb;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use evenkeel_core::{Error, Name};

/// What an action is done to: one instance of a component, or the component as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Target {
    /// The name of the component.
    pub component: Name,
    /// The name of the instance; `None` is all of the component.
    pub instance: Option<Name>,
}

impl Target {
    /// A component as a whole.
    pub fn component(component: impl Into<Name>) -> Self {
        Self { component: component.into(), instance: None }
    }

    /// One instance of a component.
    pub fn instance(component: impl Into<Name>, instance: impl Into<Name>) -> Self {
        Self { component: component.into(), instance: Some(instance.into()) }
    }

    /// Whether all of this is part of the other.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.component == other.component && (other.instance.is_none() || self.instance == other.instance)
    }

    /// Whether something is part of both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.component == other.component
            && match (&self.instance, &other.instance) {
                (Some(a), Some(b)) => a == b,
                _ => true,
            }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.instance {
            Some(instance) => write!(f, "{}/{instance}", self.component),
            None => write!(f, "{}", self.component),
        }
    }
}

/// A verb and what it is done to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Action<V> {
    /// The verb: what is done.
    pub verb: V,
    /// What it is done to.
    pub target: Target,
}

impl<V: Verb> Action<V> {
    /// A verb on a target.
    pub fn new(verb: V, target: Target) -> Self {
        Self { verb, target }
    }

    /// The action that takes it back, if there is one.
    #[must_use]
    pub fn undo(&self) -> Option<Self> {
        Some(Self { verb: self.verb.undo()?, target: self.target.clone() })
    }
}

impl<V: fmt::Display> fmt::Display for Action<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.target)
    }
}

/// One step of a [`Plan`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Step<V> {
    action: Action<V>,
    undo: Option<Action<V>>,
    gated: bool,
}

impl<V: Verb> Step<V> {
    /// An action, undone as its verb says.
    pub fn new(action: Action<V>) -> Self {
        let undo = action.undo();
        Self { action, undo, gated: false }
    }

    /// Undone by another action, or by none.
    #[must_use]
    pub fn undone_by(mut self, undo: Option<Action<V>>) -> Self {
        self.undo = undo;
        self
    }

    /// The step after this one is taken only once users were verified to be fine: the steps of a canary.
    #[must_use]
    pub fn gated(mut self) -> Self {
        self.gated = true;
        self
    }
}

impl<V> Step<V> {
    /// What is done.
    #[must_use]
    pub fn action(&self) -> &Action<V> {
        &self.action
    }

    /// What takes it back.
    #[must_use]
    pub fn undo(&self) -> Option<&Action<V>> {
        self.undo.as_ref()
    }

    /// Whether recovery is verified before the next step.
    #[must_use]
    pub fn is_gated(&self) -> bool {
        self.gated
    }
}

/// What a policy wants done: steps in order, each after the one before was reported done, and recovery
/// verified after the last.
///
/// If it did not help, or a step failed, the steps that were done and can be undone are undone, the last
/// first.
///
/// ```
/// use evenkeel_remedy::action::{Plan, Step};
/// use evenkeel_remedy::verb::StandardVerb;
/// use evenkeel_remedy::{Action, Target};
///
/// let target = Target::instance("cart", "cart-2");
/// let plan = Plan::of(Action::new(StandardVerb::Drain, target.clone())).then(Step::new(Action::new(StandardVerb::Restart, target)));
/// assert_eq!(plan.to_string(), "drain cart/cart-2, restart cart/cart-2");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct Plan<V> {
    steps: Vec<Step<V>>,
    settle: Duration,
    keep: Option<Duration>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    propensity: Option<Propensity>,
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "core::ops::Not::not"))]
    replacing: bool,
}

/// With which probability a policy made a choice: above 0, at most 1.
///
/// Written to the log with the plan, it is what off-policy evaluation needs.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "f64", into = "f64")
)]
pub struct Propensity(f64);

/// It is never NaN.
impl Eq for Propensity {}

impl Propensity {
    /// A probability.
    ///
    /// # Errors
    /// If it is not in [1e-12, 1].
    pub fn new(probability: f64) -> Result<Self, Error> {
        let fits = (1e-12..=1.0).contains(&probability);
        Error::require(fits, "propensity", "in [1e-12, 1]", probability)?;
        Ok(Self(probability))
    }

    /// The probability.
    #[must_use]
    pub fn probability(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Propensity {
    type Error = Error;

    fn try_from(probability: f64) -> Result<Self, Error> {
        Self::new(probability)
    }
}

impl From<Propensity> for f64 {
    fn from(propensity: Propensity) -> Self {
        propensity.0
    }
}

impl<V: Verb> Plan<V> {
    /// The most steps of a plan.
    pub const MOST_STEPS: usize = 64;

    /// One action.
    pub fn of(action: Action<V>) -> Self {
        Self {
            steps: alloc::vec![Step::new(action)],
            settle: Duration::ZERO,
            keep: None,
            propensity: None,
            replacing: false,
        }
    }

    /// Several steps.
    ///
    /// # Errors
    /// If there is none, or more than [`MOST_STEPS`](Self::MOST_STEPS).
    pub fn new(steps: Vec<Step<V>>) -> Result<Self, Error> {
        let n = steps.len();
        Error::require((1..=Self::MOST_STEPS).contains(&n), "steps", "from 1 to 64", n)?;
        Ok(Self { steps, settle: Duration::ZERO, keep: None, propensity: None, replacing: false })
    }

    /// One step more. Beyond [`MOST_STEPS`](Self::MOST_STEPS) the machine refuses the plan.
    pub fn then(mut self, step: Step<V>) -> Self {
        self.steps.push(step);
        self
    }

    /// How long after a step what users feel does not count yet. Default 0.
    pub fn settle(mut self, length: Duration) -> Self {
        self.settle = length;
        self
    }

    /// With which probability the policy chose this plan among others. Default: that is not known.
    pub fn chosen_with(mut self, propensity: Propensity) -> Self {
        self.propensity = Some(propensity);
        self
    }

    /// Each step takes the place of the one before it, as the shares of a canary do: undoing the last that was
    /// done takes back the whole plan, in one action. Default: each step that can be undone is undone.
    pub fn replacing(mut self) -> Self {
        self.replacing = true;
        self
    }

    /// A measure for a time: once users were verified to be fine it is kept so long, at least until what was
    /// blamed is known to be healthy, then undone, and verified again. Default: what helped stays.
    pub fn keep_for(mut self, length: Duration) -> Self {
        self.keep = Some(length);
        self
    }
}

impl<V> Plan<V> {
    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step<V>] {
        &self.steps
    }

    /// How long after a step nothing counts.
    #[must_use]
    pub fn settles_for(&self) -> Duration {
        self.settle
    }

    /// With which probability it was chosen, if the policy said so.
    #[must_use]
    pub fn propensity(&self) -> Option<Propensity> {
        self.propensity
    }

    /// Whether undoing the last step that was done takes back all of them.
    #[must_use]
    pub fn is_replacing(&self) -> bool {
        self.replacing
    }

    /// For how long a measure that helped is kept; `None` for good.
    #[must_use]
    pub fn kept_for(&self) -> Option<Duration> {
        self.keep
    }
}

impl<V: fmt::Display> fmt::Display for Plan<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.steps.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}", step.action)?;
        }
        Ok(())
    }
}

/// What makes an attempt unique, for ever: an executor that sees the same key again must not do it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Key {
    /// The number of the incident.
    pub incident: u64,
    /// The number of the action in the incident, from 0; undoing counts.
    pub step: u32,
    /// The number of the attempt at it, from 0.
    pub attempt: u32,
}

/// `incident.step.attempt`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.incident, self.step, self.attempt)
    }
}
