//! Recovery plans: in which order actions are tried, and when to give up.
//!
//! Each action costs something, takes setting up, and helps with some probability; some come only after
//! others; if nothing helps, a person has to. [`Planner`] looks for the order, and the place to stop, with
//! the smallest expected cost. Every answer carries its cost, a lower bound of what any order costs, and so
//! a certified gap.
//!
//! ```
//! use evenkeel_remedy::planner::{Planner, RecoveryProblem};
//!
//! // Restart, roll back, fail over; escalating costs an hour of downtime.
//! let mut problem = RecoveryProblem::builder(60.0);
//! let restart = problem.action(2.0, 0.4);
//! let roll_back = problem.action(5.0, 0.6);
//! let fail_over = problem.action(20.0, 0.9);
//! // Failing over takes a backup, which helps nothing by itself.
//! let backup = problem.action(1.0, 0.0);
//! problem.after(fail_over, backup);
//! let plan = Planner::new().solve(&problem.build()?)?;
//! assert_eq!(plan.order(), [restart, roll_back, backup, fail_over]);
//! assert!((plan.cost() - 11.48).abs() < 1e-9 && plan.is_optimal());
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! | what | in one line |
//! | --- | --- |
//! | [`RecoveryProblem`] | actions with costs, probabilities, set-up costs and precedence |
//! | [`Planner`], [`Method`] | exact dynamic programming, branch and bound, ant colony, genetic search |
//! | [`RecoveryPlan`] | an order with its expected cost and a lower bound |
//! | [`RestartProblem`], [`RestartPlan`] | in which order crews bring back what is down |

mod ant_colony;
mod branch_and_bound;
mod evaluation;
mod exact;
mod forest;
mod genetic;
mod local_search;
mod planner;
mod recovery_plan;
mod recovery_problem;
mod relaxation;
mod restart_order;

pub use planner::{Method, Planner};
pub use recovery_plan::RecoveryPlan;
pub use recovery_problem::{RecoveryProblem, RecoveryProblemBuilder};
pub use restart_order::{RestartPlan, RestartProblem};
