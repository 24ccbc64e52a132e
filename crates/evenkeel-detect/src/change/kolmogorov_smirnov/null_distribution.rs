//! The null distribution of the two-sided Kolmogorov-Smirnov statistic.

use alloc::vec;
use alloc::vec::Vec;

/// P(D >= d) of two samples of n and m values of one continuous distribution, exact: the share of lattice
/// paths from (0, 0) to (n, m) that leave the corridor, by the recursion over their last steps (J. L. Hodges,
/// Arkiv för Matematik 3, 1958, 469-486, doi:10.1007/BF02589501). All terms are positive, so that small
/// probabilities keep their digits. O(n m) time, O(m) memory.
pub(super) fn two_sample(n: usize, m: usize, d: f64) -> f64 {
    let all = (n * m) as f64;
    // The statistic times n m is a whole number; what misses one by rounding is one.
    let bound = libm::ceil(d * all - 1e-6);
    if bound <= 0.0 {
        return 1.0;
    }
    if bound > all {
        return 0.0;
    }
    let outside = |i: usize, j: usize| ((i * m) as f64 - (j * n) as f64).abs() >= bound;
    let mut left: Vec<f64> = vec![0.0; m + 1];
    for j in 1..=m {
        left[j] = if outside(0, j) { 1.0 } else { left[j - 1] };
    }
    for i in 1..=n {
        if outside(i, 0) {
            left[0] = 1.0;
        }
        for j in 1..=m {
            left[j] = if outside(i, j) {
                1.0
            } else {
                (i as f64 * left[j] + j as f64 * left[j - 1]) / (i + j) as f64
            };
        }
    }
    left[m].min(1.0)
}

/// P(D >= d) of one sample of n values and its true distribution, to about 1e-10 relative.
///
/// Where n d² >= 4 or d >= 1/2 it is twice the one-sided probability, all but exactly: both sides together
/// have less than 4e-11 of it. Below, 1 minus the probability of the corridor, which is not close to 1 there.
pub(super) fn one_sample(n: usize, d: f64) -> f64 {
    let size = n as f64;
    if d <= 0.5 / size {
        1.0
    } else if d >= 1.0 {
        0.0
    } else if d >= 0.5 || size * d * d >= 4.0 {
        (2.0 * one_sided(n, d)).min(1.0)
    } else {
        (1.0 - corridor(n, d)).clamp(0.0, 1.0)
    }
}

/// Z. W. Birnbaum, F. H. Tingey, Annals of Mathematical Statistics 22 (1951) 592-596,
/// doi:10.1214/aoms/1177729550: a sum of positive terms.
fn one_sided(n: usize, d: f64) -> f64 {
    let size = n as f64;
    let whole = libm::lgamma(size + 1.0);
    let term = |j: usize| {
        let (j, rest) = (j as f64, size - j as f64);
        let (up, down) = (d + j / size, 1.0 - d - j / size);
        let choose = whole - libm::lgamma(j + 1.0) - libm::lgamma(rest + 1.0);
        if down <= 0.0 { 0.0 } else { libm::exp(choose + (j - 1.0) * libm::log(up) + rest * libm::log(down)) }
    };
    let last = libm::floor(size * (1.0 - d)) as usize;
    d * (0..=last.min(n)).map(term).sum::<f64>()
}

/// P(D < d), as a power of a matrix of positive numbers: J. Durbin 1973 in the form of G. Marsaglia, W. W.
/// Tsang, J. Wang, Evaluating Kolmogorov's distribution, Journal of Statistical Software 8 (18) 2003,
/// doi:10.18637/jss.v008.i18. O((n d)³ log n).
fn corridor(n: usize, d: f64) -> f64 {
    let size = n as f64;
    let k = libm::floor(size * d) as usize + 1;
    let m = 2 * k - 1;
    let h = k as f64 - size * d;
    let mut matrix = vec![0.0; m * m];
    for i in 0..m {
        for j in 0..m.min(i + 2) {
            matrix[i * m + j] = 1.0;
        }
    }
    for i in 0..m {
        matrix[i * m] -= libm::pow(h, (i + 1) as f64);
        matrix[(m - 1) * m + i] -= libm::pow(h, (m - i) as f64);
    }
    if 2.0 * h > 1.0 {
        matrix[(m - 1) * m] += libm::pow(2.0 * h - 1.0, m as f64);
    }
    for i in 0..m {
        for j in 0..m.min(i + 1) {
            matrix[i * m + j] /= (1..=i + 1 - j).map(|g| g as f64).product::<f64>();
        }
    }
    let (power, mut exponent) = raised(matrix, m, n);
    let mut value = power[(k - 1) * m + k - 1];
    // n! / n^n, kept in range.
    for i in 1..=n {
        value *= i as f64 / size;
        if value < 1e-140 {
            value *= 1e140;
            exponent -= 1;
        }
    }
    value * libm::pow(10.0, 140.0 * f64::from(exponent))
}

/// The n-th power of a matrix, and with how many powers of 1e140 it has to be multiplied.
fn raised(mut base: Vec<f64>, m: usize, n: usize) -> (Vec<f64>, i32) {
    let mut result = vec![0.0; m * m];
    (0..m).for_each(|i| result[i * m + i] = 1.0);
    let (mut of_base, mut of_result, mut rest) = (0, 0, n);
    let mut scratch = vec![0.0; m * m];
    let settle = |matrix: &mut [f64], exponent: &mut i32| {
        if matrix[(m / 2) * m + m / 2] > 1e140 {
            matrix.iter_mut().for_each(|x| *x *= 1e-140);
            *exponent += 1;
        }
    };
    while rest > 0 {
        if rest % 2 == 1 {
            multiply(&result, &base, &mut scratch, m);
            core::mem::swap(&mut result, &mut scratch);
            of_result += of_base;
            settle(&mut result, &mut of_result);
        }
        rest /= 2;
        if rest > 0 {
            multiply(&base, &base, &mut scratch, m);
            core::mem::swap(&mut base, &mut scratch);
            of_base *= 2;
            settle(&mut base, &mut of_base);
        }
    }
    (result, of_result)
}

fn multiply(a: &[f64], b: &[f64], out: &mut [f64], m: usize) {
    out.fill(0.0);
    for i in 0..m {
        for k in 0..m {
            let factor = a[i * m + k];
            for j in 0..m {
                out[i * m + j] += factor * b[k * m + j];
            }
        }
    }
}
