//! What a keeper says.

use core::fmt;
use evenkeel_core::{Diagnosis, Name, Signal, SourceHealth, Timestamp, Transition};

/// What a keeper says or wants.
#[derive(Debug)]
#[non_exhaustive]
pub enum Effect<V> {
    /// A metric became abnormal, worse, or normal again. For showing: it triggers nothing.
    Alert {
        /// Which.
        signal: Signal,
        /// What happened.
        transition: Transition,
    },
    /// A source can be trusted again, or no more.
    Source {
        /// Which: a component, or [`USERS`](crate::USERS).
        name: Name,
        /// How it is.
        health: SourceHealth,
    },
    /// The evidence says that users suffer.
    Suffering {
        /// The incident that was opened for it.
        incident: u64,
        /// Since when.
        since: Timestamp,
    },
    /// What is thought to be the cause.
    Diagnosed {
        /// Of which incident.
        incident: u64,
        /// What, or none of these.
        diagnosis: Diagnosis,
    },
    /// What the remediator says or wants; a driver answers it through [`Keeper::event`](crate::Keeper::event).
    Remedy(evenkeel_remedy::Effect<V>),
}

/// Effects in the order in which they came about.
#[derive(Debug)]
#[must_use = "effects are what the keeper says and wants done"]
pub struct Effects<V>(pub(crate) Vec<Effect<V>>);

impl<V> Effects<V> {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One after the other.
    pub fn iter(&self) -> core::slice::Iter<'_, Effect<V>> {
        self.0.iter()
    }
}

impl<V> IntoIterator for Effects<V> {
    type Item = Effect<V>;
    type IntoIter = std::vec::IntoIter<Effect<V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, V> IntoIterator for &'a Effects<V> {
    type Item = &'a Effect<V>;
    type IntoIter = core::slice::Iter<'a, Effect<V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A sentence, for logs.
impl<V: fmt::Debug> fmt::Display for Effect<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert { signal, transition } => {
                write!(f, "{signal} {:?} since {}", transition.kind, transition.start)
            }
            Self::Source { name, health } => write!(f, "source {name} is {health}"),
            Self::Suffering { incident, since } => {
                write!(f, "incident {incident}: users suffer since {since}")
            }
            Self::Diagnosed { incident, diagnosis } => match diagnosis.causes().first() {
                Some(cause) => write!(
                    f,
                    "incident {incident}: {} with probability {:.2}",
                    cause.component,
                    cause.probability()
                ),
                None => write!(f, "incident {incident}: no cause stands out"),
            },
            Self::Remedy(effect) => write!(f, "{effect:?}"),
        }
    }
}
