//! The adapter from stages of values to stages of timed values.

use crate::stage::Stage;
use crate::time::At;

/// Lifts a stage over `X` to one over `At<X>`: each output gets the time of its observation.
///
/// Most detectors count observations and do not look at the clock; what measures durations (an alarm) does.
/// `Timed` joins them: `Timed(detector.then(calibrator)).then(alarm)`. Counting observations is not time: a
/// stage inside `Timed` doesn't notice that an observation failed to arrive.
///
/// ```
/// use evenkeel_core::{At, Stage, Timed, Timestamp};
/// # #[derive(Clone)] struct Double;
/// # impl Stage<f64> for Double {
/// #     type Output = f64;
/// #     fn update(&mut self, x: f64) -> Option<f64> { Some(2.0 * x) }
/// #     fn reset(&mut self) {}
/// # }
///
/// let t = Timestamp::from_seconds(60);
/// assert_eq!(Timed(Double).update(At::new(t, 21.0)), Some(At::new(t, 42.0)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Timed<S>(
    /// The stage that takes the values.
    pub S,
);

impl<X, S: Stage<X>> Stage<At<X>> for Timed<S> {
    type Output = At<S::Output>;

    #[inline]
    fn update(&mut self, x: At<X>) -> Option<Self::Output> {
        Some(At::new(x.time, self.0.update(x.value)?))
    }

    fn reset(&mut self) {
        self.0.reset();
    }
}
