//! Outcomes of incidents.

use alloc::string::String;
use core::fmt;

/// How an incident ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Outcome {
    /// Something was done and users were verified to be fine.
    Recovered,
    /// Users were verified to be fine, and nothing of ours had been done.
    Subsided,
    /// A person has to take over.
    Escalated {
        /// Why the machine could not go on.
        why: String,
    },
    /// A person took over.
    Dismissed {
        /// The person who took the incident over.
        by: evenkeel_core::Name,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recovered => f.write_str("recovered"),
            Self::Subsided => f.write_str("subsided by itself"),
            Self::Escalated { why } => write!(f, "escalated: {why}"),
            Self::Dismissed { by } => write!(f, "taken over by {by}"),
        }
    }
}
