//! The planner.

mod certified;
mod inputs;
mod restarts;

use evenkeel_remedy::planner::{RecoveryProblem, RecoveryProblemBuilder};
use evenkeel_stats::Generator;

/// What random problems are like.
#[derive(Debug, Clone, Copy)]
struct Family {
    actions: usize,
    /// The largest set-up cost; costs are from 1 to 12.
    setup: f64,
    /// The probability that an action has to wait for an earlier one.
    precedence: f64,
    /// Between which an action helps.
    success: (f64, f64),
    escalation: f64,
}

fn builder(family: Family, seed: u64) -> RecoveryProblemBuilder {
    let mut random = Generator::new(seed);
    let mut builder = RecoveryProblem::builder(family.escalation);
    let n = family.actions;
    for _ in 0..n {
        let (low, high) = family.success;
        let success = low + (high - low) * random.uniform();
        builder.action(1.0 + 11.0 * random.uniform(), success);
    }
    for later in 1..n {
        for earlier in 0..later {
            if random.bernoulli(family.precedence) {
                builder.after(later, earlier);
            }
        }
    }
    if family.setup > 0.0 {
        let row = |random: &mut Generator| (0..n).map(|_| family.setup * random.uniform()).collect();
        builder.setup((0..=n).map(|_| row(&mut random)).collect());
    }
    builder
}

fn problem(family: Family, seed: u64) -> RecoveryProblem {
    builder(family, seed).build().unwrap()
}
