//! Composite Gauss-Legendre quadrature.

use alloc::vec::Vec;
use core::f64::consts::PI;

/// Nodes a panel: a normal density over two and a half standard deviations is integrated to 1e-13.
const NODES: usize = 12;

/// Nodes and weights on [-1, 1], by Newton's method on the Legendre polynomial.
fn rule() -> [(f64, f64); NODES] {
    let n = NODES as f64;
    core::array::from_fn(|i| {
        let mut x = libm::cos(PI * (i as f64 + 0.75) / (n + 0.5));
        let mut slope = 1.0;
        for _ in 0..8 {
            let (mut before, mut value) = (1.0, x);
            for k in 2..=NODES {
                let k = k as f64;
                (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
            }
            slope = n * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    })
}

/// Nodes and weights on [low, high] in panels no wider than `width`, and at most 2000 of them.
pub(crate) fn nodes(low: f64, high: f64, width: f64) -> Vec<(f64, f64)> {
    let panels = libm::ceil((high - low) / width).clamp(1.0, 2000.0);
    let half = 0.5 * (high - low) / panels;
    let rule = rule();
    (0..panels as usize)
        .flat_map(|panel| {
            let center = low + (2.0 * panel as f64 + 1.0) * half;
            rule.map(|(x, weight)| (center + half * x, half * weight))
        })
        .collect()
}
