//! Monitors: from the values of one metric to incidents in one stage.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Budget`] | a rate of false alarms: one a day, one a week |
//! | [`MonitorEvent`], [`Alert`] | what a monitor has to say, as a sentence |
//! | [`Watch`] | watches one series under a budget that can be changed while it runs |
//! | [`DefaultMonitor`], [`DefaultMonitorBuilder`] | the recommended way from values to few incidents under a budget; 40 to 70 µs a value |
//! | [`DeviationMonitor`], [`DeviationMonitorBuilder`] | values far from their recent past, O(1); for showing |

mod budget;
mod default_monitor;
mod deviation_monitor;
mod monitor_event;
pub(crate) mod rounded;
mod watch;

pub use budget::Budget;
pub use default_monitor::{DefaultMonitor, DefaultMonitorBuilder};
pub use deviation_monitor::{DeviationMonitor, DeviationMonitorBuilder};
pub use monitor_event::{Alert, MonitorEvent};
pub use watch::Watch;

evenkeel_core::assert_dyn_compatible!(dyn Watch);
evenkeel_core::assert_shared!(
    Alert,
    Budget,
    MonitorEvent,
    DefaultMonitor,
    DefaultMonitorBuilder,
    DeviationMonitor,
    DeviationMonitorBuilder
);
