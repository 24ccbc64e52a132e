//! A Markov decision process as a policy.

use crate::policy::{Decision, MdpSolution, Policy, Situation};
use crate::verb::Verb;
use core::fmt;
use core::marker::PhantomData;

/// Decides by the solution of an [`Mdp`](crate::policy::Mdp): one function says in which state a situation
/// is, another what an action of that state means.
///
/// Where the first says `None`, or names a state that there is not, a person is called.
///
/// ```
/// use evenkeel_remedy::policy::{Decision, Mdp, MdpPolicy};
/// use evenkeel_remedy::verb::StandardVerb;
/// use evenkeel_remedy::action::Plan;
/// use evenkeel_remedy::{Action, Target};
///
/// let mut builder = Mdp::builder(2, 0.95);
/// builder.action(0, 0.0, &[(0, 1.0)]);
/// builder.action(1, 9.0, &[(0, 0.6), (1, 0.4)]);
/// let policy = MdpPolicy::<StandardVerb, _, _>::new(
///     builder.build()?.policy_iteration()?,
///     |situation| Some(usize::from(!situation.diagnosis().causes().is_empty())),
///     |situation, _action| match situation.diagnosis().causes().first() {
///         Some(cause) => Decision::Act(Plan::of(Action::new(StandardVerb::Restart, Target::component(&cause.component)))),
///         None => Decision::Escalate { why: "nothing is known".into() },
///     },
/// );
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
pub struct MdpPolicy<V, S, A> {
    solution: MdpSolution,
    state: S,
    act: A,
    verbs: PhantomData<fn() -> V>,
}

impl<V, S, A> fmt::Debug for MdpPolicy<V, S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MdpPolicy").field("solution", &self.solution).finish_non_exhaustive()
    }
}

impl<V, S, A> MdpPolicy<V, S, A>
where
    V: Verb,
    S: FnMut(&Situation<'_, V>) -> Option<usize>,
    A: FnMut(&Situation<'_, V>, usize) -> Decision<V>,
{
    /// By a solution, the state of a situation, and the meaning of an action.
    pub fn new(solution: MdpSolution, state: S, act: A) -> Self {
        Self { solution, state, act, verbs: PhantomData }
    }
}

impl<V, S, A> Policy<V> for MdpPolicy<V, S, A>
where
    V: Verb,
    S: FnMut(&Situation<'_, V>) -> Option<usize>,
    A: FnMut(&Situation<'_, V>, usize) -> Decision<V>,
{
    fn decide(&mut self, s: &Situation<'_, V>) -> Decision<V> {
        match (self.state)(s).and_then(|state| self.solution.policy().get(state)) {
            Some(action) => (self.act)(s, *action),
            None => Decision::Escalate { why: "the situation is in no known state".into() },
        }
    }
}
