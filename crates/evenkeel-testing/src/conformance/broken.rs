//! The result of a check: which promise was broken.

use std::fmt;

/// One promise of the [contract](evenkeel_core::Stage#the-contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Promise {
    /// 1: `update` never panics.
    Total,
    /// 2: what is missing teaches nothing, nothing is poisoned, outputs are finite.
    Missing,
    /// 3: a score uses only what was known before; a forecast is consistent with itself.
    Prequential,
    /// 4: no allocation in the steady state.
    Allocation,
    /// 5: reset ≡ freshly built.
    Reset,
    /// 5: clone ≡ continue.
    Clone,
    /// 5: restored snapshot ≡ continue.
    Snapshot,
    /// 6: no clock, input or output, thread or hidden randomness.
    Deterministic,
    /// An alarm's transitions are in order.
    Alarm,
    /// Not of the contract: a stage without any output makes every check vacuous.
    Vacuous,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Total => "contract 1 (infallible and total)",
            Self::Missing => "contract 2 (missing is missing, outputs are finite)",
            Self::Prequential => "contract 3 (prequential)",
            Self::Allocation => "contract 4 (no allocation in the steady state)",
            Self::Reset => "contract 5 (reset ≡ freshly built)",
            Self::Clone => "contract 5 (clone ≡ continue)",
            Self::Snapshot => "contract 5 (restored snapshot ≡ continue)",
            Self::Deterministic => "contract 6 (deterministic)",
            Self::Alarm => "the order of an alarm's transitions",
            Self::Vacuous => "not vacuous",
        })
    }
}

/// A promise that was broken, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    promise: Promise,
    how: String,
}

impl Broken {
    /// A broken promise.
    pub fn new(promise: Promise, how: impl Into<String>) -> Self {
        Self { promise, how: how.into() }
    }

    /// Which promise.
    #[must_use]
    pub fn promise(&self) -> Promise {
        self.promise
    }

    /// In which way.
    #[must_use]
    pub fn how(&self) -> &str {
        &self.how
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is broken: {}", self.promise, self.how)
    }
}

impl std::error::Error for Broken {}
