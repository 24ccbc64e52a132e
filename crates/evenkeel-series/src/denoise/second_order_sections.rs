//! Cascades of second-order sections (biquads).

use super::complex::Complex;
use alloc::vec::Vec;

/// A filter of second order: (b0 + b1 / z + b2 / z²) / (1 + a1 / z + a2 / z²), in the transposed direct form
/// II.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Section {
    pub(super) b: [f64; 3],
    pub(super) a: [f64; 2],
}

impl Section {
    /// The complex gain at a frequency in cycles a value.
    pub(super) fn response(&self, frequency: f64) -> Complex {
        let back = Complex::on_unit_circle(-core::f64::consts::TAU * frequency);
        let twice = back.times(back);
        let sum = |one: f64, first: f64, second: f64| {
            Complex::new(one, 0.0).plus(back.scaled(first)).plus(twice.scaled(second))
        };
        sum(self.b[0], self.b[1], self.b[2]).times(sum(1.0, self.a[0], self.a[1]).inverse())
    }

    pub(super) fn is_first_order(&self) -> bool {
        self.b[2] == 0.0 && self.a[1] == 0.0
    }

    /// The steady state for a constant input of 1, and the output there.
    fn settled(&self) -> ([f64; 2], f64) {
        let gain = (self.b[0] + self.b[1] + self.b[2]) / (1.0 + self.a[0] + self.a[1]);
        ([gain - self.b[0], self.b[2] - self.a[1] * gain], gain)
    }
}

/// Passes a value through all sections.
pub(super) fn step(sections: &[Section], states: &mut [[f64; 2]], x: f64) -> f64 {
    let mut x = x;
    for (section, state) in sections.iter().zip(states) {
        let y = section.b[0] * x + state[0];
        state[0] = section.b[1] * x - section.a[0] * y + state[1];
        state[1] = section.b[2] * x - section.a[1] * y;
        x = y;
    }
    x
}

/// Puts the sections into the steady state for this value.
pub(super) fn settle(sections: &[Section], states: &mut [[f64; 2]], x: f64) {
    let mut x = x;
    for (section, state) in sections.iter().zip(states) {
        let (settled, gain) = section.settled();
        *state = settled.map(|s| s * x);
        x *= gain;
    }
}

/// Filters forwards and backwards, so that there is no delay, with `pad` values reflected beyond each end, at
/// most one fewer than there are values.
pub(super) fn both_ways(sections: &[Section], values: &[f64], pad: usize) -> Vec<f64> {
    let n = values.len();
    let (first, last) = (values[0], values[n - 1]);
    let mut row: Vec<f64> = Vec::with_capacity(n + 2 * pad);
    row.extend(values[1..=pad].iter().rev().map(|x| 2.0 * first - x));
    row.extend(values);
    row.extend(values[n - 1 - pad..n - 1].iter().rev().map(|x| 2.0 * last - x));
    let mut states = alloc::vec![[0.0; 2]; sections.len()];
    for _ in 0..2 {
        settle(sections, &mut states, row[0]);
        row.iter_mut().for_each(|x| *x = step(sections, &mut states, *x));
        row.reverse();
    }
    row.drain(..pad);
    row.truncate(n);
    row
}
