//! Linear Gaussian state space models, and structural time series models, which are some of them.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Structural`] → [`StructuralModel`] | level, slope, season, cycle and noise as components with variances; goes on as a forecaster |
//! | [`StructuralRegression`] | the same with regressors, whose coefficients are constant or random walks |
//! | [`Cycle`] | period and damping of a cycle, with their standard errors |
//! | [`StructuralComponents`], [`Disturbance`] | the components with their variances; auxiliary residuals: outliers, level shifts |
//! | [`StateSpace`], [`Filtered`], [`Smoothed`] | a linear Gaussian model from its matrices: filter, smoother, likelihood |
//!
//! The files, in the order of reading:
//! 1. `system.rs`: the matrices, as the recursions read them. `state_space.rs` is the custom model, whose
//!    matrices are given; `specification.rs` makes those of a structural one out of what `component.rs` names.
//! 2. `readings.rs`: several values at a time as one after the other.
//! 3. `filter.rs`: the Kalman filter with an exact diffuse start, and when it has settled. `filtered.rs` is
//!    what it leaves of a history, `smoothed.rs` what the way back adds.
//! 4. `likelihood.rs`: the likelihood and its derivatives by variances; `differenced_likelihood.rs`: the same
//!    of a structural model, where no value is missing.
//! 5. `structural.rs` is the estimator: `scaled_history.rs` makes the history ready, `maximum_likelihood.rs`
//!    searches for the best point of `objective.rs`, `posterior_draws.rs` draws others.
//! 6. `estimates.rs`: what a fit found; `fitted.rs`: the model that goes on with the stream;
//!    `structural_regression.rs`: the same with regressors;
//!    `components.rs`: the components and their disturbances; `snapshot.rs`: snapshots.

mod component;
mod components;
mod differenced_likelihood;
mod estimates;
mod filter;
mod filtered;
mod fitted;
mod likelihood;
mod maximum_likelihood;
mod objective;
mod posterior_draws;
mod readings;
mod scaled_history;
mod smoothed;
#[cfg(feature = "serde")]
mod snapshot;
mod specification;
mod state_space;
mod structural;
mod structural_regression;
mod system;

pub use component::Component;
pub use components::{Disturbance, StructuralComponents};
pub use filtered::Filtered;
pub use fitted::{Cycle, StructuralModel};
pub use smoothed::Smoothed;
pub use state_space::StateSpace;
pub use structural::Structural;
pub use structural_regression::StructuralRegression;

evenkeel_core::assert_shared!(
    Component,
    Cycle,
    Disturbance,
    Filtered,
    Smoothed,
    StateSpace,
    Structural,
    StructuralComponents,
    StructuralModel,
    StructuralRegression,
);
