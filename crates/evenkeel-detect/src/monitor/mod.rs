//! Monitors: from the values of one metric to incidents in one stage.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`DefaultMonitor`], [`DefaultMonitorBuilder`] | the recommended way from values to few incidents under a budget; 40 to 70 µs a value |
//! | [`DeviationMonitor`], [`DeviationMonitorBuilder`] | values far from their recent past, O(1); for showing |

mod default_monitor;
mod deviation_monitor;

pub use default_monitor::{DefaultMonitor, DefaultMonitorBuilder};
pub use deviation_monitor::{DeviationMonitor, DeviationMonitorBuilder};

evenkeel_core::assert_shared!(
    DefaultMonitor,
    DefaultMonitorBuilder,
    DeviationMonitor,
    DeviationMonitorBuilder
);
