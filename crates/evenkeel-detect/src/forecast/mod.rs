//! Detection by forecasts: any forecaster as a detector, and two small forecasters that learn value by value.
//!
//! | | what it does | cost of a value |
//! | --- | --- | --- |
//! | [`Surprise`] | notices what a forecaster did not expect | the forecaster's |
//! | [`Likelihood`] | notices stretches that a forecaster finds unlikely by its whole predictive distribution | the forecaster's |
//! | [`Innovations`] | the errors of a forecaster, for a stage behind it | the forecaster's |
//! | [`RecursiveSparseAr`], [`RecursiveSparseArBuilder`] | forecasts by the values at given lags | O(lags²) |
//! | [`SeasonalAr`] | the same, with a season that it finds itself | O(1) |
//! | [`LocalPolynomial`], [`LocalPolynomialBuilder`] | forecasts smoothly | O(window) |
//! | [`SpreadChange`] | errors that are larger or smaller than usual for a while | O(1) |

mod innovations;
mod likelihood;
mod local_polynomial;
mod recursive_sparse_ar;
mod seasonal_ar;
mod spread_change;
mod surprise;

pub use innovations::Innovations;
pub use likelihood::Likelihood;
pub use local_polynomial::{LocalPolynomial, LocalPolynomialBuilder};
pub use recursive_sparse_ar::{RecursiveSparseAr, RecursiveSparseArBuilder};
pub use seasonal_ar::SeasonalAr;
pub use spread_change::SpreadChange;
pub use surprise::Surprise;

evenkeel_core::assert_shared!(
    Likelihood<()>,
    RecursiveSparseAr,
    RecursiveSparseArBuilder,
    LocalPolynomial,
    LocalPolynomialBuilder,
    Innovations<()>,
    SeasonalAr,
    SpreadChange,
    Surprise<()>
);
