//! Traffic control.

mod allocation;
mod breaker;
mod limits;
mod rates;
