//! Cholesky factors of small covariances, without allocation.

/// The most coordinates that a covariance matrix may have: work on the stack is of its square.
pub(super) const MOST: usize = 32;

/// A square matrix on the stack; only the lower triangle is used.
pub(super) type Small = [[f64; MOST]; MOST];

/// The lower Cholesky factor of the leading `n` rows in place; false, if it is not positive definite.
pub(super) fn cholesky(a: &mut Small, n: usize) -> bool {
    for j in 0..n {
        for i in j..n {
            let mut sum = a[i][j];
            for m in 0..j {
                sum -= a[i][m] * a[j][m];
            }
            if i == j {
                // Also false for NaN.
                let positive = sum > 0.0 && sum.is_finite();
                if !positive {
                    return false;
                }
                a[j][j] = sum.sqrt();
            } else {
                a[i][j] = sum / a[j][j];
            }
        }
    }
    true
}

/// Solves `L y = b` in place.
pub(super) fn forward(l: &Small, b: &mut [f64; MOST], n: usize) {
    for i in 0..n {
        let mut sum = b[i];
        for j in 0..i {
            sum -= l[i][j] * b[j];
        }
        b[i] = sum / l[i][i];
    }
}

/// Solves `L' y = b` in place.
pub(super) fn backward(l: &Small, b: &mut [f64; MOST], n: usize) {
    for i in (0..n).rev() {
        let mut sum = b[i];
        for j in i + 1..n {
            sum -= l[j][i] * b[j];
        }
        b[i] = sum / l[i][i];
    }
}
