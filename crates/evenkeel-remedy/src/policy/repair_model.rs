//! Repair under uncertainty about the cause, solved exactly.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// What may be done in a [`RepairModel`].
#[derive(Debug, Clone, PartialEq)]
struct RepairAction {
    cost: f64,
    /// How probably it repairs each cause.
    fix: Vec<f64>,
    tries: u32,
}

/// A fault whose cause is not known for sure, actions that repair some causes with some probability, and a
/// person who is called when it is not worth going on.
///
/// *Method*: what is believed of the causes depends only on how often each action failed, so dynamic
/// programming over those counts is exact: each failure of an action multiplies each cause by the probability
/// that the action fails on it (Bayes). Source: J. Breese, D. Heckerman, Decision-theoretic troubleshooting
/// (UAI 1996), arXiv:1302.3563, whose ratio rule is exact only for one fault and independent actions.
///
/// *Cost*: O(C(actions + horizon, horizon) × actions × causes), at most 2 million sets of counts.
///
/// ```
/// use evenkeel_remedy::policy::RepairModel;
///
/// // A bad release, probably; or a leak. Calling a person costs 60.
/// let mut model = RepairModel::new(vec![0.6, 0.4], 60.0, 3)?;
/// let roll_back = model.action(8.0, vec![0.95, 0.0])?;
/// let restart = model.action(3.0, vec![0.2, 0.9])?;
/// let solution = model.solve()?;
/// assert_eq!(solution.first(), Some(restart));
/// assert_eq!(solution.sequence()[..2], [restart, roll_back]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RepairModel {
    prior: Vec<f64>,
    actions: Vec<RepairAction>,
    downtime: f64,
    escalation: f64,
    horizon: u32,
}

/// The most sets of counts.
const MOST_STATES: u64 = 2_000_000;

fn require_cost(name: &'static str, cost: f64) -> Result<(), Error> {
    Error::require((0.0..=1e100).contains(&cost), name, "in [0, 1e100]", cost)
}

impl RepairModel {
    /// With how probable each cause is, what calling a person costs, and how many actions there may be before.
    ///
    /// # Errors
    /// If there is no cause, or more than 10,000, a probability is not in [0, 1], they do not sum to 1 (within
    /// 1e-9), the cost is not in [0, 1e100], or the horizon is more than 64.
    pub fn new(prior: Vec<f64>, escalation: f64, horizon: u32) -> Result<Self, Error> {
        let n = prior.len();
        Error::require((1..=10_000).contains(&n), "causes", "from 1 to 10000", n)?;
        for p in &prior {
            Error::require((0.0..=1.0).contains(p), "prior", "in [0, 1]", p)?;
        }
        let sum: f64 = prior.iter().sum();
        Error::require((sum - 1.0).abs() <= 1e-9, "prior", "probabilities that sum to 1", sum)?;
        require_cost("escalation", escalation)?;
        Error::require(horizon <= 64, "horizon", "at most 64", horizon)?;
        Ok(Self { prior, actions: Vec::new(), downtime: 0.0, escalation, horizon })
    }

    /// What each action costs beside, as the time it takes.
    ///
    /// # Errors
    /// If it is not in [0, 1e100].
    pub fn downtime(mut self, cost: f64) -> Result<Self, Error> {
        require_cost("downtime", cost)?;
        self.downtime = cost;
        Ok(self)
    }

    /// Adds an action with its cost and how probably it repairs each cause, each time anew; its index is
    /// returned.
    ///
    /// # Errors
    /// If the cost is not in [0, 1e100], a probability not in [0, 1], or there are not as many as causes.
    pub fn action(&mut self, cost: f64, fix: Vec<f64>) -> Result<usize, Error> {
        self.action_with_tries(cost, fix, u32::MAX)
    }

    /// Adds an action that can be tried only so often.
    ///
    /// # Errors
    /// As [`action`](Self::action).
    pub fn action_with_tries(&mut self, cost: f64, fix: Vec<f64>, tries: u32) -> Result<usize, Error> {
        require_cost("cost", cost)?;
        if fix.len() != self.prior.len() {
            let (expected, found) = (self.prior.len(), fix.len());
            return Err(Error::Shape { what: "fix probabilities", expected, found });
        }
        for p in &fix {
            Error::require((0.0..=1.0).contains(p), "fix", "in [0, 1]", p)?;
        }
        self.actions.push(RepairAction { cost, fix, tries });
        Ok(self.actions.len() - 1)
    }

    /// The best that can be done.
    ///
    /// # Errors
    /// If there are more than 2 million sets of counts for this horizon.
    pub fn solve(&self) -> Result<RepairSolution, Error> {
        let mut states = 1_u64;
        for k in 1..=u64::from(self.horizon) {
            states = states.saturating_mul(self.actions.len() as u64 + k) / k;
            let fits = "such that there are at most 2 million sets of counts";
            Error::require(states <= MOST_STATES, "horizon", fits, self.horizon)?;
        }
        let mut known = BTreeMap::new();
        let mut counts = alloc::vec![0_u8; self.actions.len()];
        let cost = self.value(&mut counts, &self.prior, 0, &mut known).0;
        let mut sequence = Vec::new();
        let mut left = self.prior.clone();
        while let (_, Some(action)) = self.value(&mut counts, &left, sequence.len(), &mut known) {
            sequence.push(action);
            counts[action] += 1;
            left.iter_mut().zip(&self.actions[action].fix).for_each(|(w, fix)| *w *= 1.0 - fix);
        }
        let values = (0..self.actions.len()).map(|action| self.value_of(action, &mut known)).collect();
        Ok(RepairSolution { cost, sequence, values })
    }

    /// What is to be expected from here on, times the probability to get here; and what to do.
    fn value(
        &self,
        counts: &mut Vec<u8>,
        left: &[f64],
        depth: usize,
        known: &mut BTreeMap<Vec<u8>, (f64, Option<usize>)>,
    ) -> (f64, Option<usize>) {
        if let Some(value) = known.get(counts) {
            return *value;
        }
        let fails: f64 = left.iter().sum();
        let mut best = (self.escalation * fails, None);
        if depth < self.horizon as usize && fails > 0.0 {
            for action in 0..self.actions.len() {
                if u32::from(counts[action]) >= self.actions[action].tries {
                    continue;
                }
                let value = self.after(action, counts, left, depth, known);
                if value < best.0 {
                    best = (value, Some(action));
                }
            }
        }
        known.insert(counts.clone(), best);
        best
    }

    /// The same if an action is taken now.
    fn after(
        &self,
        action: usize,
        counts: &mut Vec<u8>,
        left: &[f64],
        depth: usize,
        known: &mut BTreeMap<Vec<u8>, (f64, Option<usize>)>,
    ) -> f64 {
        let RepairAction { cost, fix, .. } = &self.actions[action];
        let fails: f64 = left.iter().sum();
        let spent = (cost + self.downtime) * fails;
        let rest: Vec<f64> = left.iter().zip(fix).map(|(w, fix)| w * (1.0 - fix)).collect();
        counts[action] += 1;
        let value = spent + self.value(counts, &rest, depth + 1, known).0;
        counts[action] -= 1;
        value
    }

    fn value_of(&self, action: usize, known: &mut BTreeMap<Vec<u8>, (f64, Option<usize>)>) -> f64 {
        if self.horizon == 0 || self.actions[action].tries == 0 {
            return f64::INFINITY;
        }
        self.after(action, &mut alloc::vec![0; self.actions.len()], &self.prior, 0, known)
    }

    /// How probable each cause is once these actions were taken and nothing helped; `None` if that can't be,
    /// because one of them surely would have, or there is no such action.
    #[must_use]
    pub fn belief_after(&self, failed: &[usize]) -> Option<Vec<f64>> {
        let mut belief = self.prior.clone();
        for action in failed {
            let fix = &self.actions.get(*action)?.fix;
            belief.iter_mut().zip(fix).for_each(|(w, fix)| *w *= 1.0 - fix);
            // Again and again, so that nothing underflows.
            let sum: f64 = belief.iter().sum();
            if sum <= 0.0 {
                return None;
            }
            belief.iter_mut().for_each(|w| *w /= sum);
        }
        Some(belief)
    }
}

/// What to do about a fault, and what that costs.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RepairSolution {
    cost: f64,
    sequence: Vec<usize>,
    values: Vec<f64>,
}

impl RepairSolution {
    /// The expected cost.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// What to do first; `None` is to call a person.
    #[must_use]
    pub fn first(&self) -> Option<usize> {
        self.sequence.first().copied()
    }

    /// What to do as long as nothing helps; then a person is called.
    #[must_use]
    pub fn sequence(&self) -> &[usize] {
        &self.sequence
    }

    /// The expected cost if each action comes first, and what is best after that; infinite for one that can't
    /// be tried.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}
