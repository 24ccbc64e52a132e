//! Traffic control.

mod allocation;
mod breaker;
mod closed_loop;
mod layer;
mod limits;
mod rates;
mod windowed;
