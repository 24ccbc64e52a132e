//! What a rule of burn rates asks of the events of a window.

use super::burn_rule::{BurnRule, Evidence};
use super::burn_state::BurnState;
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

impl RuleTest {
    /// How many more good and how many more bad events, in whatever order and of both at once, leave a state as
    /// it is; perhaps fewer than would. `long` and `short` are the events that it was found with.
    ///
    /// Bad events burn and are evidence for it, good ones are against: each question has one direction for
    /// each, so it is enough to look at the end.
    pub(crate) fn spare(&self, state: BurnState, long: Events, short: Events) -> Events {
        let (long_lead, short_lead) = (self.lead(long), self.lead(short));
        let is_burning = long_lead > 0.0 && short_lead > 0.0;
        // With a bad event a window may burn less where not even an error rate of 1 burns.
        let (bad_weight, valid_weight) = (self.bad_weight as f64, self.valid_weight as f64);
        let of_bad = bad_weight - valid_weight;
        if state == BurnState::NoData || of_bad <= 0.0 || (is_burning && state != BurnState::Firing) {
            return Events::NONE;
        }
        if is_burning {
            return Events::new(surely(long_lead.min(short_lead) / valid_weight), u64::MAX);
        }
        // It does not burn while one of the windows does not.
        let calm = surely(-long_lead.min(short_lead) / of_bad);
        if self.evidence.is_none() {
            return Events::new(u64::MAX, calm);
        }
        if state == BurnState::Healthy {
            let excluded = surely(self.bad_to_spare(long).max(self.bad_to_spare(short)));
            return Events::new(u64::MAX, calm.min(excluded));
        }
        Events::new(surely(self.good_to_spare(long).min(self.good_to_spare(short))), calm)
    }

    /// By how much it burns, in units of its weights; not above 0 if it does not.
    fn lead(&self, events: Events) -> f64 {
        let bad = i128::from(events.bad) * i128::from(self.bad_weight);
        (bad - i128::from(events.valid()) * i128::from(self.valid_weight)) as f64
    }

    /// How many more bad events leave the rate excluded, by the lower of the two bounds: also then
    /// `gap^2 >= 2 enough rate n`. With more good ones the left side grows faster if `gap >= enough`.
    fn bad_to_spare(&self, events: Events) -> f64 {
        let (bad, n) = (events.bad as f64, events.bad as f64 + events.good as f64);
        let gap = n * self.rate - bad;
        let margin = 1.0 + 1e-3;
        if gap <= self.enough * margin {
            return 0.0;
        }
        let least = libm::sqrt(2.0 * margin * self.enough * self.rate * (n + gap));
        gap - least.max(self.enough * margin)
    }

    /// How many more good events leave the rate not excluded, by the upper of the two bounds.
    fn good_to_spare(&self, events: Events) -> f64 {
        let (bad, n) = (events.bad as f64, events.bad as f64 + events.good as f64);
        let gap = n * self.rate - bad;
        let most = libm::sqrt((1.0 - 1e-3) * self.enough * self.rate * (1.0 - self.rate) * n);
        (most - gap) / self.rate
    }
}

/// A whole number that is surely below, however the last digits were rounded; at least 0.
fn surely(x: f64) -> u64 {
    (x * (1.0 - 1e-6) - 1.0) as u64
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
