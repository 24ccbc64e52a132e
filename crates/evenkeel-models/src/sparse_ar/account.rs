//! What a fit says about itself.

/// How a [`SparseAr`](crate::SparseAr) was fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct SparseArAccount {
    /// How many values the equations were made of: those with all their lagged values there.
    pub observations: usize,
    /// How many lags could be chosen.
    pub candidates: usize,
    /// The Gaussian log-likelihood of the values, given their lagged values, at the least-squares solution; natural logarithm.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub log_likelihood: f64,
    /// Akaike's criterion with its correction for small samples.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub aicc: f64,
    /// By how much roots were moved outward to make the model stationary; 0: it was so by itself.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub shrinkage: f64,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(SparseArAccount);
