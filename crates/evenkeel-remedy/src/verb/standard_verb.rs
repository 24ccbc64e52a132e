//! The standard verbs.

use crate::verb::{Impact, Share, Verb};
use core::fmt;

/// The common things that can be done to a service.
///
/// | verb | out of service | undone by |
/// | --- | --- | --- |
/// | [`Restart`](Self::Restart) | the target, while it runs | nothing |
/// | [`Drain`](Self::Drain) | the target, until undrained | [`Undrain`](Self::Undrain) |
/// | [`RollBack`](Self::RollBack) | one instance at a time, those that fail first | nothing: going forward is a release |
/// | [`Degrade`](Self::Degrade) | nothing | [`Restore`](Self::Restore) |
/// | [`Scale`](Self::Scale) | those it removes | the former size |
/// | [`Shed`](Self::Shed) | nothing | [`Admit`](Self::Admit) |
/// | [`Canary`](Self::Canary) | nothing | the former share |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum StandardVerb {
    /// Stop and start the target.
    Restart,
    /// Send no more work to the target and let it finish what it has.
    Drain,
    /// Send work to the target again.
    Undrain,
    /// Go back to the version or configuration before, a [rolling](Impact::rolling) change: one instance at a
    /// time, those that fail first, and on only once the one before serves again.
    RollBack,
    /// Do without the target: callers answer with less.
    Degrade,
    /// Use the target again.
    Restore,
    /// Change the number of instances.
    Scale {
        /// How many there are.
        from: u32,
        /// How many there shall be.
        to: u32,
    },
    /// Refuse this share of the requests, in percent.
    Shed {
        /// The share that is refused, 0 to 100.
        percent: u8,
    },
    /// Refuse no requests any more.
    Admit,
    /// Move the share of the requests that a new version serves, in percent.
    Canary {
        /// The share now, 0 to 100.
        from: u8,
        /// The share then, 0 to 100.
        to: u8,
    },
}

impl Verb for StandardVerb {
    fn name(&self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Drain => "drain",
            Self::Undrain => "undrain",
            Self::RollBack => "roll back",
            Self::Degrade => "degrade",
            Self::Restore => "restore",
            Self::Scale { .. } => "scale",
            Self::Shed { .. } => "shed",
            Self::Admit => "admit",
            Self::Canary { .. } => "canary",
        }
    }

    fn impact(&self, instances: usize) -> Impact {
        match *self {
            Self::Restart => Impact::new(Share::Whole, Share::Nothing),
            Self::Drain => Impact::new(Share::Whole, Share::Whole),
            Self::RollBack => Impact::new(Share::Some(1), Share::Nothing).rolling(),
            Self::Scale { from, to } => {
                // Not all that there are may be known.
                let from = usize::try_from(from).unwrap_or(usize::MAX).max(instances);
                let removed = from.saturating_sub(usize::try_from(to).unwrap_or(usize::MAX));
                let share = if removed == 0 { Share::Nothing } else { Share::Some(removed) };
                Impact::new(share, Share::Nothing)
            }
            Self::Undrain
            | Self::Degrade
            | Self::Restore
            | Self::Shed { .. }
            | Self::Admit
            | Self::Canary { .. } => Impact::NONE,
        }
    }

    fn undo(&self) -> Option<Self> {
        match *self {
            Self::Drain => Some(Self::Undrain),
            Self::Degrade => Some(Self::Restore),
            Self::Scale { from, to } => Some(Self::Scale { from: to, to: from }),
            Self::Shed { .. } => Some(Self::Admit),
            Self::Canary { from, to } => Some(Self::Canary { from: to, to: from }),
            Self::Restart | Self::Undrain | Self::RollBack | Self::Restore | Self::Admit => None,
        }
    }

    fn returns(&self) -> bool {
        matches!(self, Self::Undrain)
    }
}

impl fmt::Display for StandardVerb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scale { from, to } => write!(f, "scale from {from} to {to}"),
            Self::Shed { percent } => write!(f, "shed {percent} % of"),
            Self::Canary { from, to } => write!(f, "canary from {from} % to {to} %"),
            other => f.write_str(other.name()),
        }
    }
}
