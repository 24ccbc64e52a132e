//! An order of actions with what is known of it.

use alloc::vec::Vec;

/// In which order actions are tried, what that costs on average, and how much better any order could be.
///
/// After the last action of the order, which may be none, it is escalated.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RecoveryPlan {
    order: Vec<usize>,
    cost: f64,
    lower_bound: f64,
}

impl RecoveryPlan {
    pub(super) fn new(order: Vec<usize>, cost: f64, lower_bound: f64) -> Self {
        // A bound may be above by rounding.
        Self { order, cost, lower_bound: lower_bound.min(cost).max(0.0) }
    }

    /// The indices of the actions in the order in which they are tried.
    #[must_use]
    pub fn order(&self) -> &[usize] {
        &self.order
    }

    /// The expected cost, with escalation if nothing helps.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// What every order costs at least, up to rounding.
    #[must_use]
    pub fn lower_bound(&self) -> f64 {
        self.lower_bound
    }

    /// How much cheaper another order may be at most, as a share of the cost: 0 is optimal.
    #[must_use]
    pub fn gap(&self) -> f64 {
        if self.cost > 0.0 { (self.cost - self.lower_bound) / self.cost } else { 0.0 }
    }

    /// Whether no order is cheaper, up to rounding.
    #[must_use]
    pub fn is_optimal(&self) -> bool {
        self.gap() <= 1e-12
    }
}
