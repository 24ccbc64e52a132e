//! What a fleet tells a person.

use super::incident::{Incident, IncidentKind};
use core::fmt;

/// What a fleet has to say: few, and each is a sentence.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
#[must_use]
pub enum FleetEvent<K> {
    /// An incident that deserves attention.
    Page(Incident<K>),
    /// It has at least twice the alerts that were last told.
    Grown(Incident<K>),
    /// None of its series is abnormal or silent any more.
    Over(Incident<K>),
}

impl<K> FleetEvent<K> {
    /// The incident in its present state.
    pub fn incident(&self) -> &Incident<K> {
        match self {
            Self::Page(incident) | Self::Grown(incident) | Self::Over(incident) => incident,
        }
    }
}

/// A page says what the budget is, so that a person can tell how unlikely it is that nothing is wrong.
impl<K: fmt::Display> fmt::Display for FleetEvent<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(incident) if incident.kind() == IncidentKind::Abnormal => {
                write!(
                    f,
                    "{incident}; false pages are at most {} over {} series",
                    incident.budget, incident.fleet
                )
            }
            Self::Page(incident) => incident.fmt(f),
            Self::Grown(incident) => write!(f, "grown: {incident}"),
            Self::Over(incident) => match incident.ended() {
                Some(ended) => write!(f, "over at {ended}: {incident}"),
                None => write!(f, "over: {incident}"),
            },
        }
    }
}
