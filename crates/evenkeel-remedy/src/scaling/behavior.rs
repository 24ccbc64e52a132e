//! How fast and how calmly a size may move in one direction.

use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::Error;

/// How much a size may move in one direction within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum RatePolicy {
    /// By so many replicas.
    Replicas {
        /// How many, at least 1.
        number: u32,
        /// In which time.
        period: Duration,
    },
    /// By so many percent of what there was at the beginning of the period. Out, what that gives is rounded
    /// up; in, what is left is rounded down.
    Percent {
        /// How many percent, at least 1.
        number: u32,
        /// In which time.
        period: Duration,
    },
}

impl RatePolicy {
    pub(super) fn parts(&self) -> (u32, Duration) {
        match *self {
            Self::Replicas { number, period } | Self::Percent { number, period } => (number, period),
        }
    }
}

/// Which of several rate policies holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Select {
    /// The one that allows the most.
    #[default]
    Most,
    /// The one that allows the least.
    Least,
    /// None: the size never moves in this direction.
    Disabled,
}

/// How a size may move in one direction: with what it calls for over a window, and how fast.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_remedy::scaling::Behavior;
///
/// // In by at most one replica a minute, and only if nothing else was called for in ten.
/// let (minute, ten) = (Duration::from_secs(60), Duration::from_secs(600));
/// let calm = Behavior::new(ten)?.replicas(1, minute)?;
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct Behavior {
    pub(super) window: Duration,
    pub(super) select: Select,
    pub(super) policies: Vec<RatePolicy>,
}

/// The longest window or period: a day.
const LONGEST: Duration = Duration::from_secs(86_400);
const DAY: &str = "at most a day";

impl Behavior {
    /// The most rate policies of one direction.
    pub const MOST_POLICIES: usize = 16;

    /// With a stabilization window: out goes only what was called for throughout it, in what was not called
    /// for within it. Without a rate policy the rate is not limited.
    ///
    /// # Errors
    /// If the window is longer than a day.
    pub fn new(window: Duration) -> Result<Self, Error> {
        Error::require(window <= LONGEST, "window", DAY, format_args!("{window:?}"))?;
        Ok(Self { window, select: Select::Most, policies: Vec::new() })
    }

    /// At most so many replicas in a period.
    ///
    /// # Errors
    /// If it is 0, the period is 0 or longer than a day, or there are 16 policies already.
    pub fn replicas(self, number: u32, period: Duration) -> Result<Self, Error> {
        self.policy(RatePolicy::Replicas { number, period })
    }

    /// At most so many percent in a period.
    ///
    /// # Errors
    /// If it is 0, the period is 0 or longer than a day, or there are 16 policies already.
    pub fn percent(self, number: u32, period: Duration) -> Result<Self, Error> {
        self.policy(RatePolicy::Percent { number, period })
    }

    fn policy(mut self, policy: RatePolicy) -> Result<Self, Error> {
        self.policies.push(policy);
        self.validate()?;
        Ok(self)
    }

    /// Which of the rate policies holds. Default: the one that allows the most.
    pub fn select(mut self, select: Select) -> Self {
        self.select = select;
        self
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        Error::require(self.window <= LONGEST, "window", DAY, format_args!("{:?}", self.window))?;
        let n = self.policies.len();
        Error::require(n <= Self::MOST_POLICIES, "policies", "at most 16", n)?;
        for policy in &self.policies {
            let (number, period) = policy.parts();
            Error::require(number > 0, "number", "at least 1", number)?;
            let fits = period > Duration::ZERO && period <= LONGEST;
            Error::require(fits, "period", "above 0 and at most a day", format_args!("{period:?}"))?;
        }
        Ok(())
    }

    /// The default of Kubernetes for scaling out: at once, by 4 or by 100 % in 15 s, whichever is more.
    pub fn standard_out() -> Self {
        let period = Duration::from_secs(15);
        let policies = alloc::vec![
            RatePolicy::Replicas { number: 4, period },
            RatePolicy::Percent { number: 100, period }
        ];
        Self { window: Duration::ZERO, select: Select::Most, policies }
    }

    /// The default of Kubernetes for scaling in: to the most that was called for in 300 s.
    pub fn standard_in() -> Self {
        let policies = alloc::vec![RatePolicy::Percent { number: 100, period: Duration::from_secs(15) }];
        Self { window: Duration::from_secs(300), select: Select::Most, policies }
    }
}
