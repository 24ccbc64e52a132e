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

/// Average run lengths of one side for which thresholds are tabulated.
const TABULATED: (f64, f64) = (18.0, 1e8);

/// Thresholds of one side, for one allowance: fleets build charts by the thousand, restore them, and change their budgets
/// while they run, and the integral equation takes milliseconds.
#[derive(Debug)]
pub(crate) struct ThresholdTable {
    pub(crate) allowance: f64,
    /// Between which values exp(-d / 8) is, at the longest and the shortest of [`TABULATED`].
    ends: (f64, f64),
    /// Chebyshev coefficients of what Siegmund's approximation of the threshold lacks, over that interval: fitted by least squares at 96 Chebyshev nodes to solutions of the integral equation with
    /// 24 + 5 h nodes. A threshold's run length is right to 3e-7 of itself.
    corrections: [f64; 25],
}

/// Of the allowance 0.5, for shifts by one standard deviation.
pub(crate) static HALF: ThresholdTable = ThresholdTable {
    allowance: 0.5,
    ends: (0.10905076816089669, 0.7290628036681668),
    corrections: [
        0.008865063485479425,
        0.0021082253497697067,
        0.0014709797924947852,
        0.0007049508601576102,
        3.373981837329358e-05,
        -0.00042015574189269205,
        -0.0006129731689008158,
        -0.0005681214031196771,
        -0.0003732677410274941,
        -0.0001516682373625468,
        -8.916633562171442e-07,
        4.961971174774162e-05,
        3.4114762707560384e-05,
        4.693291424769417e-06,
        -8.64005676905385e-06,
        -6.361416139186312e-06,
        -6.662203112443753e-07,
        1.4740074972678458e-06,
        7.989304252434097e-07,
        6.21090854948458e-09,
        -1.816207097098431e-07,
        -3.924708476052689e-08,
        -1.7799228076062324e-08,
        1.8426827979874982e-08,
        -1.0046784518043864e-08,
    ],
};

/// Of the allowance 1, for shifts by two standard deviations.
pub(crate) static ONE: ThresholdTable = ThresholdTable {
    allowance: 1.0,
    ends: (0.09170040316768834, 0.6292050260418842),
    corrections: [
        0.016177944234513037,
        -0.022968409676223187,
        -0.020718443551975076,
        -0.01572110235166709,
        -0.008637640000505967,
        -0.0022986092030946345,
        0.0006615823075232892,
        0.0005403087160511871,
        -0.0001991850909087064,
        -0.00017882936475330756,
        6.928636891720538e-05,
        4.373417577306944e-05,
        -2.614197524296515e-05,
        -6.807674020520737e-06,
        7.270296427225752e-06,
        2.9398971196745034e-07,
        -1.3755533209294826e-06,
        3.698150691047009e-09,
        2.2941307606589797e-07,
        4.705510957409509e-08,
        -6.411301044940327e-08,
        -1.980765985949666e-08,
        2.3010121553024633e-08,
        3.4477695089979113e-09,
        -6.627377363401575e-09,
    ],
};

impl ThresholdTable {
    /// Whether thresholds of this average run length are tabulated.
    pub(crate) fn has(run_length: f64) -> bool {
        (TABULATED.0..=TABULATED.1).contains(&run_length)
    }

    /// The threshold at which one side has this average run length on standard normal values; a shorter one than 18 is
    /// taken for 18. Beyond 1e8 it is extrapolated: the run length grows by exp(2 k) with each unit of the threshold.
    ///
    /// Siegmund's approximation is the d with exp(d) - d - 1 = 2 k^2 L, and h = d / (2 k) - 1.166. D. Siegmund, Sequential
    /// analysis, Springer 1985, doi:10.1007/978-1-4757-1862-1.
    pub(crate) fn threshold(&self, run_length: f64) -> f64 {
        let (shortest, longest) = TABULATED;
        let solved = run_length.clamp(shortest, longest);
        let d = siegmund(self.allowance, solved);
        let (low, high) = self.ends;
        let x = (2.0 * libm::exp(-0.125 * d) - low - high) / (high - low);
        // Clenshaw's recurrence.
        let (mut next, mut after) = (0.0, 0.0);
        for c in self.corrections[1..].iter().rev() {
            (next, after) = (2.0 * x * next - after + c, next);
        }
        let correction = x * next - after + self.corrections[0];
        let beyond = libm::log(run_length.max(shortest) / solved);
        (d + beyond) / (2.0 * self.allowance) - 1.166 + correction
    }
}

/// The d with exp(d) - d - 1 = 2 k^2 L, by Newton's method from above.
fn siegmund(k: f64, run_length: f64) -> f64 {
    let wanted = 2.0 * k * k * run_length;
    let mut d = libm::log1p(wanted + libm::log1p(wanted) + 1.0);
    for _ in 0..8 {
        let slope = libm::expm1(d);
        let next = d - (slope - d - wanted) / slope;
        if next == d {
            break;
        }
        d = next;
    }
    d
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
