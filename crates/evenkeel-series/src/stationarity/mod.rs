//! Tests of whether a series keeps its level.

mod kpss;

pub use kpss::{Kpss, KpssResult};
