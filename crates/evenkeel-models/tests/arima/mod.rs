//! ARIMA models.

mod dense_likelihood;
mod fixed_order;
mod harmonic_regression;
mod order_selection;
mod plausible;
mod reference;
