//! The parts of the example `watch`: samples in, a picture out.

pub mod csv;
pub mod line;
pub mod picture;
pub mod workload;
