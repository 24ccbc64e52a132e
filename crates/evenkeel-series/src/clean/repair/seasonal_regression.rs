//! Least squares of a series with gaps on harmonics of its season and a polynomial.

use alloc::vec;
use alloc::vec::Vec;
use core::f64::consts::TAU;

/// The fit at every place, to the values that are not NaN: up to five harmonics of the season and a
/// polynomial of a degree up to 6 (a tenth of the number of places). Columns that depend on earlier ones at
/// the observed places are left out.
///
/// The columns are made orthogonal over the observed places, twice each so that rounding does not matter, and
/// carried along at the missing ones: then the fit at all places is the sum of the projections.
pub(super) fn rough_fit(values: &[f64], period: usize) -> Vec<f64> {
    let n = values.len();
    let seen = || values.iter().enumerate().filter(|(_, y)| !y.is_nan()).map(|(i, _)| i);
    let dot = |a: &[f64], b: &[f64]| seen().map(|i| a[i] * b[i]).sum::<f64>();
    let mut fit = vec![0.0; n];
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for mut column in columns(n, period) {
        let size = dot(&column, &column);
        for _ in 0..2 {
            for known in &basis {
                let share = dot(&column, known);
                column.iter_mut().zip(known).for_each(|(x, y)| *x -= share * y);
            }
        }
        let rest = dot(&column, &column);
        if rest <= 1e-14 * size || rest <= 0.0 {
            continue;
        }
        let scale = 1.0 / libm::sqrt(rest);
        column.iter_mut().for_each(|x| *x *= scale);
        let share: f64 = seen().map(|i| values[i] * column[i]).sum();
        fit.iter_mut().zip(&column).for_each(|(x, y)| *x += share * y);
        basis.push(column);
    }
    fit
}

fn columns(n: usize, period: usize) -> impl Iterator<Item = Vec<f64>> {
    let of = move |f: &dyn Fn(usize) -> f64| -> Vec<f64> { (1..=n).map(f).collect() };
    let waves = (1..=(period / 2).min(5)).flat_map(move |k| {
        // Reduced to one period, so that late values are as exact as early ones.
        let angle = move |t: usize| TAU * ((k * (t % period)) % period) as f64 / period as f64;
        let sine = (2 * k != period).then(|| of(&|t| libm::sin(angle(t))));
        sine.into_iter().chain([of(&|t| libm::cos(angle(t)))])
    });
    let degree = (n / 10).clamp(1, 6);
    // Chebyshev's polynomials, which are nearly orthogonal already.
    let polynomials = (1..=degree).map(move |k| {
        let place = |t: usize| (2.0 * t as f64 - (n + 1) as f64) / n as f64;
        of(&|t| libm::cos(k as f64 * libm::acos(place(t))))
    });
    core::iter::once(vec![1.0; n]).chain(waves).chain(polynomials)
}
