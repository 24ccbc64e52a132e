//! Autoregressive integrated moving average models (ARIMA), by exact maximum likelihood.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Arima`] → [`ArimaModel`] | fixed order, with or without a season, mean or drift ([`Constant`]); gaps, standard errors |
//! | [`AutoArima`] → [`AutoArimaModel`] | the order chosen by AICc, with a record of all orders tried: [`ArimaSelection`], [`ArimaTrial`], [`ArimaOutcome`] |
//! | [`ArimaRegression`] | with external regressors, from [`Arima::fit_with`] |
//! | [`HarmonicRegression`] → [`HarmonicRegressionModel`] | several seasons as sines and cosines, with ARIMA errors; numbers of waves and order chosen |
//! | [`ArimaLikelihood`] | the likelihood as a function, evaluated without allocation |
//! | [`ArimaParameters`], [`ArimaStart`] | given coefficients; the start that led to the best fit |
//! | [`StandardErrors`], [`Residual`] | how sure the coefficients are; one-step errors and what they were expected to be |
//!
//! # How a fit goes
//!
//! For readers of the source: the steps in their order, with the file of each.
//!
//! 1. `specification` holds the orders, the season and the `constant`, and checks them; `parameters` are
//!    given ones.
//! 2. `design` makes the history ready: cut, shifted, scaled, differenced, with a column for each regressor
//!    and each missing value. `lag_polynomials` has the factors of the model and the sparse polynomials that
//!    they multiply to.
//! 3. `initial_values` finds starting points (Hannan-Rissanen, Burg and others); `pacf_transform` maps
//!    unconstrained numbers to stationary and invertible coefficients.
//! 4. `concentrated_likelihood` evaluates the likelihood and its gradient at given coefficients, by one of:
//!    - `stationary_likelihood`: the differences as a stationary process. `chandrasekhar` runs while the
//!      start matters, `arma_recursion` from there on;
//!    - `factored_likelihood`: the same for long seasons, one factor after the other;
//!    - `diffuse_likelihood`: the `kalman` filter across gaps, where the state is short.
//!
//!    All of them end in `profile_least_squares`, which takes regressors, unknown levels and the variance
//!    out. They stand on `covariance` (autocovariances of the process), `polynomial` (Durbin-Levinson steps
//!    and their inverse) and `dual` numbers (derivatives in forward mode).
//! 5. `maximum_likelihood` searches from the best starting points with BFGS; `standard_errors` come from the
//!    curvature at the maximum.
//! 6. `fitted` is the model that goes on with the stream: a `filter` for its state, `forecast` for several
//!    steps, `residual`s, `interpolation` of missing values, `snapshot`s.
//!
//! `arima` is the estimator of fixed order, `likelihood` its likelihood as a function, `regression` what it
//! makes of external regressors. `order_selection` chooses the order; `harmonic_regression` adds long seasons
//! as sines and cosines.

mod arima;
mod arma_recursion;
mod chandrasekhar;
mod concentrated_likelihood;
mod constant;
mod covariance;
mod design;
mod diffuse_likelihood;
mod dual;
mod factored_likelihood;
mod filter;
mod fitted;
mod forecast;
mod harmonic_regression;
mod initial_values;
mod interpolation;
mod kalman;
mod lag_polynomials;
mod likelihood;
mod maximum_likelihood;
mod order_selection;
mod pacf_transform;
mod parameters;
mod polynomial;
mod profile_least_squares;
mod regression;
mod residual;
#[cfg(feature = "serde")]
mod snapshot;
mod specification;
mod standard_errors;
mod stationary_likelihood;

pub use arima::Arima;
pub use constant::Constant;
pub use fitted::ArimaModel;
pub use harmonic_regression::{HarmonicRegression, HarmonicRegressionModel};
pub use initial_values::ArimaStart;
pub use likelihood::ArimaLikelihood;
pub use order_selection::{ArimaOutcome, ArimaSelection, ArimaTrial, AutoArima, AutoArimaModel};
pub use parameters::ArimaParameters;
pub use regression::ArimaRegression;
pub use residual::Residual;
pub use standard_errors::StandardErrors;

evenkeel_core::assert_shared!(
    Arima,
    ArimaLikelihood,
    ArimaModel,
    ArimaOutcome,
    ArimaParameters,
    ArimaRegression,
    ArimaSelection,
    ArimaStart,
    ArimaTrial,
    AutoArima,
    AutoArimaModel,
    Constant,
    HarmonicRegression,
    HarmonicRegressionModel,
    Residual,
    StandardErrors
);

#[cfg(test)]
#[path = "../../tests/arima/unit/mod.rs"]
mod tests;
