//! What may become of a size.

use crate::action::{Action, Target};
use crate::verb::StandardVerb;
use core::fmt;
use evenkeel_core::Name;

/// What may become of a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Sizing {
    from: u32,
    wanted: u32,
    stabilized: u32,
    to: u32,
}

impl Sizing {
    pub(super) fn new(from: u32, wanted: u32, stabilized: u32, to: u32) -> Self {
        Self { from, wanted, stabilized, to }
    }

    /// How many replicas there are.
    #[must_use]
    pub fn from(&self) -> u32 {
        self.from
    }

    /// What the rule called for.
    #[must_use]
    pub fn wanted(&self) -> u32 {
        self.wanted
    }

    /// What the stabilization windows left of it.
    #[must_use]
    pub fn stabilized(&self) -> u32 {
        self.stabilized
    }

    /// How many there may be now: after rate limits and bounds.
    #[must_use]
    pub fn to(&self) -> u32 {
        self.to
    }

    /// The action that makes it so; `None` if the size stays.
    #[must_use]
    pub fn action(&self, component: impl Into<Name>) -> Option<Action<StandardVerb>> {
        let verb = StandardVerb::Scale { from: self.from, to: self.to };
        (self.from != self.to).then(|| Action::new(verb, Target::component(component)))
    }
}

impl fmt::Display for Sizing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "from {} to {} ({} wanted, {} stabilized)",
            self.from, self.to, self.wanted, self.stabilized
        )
    }
}
