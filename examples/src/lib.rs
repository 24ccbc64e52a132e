//! What the example programs of evenkeel are made of, apart from evenkeel itself: reading, drawing, real systems to watch.

#![forbid(unsafe_code)]

pub mod incident;
pub mod shop;
pub mod watch;
