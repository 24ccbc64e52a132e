//! The verb trait: what an action does.

use core::fmt;

/// One kind of thing that can be done to a target: restart it, drain it, roll it back.
///
/// [`StandardVerb`](crate::verb::StandardVerb) is the set that is shipped; bring your own enum where it does
/// not fit. The machine asks a verb four things and interprets nothing else: its name, what it costs while it
/// runs and afterwards, what undoes it, and whether it puts its target back into service.
///
/// ```
/// use evenkeel_remedy::verb::{Impact, Share, Verb};
///
/// #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
/// enum Knob { CacheOff, CacheOn }
///
/// impl std::fmt::Display for Knob {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         f.write_str(self.name())
///     }
/// }
///
/// impl Verb for Knob {
///     fn name(&self) -> &'static str {
///         match self { Self::CacheOff => "cache off", Self::CacheOn => "cache on" }
///     }
///     fn impact(&self, _instances: usize) -> Impact {
///         Impact::new(Share::Nothing, Share::Nothing)
///     }
///     fn undo(&self) -> Option<Self> {
///         match self { Self::CacheOff => Some(Self::CacheOn), Self::CacheOn => Some(Self::CacheOff) }
///     }
/// }
/// ```
pub trait Verb: Clone + Eq + Ord + fmt::Debug + fmt::Display + Send + Sync + 'static {
    /// What it is called, without its numbers: acting is switched on by this name.
    fn name(&self) -> &'static str;

    /// What of the target it takes out of service, where the component has `instances` known members.
    ///
    /// Say too much rather than too little: the blast radius is checked by it.
    fn impact(&self, instances: usize) -> Impact;

    /// The verb that takes it back on the same target; `None` if nothing does.
    fn undo(&self) -> Option<Self>;

    /// Whether it puts its target back into service. Default: no.
    fn returns(&self) -> bool {
        false
    }
}

/// A part of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Share {
    /// No part of the target.
    #[default]
    Nothing,
    /// So many instances of the component, nobody knows which.
    Some(usize),
    /// All of it: the instance that is named, or every instance of the component if none is.
    Whole,
}

/// What an action takes out of service, while it runs and once it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[must_use]
pub struct Impact {
    during: Share,
    after: Share,
    rolling: bool,
}

impl Impact {
    /// Nothing is out of service.
    pub const NONE: Self = Self { during: Share::Nothing, after: Share::Nothing, rolling: false };

    /// From what is out while it runs and what stays out once it is done.
    pub const fn new(during: Share, after: Share) -> Self {
        Self { during, after, rolling: false }
    }

    /// It goes through a component batch by batch, each as large as the share that is out while it runs:
    /// instances that fail go first, and the next batch begins only once the one before serves again.
    ///
    /// What rolls a release back or out works so, and an executor of such an action has to. Where at least as
    /// many instances fail as go at a time, and none is of unknown health, nothing that serves is taken out.
    pub const fn rolling(mut self) -> Self {
        self.rolling = true;
        self
    }

    /// Whether it goes batch by batch, those that fail first.
    #[must_use]
    pub const fn is_rolling(&self) -> bool {
        self.rolling
    }

    /// What is out while it runs.
    #[must_use]
    pub const fn during(&self) -> Share {
        self.during
    }

    /// What stays out once it is done, until something returns it.
    #[must_use]
    pub const fn after(&self) -> Share {
        self.after
    }

    /// The larger of the two: what guards go by.
    #[must_use]
    pub fn worst(&self) -> Share {
        self.during.max(self.after)
    }
}
