//! The larger of two rules.

use crate::scaling::scaling_rule::ScalingRule;
use evenkeel_core::Timestamp;

/// The larger of what two rules call for.
///
/// Two scalers on one component undo each other's work; one scaler with two rules can't. Each has a reading
/// of its own; where one is missing the other may still ask for more, and nothing shrinks.
///
/// ```
/// use evenkeel_core::Timestamp;
/// use evenkeel_remedy::scaling::{Largest, PodAverage, Pods, ScalingRule, WaitingTime};
///
/// let processor = PodAverage::new(0.6)?;
/// let queue = WaitingTime::new(12.0, 0.5, 0.1)?;
/// let mut rule = Largest::new(processor, queue);
/// let now = Timestamp::EPOCH;
/// let idle = Some(Pods::new(&[0.2, 0.2, 0.3, 0.1], 0, 0));
/// assert_eq!(rule.recommend(now, 4, &(idle, Some(30.0))), Some(3));
/// assert_eq!(rule.recommend(now, 4, &(idle, None)), Some(4));
/// assert_eq!(rule.recommend(now, 4, &(None, Some(90.0))), Some(8));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Largest<A, B> {
    first: A,
    second: B,
}

impl<A, B> Largest<A, B> {
    /// Of these two.
    pub fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: ScalingRule, B: ScalingRule> ScalingRule for Largest<A, B> {
    type Reading = (Option<A::Reading>, Option<B::Reading>);

    fn recommend(&mut self, now: Timestamp, replicas: u32, reading: &Self::Reading) -> Option<u32> {
        let first = reading.0.as_ref().and_then(|r| self.first.recommend(now, replicas, r));
        let second = reading.1.as_ref().and_then(|r| self.second.recommend(now, replicas, r));
        match (first, second) {
            (Some(first), Some(second)) => Some(first.max(second)),
            (Some(known), None) | (None, Some(known)) => Some(known.max(replicas)),
            (None, None) => None,
        }
    }

    fn reset(&mut self) {
        self.first.reset();
        self.second.reset();
    }
}

#[cfg(feature = "serde")]
impl<A: evenkeel_core::Snapshot, B: evenkeel_core::Snapshot> evenkeel_core::Snapshot for Largest<A, B> {
    fn schema() -> alloc::string::String {
        alloc::format!("Largest@1<{},{}>", A::schema(), B::schema())
    }
}
