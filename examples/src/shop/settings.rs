//! Settings of the shop.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What is executed as an instance: a program that calls [`run_if_service`](super::run_if_service).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The executable; `None`: the one that is running.
    pub path: Option<PathBuf>,
    /// Its arguments. What the instance is, it learns from the environment.
    pub arguments: Vec<OsString>,
}

/// What can be set.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Requests a second, in (0, 1000]. Default 100.
    pub rate: f64,
    /// Time between scrapes. Default 250 ms.
    pub scrape_every: Duration,
    /// Draws which requests browse and which buy. Default 1.
    pub seed: u64,
    /// What is executed. Default: this program, with `--shop-service` as its argument, which is only there to
    /// be seen in a list of processes.
    pub program: Program,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rate: 100.0,
            scrape_every: Duration::from_millis(250),
            seed: 1,
            program: Program { path: None, arguments: vec!["--shop-service".into()] },
        }
    }
}
