//! The parts of the examples of this package: samples in, sentences, tables and pictures out.

#![forbid(unsafe_code)]

pub mod arguments;
pub mod backtest;
pub mod chart;
pub mod clock;
pub mod csv;
pub mod disk;
pub mod forecast;
pub mod generated;
pub mod history;
pub mod incident_file;
pub mod line;
pub mod many;
pub mod monitored;
pub mod picture;
#[path = "../../src/printing.rs"]
pub mod printing;
pub mod regimes;
pub mod replay;
pub mod workload;
