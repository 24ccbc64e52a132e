//! The average run length of a CUSUM chart.

use alloc::vec;
use alloc::vec::Vec;
use core::f64::consts::PI;
use evenkeel_core::gaussian::{density, lower};
use evenkeel_stats::linear::solve_general;

/// Average run length of the two-sided chart on standard normal values: half of one side's, since the rates
/// of the sides add up.
///
/// One side: L(s) = 1 + L(0) Phi(k - s) + integral over y in (0, h) of L(y) phi(y + k - s) dy (Page 1954),
/// collocated at the nodes of a Gauss-Legendre rule. The kernel is smooth, so the error falls exponentially
/// with the number of nodes in each unit of h.
pub(crate) fn two_sided(k: f64, h: f64) -> f64 {
    let rule = gauss_legendre(16 + 4 * libm::ceil(h) as usize);
    // The unknowns: L(0), then L at the nodes.
    let places: Vec<f64> =
        core::iter::once(0.0).chain(rule.iter().map(|(x, _)| 0.5 * h * (x + 1.0))).collect();
    let n = places.len();
    let mut matrix = vec![0.0; n * n];
    for (i, s) in places.iter().enumerate() {
        let row = &mut matrix[i * n..(i + 1) * n];
        row[0] = -lower(k - s);
        for ((cell, y), (_, weight)) in row[1..].iter_mut().zip(&places[1..]).zip(&rule) {
            *cell = -0.5 * h * weight * density(y + k - s);
        }
        row[i] += 1.0;
    }
    let mut lengths = vec![1.0; n];
    // Beyond what doubles resolve, I - K is singular: longer than any number.
    if solve_general(&mut matrix, &mut lengths).is_err() {
        return f64::INFINITY;
    }
    let length = 0.5 * lengths[0];
    if length >= 0.5 { length } else { f64::INFINITY }
}

/// Nodes in (-1, 1) and weights of the Gauss-Legendre rule, by Newton's method on the Legendre polynomial.
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|i| {
            let mut x = -libm::cos(PI * (i as f64 + 0.75) / (n as f64 + 0.5));
            let mut slope = 1.0;
            for _ in 0..8 {
                let (mut before, mut value) = (1.0, x);
                for k in 2..=n {
                    let k = k as f64;
                    (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
                }
                slope = n as f64 * (x * value - before) / (x * x - 1.0);
                x -= value / slope;
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}
