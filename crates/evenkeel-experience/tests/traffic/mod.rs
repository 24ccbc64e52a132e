//! Traffic control.

mod allocation;
mod breaker;
mod layer;
mod limits;
mod rates;
