//! What is known of a step of a rollout, and what follows.

use core::fmt;
use evenkeel_core::Name;

/// What is known of the present step of a [`Rollout`](super::Rollout).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum StepVerdict {
    /// By this metric the canary is worse than the baseline, and more than the margin is possible.
    Fail {
        /// The name of the metric.
        metric: Name,
    },
    /// A source failed, its answer was empty, or it has fallen silent: that says nothing in favor of the
    /// canary.
    NoData {
        /// The name of the metric.
        metric: Name,
    },
    /// Canary or baseline had too few requests in this step to compare them.
    TooLittleTraffic {
        /// How many the smaller of them had.
        requests: u64,
        /// How many each needs.
        needed: u64,
    },
    /// The traffic is not divided as it was told to be: what is compared is then not what it is thought to
    /// be. A finding about the experiment, not about the canary.
    SplitMismatch,
    /// The share of the traffic that the canary has could not be read back, or is another than was told.
    ShareUnknown,
    /// There are data, and as yet they allow both.
    Undecided,
    /// By every metric, and more surely than `1 - beta`, the next share does not cost more than the margin.
    Pass,
}

impl fmt::Display for StepVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fail { metric } => write!(f, "worse than the baseline by {metric}"),
            Self::NoData { metric } => write!(f, "nothing is known of {metric}"),
            Self::TooLittleTraffic { requests, needed } => {
                write!(f, "too little traffic to judge: {requests} of {needed} requests")
            }
            Self::SplitMismatch => f.write_str("the traffic is not divided as it was told to be"),
            Self::ShareUnknown => f.write_str("the share of the canary is not what was told, or not known"),
            Self::Undecided => f.write_str("not sure yet"),
            Self::Pass => f.write_str("no worse than the margin allows"),
        }
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(StepVerdict);

/// What is to be done when a step has no verdict at its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum AtDeadline {
    /// The canary gets no traffic any more: what could not be judged is not left running.
    #[default]
    GoBack,
    /// It keeps the share that it has, until there is a verdict or a person decides.
    Hold,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(AtDeadline);

/// What is to be done about a canary now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use]
pub enum Advice {
    /// Leave the share as it is.
    Stay,
    /// Give it more of the traffic, in percent.
    Raise {
        /// The share then.
        to: u8,
    },
    /// Give it none, at once. Final.
    GoBack {
        /// What was known: a failure, or what there was at the deadline in place of a verdict.
        why: StepVerdict,
    },
    /// It has all of the traffic. Final.
    Complete,
}
