//! The monitors of the library.

use super::Entry;
use core::time::Duration;
use evenkeel_core::{Transition, TransitionKind};
use evenkeel_detect::DefaultMonitor;
use evenkeel_detect::monitor::DeviationMonitor;

const DAY: Duration = Duration::from_secs(86_400);

/// All monitors of the library, the recommended one first. The deviation monitor knows no budget: it is there
/// to show what that costs.
#[must_use]
pub fn all() -> Vec<Entry> {
    let raised = |said: &Transition| said.kind == TransitionKind::Raised;
    vec![
        Entry::new("evenkeel", |b| Ok(DefaultMonitor::builder(b.per_day, DAY, b.step).build()?), raised),
        Entry::new("deviation", |b| Ok(DeviationMonitor::builder(b.step).build()?), raised),
    ]
}

/// The names of all monitors of the library.
pub fn names() -> impl Iterator<Item = &'static str> {
    ["evenkeel", "deviation"].into_iter()
}

/// The monitor of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<Entry> {
    all().into_iter().find(|entry| entry.name() == name)
}
