//! Markov decision processes with finitely many states.

use alloc::vec::Vec;
use evenkeel_core::Error;
use evenkeel_stats::linear::solve_general;

/// What an action costs in a state and where it leads.
#[derive(Debug, Clone, PartialEq)]
struct Choice {
    cost: f64,
    next: Vec<(usize, f64)>,
}

/// A Markov decision process that is being put together.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct MdpBuilder {
    discount: f64,
    states: Vec<Vec<Choice>>,
    unknown: Option<usize>,
}

impl MdpBuilder {
    /// Adds an action to a state: what it costs and with which probability it leads where. Its index in that
    /// state is returned.
    pub fn action(&mut self, state: usize, cost: f64, next: &[(usize, f64)]) -> usize {
        match self.states.get_mut(state) {
            Some(choices) => {
                choices.push(Choice { cost, next: next.to_vec() });
                choices.len() - 1
            }
            None => {
                self.unknown = Some(state);
                0
            }
        }
    }

    /// The process.
    ///
    /// # Errors
    /// If there is no state, or more than 100,000, or one without an action; the discount is not in (0, 1]; a
    /// cost is not within 1e100; a state is named that there is not; or probabilities are not in [0, 1] or do
    /// not sum to 1 (within 1e-9).
    pub fn build(self) -> Result<Mdp, Error> {
        let n = self.states.len();
        Error::require((1..=100_000).contains(&n), "states", "from 1 to 100000", n)?;
        let discount = self.discount > 0.0 && self.discount <= 1.0;
        Error::require(discount, "discount", "in (0, 1]", self.discount)?;
        if let Some(state) = self.unknown {
            return Err(Error::parameter("state", "one that there is", state));
        }
        for (state, choices) in self.states.iter().enumerate() {
            Error::require(!choices.is_empty(), "actions", "at least one in each state", state)?;
            for choice in choices {
                Error::require(choice.cost.abs() <= 1e100, "cost", "within 1e100", choice.cost)?;
                let mut sum = 0.0;
                for (next, p) in &choice.next {
                    Error::require(*next < n, "state", "one that there is", next)?;
                    Error::require((0.0..=1.0).contains(p), "probability", "in [0, 1]", p)?;
                    sum += p;
                }
                let whole = (sum - 1.0).abs() <= 1e-9;
                Error::require(whole, "probability", "such that those of an action sum to 1", sum)?;
            }
        }
        Ok(Mdp { discount: self.discount, states: self.states })
    }
}

/// States, what can be done in each, what that costs, and with which probability it leads where; the expected
/// discounted cost is to be smallest.
///
/// *When*: what an action does depends on the state of the service, not on what was tried: a service that
/// gets worse by itself, a restart that may fail. *Method*: value iteration and policy iteration. Source: R.
/// A. Howard, Dynamic Programming and Markov Processes (1960); M. L. Puterman, Markov Decision Processes
/// (1994), doi:10.1002/9780470316887, sections 6.3, 6.4 and, without discount, 7.2.
///
/// ```
/// use evenkeel_remedy::policy::Mdp;
///
/// // 0 is healthy and stays so; in 1 a restart costs 9 and helps in 6 of 10, waiting costs 7 and helps in 1.
/// let mut builder = Mdp::builder(2, 0.9);
/// builder.action(0, 0.0, &[(0, 1.0)]);
/// let wait = builder.action(1, 7.0, &[(0, 0.1), (1, 0.9)]);
/// let restart = builder.action(1, 9.0, &[(0, 0.6), (1, 0.4)]);
/// let solution = builder.build()?.policy_iteration()?;
/// assert_eq!(solution.policy()[1], restart);
/// assert!((solution.values()[1] - 9.0 / (1.0 - 0.9 * 0.4)).abs() < 1e-12);
/// assert!(solution.costs(1)[wait] > solution.costs(1)[restart]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Mdp {
    discount: f64,
    states: Vec<Vec<Choice>>,
}

/// The most states of policy iteration, which solves a system of equations of that size.
const MOST_SOLVED: usize = 2_000;

/// What to do in each state, and what it is worth.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct MdpSolution {
    values: Vec<f64>,
    costs: Vec<Vec<f64>>,
    policy: Vec<usize>,
    iterations: usize,
    converged: bool,
}

impl MdpSolution {
    /// The expected discounted cost from each state on.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The best action in each state, of equal ones the first.
    #[must_use]
    pub fn policy(&self) -> &[usize] {
        &self.policy
    }

    /// The expected cost of each action in a state, if it goes on as is best; none for a state that there is
    /// not.
    #[must_use]
    pub fn costs(&self, state: usize) -> &[f64] {
        self.costs.get(state).map_or(&[], Vec::as_slice)
    }

    /// How many sweeps over all states, or policies, it took.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether it came to its end; else the values are as near as the sweeps brought them.
    #[must_use]
    pub fn is_converged(&self) -> bool {
        self.converged
    }
}

impl Mdp {
    /// With so many states, each of which needs an action, and a discount a step, in (0, 1].
    pub fn builder(states: usize, discount: f64) -> MdpBuilder {
        // More are refused when it is built.
        let states = alloc::vec![Vec::new(); states.min(100_001)];
        MdpBuilder { discount, states, unknown: None }
    }

    /// How many states there are.
    #[must_use]
    pub fn states(&self) -> usize {
        self.states.len()
    }

    fn cost(&self, choice: &Choice, values: &[f64]) -> f64 {
        let next: f64 = choice.next.iter().map(|(state, p)| p * values[*state]).sum();
        choice.cost + self.discount * next
    }

    fn costs(&self, values: &[f64]) -> Vec<Vec<f64>> {
        let of = |choices: &Vec<Choice>| choices.iter().map(|choice| self.cost(choice, values)).collect();
        self.states.iter().map(of).collect()
    }

    fn sweep(&self, values: &[f64]) -> Vec<f64> {
        let least = |choices: &Vec<Choice>| {
            choices.iter().map(|choice| self.cost(choice, values)).fold(f64::INFINITY, f64::min)
        };
        self.states.iter().map(least).collect()
    }

    fn solution(&self, values: Vec<f64>, iterations: usize, converged: bool) -> MdpSolution {
        let costs = self.costs(&values);
        let first = |costs: &Vec<f64>| {
            let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
            // What differs by rounding only is equal.
            costs.iter().position(|c| *c <= least + 1e-12 * least.abs()).unwrap_or(0)
        };
        let policy = costs.iter().map(first).collect();
        MdpSolution { values, costs, policy, iterations, converged }
    }

    /// The values after so many sweeps of value iteration, which begins at 0: what is best if it ends after
    /// so many steps. O(sweeps × transitions).
    #[must_use]
    pub fn values_after(&self, sweeps: usize) -> Vec<f64> {
        (0..sweeps).fold(alloc::vec![0.0; self.states.len()], |values, _| self.sweep(&values))
    }

    /// Value iteration until no value changes by more than `tolerance` times the largest, or for so many
    /// sweeps.
    ///
    /// # Errors
    /// If the tolerance is not in [1e-15, 1), or no sweep is allowed.
    pub fn value_iteration(&self, tolerance: f64, sweeps: usize) -> Result<MdpSolution, Error> {
        let fits = (1e-15..1.0).contains(&tolerance);
        Error::require(fits, "tolerance", "in [1e-15, 1)", tolerance)?;
        Error::require(sweeps > 0, "sweeps", "at least 1", sweeps)?;
        let mut values = alloc::vec![0.0; self.states.len()];
        for sweep in 1..=sweeps {
            let next = self.sweep(&values);
            let moved = values.iter().zip(&next).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            let largest = next.iter().map(|v| v.abs()).fold(0.0, f64::max);
            values = next;
            if moved <= tolerance * largest {
                return Ok(self.solution(values, sweep, true));
            }
        }
        Ok(self.solution(values, sweeps, false))
    }

    /// Policy iteration, which is exact up to rounding. It begins with what is best over as many steps as
    /// there are states, and some more, so that without discount it begins with a policy that comes to an
    /// end, if there is one.
    ///
    /// Without discount each action that stays for ever has to cost something, or to be in a state without
    /// cost that is never left. O(states³) a policy.
    ///
    /// # Errors
    /// If there are more than 2,000 states, or, without discount, a policy never comes to an end.
    pub fn policy_iteration(&self) -> Result<MdpSolution, Error> {
        let n = self.states.len();
        Error::require(n <= MOST_SOLVED, "states", "at most 2000 for policy iteration", n)?;
        let mut policy = self.solution(self.values_after(n + 20), 0, false).policy;
        let ends: Vec<bool> = self
            .states
            .iter()
            .enumerate()
            .map(|(state, choices)| {
                choices
                    .iter()
                    .all(|c| c.cost == 0.0 && c.next.iter().all(|(next, p)| *next == state || *p == 0.0))
            })
            .collect();
        for iteration in 1..=1_000 {
            let values = self.evaluate(&policy, &ends)?;
            let costs = self.costs(&values);
            let mut changed = false;
            for state in 0..n {
                for (action, cost) in costs[state].iter().enumerate() {
                    // Only what is better beyond rounding, so that it ends.
                    if *cost < costs[state][policy[state]] - 1e-11 * cost.abs() {
                        policy[state] = action;
                        changed = true;
                    }
                }
            }
            if !changed {
                return Ok(self.solution(values, iteration, true));
            }
        }
        let values = self.evaluate(&policy, &ends)?;
        Ok(self.solution(values, 1_000, false))
    }

    /// The values of a policy: `(I - discount P) v = c`, with 0 where nothing happens any more.
    fn evaluate(&self, policy: &[usize], ends: &[bool]) -> Result<Vec<f64>, Error> {
        let n = policy.len();
        let mut matrix = alloc::vec![0.0; n * n];
        let mut values = alloc::vec![0.0; n];
        for state in 0..n {
            matrix[state * n + state] = 1.0;
            if ends[state] {
                continue;
            }
            let choice = &self.states[state][policy[state]];
            values[state] = choice.cost;
            for (next, p) in &choice.next {
                matrix[state * n + next] -= self.discount * p;
            }
        }
        let endless = Error::Numerical { what: "a policy never comes to an end" };
        solve_general(&mut matrix, &mut values).map_err(|_| endless.clone())?;
        if values.iter().all(|v| v.abs() <= 1e150) { Ok(values) } else { Err(endless) }
    }
}
