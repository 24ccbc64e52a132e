//! Traffic control.

mod breaker;
mod limits;
mod rates;
