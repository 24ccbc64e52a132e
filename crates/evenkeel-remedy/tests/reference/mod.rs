//! Replays of reference values.

mod hpa;
mod queueing;
mod recovery_planning;
mod repair_mdp;

use serde::Deserialize;

/// What is said about a file; only the tolerance matters here.
#[derive(Deserialize)]
struct Meta {
    default_rel_tol: f64,
}
