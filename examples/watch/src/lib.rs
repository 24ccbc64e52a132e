//! The parts of the examples `watch`, `regimes` and `disk_full`: samples in, a picture out.

#![forbid(unsafe_code)]

pub mod arguments;
pub mod chart;
pub mod csv;
pub mod disk;
pub mod line;
pub mod picture;
pub mod regimes;
pub mod workload;
