//! Reverse-mode derivatives of the recursion.

use crate::arima::lag_polynomials::Lags;

/// The pairs of each step of a [`Recursion`](super::general::Recursion): `near`, then `far`.
#[derive(Debug, Clone, Default)]
pub(super) struct Tape {
    pub(super) pairs: Vec<f64>,
}

/// A linear combination of the columns, which derivatives are propagated back along.
#[derive(Debug, Clone, Copy)]
pub(in crate::arima) struct CombinedColumn<'a> {
    /// Its data.
    pub(in crate::arima) z: &'a [f64],
    /// Its prediction errors.
    pub(in crate::arima) errors: &'a [f64],
    /// The reciprocal prediction variances of the transient phase.
    pub(in crate::arima) inverses: &'a [f64],
    /// The negated derivatives by its state at the end.
    pub(in crate::arima) state: &'a [f64],
    /// The weight of each logarithm of a variance.
    pub(in crate::arima) log: f64,
}

/// No tape is kept beyond this many numbers (64 MiB); derivatives then go forward.
const LONGEST: usize = 1 << 23;

/// Derivatives by what the recursions start from.
#[derive(Debug, Clone, Default)]
pub(in crate::arima) struct Adjoint {
    /// By the autoregressive coefficients, as they stand in the recursions.
    pub(in crate::arima) phi: Vec<f64>,
    /// By the covariances of the newest value with the state.
    pub(in crate::arima) row: Vec<f64>,
    state: Vec<f64>,
    near: Vec<f64>,
    far: Vec<f64>,
    next: Vec<f64>,
}

impl Tape {
    /// Whether a tape of `n` steps with a state of `r` entries is short enough to be kept.
    pub(super) fn fits(n: usize, r: usize) -> bool {
        n.saturating_mul(2 * r) <= LONGEST
    }

    pub(super) fn clear(&mut self) {
        self.pairs.clear();
    }

    pub(super) fn push(&mut self, near: &[f64], far: &[f64]) {
        self.pairs.extend_from_slice(near);
        self.pairs.extend_from_slice(far);
    }

    /// Goes back to the first step and adds to `out` the derivatives of half the sum of squared standardized
    /// errors, and of the logarithms of the variances. O(r) a step.
    #[expect(clippy::needless_range_loop, reason = "five arrays run along together")]
    pub(super) fn reverse(
        &self,
        phi: &[f64],
        lags: &Lags,
        row: &[f64],
        column: CombinedColumn<'_>,
        out: &mut Adjoint,
    ) {
        let r = row.len();
        out.start(r, column.state);
        let mut by_variance = 0.0;
        for (t, (&error, &inverse)) in column.errors.iter().zip(column.inverses).enumerate().rev() {
            let (near, far) = self.pairs[2 * r * t..2 * r * (t + 1)].split_at(r);
            let standardized = error * inverse;
            let (head, predicted) = (far[0], column.z[t] - error);
            let rho = head * inverse;

            let mut by_head = -rho * by_variance;
            let mut by_rho = -head * by_variance;
            let mut by_predicted = 0.0;
            for &i in &lags.ar {
                let (a, n, l) = (out.state[i], out.near[i], out.far[i]);
                let by_moved = l - rho * n;
                // What is moved is an entry of `far` and this.
                by_rho -= phi[i] * head * n;
                out.phi[i] += head * by_moved + predicted * a;
                by_head += phi[i] * by_moved;
                by_predicted += phi[i] * a;
            }
            // Entries move down by one: the new pair is written beside the old one.
            let (states, nears, fars, next) =
                (&out.state[..r], &mut out.near[..r], &out.far[..r], &mut out.next[..r]);
            let mut of_rho = 0.0;
            let mut of_state = 0.0;
            for i in 0..r - 1 {
                of_rho += near[i] * fars[i] + far[i + 1] * nears[i];
                of_state += near[i] * states[i];
                next[i + 1] = fars[i] - rho * nears[i];
                nears[i] = nears[i] - rho * fars[i] + standardized * states[i];
            }
            let last = r - 1;
            of_rho += near[last] * fars[last];
            of_state += near[last] * states[last];
            nears[last] = nears[last] - rho * fars[last] + standardized * states[last];
            std::mem::swap(&mut out.far, &mut out.next);
            out.state.copy_within(0..last, 1);

            by_rho -= of_rho;
            let by_standardized = 0.5 * error + of_state;
            by_head += by_rho * inverse;
            let by_error = 0.5 * standardized + by_standardized * inverse;
            let by_inverse = by_rho * head + by_standardized * error;
            by_variance += column.log * inverse - inverse * inverse * by_inverse;
            out.state[0] = by_predicted - by_error;
            out.far[0] = by_head;
        }
        // near = far = phi row_0 + the rest of the row; the variance starts as row_0
        out.row[0] += by_variance;
        for i in 0..r {
            let both = out.near[i] + out.far[i];
            out.phi[i] += both * row[0];
            out.row[0] += both * phi[i];
            if i + 1 < r {
                out.row[i + 1] += both;
            }
        }
    }
}

impl Adjoint {
    /// Nothing counted yet.
    pub(in crate::arima) fn clear(&mut self, r: usize) {
        for v in [&mut self.phi, &mut self.row] {
            v.clear();
            v.resize(r, 0.0);
        }
    }

    fn start(&mut self, r: usize, state: &[f64]) {
        for v in [&mut self.near, &mut self.far, &mut self.next] {
            v.clear();
            v.resize(r, 0.0);
        }
        self.state.clear();
        self.state.extend(state.iter().take(r).map(|a| -a));
        self.state.resize(r, 0.0);
    }
}
