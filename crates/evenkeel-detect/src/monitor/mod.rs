//! Monitors: from the values of one metric to incidents in one stage.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Monitor`], [`MonitorBuilder`] | from values to few alerts under a budget, without a setting |
//! | [`RowMonitor`] | the same for several metrics of one thing |
//! | [`Budget`] | a rate of false alarms: one a day, one a week |
//! | [`MonitorEvent`], [`Alert`] | what a monitor has to say, as a sentence |
//! | [`Transitions`] | a monitor's alerts as transitions, for an observer |
//! | [`Watch`] | watches one series under a budget that can be changed while it runs |
//! | [`DeviationMonitor`], [`DeviationMonitorBuilder`] | values far from their recent past, O(1); for showing |

mod budget;
mod deviation_monitor;
mod evidence;
mod judge;
mod monitor;
mod monitor_builder;
mod monitor_event;
mod pace;
mod rarity;
pub(crate) mod rounded;
mod row_monitor;
mod transitions;
mod watch;

pub use budget::Budget;
pub use deviation_monitor::{DeviationMonitor, DeviationMonitorBuilder};
pub use monitor::Monitor;
pub use monitor_builder::MonitorBuilder;
pub use monitor_event::{Alert, MonitorEvent};
pub use row_monitor::RowMonitor;
pub use transitions::Transitions;
pub use watch::Watch;

evenkeel_core::assert_dyn_compatible!(dyn Watch);
evenkeel_core::assert_shared!(
    Alert,
    Budget,
    Monitor,
    MonitorBuilder,
    MonitorEvent,
    RowMonitor,
    Transitions<Monitor>,
    DeviationMonitor,
    DeviationMonitorBuilder
);
