//! The admissible region: errors die out.

/// Whether the errors of a linear form die out: all roots of its characteristic polynomial lie inside the
/// unit circle (Hyndman, Akram and Archibald 2008, doi:10.1007/s10463-006-0109-x), by the Schur-Cohn
/// recursion. O(period²).
pub(super) fn is_admissible(
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
    trend: bool,
    period: Option<usize>,
) -> bool {
    // Published for trends that are damped after they are added. Here the damped trend is added, which damps
    // its smoothing as well.
    let beta = phi * beta;
    let mut polynomial = match (period, trend) {
        // From the constant upwards, without the leading 1.
        (None, false) => vec![alpha - 1.0],
        (None, true) => vec![phi * (1.0 - alpha), alpha + beta - 1.0 - phi],
        (Some(m), false) => {
            let mut p = vec![alpha; m];
            p[0] = alpha + gamma - 1.0;
            p
        }
        (Some(m), true) => {
            let mut p = vec![alpha + beta - alpha * phi; m + 1];
            p[0] = phi * (1.0 - alpha - gamma);
            p[1] = alpha + beta - alpha * phi + gamma - 1.0;
            p[m] = alpha + beta - phi;
            p
        }
    };
    // From the highest power to the constant.
    polynomial.push(1.0);
    polynomial.reverse();
    while polynomial.len() > 1 {
        let last = polynomial.len() - 1;
        let k = polynomial[last];
        if k.is_nan() || k.abs() >= 1.0 {
            return false;
        }
        let before = polynomial.clone();
        let left = 1.0 - k * k;
        for (i, c) in polynomial.iter_mut().enumerate().take(last) {
            *c = (before[i] - k * before[last - i]) / left;
        }
        polynomial.truncate(last);
    }
    true
}
