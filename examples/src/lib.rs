//! What the example `incident` is made of, apart from evenkeel itself: a real system to watch, break and
//! repair.

#![forbid(unsafe_code)]

pub mod incident;
pub mod shop;
