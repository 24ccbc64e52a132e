//! A monitor's alerts as transitions.

use super::monitor_event::MonitorEvent;
#[cfg(feature = "serde")]
use alloc::{format, string::String};
use evenkeel_core::{At, Stage, Transition};

/// The alerts of a monitor as [`Transition`]s, for whatever takes those and notices silence by itself: the
/// observer of `evenkeel-keeper`. [`MonitorEvent::Lost`] and [`MonitorEvent::Returned`] are left out.
///
/// ```
/// use evenkeel_core::{At, Stage, Timestamp, TransitionKind};
/// use evenkeel_detect::monitor::Transitions;
/// use evenkeel_detect::{Budget, Monitor};
///
/// let mut monitor = Transitions(Monitor::new(Budget::per_day(1.0)?)?);
/// let mut noise = evenkeel_stats::Generator::new(7);
/// let mut value = |i: u32| noise.normal() + if i < 1_500 { 0.0 } else { 9.0 };
/// let time = |i: u32| Timestamp::from_seconds(60 * i64::from(i));
/// let told = (0..1_600).find_map(|i| monitor.update(At::new(time(i), value(i)))).unwrap();
/// assert_eq!((told.kind, told.start), (TransitionKind::Raised, time(1_500)));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Transitions<M>(pub M);

impl<M: Stage<At<f64>, Output = MonitorEvent>> Stage<At<f64>> for Transitions<M> {
    type Output = Transition;

    fn update(&mut self, x: At<f64>) -> Option<Transition> {
        self.0.update(x)?.alert().map(|alert| alert.transition())
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}

#[cfg(feature = "serde")]
impl<M: evenkeel_core::Snapshot> evenkeel_core::Snapshot for Transitions<M> {
    fn schema() -> String {
        format!("Transitions@1<{}>", M::schema())
    }
}
