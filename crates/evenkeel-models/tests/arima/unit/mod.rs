//! Unit tests of ARIMA, compiled into the library: they reach what is private.

mod arma_recursion;
mod concentrated_likelihood;
mod covariance;
mod design;
mod dual;
mod lag_polynomials;
mod pacf_transform;
mod polynomial;
