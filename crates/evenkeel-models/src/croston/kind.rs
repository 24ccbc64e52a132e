//! The methods for intermittent demand.

/// Which of the methods for intermittent demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum CrostonKind {
    /// Croston (1972, doi:10.1057/jors.1972.50): size over interval, both smoothed where there is demand.
    /// Biased upwards.
    Classic,
    /// Syntetos and Boylan (2005, doi:10.1016/j.ijforecast.2004.10.001): the same times `1 - alpha / 2`,
    /// nearly without bias.
    Approximate,
    /// Teunter, Syntetos and Babai (2011, doi:10.1016/j.ejor.2011.05.018): size times probability, the
    /// probability smoothed at every value, so that the forecast falls while demand stays away.
    Probability,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(CrostonKind);
