//! Autoregressions that return to their mean.

/// Whether the autoregression is stationary: all its partial autocorrelations lie within (-1, 1), by the step-down recursion, with a
/// margin of 1e-6. O(longest lag²), and nothing where the coefficients' magnitudes sum to less than 1.
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

/// Makes an autoregression stationary by moving its roots outward: the coefficient of lag l is multiplied by `(1 - shrinkage)^l`, with
/// the least of 1e-5, 4e-5, … that does. Returns the shrinkage, 0 if none was needed.
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

/// [`stabilize`] by hardly more than has to be: between the shrinkage that does and the one before, by bisection.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_triangle_of_second_order() {
        for (a, b) in [(0.5, 0.3), (1.2, -0.5), (-0.4, 0.5), (1.9, -0.95)] {
            assert!(is_stationary(&[1, 2], &[a, b]), "{a} {b}");
        }
        for (a, b) in [(0.8, 0.3), (1.2, 0.1), (0.0, -1.0), (-0.6, 0.5), (2.0, -1.0)] {
            assert!(!is_stationary(&[1, 2], &[a, b]), "{a} {b}");
        }
        assert!(is_stationary(&[3, 168], &[0.09, 0.9]));
        assert!(!is_stationary(&[3, 168], &[0.2, 0.9]));
    }

    #[test]
    fn what_explodes_is_tamed() {
        let mut c = [0.3, 0.9];
        let shrinkage = stabilize(&[1, 24], &mut c);
        assert!(shrinkage > 0.0 && is_stationary(&[1, 24], &c));
        assert!(c[0] > 0.25 && c[1] > 0.5, "{c:?}");
        let mut c = [0.5];
        assert_eq!((stabilize(&[1], &mut c), c[0]), (0.0, 0.5));
        let mut c = [1.02];
        stabilize_least(&[1], &mut c);
        assert!(c[0] > 0.999 && c[0] < 1.0, "{c:?}");
        let mut c = [1e9];
        stabilize(&[1], &mut c);
        assert!(c[0].is_finite());
    }
}
