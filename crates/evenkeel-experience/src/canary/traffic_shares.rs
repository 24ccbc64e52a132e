//! How the traffic is divided while a canary runs.

use evenkeel_core::Error;

/// The groups that the traffic of a service is divided into while a canary runs, in percent of it.
///
/// The *baseline* is the old version in instances as fresh as those of the canary and with the same share, so
/// that both start cold together and serve as much at all times; the *rest* is the old version as it was. A
/// canary compared with the rest is compared with warm caches and another load, and one compared with last
/// week with another week. Beyond a half there is no room for a baseline of the same size: it has what is
/// left.
///
/// ```
/// use evenkeel_experience::canary::TrafficShares;
///
/// let shares = TrafficShares::of_canary(10)?;
/// assert_eq!((shares.canary(), shares.baseline(), shares.rest()), (10, 10, 80));
/// assert_eq!(TrafficShares::of_canary(75)?.baseline(), 25);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TrafficShares {
    canary: u8,
}

impl TrafficShares {
    /// With this share of the traffic for the canary, in percent.
    ///
    /// # Errors
    /// If it is more than 100.
    pub fn of_canary(percent: u8) -> Result<Self, Error> {
        Error::require(percent <= 100, "percent", "at most 100", percent)?;
        Ok(Self { canary: percent })
    }

    /// The share of the canary.
    #[must_use]
    pub const fn canary(self) -> u8 {
        self.canary
    }

    /// The share of the baseline: the same, as far as there is room.
    #[must_use]
    pub const fn baseline(self) -> u8 {
        let left = 100 - self.canary;
        if self.canary < left { self.canary } else { left }
    }

    /// What is left for the old version as it was.
    #[must_use]
    pub const fn rest(self) -> u8 {
        100 - self.canary - self.baseline()
    }
}
