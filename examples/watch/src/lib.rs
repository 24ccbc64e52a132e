//! The parts of the example `watch`: samples in, a picture out.

#![forbid(unsafe_code)]

pub mod csv;
pub mod line;
pub mod picture;
pub mod workload;
