//! Defects of samples, and findings of them.

use core::fmt;
use core::time::Duration;
use evenkeel_core::Timestamp;

/// What can be wrong with samples.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Defect {
    /// There is no sample for longer than a step.
    Gap {
        /// The number of samples that are missing.
        missing: u64,
        /// How much longer than one step the interval is.
        length: Duration,
    },
    /// Samples without a usable value.
    Missing,
    /// Repeated samples with the same value; the first of each is not counted.
    Duplicate,
    /// Samples of the same time with different values.
    Conflict {
        /// The smallest value of the first such time.
        lowest: f64,
        /// The largest value of that time.
        highest: f64,
    },
    /// Samples that came after a newer one, by less than the limit for late ones.
    Disorder {
        /// The largest delay behind the newest sample.
        by: Duration,
    },
    /// Samples that came long after a newer one.
    Late {
        /// The largest delay behind the newest sample.
        by: Duration,
    },
    /// The newest usable value is older than it should be.
    Stale {
        /// The age of the newest usable value.
        age: Duration,
    },
    /// The same value repeats where it used to vary.
    Stuck {
        /// The repeated value.
        value: f64,
    },
    /// A counter fell: it was restarted.
    Reset {
        /// The value before the restart.
        from: f64,
        /// The value after the restart.
        to: f64,
    },
    /// A value far from its neighbors.
    Outlier {
        /// The value; of several in a row, the most extreme.
        value: f64,
        /// The median of its neighbors.
        expected: f64,
        /// The distance in robust standard deviations.
        deviations: f64,
    },
    /// Samples come at a different step than expected.
    Step {
        /// The expected step.
        expected: Duration,
        /// The actual step: the median there.
        found: Duration,
    },
    /// The clock of the source jumped back, or is ahead of ours.
    ClockSkew {
        /// The difference between the clocks.
        by: Duration,
    },
}

impl Defect {
    /// The order of findings of the same times, independent of the order of the samples.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Disorder { .. } => 0,
            Self::Late { .. } => 1,
            Self::ClockSkew { .. } => 2,
            Self::Step { .. } => 3,
            Self::Gap { .. } => 4,
            Self::Missing => 5,
            Self::Duplicate => 6,
            Self::Conflict { .. } => 7,
            Self::Reset { .. } => 8,
            Self::Stuck { .. } => 9,
            Self::Outlier { .. } => 10,
            Self::Stale { .. } => 11,
        }
    }
}

/// A defect, with its place and extent.
///
/// Its `Display` is a sentence that a person can check.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Finding {
    pub(super) defect: Defect,
    pub(super) index: usize,
    pub(super) samples: usize,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Finding {
    /// What is wrong.
    #[must_use]
    pub fn defect(&self) -> Defect {
        self.defect
    }

    /// The index of the first sample concerned; of a gap, the last one before it.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// How many samples are concerned; of a gap or a stale end 0, since they are not there.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// The earliest time concerned; of a gap, that of the last sample before it.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// The latest time concerned; of a gap, that of the first sample after it.
    #[must_use]
    pub fn to(&self) -> Timestamp {
        self.to
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.samples;
        let s = if n == 1 { "" } else { "s" };
        match self.defect {
            Defect::Gap { missing, length } => {
                let s = if missing == 1 { "" } else { "s" };
                return write!(f, "gap of {missing} sample{s} ({length:?}) after {}", self.from);
            }
            Defect::Missing => write!(f, "{n} sample{s} without a usable value"),
            Defect::Duplicate => write!(f, "{n} sample{s} came twice, equal,"),
            Defect::Conflict { lowest, highest } => {
                write!(f, "{n} sample{s} contradict another of the same time ({lowest} to {highest})")
            }
            Defect::Disorder { by } => write!(f, "{n} sample{s} out of order by up to {by:?}"),
            Defect::Late { by } => write!(f, "{n} sample{s} late by up to {by:?}"),
            Defect::Stale { age } => {
                return write!(f, "stale: the newest usable value, of {}, is {age:?} old", self.from);
            }
            Defect::Stuck { value } => write!(f, "stuck at {value} for {n} samples"),
            Defect::Reset { from, to } => write!(f, "counter reset from {from} to {to}"),
            Defect::Outlier { value, expected, deviations } if n == 1 => {
                write!(f, "outlier {value}, {deviations:.1} deviations from {expected:.4},")
            }
            Defect::Outlier { value, expected, deviations } => {
                write!(f, "{n} outliers up to {value}, {deviations:.1} deviations from {expected:.4},")
            }
            Defect::Step { expected, found } => write!(f, "a step of {found:?} instead of {expected:?}"),
            Defect::ClockSkew { by } => write!(f, "clock off by {by:?} for {n} sample{s}"),
        }?;
        if self.from == self.to {
            write!(f, " at {}", self.from)
        } else {
            write!(f, " from {} to {}", self.from, self.to)
        }
    }
}
