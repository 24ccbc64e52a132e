//! Stationarity of sparse autoregressions.

/// Whether the autoregression is stationary: all its partial autocorrelations lie within (-1, 1), by the
/// step-down recursion, with a margin of 1e-6. O(longest lag²), and nothing where the coefficients'
/// magnitudes sum to less than 1.
pub(super) fn is_stationary(lags: &[usize], coefficients: &[f64]) -> bool {
    if coefficients.iter().map(|c| c.abs()).sum::<f64>() < 1.0 {
        return true;
    }
    let order = lags.last().copied().unwrap_or(0);
    let mut a = vec![0.0; order + 1];
    for (lag, c) in lags.iter().zip(coefficients) {
        a[*lag] = *c;
    }
    let mut lower = a.clone();
    for k in (1..=order).rev() {
        let partial = a[k];
        if partial.abs() > 1.0 - 1e-6 || partial.is_nan() {
            return false;
        }
        if partial == 0.0 {
            continue;
        }
        let scale = 1.0 / (1.0 - partial * partial);
        for i in 1..k {
            lower[i] = (a[i] + partial * a[k - i]) * scale;
        }
        a[1..k].copy_from_slice(&lower[1..k]);
    }
    true
}

/// Makes an autoregression stationary by moving its roots outward: the coefficient of lag l is multiplied by
/// `(1 - shrinkage)^l`, with the least of 1e-5, 4e-5, … that does. Returns the shrinkage, 0 if none was
/// needed.
pub(super) fn stabilize(lags: &[usize], coefficients: &mut [f64]) -> f64 {
    if is_stationary(lags, coefficients) {
        return 0.0;
    }
    let original = coefficients.to_vec();
    let mut shrinkage = 1e-5;
    loop {
        for ((c, original), lag) in coefficients.iter_mut().zip(&original).zip(lags) {
            *c = original * f64::powf(1.0 - shrinkage, *lag as f64);
        }
        // At a shrinkage near 1 nothing is left of any coefficient.
        if is_stationary(lags, coefficients) || shrinkage > 0.99 {
            return shrinkage;
        }
        shrinkage = (shrinkage * 4.0_f64).min(0.999);
    }
}

/// [`stabilize`] by hardly more than has to be: between the shrinkage that does and the one before, by
/// bisection.
pub(super) fn stabilize_least(lags: &[usize], coefficients: &mut [f64]) -> f64 {
    let original = coefficients.to_vec();
    let mut enough = stabilize(lags, coefficients);
    if enough <= 1e-5 {
        return enough;
    }
    let mut short = enough / 4.0;
    let mut tried = original.clone();
    for _ in 0..12 {
        let middle = 0.5 * (short + enough);
        for ((c, original), lag) in tried.iter_mut().zip(&original).zip(lags) {
            *c = original * f64::powf(1.0 - middle, *lag as f64);
        }
        if is_stationary(lags, &tried) {
            enough = middle;
            coefficients.copy_from_slice(&tried);
        } else {
            short = middle;
        }
    }
    enough
}
