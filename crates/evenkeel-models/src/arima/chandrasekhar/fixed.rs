//! The recursion and its reverse-mode derivatives for short states, whose length the compiler knows:
//! everything but the tape stays in registers.
//!
//! The formulas are those of [`Recursion`](super::general::Recursion) and of [`Tape`](super::reverse::Tape),
//! which explain them. Here the gains, which depend on no data, come first, and then each column.

use super::general::{TINY, TransientPhase, settled};
use super::reverse::{Adjoint, CombinedColumn};
use crate::arima::dual::is_positive;

/// The longest state for which the recursion is compiled with a fixed length.
pub(super) const LONGEST: usize = 6;

/// Calls a function with a state length known at run time as its const parameter.
macro_rules! by_length {
    ($r:expr, $f:ident($($argument:expr),*)) => {
        match $r {
            1 => $f::<1>($($argument),*),
            2 => $f::<2>($($argument),*),
            3 => $f::<3>($($argument),*),
            4 => $f::<4>($($argument),*),
            5 => $f::<5>($($argument),*),
            _ => $f::<6>($($argument),*),
        }
    };
}

/// The gains of at most `n` steps, until they have settled: reciprocal variances, and pairs as the tape keeps
/// them, both added to what is there. `row` has the covariances of the newest value with the state. None if
/// it is beyond what numbers can hold.
pub(super) fn gains(
    row: &[f64],
    phi: &[f64],
    n: usize,
    inverses: &mut Vec<f64>,
    pairs: &mut Vec<f64>,
) -> Option<TransientPhase<f64>> {
    by_length!(row.len(), gains_of(row, phi, n, inverses, pairs))
}

/// The prediction errors of a column, as far as there are gains, and the predicted state behind them.
pub(super) fn errors(
    phi: &[f64],
    column: &[f64],
    inverses: &[f64],
    pairs: &[f64],
    e: &mut [f64],
    state: &mut [f64],
) {
    by_length!(state.len(), errors_of(phi, column, inverses, pairs, e, state));
}

/// See [`Tape::reverse`](super::reverse::Tape::reverse).
pub(super) fn reverse(
    pairs: &[f64],
    phi: &[f64],
    row: &[f64],
    column: CombinedColumn<'_>,
    out: &mut Adjoint,
) {
    by_length!(row.len(), reverse_of(pairs, phi, row, column, out));
}

/// The first `R` of them, zero where there are fewer.
fn array<const R: usize>(values: &[f64]) -> [f64; R] {
    let mut out = [0.0; R];
    for (out, v) in out.iter_mut().zip(values) {
        *out = *v;
    }
    out
}

/// The pair of each step.
fn steps<const R: usize>(
    pairs: &[f64],
) -> impl DoubleEndedIterator<Item = (&[f64; R], &[f64; R])> + ExactSizeIterator {
    let (all, _) = pairs.as_chunks::<R>();
    let (all, _) = all.as_chunks::<2>();
    all.iter().map(|[near, far]| (near, far))
}

fn gains_of<const R: usize>(
    row: &[f64],
    phi: &[f64],
    n: usize,
    inverses: &mut Vec<f64>,
    pairs: &mut Vec<f64>,
) -> Option<TransientPhase<f64>> {
    let phi: [f64; R] = array(phi);
    let mut near: [f64; R] = array(&row[1..]);
    for (near, phi) in near.iter_mut().zip(phi) {
        *near += phi * row[0];
    }
    let mut far = near;
    let mut variance = row[0];
    let (mut log_det, mut product) = (0.0, 1.0_f64);
    let mut taken = 0;
    while taken < n && !settled(variance, &far) {
        let inverse = 1.0 / variance;
        inverses.push(inverse);
        pairs.extend_from_slice([near, far].as_flattened());
        product *= variance;
        if !(1e-100..1e100).contains(&product) {
            if !(product > 0.0 && product.is_finite()) {
                return None;
            }
            log_det += libm::log(product);
            product = 1.0;
        }
        let head = if far[0].abs() < TINY { 0.0 } else { far[0] };
        let rho = head * inverse;
        let turned = rho * head;
        let (mut next_near, mut next_far) = ([0.0; R], [0.0; R]);
        for i in 0..R {
            let moved = if i + 1 < R { far[i + 1] } else { 0.0 } + phi[i] * head;
            next_far[i] = moved - rho * near[i];
            next_near[i] = near[i] - rho * moved;
        }
        (near, far) = (next_near, next_far);
        variance -= turned;
        taken += 1;
    }
    log_det += libm::log(product);
    is_positive(variance).then_some(TransientPhase { steps: taken, log_det })
}

fn errors_of<const R: usize>(
    phi: &[f64],
    column: &[f64],
    inverses: &[f64],
    pairs: &[f64],
    e: &mut [f64],
    state: &mut [f64],
) {
    let phi: [f64; R] = array(phi);
    let mut now = [0.0; R];
    for ((e, z), (inverse, (near, _))) in e.iter_mut().zip(column).zip(inverses.iter().zip(steps::<R>(pairs)))
    {
        let predicted = now[0];
        let error = z - predicted;
        let standardized = error * inverse;
        for i in 0..R {
            let moved = if i + 1 < R { now[i + 1] } else { 0.0 };
            now[i] = moved + near[i] * standardized + phi[i] * predicted;
        }
        *e = error;
    }
    state.copy_from_slice(&now);
}

fn reverse_of<const R: usize>(
    pairs: &[f64],
    phi: &[f64],
    row: &[f64],
    column: CombinedColumn<'_>,
    out: &mut Adjoint,
) {
    let phi: [f64; R] = array(phi);
    let mut states: [f64; R] = array(column.state).map(|a: f64| -a);
    let (mut nears, mut fars, mut by_phi) = ([0.0; R], [0.0; R], [0.0; R]);
    let mut by_variance = 0.0;
    let data = column.errors.iter().zip(column.z).zip(column.inverses);
    let pairs = steps::<R>(&pairs[..2 * R * data.len()]);
    for (((&error, &z), &inverse), (near, far)) in data.zip(pairs).rev() {
        let standardized = error * inverse;
        let (head, predicted) = (far[0], z - error);
        let rho = head * inverse;
        let mut by_head = -rho * by_variance;
        let mut by_rho = -head * by_variance;
        let (mut by_predicted, mut of_state) = (0.0, 0.0);
        let (mut next_states, mut next_nears, mut next_fars) = ([0.0; R], [0.0; R], [0.0; R]);
        for i in 0..R {
            let by_moved = fars[i] - rho * nears[i];
            let moved = if i + 1 < R { far[i + 1] } else { 0.0 } + phi[i] * head;
            by_rho -= near[i] * fars[i] + moved * nears[i];
            of_state += near[i] * states[i];
            by_phi[i] += head * by_moved + predicted * states[i];
            by_head += phi[i] * by_moved;
            by_predicted += phi[i] * states[i];
            next_nears[i] = nears[i] - rho * fars[i] + standardized * states[i];
            if i + 1 < R {
                next_fars[i + 1] = by_moved;
                next_states[i + 1] = states[i];
            }
        }
        let by_standardized = 0.5 * error + of_state;
        by_head += by_rho * inverse;
        let by_error = 0.5 * standardized + by_standardized * inverse;
        let by_inverse = by_rho * head + by_standardized * error;
        by_variance += column.log * inverse - inverse * inverse * by_inverse;
        next_states[0] = by_predicted - by_error;
        next_fars[0] = by_head;
        (states, nears, fars) = (next_states, next_nears, next_fars);
    }
    out.row[0] += by_variance;
    for i in 0..R {
        let both = nears[i] + fars[i];
        out.phi[i] += by_phi[i] + both * row[0];
        out.row[0] += both * phi[i];
        if i + 1 < R {
            out.row[i + 1] += both;
        }
    }
}
