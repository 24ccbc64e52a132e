//! The choice between the forms of the recursion.

use super::fixed;
use super::general::{Recursion, TransientPhase};
use super::reverse::{Adjoint, CombinedColumn, Tape};
use crate::arima::lag_polynomials::Lags;

/// The transient phase of the exact likelihood: errors and variances of the first steps, and their
/// derivatives.
#[derive(Debug, Clone)]
pub(in crate::arima) struct Chandrasekhar {
    recursion: Recursion<f64>,
    pub(super) tape: Tape,
    taped: bool,
    /// Reciprocal variances.
    inverses: Vec<f64>,
}

impl Chandrasekhar {
    pub(in crate::arima) fn new() -> Self {
        Self { recursion: Recursion::new(), tape: Tape::default(), taped: false, inverses: Vec::new() }
    }

    /// Runs over the columns until the gain has settled, and writes the errors. `recorded`: a tape for
    /// [`reverse`](Self::reverse) is kept, unless it would be too long. None if not stationary or beyond what
    /// numbers can hold.
    pub(in crate::arima) fn run(
        &mut self,
        (ar, ma, lags): (&[f64], &[f64], &Lags),
        columns: &[Vec<f64>],
        recorded: bool,
        errors: &mut [Vec<f64>],
    ) -> Option<TransientPhase<f64>> {
        self.tape.clear();
        self.inverses.clear();
        let n = columns.first().map_or(0, Vec::len);
        let width = ar.len().max(ma.len() + 1);
        let fits = Tape::fits(n, width);
        self.taped = recorded && fits;
        if width <= fixed::LONGEST && fits {
            self.run_fixed((ar, ma, lags), columns, errors)
        } else {
            self.run_general((ar, ma, lags), columns, errors)
        }
    }

    fn run_fixed(
        &mut self,
        (ar, ma, lags): (&[f64], &[f64], &Lags),
        columns: &[Vec<f64>],
        errors: &mut [Vec<f64>],
    ) -> Option<TransientPhase<f64>> {
        let recursion = &mut self.recursion;
        if !recursion.begin(ar, ma, lags, columns.len()) {
            return None;
        }
        let n = columns.first().map_or(0, Vec::len);
        let (inverses, pairs) = (&mut self.inverses, &mut self.tape.pairs);
        let found = fixed::gains(recursion.row(), recursion.phi(), n, inverses, pairs)?;
        let (phi, states) = recursion.phi_and_states_mut();
        for ((column, e), state) in columns.iter().zip(errors).zip(states) {
            fixed::errors(phi, column, inverses, pairs, e, state);
        }
        Some(found)
    }

    fn run_general(
        &mut self,
        (ar, ma, lags): (&[f64], &[f64], &Lags),
        columns: &[Vec<f64>],
        errors: &mut [Vec<f64>],
    ) -> Option<TransientPhase<f64>> {
        let (inverses, tape) = (&mut self.inverses, &mut self.tape);
        let mut keep = |t: usize, inverse, now: &[f64]| {
            inverses.push(inverse);
            for (e, error) in errors.iter_mut().zip(now) {
                e[t] = *error;
            }
        };
        if self.taped {
            self.recursion.run(ar, ma, lags, columns, None, |t, inverse, now, near, far| {
                keep(t, inverse, now);
                tape.push(near, far);
            })
        } else {
            self.recursion.run(ar, ma, lags, columns, None, |t, inverse, now, _, _| keep(t, inverse, now))
        }
    }

    /// Runs over a column for exactly `steps` observations, whether settled or not; gives the predicted
    /// state.
    pub(in crate::arima) fn state_after(
        &mut self,
        (ar, ma, lags): (&[f64], &[f64], &Lags),
        column: &[Vec<f64>],
        steps: usize,
    ) -> Option<&[f64]> {
        self.recursion.run(ar, ma, lags, column, Some(steps), |_, _, _, _, _| {})?;
        Some(self.recursion.state(0))
    }

    /// The predicted state of a column after the last observation taken.
    pub(in crate::arima) fn state(&self, column: usize) -> &[f64] {
        self.recursion.state(column)
    }

    /// The reciprocal variances of the steps.
    pub(in crate::arima) fn inverses(&self) -> &[f64] {
        &self.inverses
    }

    /// Entries of the state.
    pub(in crate::arima) fn width(&self) -> usize {
        self.recursion.row().len()
    }

    /// Whether the last run left a tape.
    pub(in crate::arima) fn is_taped(&self) -> bool {
        self.taped
    }

    /// There was no run: nothing is left to derive.
    pub(in crate::arima) fn forget_tape(&mut self) {
        self.taped = false;
    }

    /// Adds to `out` the derivatives of half the sum of squared standardized errors of a column, and of the
    /// logarithms of the variances, back along the tape. O(r) a step.
    pub(in crate::arima) fn reverse(&self, lags: &Lags, column: CombinedColumn<'_>, out: &mut Adjoint) {
        let (phi, row) = (self.recursion.phi(), self.recursion.row());
        if row.len() <= fixed::LONGEST {
            fixed::reverse(&self.tape.pairs, phi, row, column, out);
        } else {
            self.tape.reverse(phi, lags, row, column, out);
        }
    }
}
