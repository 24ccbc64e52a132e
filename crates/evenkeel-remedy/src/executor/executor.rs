//! The executor trait.

use crate::action::Key;
use crate::executor::Permit;
use alloc::string::String;
use core::fmt;

/// Does what a permit allows, and can say later what became of it.
///
/// What the machine relies on:
///
/// - *A key is done at most once.* The machine never issues a key twice; an executor that retries inside must
///   see to it itself.
/// - *[`Absent`](Applied::Absent) is final*: it was not done and never will be, also if an order is still
///   under way. An executor that cannot promise that answers [`Unknown`](Applied::Unknown).
/// - *A permit with a smaller token than one already seen is refused*, with `Absent`.
///
/// ```
/// use evenkeel_remedy::action::Key;
/// use evenkeel_remedy::executor::{Applied, Executor, Permit};
/// use evenkeel_remedy::verb::StandardVerb;
/// use std::collections::BTreeMap;
///
/// /// What was done under each key, kept where it outlives a crash if that matters.
/// #[derive(Default)]
/// struct Hands {
///     done: BTreeMap<Key, Applied>,
/// }
///
/// impl Executor<StandardVerb> for Hands {
///     fn apply(&mut self, permit: Permit<StandardVerb>) -> Applied {
///         let action = permit.action();
///         let applied = match action.verb {
///             StandardVerb::Restart => Applied::Done, // here the instance `action.target` is restarted
///             _ => Applied::Absent { why: format!("{action} is not for these hands") },
///         };
///         self.done.insert(permit.key(), applied.clone());
///         applied
///     }
///
///     fn probe(&mut self, key: Key) -> Applied {
///         let never = Applied::Absent { why: "it never came here".into() };
///         self.done.entry(key).or_insert(never).clone()
///     }
/// }
/// # let _: &dyn Executor<StandardVerb> = &Hands::default();
/// ```
pub trait Executor<V> {
    /// Does it, or begins to.
    fn apply(&mut self, permit: Permit<V>) -> Applied;

    /// What became of a key. Changes nothing but that what is answered as absent stays so.
    fn probe(&mut self, key: Key) -> Applied;

    /// One of the actions that were begun, answered as [`Applied::Running`], and have come to their end
    /// since; each is told once. Default: none, for executors that are done when [`apply`](Self::apply)
    /// returns.
    fn finished(&mut self) -> Option<(Key, Applied)> {
        None
    }
}

impl<V, E: Executor<V> + ?Sized> Executor<V> for alloc::boxed::Box<E> {
    fn apply(&mut self, permit: Permit<V>) -> Applied {
        (**self).apply(permit)
    }

    fn probe(&mut self, key: Key) -> Applied {
        (**self).probe(key)
    }

    fn finished(&mut self) -> Option<(Key, Applied)> {
        (**self).finished()
    }
}

impl<V, E: Executor<V> + ?Sized> Executor<V> for &mut E {
    fn apply(&mut self, permit: Permit<V>) -> Applied {
        (**self).apply(permit)
    }

    fn probe(&mut self, key: Key) -> Applied {
        (**self).probe(key)
    }

    fn finished(&mut self) -> Option<(Key, Applied)> {
        (**self).finished()
    }
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Applied {
    /// The action was carried out.
    Done,
    /// It was begun and ended badly: what it changed is not known.
    Failed {
        /// What went wrong, in words.
        why: String,
    },
    /// It was not done and never will be.
    Absent {
        /// Why it was not done.
        why: String,
    },
    /// The action is under way.
    Running,
    /// Nobody can say what became of it.
    Unknown,
}

impl Applied {
    /// Whether nothing more will come.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Done | Self::Failed { .. } | Self::Absent { .. })
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Failed { why } => write!(f, "failed: {why}"),
            Self::Absent { why } => write!(f, "not done: {why}"),
            Self::Running => f.write_str("under way"),
            Self::Unknown => f.write_str("in doubt"),
        }
    }
}
