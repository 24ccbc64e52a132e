//! The monitors of the library.

use super::Entry;
use evenkeel_core::{Transition, TransitionKind};
use evenkeel_detect::ensemble::Tier;
use evenkeel_detect::monitor::{DeviationMonitor, MonitorEvent};
use evenkeel_detect::{Budget, Monitor};

/// All monitors of the library, the recommended one first. The deviation monitor knows no budget: it is there
/// to show what that costs.
#[must_use]
pub fn all() -> Vec<Entry> {
    let told = |said: &MonitorEvent| said.alert().is_some_and(|alert| alert.kind() == TransitionKind::Raised);
    let raised = |said: &Transition| said.kind == TransitionKind::Raised;
    vec![
        Entry::new(
            "evenkeel",
            |b| Ok(Monitor::builder(Budget::per_day(b.per_day)?).step(b.step).build()?),
            told,
        ),
        Entry::new(
            "evenkeel-fast",
            |b| Ok(Monitor::builder(Budget::per_day(b.per_day)?).tier(Tier::Fast).step(b.step).build()?),
            told,
        ),
        Entry::new("deviation", |b| Ok(DeviationMonitor::builder(b.step).build()?), raised),
    ]
}

/// The names of all monitors of the library.
pub fn names() -> impl Iterator<Item = &'static str> {
    ["evenkeel", "evenkeel-fast", "deviation"].into_iter()
}

/// The monitor of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<Entry> {
    all().into_iter().find(|entry| entry.name() == name)
}
