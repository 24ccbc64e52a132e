//! What is known of a rule of burn rates.

/// What is known of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum BurnState {
    /// A window has no events at all: there is no burn rate. Not green.
    #[default]
    NoData,
    /// There is too little traffic to tell whether the budget burns that fast. Neither green nor red.
    Undecided,
    /// The budget does not burn that fast.
    Healthy,
    /// The budget burns faster than the factor of the rule in both windows.
    Firing,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(BurnState);
