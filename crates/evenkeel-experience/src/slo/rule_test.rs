//! What a rule of burn rates asks of the events of a window.

use super::burn_rule::{BurnRule, Evidence};
use super::events::Events;
use super::objective::Objective;

/// The questions of one rule for one objective, worked out as far as they do not depend on events: an update
/// asks them for every rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RuleTest {
    /// It burns where `bad * bad_weight > valid * valid_weight`.
    bad_weight: u64,
    valid_weight: u64,
    evidence: Option<Evidence>,
    /// The error rate it looks for.
    rate: f64,
    /// How much evidence against that rate is enough: -ln(doubt).
    enough: f64,
}

/// By how much the cheap bounds have to hold for their rounding not to matter.
const MARGIN: f64 = 1e-6;

impl RuleTest {
    pub(crate) fn new(objective: Objective, rule: &BurnRule, alpha: Option<f64>, doubt: f64) -> Self {
        let factor = rule.exact_factor();
        // At most 30 + 20 bits, and 30 + 30.
        let (bad_weight, valid_weight) = objective.weights(factor);
        Self {
            bad_weight,
            valid_weight,
            evidence: rule.evidence(objective, alpha),
            rate: factor.value() * objective.budget(),
            enough: -libm::log(doubt),
        }
    }

    /// Whether the budget is spent strictly faster than by the factor; false without events.
    #[inline]
    pub(crate) fn is_burning(&self, events: Events) -> bool {
        u128::from(events.bad) * u128::from(self.bad_weight)
            > u128::from(events.valid()) * u128::from(self.valid_weight)
    }

    /// Whether the errors are more than chance; always without evidence.
    pub(crate) fn is_evident(&self, events: Events) -> bool {
        self.evidence.is_none_or(|evidence| {
            events.bad as f64 * evidence.bad + events.good as f64 * evidence.good >= evidence.threshold
        })
    }

    /// Whether so few errors are improbable at the rate it looks for; always without evidence.
    #[inline]
    pub(crate) fn excludes_rate(&self, events: Events) -> bool {
        if self.evidence.is_none() {
            return true;
        }
        let (bad, n) = (events.bad as f64, events.bad as f64 + events.good as f64);
        // Of p errors in n at a rate q, the evidence n KL(p, q) is at least n (q - p)^2 / (2 q), and at most
        // n (q - p)^2 / (q (1 - q)): mostly one of these decides, without a logarithm.
        let gap = n * self.rate - bad;
        if gap <= 0.0 {
            return false;
        }
        let (square, scale) = (gap * gap, self.enough * self.rate * n);
        if square >= 2.0 * scale * (1.0 + MARGIN) {
            return true;
        }
        if square <= scale * (1.0 - self.rate) * (1.0 - MARGIN) {
            return false;
        }
        excludes(events, self.rate, self.enough)
    }
}

/// Whether so few errors had a probability of at most `exp(-enough)` at an error rate: by Chernoff's bound
/// `exp(-n KL(ratio, rate))`.
#[cold]
fn excludes(events: Events, rate: f64, enough: f64) -> bool {
    let (bad, good) = (events.bad as f64, events.good as f64);
    let n = bad + good;
    if n <= 0.0 || bad / n >= rate {
        return false;
    }
    let errors = if bad > 0.0 { bad * libm::log(bad / n / rate) } else { 0.0 };
    let others = good * (libm::log(good / n) - libm::log1p(-rate));
    errors + others >= enough
}
