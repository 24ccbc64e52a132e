//! What missing values probably were.

use super::eliminate::Elimination;
use super::kernel::Kernel;
use super::model::Fitted;
use super::sample::{Ends, Sample, bridged};
use evenkeel_core::{Error, Prediction, observed};

/// The missing values of a history given all that was observed.
pub(super) fn interpolate(fitted: &Fitted, history: &[f64]) -> Result<Vec<(usize, Prediction)>, Error> {
    let mut sample = Sample::new(history, &[], fitted.differences, fitted.kind, 0, Ends::Keep)?;
    sample.fill();
    let mut kernel = Kernel::new(sample, fitted.factors);
    let sample = kernel.sample();
    let constant = sample.offsets.first().map(|offset| (fitted.constant - offset) / sample.by[0]);
    kernel.fix(std::iter::once(constant));
    let failed = Error::Numerical { what: "the observed values do not determine the missing ones" };
    kernel.value(&fitted.coefficients).ok_or(failed.clone())?;
    let sample = kernel.sample();
    let least = &kernel.complete().ok_or(failed)?.least;
    let filled = bridged(&sample.y);
    let variances = variances(least);
    let one = |(&t, (by, variance)): (&usize, (&f64, f64))| {
        debug_assert!(observed(history[t]).is_none());
        let trend: f64 = sample
            .offsets
            .iter()
            .zip(&sample.by)
            .zip(&sample.x)
            .map(|((o, by), x)| o / by * sample.scale * x[t])
            .sum();
        let mean = (filled[t] - by) * sample.scale + sample.shift + trend;
        let sd = fitted.sigma * variance.max(0.0).sqrt();
        (t, Prediction::new(mean.clamp(f64::MIN, f64::MAX), sd.min(f64::MAX)).unwrap_or_default())
    };
    Ok(sample.missing.iter().zip(least.beta.iter().zip(variances)).map(one).collect())
}

/// The diagonal of the inverse of the information on what is integrated out, from its factors. O(k³).
fn variances(least: &Elimination<f64>) -> Vec<f64> {
    let (k, c, a) = (least.counted, least.columns, &least.products);
    let mut out = vec![0.0; k];
    let mut column = vec![0.0; k];
    for (j, out) in out.iter_mut().enumerate() {
        // A column of the inverse of the unit triangle.
        column[j] = 1.0;
        for i in j..k {
            if i > j {
                column[i] = -(j..i).map(|m| a[i * c + m] / a[m * c + m] * column[m]).sum::<f64>();
            }
            *out += column[i] * column[i] / a[i * c + i];
        }
    }
    out
}
