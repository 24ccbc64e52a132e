//! How calls end.

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallOutcome {
    /// As it should.
    Success,
    /// In an error of the callee.
    Failure,
    /// Refused by the callee for overload, or in a timeout. A failure for a [`CircuitBreaker`](super::CircuitBreaker); a limit
    /// ([`ConcurrencyLimiter`](super::ConcurrencyLimiter), [`AdaptiveThrottle`](super::AdaptiveThrottle)) tells
    /// the two apart.
    Overloaded,
    /// In a way that says nothing about the callee: cancelled, refused as invalid.
    Ignored,
}
