//! Small-sample correction of intervals: what estimation adds to the uncertainty of a forecast.

use evenkeel_stats::StudentT;

/// The 97.5 % quantile of the standard normal distribution.
pub(crate) const NORMAL: f64 = 1.959_963_984_540_054;

/// What a standard deviation from a sum of squares over `degrees` of freedom is to be multiplied by, so that
/// the Gaussian interval at 95 % is that of Student's t, and counts that `coefficients` were estimated from
/// `observed` values: 1 in the limit of many values.
///
/// For independent values about an unknown mean this is the exact prediction interval; for other linear
/// models the part of the coefficients is their average over the history (the trace of the hat matrix over n;
/// G. A. F. Seber and A. J. Lee, Linear Regression Analysis, 2003, section 5.3, doi:10.1002/9780471722199).
pub(crate) fn widening(degrees: f64, coefficients: f64, observed: f64) -> f64 {
    // With a single degree of freedom the interval would be 6 times as wide as with many, which says nothing.
    let degrees = degrees.clamp(2.0, 1e9);
    let quantile = StudentT::standard(degrees).map_or(NORMAL, |t| t.upper_quantile(0.025));
    quantile / NORMAL * (1.0 + coefficients.max(0.0) / observed.max(1.0)).sqrt()
}
