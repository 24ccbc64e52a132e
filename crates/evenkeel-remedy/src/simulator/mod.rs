//! A simulator of fleets with faults, repeatable by a seed.
//!
//! A world is a small fleet with faults, users, an executor that fails, hangs and reports late, twice or
//! never, people who halt, freeze and interfere, sources that break, clocks that jump both ways, reports with
//! times of the future and the past, samples that are delivered again, machines that crash and are recovered
//! from their logs, and, if there are two, a lease that moves between them. The machines in it are the real
//! thing. Use it to try out a policy, guards and settings before they meet the world itself; an [`Observer`]
//! sees all that happens, and the truth.
//!
//! ```
//! use evenkeel_remedy::simulator::{Scenario, Silent};
//! use evenkeel_remedy::{BlastRadius, ErrorRatio, Remediator, Runbook};
//!
//! let settings = Remediator::builder(ErrorRatio::builder(0.01).build()?).guard(BlastRadius::new(0.5)?);
//! let (mut faults, mut cured) = (0, 0);
//! for seed in 0..50 {
//!     let report = Scenario::new().chaos(0.2)?.run(seed, &settings, &mut Runbook::standard(), &mut Silent);
//!     faults += report.curable();
//!     cured += report.cured();
//! }
//! assert!(cured as f64 > 0.8 * faults as f64);
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! A [`Gym`] is simpler and exact: worlds of which it is known what would be best, so that a policy, for any
//! verbs, is scored by its regret.

mod actuator;
mod gym;
mod observer;
mod report;
mod scenario;
mod score;
mod truth;
mod world;

pub use actuator::Order;
pub use gym::Gym;
pub use observer::{Moment, Observer, Silent};
pub use report::Report;
pub use scenario::Scenario;
pub use score::GymScore;
pub use truth::Truth;
