//! What a fit says about itself.

/// How a theta fit went. The search has one dimension and is exhaustive up to its grid, so that it always ends.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ThetaAccount {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) squares: f64,
    pub(super) observed: u64,
    pub(super) evaluations: u32,
    pub(super) seasonal: bool,
    pub(super) given: bool,
    pub(super) exact: bool,
}

impl ThetaAccount {
    /// The sum of the squared errors from the fourth value on, over the mean size of the seasonally adjusted values: the criterion of the
    /// authors' program, in units of the data.
    #[must_use]
    pub fn scaled_squares(&self) -> f64 {
        self.squares
    }

    /// Observed values in the history.
    #[must_use]
    pub fn observed(&self) -> u64 {
        self.observed
    }

    /// Evaluations of the sum of squares.
    #[must_use]
    pub fn evaluations(&self) -> u32 {
        self.evaluations
    }

    /// Whether a season was found and taken out.
    #[must_use]
    pub fn is_seasonal(&self) -> bool {
        self.seasonal
    }

    /// Whether the parameters were given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// Whether nothing is left to explain but rounding.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.exact
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(ThetaAccount);
