//! The scaling rule trait.

use evenkeel_core::Timestamp;

/// Says how many replicas a reading of the load calls for, without regard to what is safe or calm: that is
/// for the [`Scaler`](crate::scaling::Scaler).
pub trait ScalingRule {
    /// What is read: the usage of the pods, a rate of arrivals, a prediction.
    type Reading;

    /// How many replicas it wants, given that there are `replicas` now, at least 1. `None` if the reading is
    /// of no use: nothing is scaled on it.
    fn recommend(&mut self, now: Timestamp, replicas: u32, reading: &Self::Reading) -> Option<u32>;

    /// Forgets the data and keeps the settings. Default: there is nothing to forget.
    fn reset(&mut self) {}
}

/// The smallest number of replicas that is at least `wanted`, from 1; `None` if that is no number.
pub(super) fn replicas_for(wanted: f64) -> Option<u32> {
    if wanted.is_nan() {
        return None;
    }
    Some(libm::ceil(wanted).clamp(1.0, f64::from(u32::MAX)) as u32)
}
