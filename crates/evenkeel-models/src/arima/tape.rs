//! Derivatives of the first stretch by going backwards.

/// What the recursions of [`Transient`](super::transient::Transient) went through, step by step.
#[derive(Debug, Clone, Default)]
pub(super) struct Tape {
    /// Reciprocal variance, error of the data, error of the regressor.
    steps: Vec<[f64; 3]>,
    /// `near`, then `far`, of each step.
    pairs: Vec<f64>,
}

/// No tape is kept beyond this many numbers (32 MiB); derivatives then go forward.
const LONGEST: usize = 1 << 22;

/// Derivatives by what the recursions start from.
#[derive(Debug, Clone, Default)]
pub(super) struct Adjoint {
    /// By the autoregressive coefficients, as they stand in the recursions.
    pub(super) phi: Vec<f64>,
    /// By the covariances of the newest value with the state.
    pub(super) row: Vec<f64>,
    state: Vec<f64>,
    near: Vec<f64>,
    far: Vec<f64>,
}

impl Tape {
    /// Whether a tape of `n` steps with a state of `r` entries is short enough to be kept.
    pub(super) fn fits(n: usize, r: usize) -> bool {
        n.saturating_mul(2 * r) <= LONGEST
    }

    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.pairs.clear();
    }

    pub(super) fn push(&mut self, inverse: f64, error: f64, other: f64, near: &[f64], far: &[f64]) {
        self.steps.push([inverse, error, other]);
        self.pairs.extend_from_slice(near);
        self.pairs.extend_from_slice(far);
    }

    /// Goes back to the start. `state` holds the derivatives by the state at the end; the result counts each squared standardized
    /// error with weight `square`, each logarithm of a variance with weight `log`. `constant` times the regressor is taken off the
    /// data `z`, which already lack it. O(r) a step.
    #[expect(clippy::too_many_arguments, reason = "one call, from one place")]
    #[expect(clippy::needless_range_loop, reason = "six arrays run along together")]
    pub(super) fn back(
        &self,
        phi: &[f64],
        row: &[f64],
        z: &[f64],
        constant: f64,
        state: impl Iterator<Item = f64>,
        square: f64,
        log: f64,
        out: &mut Adjoint,
    ) {
        let r = row.len();
        out.start(r, state);
        let mut by_variance = 0.0;
        for (t, [inverse, data, other]) in self.steps.iter().copied().enumerate().rev() {
            let (near, far) = self.pairs[2 * r * t..2 * r * (t + 1)].split_at(r);
            let error = data - constant * other;
            let standardized = error * inverse;
            let (head, predicted) = (far[0], z[t] - error);
            let rho = head * inverse;

            let mut by_head = -rho * by_variance;
            let mut by_rho = -head * by_variance;
            let mut by_standardized = square * error;
            let mut by_error = square * standardized;
            let mut by_predicted = 0.0;
            // Entries move down by one: what belongs to i + 1 is written after i + 1 was read.
            let (mut state_before, mut far_before) = (0.0, 0.0);
            for i in 0..r {
                let moved = phi[i] * head + far.get(i + 1).copied().unwrap_or(0.0);
                let (a, n, l) = (out.state[i], out.near[i], out.far[i]);
                by_rho -= near[i] * l + moved * n;
                let by_moved = l - rho * n;
                out.near[i] = n - rho * l + standardized * a;
                by_standardized += near[i] * a;
                out.phi[i] += head * by_moved + predicted * a;
                by_head += phi[i] * by_moved;
                by_predicted += phi[i] * a;
                out.state[i] = state_before;
                out.far[i] = far_before;
                state_before = a;
                far_before = by_moved;
            }
            by_head += by_rho * inverse;
            by_error += by_standardized * inverse;
            let by_inverse = by_rho * head + by_standardized * error;
            by_variance += log * inverse - inverse * inverse * by_inverse;
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
    fn start(&mut self, r: usize, state: impl Iterator<Item = f64>) {
        for v in [&mut self.phi, &mut self.row, &mut self.near, &mut self.far] {
            v.clear();
            v.resize(r, 0.0);
        }
        self.state.clear();
        self.state.extend(state.take(r));
        self.state.resize(r, 0.0);
    }
}
