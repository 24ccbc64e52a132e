//! The status of an open incident.

use crate::action::Key;
use evenkeel_core::Timestamp;

/// What an open incident is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The policy is asked.
    Deciding,
    /// The policy wants to be asked again later.
    Waiting {
        /// When the policy is asked again.
        until: Timestamp,
    },
    /// Guards hold an action back, or its turn is now.
    Held,
    /// An action is in flight.
    InFlight {
        /// The key of the action.
        key: Key,
        /// Whether nobody knows what became of it.
        in_doubt: bool,
    },
    /// It is verified whether users are fine.
    Verifying {
        /// When verification began.
        since: Timestamp,
    },
    /// A measure helped and is kept for a time.
    Keeping {
        /// The time until which it is kept at least.
        until: Timestamp,
    },
}
