//! Monitors: from the values of one metric to incidents in one stage.

mod default_monitor;
mod deviation_monitor;

pub use default_monitor::{DefaultMonitor, DefaultMonitorBuilder};
pub use deviation_monitor::{DeviationMonitor, DeviationMonitorBuilder};
