//! The traits of boundaries.

/// A boundary as a function of intrinsic time.
pub trait Boundary {
    /// The value that the sum exceeds at some intrinsic time `v` with probability at most `alpha`. In units
    /// of the sum.
    ///
    /// NaN unless `v >= 0` and `alpha` is in (0, 1).
    fn bound(&self, v: f64, alpha: f64) -> f64;
}

/// A boundary from a mixture of exponential supermartingales; the mixture is evidence itself.
pub trait Mixture: Boundary {
    /// Natural logarithm of the supermartingale at the sum `s` and intrinsic time `v`: an e-value against
    /// "the sum has no upward drift" (no drift, where two-sided).
    fn log_supermartingale(&self, s: f64, v: f64) -> f64;
}

evenkeel_core::assert_dyn_compatible!(dyn Boundary, dyn Mixture);
