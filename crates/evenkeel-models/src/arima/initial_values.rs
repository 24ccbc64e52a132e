//! Starting points of the search.

use super::arma_recursion::dot;
use super::design::Design;
use super::lag_polynomials::LagPolynomials;
use super::pacf_transform::{PacfTransform, into_stationary};
use crate::count::as_f64;
use nalgebra::{DMatrix, DVector};

/// Which start led to the best fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ArimaStart {
    /// The parameters were given, or there were none to search for.
    Given,
    /// Hannan and Rissanen (1982, doi:10.1093/biomet/69.1.81): regression on lags of the series and of the
    /// residuals of a long autoregression.
    HannanRissanen,
    /// Burg's autoregression, no moving average.
    Autoregressive,
    /// All coefficients close to zero.
    Neutral,
    /// A slowly decaying process seen through noise.
    Persistent,
    /// A process that swings from value to value.
    Alternating,
    /// A cycle at a peak of the spectrum, seen through noise.
    Cyclic,
    /// The fit of a smaller order, with nothing in what is new.
    Neighbor,
    /// The least conditional sum of squares.
    Conditional,
    /// One of several points spread evenly over all stationary and invertible processes.
    Scattered,
}

/// Starting points, as unconstrained numbers.
pub(super) fn initial_values(design: &Design, polynomials: LagPolynomials) -> Vec<(ArimaStart, Vec<f64>)> {
    let w = series(design);
    let mut found = Vec::new();
    if polynomials.sp + polynomials.sq == 0 {
        plain(&w, polynomials, &[], &mut found);
    } else {
        for season in seasons(&w, polynomials) {
            let (sar, sma) = season.split_at(polynomials.sp);
            plain(&without(&w, sar, sma, polynomials.s), polynomials, &season, &mut found);
        }
    }
    found
}

/// Guesses of the season's coefficients, sar and then sma: what often is, and what the autocorrelation at its
/// first lag says.
fn seasons(w: &[f64], polynomials: LagPolynomials) -> Vec<Vec<f64>> {
    let LagPolynomials { sp, sq, s, .. } = polynomials;
    let own = dot(w, w);
    let rho = if own > 0.0 { dot(&w[s.min(w.len())..], w) / own } else { 0.0 };
    let guesses: &[(f64, f64)] = match (sp > 0, sq > 0) {
        (true, false) => &[(rho.clamp(-0.9, 0.9), 0.0), (0.1, 0.0)],
        (false, _) => &[(0.0, -0.6), (0.0, 0.2), (0.0, -0.9)],
        (true, true) => &[(0.1, -0.6), (0.9, -0.6), (rho.clamp(-0.9, 0.9), 0.1), (-0.4, -0.5)],
    };
    let one = |&(ar, ma): &(f64, f64)| {
        let mut season = vec![0.0; sp + sq];
        if sp > 0 {
            season[0] = ar;
        }
        if sq > 0 {
            season[sp] = ma;
        }
        season
    };
    guesses.iter().map(one).collect()
}

/// The series without its season: `(1 - sar(B^s)) w / (1 + sma(B^s))`.
fn without(w: &[f64], sar: &[f64], sma: &[f64], s: usize) -> Vec<f64> {
    let mut e = w.to_vec();
    for (k, phi) in sar.iter().enumerate().filter(|(_, c)| **c != 0.0) {
        for (out, past) in e.iter_mut().skip((k + 1) * s).zip(w) {
            *out -= phi * past;
        }
    }
    for t in 0..e.len() {
        for (k, theta) in sma.iter().enumerate().filter(|(_, c)| **c != 0.0) {
            if let Some(past) = t.checked_sub((k + 1) * s) {
                e[t] -= theta * e[past];
            }
        }
    }
    e
}

/// Starts of the coefficients of the plain factors, for a series without its season, together with those of
/// the season.
fn plain(w: &[f64], polynomials: LagPolynomials, season: &[f64], found: &mut Vec<(ArimaStart, Vec<f64>)>) {
    let LagPolynomials { p, q, .. } = polynomials;
    let transform = PacfTransform::new(polynomials);
    let mut add = |name, mut ar: Vec<f64>, mut ma: Vec<f64>| {
        ar.resize(p, 0.0);
        ma.resize(q, 0.0);
        into_stationary(&mut ar, 0.9995);
        negate(&mut ma);
        into_stationary(&mut ma, 0.98);
        negate(&mut ma);
        ar.append(&mut ma);
        ar.extend_from_slice(season);
        if let Some(free) = transform.free(&ar) {
            found.push((name, free));
        }
    };
    let seasonal = !season.is_empty();
    if p > 0 {
        add(ArimaStart::Autoregressive, burg(w, p).0, Vec::new());
    }
    if q > 0 {
        let (long, residuals) = burg(w, long_order(w.len(), p, q));
        if let Some((ar, ma)) = hannan_rissanen(w, &residuals, long.len(), p, q) {
            add(ArimaStart::HannanRissanen, ar, ma);
        }
        let (real, noise) = (|root: f64| vec![-root], |root: f64| vec![root]);
        let (slow, swinging) = if p > 0 { (vec![0.96], vec![-0.66]) } else { (Vec::new(), Vec::new()) };
        add(ArimaStart::Persistent, slow, noise(-0.66));
        if !seasonal {
            add(ArimaStart::Alternating, swinging, noise(0.66));
        }
        if p >= 2 && !seasonal {
            for frequency in peaks(&long).into_iter().take(CYCLES) {
                // A cycle that wanders, seen through noise: the same frequency on both sides, nearer to the
                // circle on one.
                let mut ar = pair(frequency, 0.98);
                if p >= 3 {
                    ar = times(&ar, &real(0.9));
                }
                let ma = if q >= 2 { pair(frequency, 0.9) } else { real(0.5) };
                negate(&mut ar);
                add(ArimaStart::Cyclic, ar, ma);
            }
        }
    }
    if !seasonal {
        for i in 0..SCATTERED / w.len().max(100) {
            let at = |j: usize| 4.0 * radical_inverse(i + 1, PRIMES[j % PRIMES.len()]) - 2.0;
            let free: Vec<f64> = (0..p + q).map(at).collect();
            let mut ar = vec![0.0; p + q];
            transform.coefficients(&free, &mut ar);
            let ma = ar.split_off(p);
            add(ArimaStart::Scattered, ar, ma);
        }
    }
    add(
        ArimaStart::Neutral,
        if p > 0 { vec![0.1] } else { Vec::new() },
        if q > 0 { vec![0.1] } else { Vec::new() },
    );
}

/// Scattered starts times the length of the series: short series get many, since their likelihood costs
/// little.
const SCATTERED: usize = 3000;
const PRIMES: [usize; 10] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29];

/// The digits of `i` in base `b` behind the point, in reverse order (Halton 1960): evenly spread in (0, 1).
fn radical_inverse(mut i: usize, b: usize) -> f64 {
    let (mut sum, mut place) = (0.0, 1.0 / as_f64(b));
    while i > 0 {
        sum += as_f64(i % b) * place;
        place /= as_f64(b);
        i /= b;
    }
    sum
}

/// How many cycles are tried as starts.
const CYCLES: usize = 3;

fn negate(coefficients: &mut [f64]) {
    for c in coefficients {
        *c = -*c;
    }
}

/// The coefficients b of 1 + b_1 B + b_2 B² with a pair of roots of that frequency and inverse modulus.
fn pair(frequency: f64, radius: f64) -> Vec<f64> {
    vec![-2.0 * radius * libm::cos(frequency), radius * radius]
}

/// The product of two such polynomials.
fn times(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; a.len() + b.len()];
    for (i, x) in core::iter::once(&1.0).chain(a).enumerate() {
        for (j, y) in core::iter::once(&1.0).chain(b).enumerate() {
            if i + j > 0 {
                product[i + j - 1] += x * y;
            }
        }
    }
    product
}

/// Frequencies in (0, pi) where the spectrum of an autoregression has its highest peaks, highest first.
fn peaks(ar: &[f64]) -> Vec<f64> {
    const GRID: usize = 96;
    let inverse: Vec<f64> = (0..=GRID)
        .map(|i| {
            let frequency = core::f64::consts::PI * as_f64(i) / as_f64(GRID);
            let (sin, cos) = libm::sincos(frequency);
            // |1 - a_1 z - …|² by Horner
            let (mut re, mut im) = (0.0, 0.0);
            for a in ar.iter().rev() {
                (re, im) = ((re - a) * cos + im * sin, im * cos - (re - a) * sin);
            }
            (1.0 + re) * (1.0 + re) + im * im
        })
        .collect();
    let mut found: Vec<(f64, f64)> = (1..GRID)
        .filter(|i| inverse[*i] < inverse[i - 1] && inverse[*i] <= inverse[i + 1])
        .map(|i| (inverse[i], core::f64::consts::PI * as_f64(i) / as_f64(GRID)))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|peak| peak.1).collect()
}

/// The order of the long autoregression: enough to see a daily cycle of hourly values where the series allows
/// it.
pub(super) fn long_order(n: usize, p: usize, q: usize) -> usize {
    (n / 10).clamp(p + q + 1, 28.max(p + q + 1)).min(n / 3)
}

/// The differenced series for a rough look, without what its regressors explain; gaps are bridged by lines.
pub(super) fn series(design: &Design) -> Vec<f64> {
    let mut w = design.z().to_vec();
    let from = design.columns.len() - 1 - design.x.len();
    for x in &design.columns[from..design.columns.len() - 1] {
        // One after the other: what they share was already taken off by the preliminary coefficients.
        let own = dot(x, x);
        let by = if own > 0.0 { dot(x, &w) / own } else { 0.0 };
        for (out, x) in w.iter_mut().zip(x) {
            *out -= by * x;
        }
    }
    w
}

/// Coefficients and prediction errors (from index m on) of an autoregression of order `m` by Burg's method:
/// always stationary.
pub(super) fn burg(w: &[f64], m: usize) -> (Vec<f64>, Vec<f64>) {
    let m = m.min(w.len().saturating_sub(1));
    let mut coefficients = Vec::with_capacity(m);
    let (mut forward, mut backward) = (w.to_vec(), w.to_vec());
    for k in 0..m {
        // forward[t] and backward[t - 1], t = k + 1, …
        let (f, b) = (&forward[k + 1..], &backward[k..w.len() - 1]);
        let power = dot(f, f) + dot(b, b);
        let rho = if power > 0.0 { 2.0 * dot(f, b) / power } else { 0.0 };
        super::polynomial::extend(&mut coefficients, rho);
        let mut before = backward[k];
        for t in k + 1..w.len() {
            let f = forward[t];
            let current = backward[t];
            forward[t] = f - rho * before;
            backward[t] = before - rho * f;
            before = current;
        }
    }
    (coefficients, forward)
}

/// Regression of `w` on its own lags and on those of the residuals of a long autoregression of order `m`.
pub(super) fn hannan_rissanen(
    w: &[f64],
    residuals: &[f64],
    m: usize,
    p: usize,
    q: usize,
) -> Option<(Vec<f64>, Vec<f64>)> {
    let n = w.len();
    let from = p.max(m + q);
    let k = p + q;
    if n < from + 2 * k + 1 {
        return None;
    }
    let lag = |j: usize| {
        let (of, back) = if j < p { (w, j + 1) } else { (residuals, j - p + 1) };
        &of[from - back..n - back]
    };
    let gram = DMatrix::from_fn(k, k, |i, j| if i >= j { dot(lag(i), lag(j)) } else { 0.0 });
    let size = (0..k).fold(0.0, |most: f64, i| most.max(gram[(i, i)]));
    let ridge = DMatrix::from_diagonal_element(k, k, 1e-9 * size);
    let right = DVector::from_fn(k, |i, _| dot(lag(i), &w[from..]));
    let solved = (gram + ridge).cholesky()?.solve(&right);
    let mut ar: Vec<f64> = solved.iter().copied().collect();
    let ma = ar.split_off(p);
    Some((ar, ma))
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(ArimaStart);
