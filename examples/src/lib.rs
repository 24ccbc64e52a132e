//! What the examples `canary`, `incident` and `prometheus` are made of, apart from evenkeel itself: a real system to watch, break and
//! repair.

#![forbid(unsafe_code)]

pub mod canary;
pub mod exporter;
pub mod incident;
pub mod printing;
pub mod shop;
