//! Logarithms of sums of exponentials, over pairs of slices.

use crate::hmm::exponential::exp_of_nonpositive;

/// `ln Σ exp(a_i + b_i)` over the common length; minus infinity of nothing. In four parts, so that the
/// compiler can use vector instructions: the same bits everywhere.
pub(super) fn log_sum_of_pairs(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let mut most = [f64::NEG_INFINITY; 4];
    let ((a4, a_rest), (b4, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (a, b) in a4.iter().zip(b4) {
        for i in 0..4 {
            let x = a[i] + b[i];
            most[i] = if x > most[i] { x } else { most[i] };
        }
    }
    for (a, b) in a_rest.iter().zip(b_rest) {
        most[0] = if a + b > most[0] { a + b } else { most[0] };
    }
    let most = most.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    let mut sums = [0.0; 4];
    for (a, b) in a4.iter().zip(b4) {
        for i in 0..4 {
            sums[i] += exp_of_nonpositive(a[i] + b[i] - most);
        }
    }
    for (a, b) in a_rest.iter().zip(b_rest) {
        sums[0] += exp_of_nonpositive(a + b - most);
    }
    most + libm::log((sums[0] + sums[1]) + (sums[2] + sums[3]))
}

/// `ln(exp(a) + exp(b))`.
pub(super) fn log_add(a: f64, b: f64) -> f64 {
    let (less, more) = if a < b { (a, b) } else { (b, a) };
    if more == f64::NEG_INFINITY { more } else { more + libm::log1p(libm::exp(less - more)) }
}
