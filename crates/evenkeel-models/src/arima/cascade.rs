//! The exact likelihood of long seasons, one factor after the other.
//!
//! `phi(B) z = theta(B) v` where `v` is the seasonal factor alone: `Phi(B^s) v = Theta(B^s) e`. The phases of `v` are independent of each
//! other, so each is predicted by a state of a few numbers, with gains that all phases share. What is left is where the plain factors
//! start: d = max(p, q) numbers, which `v` knows something of. They are integrated out as unknown levels are, with the covariance that
//! they have with each other and with `v`. That is the likelihood of the long state of the product, in O(n d) instead of O(n s).
//!
//! In formulas: with z given, `v = y - G a` for the innovations `y` from a start of nothing and the responses `G` to the d numbers `a`. As
//! `a` given `v` has mean `c' W v` and covariance `S = P - c' W c`, where W is the inverse covariance of `v`, P that of `a` and `c` the
//! covariances between them, minus twice the logarithm is up to constants
//! `(y - G a)' W (y - G a) + (E a - c' W y)' S^-1 (E a - c' W y)` with `E = 1 + c' W G`, integrated over `a`. Since S may be singular, all is
//! solved with the matrix `[-S, E; E', G' W G]`, whose determinant is up to its sign that of what is integrated out times that of S.

#![expect(clippy::needless_range_loop, reason = "small matrices read best by index")]

use super::covariance::Covariance;
use super::eliminate::Elimination;
use super::factors::{Factors, Lags};
use super::polynomial::step_down;
use super::sample::{Sample, index};
use super::scalar::{Dual, LANES, Scalar, is_positive};
use super::steady;
use core::array::from_fn;
use core::ops::Range;

/// The shortest period that goes this way.
pub(super) const LEAST: usize = 48;
/// The most unknown numbers at the start.
const MOST: usize = 5;
/// Entries of the state of a phase: up to two seasonal lags, and the newest value.
const STATE: usize = 3;
/// What comes over a period and is smaller than this is nothing.
const NEGLIGIBLE: f64 = 1e-20;
/// A pivot below this part of its diagonal is none.
const SINGULAR: f64 = 1e-11;

type Square<N> = [[N; MOST]; MOST];

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The process is not stationary, or beyond floating point.
    NoValue,
    /// The start is so badly determined that the long way is the more accurate one.
    Unsuited,
}

/// The prediction of each phase: by row, which is the season that a value is in.
#[derive(Debug, Clone)]
struct Gains<N> {
    covariance: Covariance<N>,
    /// Those of the seasonal factors alone.
    lags: Lags,
    /// Reciprocal variance, and gain times variance.
    rows: Vec<(N, [N; STATE])>,
    /// Autocovariances at multiples of the period.
    seasonal: Vec<N>,
}

/// Which phases a column has entries for; it has none but zeros in the others. Its rows stand one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Layout {
    s: usize,
    from: usize,
    width: usize,
}

impl Layout {
    fn whole(s: usize) -> Self {
        Self { s, from: 0, width: s }
    }

    /// The first phases, or the last.
    fn part(s: usize, width: usize, first: bool) -> Self {
        let width = width.min(s);
        Self { s, from: if first { 0 } else { s - width }, width }
    }

    /// Entries of a column of n values.
    fn length(self, n: usize) -> usize {
        let rest = n % self.s;
        n / self.s * self.width + rest.saturating_sub(self.from).min(self.width)
    }

    /// What two columns have in common: parts of the first and of the second.
    fn common(
        self,
        other: Self,
        lengths: (usize, usize),
    ) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let same = self == other;
        let (low, high) = (self.from.max(other.from), (self.from + self.width).min(other.from + other.width));
        let rows = if same { 1 } else { lengths.0.div_ceil(self.width.max(1)) };
        let part = move |of: Self, row: usize, length: usize| {
            if same {
                return 0..length;
            }
            let start = row * of.width + low - of.from;
            start.min(length)..(start + high.saturating_sub(low)).min(length)
        };
        (0..if same || low < high { rows } else { 0 })
            .map(move |row| (part(self, row, lengths.0), part(other, row, lengths.1)))
    }

    fn dot(self, a: &[f64], other: Self, b: &[f64]) -> f64 {
        self.common(other, (a.len(), b.len())).map(|(i, j)| steady::dot(&a[i], &b[j])).sum()
    }

    /// Adds a multiple of another column as far as it is in this one.
    fn add(self, out: &mut [f64], by: f64, other: Self, x: &[f64]) {
        for (i, j) in self.common(other, (out.len(), x.len())) {
            out[i].iter_mut().zip(&x[j]).for_each(|(out, x)| *out += by * x);
        }
    }
}

/// What the start has to do with the rest.
#[derive(Debug, Clone, Default)]
struct Coupling {
    /// Covariances of each number of `a` with the entries of `v`, to the end of the last row.
    with: [Vec<f64>; MOST],
    /// In so many phases at the end of a row they are not nothing.
    reach: usize,
    /// Covariance of `a`.
    own: Square<f64>,
    phi: [f64; MOST],
    g: [f64; MOST],
    /// What of the covariances comes from beyond the last row.
    tail: [f64; MOST],
}

/// Workspace.
#[derive(Debug, Clone)]
pub(super) struct Cascade {
    gains: Gains<f64>,
    coupling: Coupling,
    gains_slopes: Gains<Dual>,
    ar: Vec<(usize, f64)>,
    ma: Vec<(usize, f64)>,
    /// The data columns, then c, then G: as v, as errors of its prediction, and those standardized.
    v: Vec<Vec<f64>>,
    errors: Vec<Vec<f64>>,
    white: Vec<Vec<f64>>,
    /// The phases of the data, of c and of G.
    layouts: [Layout; 3],
    /// The response to the first unknown number, until it has died away.
    response: Vec<f64>,
    states: [Vec<f64>; STATE],
    adjoint: Vec<f64>,
    pulled: Vec<f64>,
    solved: Solved,
}

/// The inverse of the matrix of the start, in blocks: [a, b; b', d].
#[derive(Debug, Clone, Default)]
struct Solved {
    a: Square<f64>,
    b: Square<f64>,
    d: Square<f64>,
    log_det: f64,
}

impl Cascade {
    pub(super) fn new() -> Self {
        Self {
            gains: Gains::new(),
            coupling: Coupling::default(),
            gains_slopes: Gains::new(),
            ar: Vec::new(),
            ma: Vec::new(),
            v: Vec::new(),
            errors: Vec::new(),
            white: Vec::new(),
            layouts: [Layout::default(); 3],
            response: Vec::new(),
            states: [Vec::new(), Vec::new(), Vec::new()],
            adjoint: Vec::new(),
            pulled: Vec::new(),
            solved: Solved::default(),
        }
    }

    /// Whether this is the way for a sample: a long season, no gaps.
    pub(super) fn suits(factors: &Factors, sample: &Sample) -> bool {
        factors.s >= LEAST
            && factors.sp + factors.sq > 0
            && factors.sp < STATE
            && factors.sq < STATE
            && factors.p.max(factors.q) <= MOST
            && sample.missing.is_empty()
            && sample.length() > factors.s
    }

    /// The products of the standardized errors of all columns into `least`, and the logarithm of the determinant. O(n (p + q)), and
    /// O(n d²) for the products.
    pub(super) fn products(
        &mut self,
        sample: &Sample,
        factors: &Factors,
        coefficients: &[f64],
        least: &mut Elimination<f64>,
    ) -> Result<f64, Refusal> {
        let [ar, ma, sar, sma] = factors.blocks().map(|(range, _)| &coefficients[range]);
        let (n, s, d, count) = (sample.length(), factors.s, factors.p.max(factors.q), sample.columns.len());
        let mut partial = [0.0; MOST];
        partial[..ar.len()].copy_from_slice(ar);
        if !step_down(&mut partial[..ar.len()]) {
            return Err(Refusal::NoValue);
        }
        let rows = n.div_ceil(s);
        self.gains.run(sar, sma, rows).ok_or(Refusal::NoValue)?;
        if d > 0 {
            self.coupling.run((ar, ma), sar, &self.gains.seasonal, s).ok_or(Refusal::NoValue)?;
        }
        for (out, (of, side)) in [(&mut self.ar, (ar, factors.p)), (&mut self.ma, (ma, factors.q))] {
            out.clear();
            out.extend((0..side).map(|j| (j + 1, of[j])));
        }
        let columns = count + 2 * d;
        let whole = Layout::whole(s);
        self.layouts = [whole; 3];
        if d > 0 {
            self.respond(n, s);
            let width = self.response.len() + d - 1;
            self.layouts = [whole, Layout::part(s, self.coupling.reach, false), Layout::part(s, width, true)];
        }
        for store in [&mut self.v, &mut self.errors, &mut self.white] {
            store.resize(columns, Vec::new());
            for (k, column) in store.iter_mut().enumerate() {
                column.resize(layout(&self.layouts, k, count, d).length(n), 0.0);
            }
        }
        for (out, column) in self.v.iter_mut().zip(&sample.columns) {
            steady::innovations(column, &[], &self.ar, &self.ma, out);
        }
        for k in 0..d {
            let (out, with) = (&mut self.v[count + k], &self.coupling.with[k][..n]);
            for (to, from) in self.layouts[1].common(whole, (out.len(), n)) {
                out[to].copy_from_slice(&with[from]);
            }
            let (before, out) = self.v[count + d + k].split_at_mut(k);
            before.fill(0.0);
            let length = self.response.len().min(out.len());
            out[..length].copy_from_slice(&self.response[..length]);
            out[length..].fill(0.0);
        }
        let phi = padded(sar);
        for (k, ((v, e), white)) in self.v.iter().zip(&mut self.errors).zip(&mut self.white).enumerate() {
            let width = layout(&self.layouts, k, count, d).width;
            whiten(&self.gains.rows, phi, width, v, e, white, &mut self.states);
        }

        let x = &self.white;
        let [_, of_c, of_g] = self.layouts;
        let mut seasonal: Square<f64> = self.coupling.own;
        let (mut cross, mut square) = ([[0.0; MOST]; MOST], [[0.0; MOST]; MOST]);
        for i in 0..d {
            let c = &x[count + i];
            for j in 0..d {
                cross[i][j] = of_c.dot(c, of_g, &x[count + d + j]) + f64::from(u8::from(i == j));
            }
            for j in 0..=i {
                seasonal[i][j] -= steady::dot(c, &x[count + j]);
                seasonal[j][i] = seasonal[i][j];
                square[i][j] = steady::dot(&x[count + d + i], &x[count + d + j]);
                square[j][i] = square[i][j];
            }
        }
        self.solved = solve(d, &seasonal, &cross, &square).ok_or(Refusal::Unsuited)?;
        least.clear(0, count);
        for i in 0..count {
            let right = self.right(&x[i], count, d);
            let (lambda, a) = self.solved.times(d, right);
            for j in i..count {
                let (first, second) = self.right(&x[j], count, d);
                let mut product = steady::dot(&x[i], &x[j]);
                for k in 0..d {
                    product -= first[k] * lambda[k] + second[k] * a[k];
                }
                least.products[j * count + i] = product;
            }
        }
        let mut log_det = self.solved.log_det;
        for (j, (inverse, _)) in self.gains.rows.iter().enumerate() {
            log_det -= index(s.min(n - j * s)) * libm::log(*inverse);
        }
        Ok(log_det)
    }

    /// The response to a first innovation. Mostly it has died away within a season.
    fn respond(&mut self, n: usize, s: usize) {
        for length in [s, n] {
            self.pulled.clear();
            self.pulled.resize(length, 0.0);
            self.pulled[0] = 1.0;
            self.response.resize(length, 0.0);
            steady::innovations(&self.pulled, &[], &[], &self.ma, &mut self.response);
            let last = self.response.iter().rposition(|x| x.abs() >= NEGLIGIBLE).unwrap_or(0);
            // Lags that all are nothing leave nothing behind them.
            if last + 2 * MOST < length {
                self.response.truncate(last + 1);
                return;
            }
        }
    }

    /// Minus the products of a standardized column with c and with G.
    fn right(&self, x: &[f64], count: usize, d: usize) -> ([f64; MOST], [f64; MOST]) {
        let [whole, of_c, of_g] = self.layouts;
        let one = |of: Layout, from: usize| {
            from_fn(|k| if k < d { -whole.dot(x, of, &self.white[from + k]) } else { 0.0 })
        };
        (one(of_c, count), one(of_g, count + d))
    }

    /// Adds the derivatives of `weights.0` times the quadratic form, and of `weights.1` times the logarithm of the determinant, by the
    /// coefficients, after [`products`](Self::products) and the regression of its columns. O(n (p + q + d)).
    pub(super) fn slopes(
        &mut self,
        sample: &Sample,
        factors: &Factors,
        coefficients: &[f64],
        beta: &[f64],
        weights: (f64, f64),
        slope: &mut [f64],
    ) -> Option<()> {
        let [_, _, sar, sma] = factors.blocks().map(|(range, _)| &coefficients[range]);
        let (n, s, d, count) = (sample.length(), factors.s, factors.p.max(factors.q), sample.columns.len());
        let (quadratic, log) = weights;
        // The data at their regression, in place of their last column.
        let last = count - 1;
        for store in [&mut self.v, &mut self.errors, &mut self.white] {
            let (regressors, data) = store.split_at_mut(last);
            for (by, regressor) in beta.iter().zip(regressors) {
                data[0].iter_mut().zip(regressor).for_each(|(out, x)| *out -= by * *x);
            }
        }
        let right = self.right(&self.white[last], count, d);
        let (lambda, a) = self.solved.times(d, right);
        // The quadratic form is the square of y + c lambda + G a at fixed lambda and a, less lambda' P lambda.
        let [whole, of_c, of_g] = self.layouts;
        let mut rest = self.white[last].clone();
        for k in 0..d {
            whole.add(&mut rest, lambda[k], of_c, &self.white[count + k]);
            whole.add(&mut rest, a[k], of_g, &self.white[count + d + k]);
        }
        let rows = self.gains.rows.len();
        let mut by_gains = ByGains { rows: vec![[0.0; 1 + STATE]; rows], phi: [0.0; STATE] };
        let [ar_block, ma_block, ..] = factors.blocks().map(|(range, _)| range);
        let plain = Factors { sp: 0, sq: 0, s: 1, ..*factors }.lags();
        let mut by_ar = vec![0.0; factors.p];
        let mut by_ma = vec![0.0; factors.q];
        let mut by_response = vec![0.0; self.response.len()];
        let mut by_with: [Vec<f64>; MOST] = from_fn(|_| Vec::new());
        let solved = self.solved.clone();
        for column in last..count + 2 * d {
            let unknown = column.checked_sub(count);
            let (by_rest, by_c, by_g): (f64, [f64; MOST], [f64; MOST]) = match unknown {
                None => (1.0, [0.0; MOST], [0.0; MOST]),
                Some(k) if k < d => (lambda[k], solved.a[k], solved.b[k]),
                Some(k) => (a[k - d], from_fn(|j| solved.b[j][k - d]), solved.d[k - d]),
            };
            let of = layout(&self.layouts, column, count, d);
            self.adjoint.clear();
            self.adjoint.resize(self.white[column].len(), 0.0);
            of.add(&mut self.adjoint, 2.0 * quadratic * by_rest, whole, &rest);
            if unknown.is_some() {
                for j in 0..d {
                    of.add(&mut self.adjoint, 2.0 * log * by_c[j], of_c, &self.white[count + j]);
                    of.add(&mut self.adjoint, 2.0 * log * by_g[j], of_g, &self.white[count + d + j]);
                }
            }
            let data = (self.v[column].as_slice(), self.errors[column].as_slice());
            pull(
                &self.gains.rows,
                (sar, sma),
                of.width,
                data,
                &mut self.adjoint,
                &mut self.states,
                &mut by_gains,
            );
            match unknown {
                None => {
                    let (z, v) = (&mut self.pulled, &self.v[last]);
                    z.clear();
                    z.extend_from_slice(&sample.columns[last]);
                    for (by, regressor) in beta.iter().zip(&sample.columns) {
                        z.iter_mut().zip(regressor).for_each(|(out, x)| *out -= by * x);
                    }
                    steady::pull(z, v, &self.ma, &plain, &mut self.adjoint, &mut by_ar, &mut by_ma);
                }
                Some(k) if k < d => {
                    by_with[k].extend_from_slice(&self.adjoint);
                }
                Some(k) => {
                    let shifted = self.adjoint.get(k - d..).unwrap_or(&[]);
                    by_response.iter_mut().zip(shifted).for_each(|(out, x)| *out += x);
                }
            }
        }
        if d > 0 {
            let none = Lags { ar: Vec::new(), ma: plain.ma.clone() };
            steady::pull(&[], &self.response, &self.ma, &none, &mut by_response, &mut [], &mut by_ma);
        }
        let mut by_coupling =
            ByCoupling { phi: [0.0; MOST], g: [0.0; MOST], seasonal: vec![0.0; self.gains.seasonal.len()] };
        let mut by_tail = [0.0; MOST];
        if d > 0 {
            let by_own = from_fn(|i| from_fn(|j| -quadratic * lambda[i] * lambda[j] - log * solved.a[i][j]));
            let seasonal = (self.gains.seasonal.as_slice(), s);
            by_tail = self.coupling.pull(d, seasonal, (of_c, &by_with), &by_own, &mut by_coupling)?;
            for (out, (phi, g)) in by_ar.iter_mut().zip(by_coupling.phi.iter().zip(by_coupling.g)) {
                *out += phi + g;
            }
            by_ma.iter_mut().zip(by_coupling.g).for_each(|(out, g)| *out += g);
        }
        slope[ar_block].iter_mut().zip(&by_ar).for_each(|(out, by)| *out += by);
        slope[ma_block].iter_mut().zip(&by_ma).for_each(|(out, by)| *out += by);

        // What the gains and the start depend on is little: forward.
        for from in (0..coefficients.len()).step_by(LANES) {
            let seeds: Vec<Dual> = coefficients
                .iter()
                .enumerate()
                .map(|(j, v)| Dual::variable(*v, j.checked_sub(from).unwrap_or(LANES)))
                .collect();
            let [ar, ma, sar, sma] = factors.blocks().map(|(range, _)| &seeds[range]);
            self.gains_slopes.run(sar, sma, rows)?;
            let mut sum = [0.0; LANES];
            let mut add = |by: f64, x: &Dual| {
                for (out, slope) in sum.iter_mut().zip(x.slope) {
                    *out += by * slope;
                }
            };
            for (j, ((inverse, near), by)) in self.gains_slopes.rows.iter().zip(&by_gains.rows).enumerate() {
                // sqrt(inverse) and the gains were what was differentiated by.
                add(
                    by[0] * 0.5 / inverse.value.sqrt() - log * index(s.min(n - j * s)) / inverse.value,
                    inverse,
                );
                for (near, by) in near.iter().zip(&by[1..]) {
                    add(*by, &(*near * *inverse));
                }
            }
            sar.iter().zip(by_gains.phi).for_each(|(x, by)| add(by, x));
            if d > 0 {
                let seasonal = &self.gains_slopes.seasonal;
                seasonal.iter().zip(&by_coupling.seasonal).for_each(|(x, by)| add(*by, x));
                if self.coupling.tail.iter().any(|x| *x != 0.0) {
                    let of = |side: &[Dual], i: usize| side.get(i).copied().unwrap_or_default();
                    let (phi, g) = (from_fn(|i| of(ar, i)), from_fn(|i| of(ar, i) + of(ma, i)));
                    let tail = tail(d, (&phi, &g), sar, seasonal, s)?;
                    tail.iter().zip(by_tail).for_each(|(x, by)| add(by, x));
                }
            }
            slope[from..].iter_mut().zip(sum).for_each(|(out, by)| *out += by);
        }
        Some(())
    }
}

/// The phases of a column.
fn layout(layouts: &[Layout; 3], column: usize, count: usize, d: usize) -> Layout {
    layouts[if column < count { 0 } else { 1 + usize::from(column >= count + d) }]
}

/// Derivatives by what the rows of [`Gains`] say: by the square root of the reciprocal variance, and by the gains; and by the seasonal
/// autoregressive coefficients where they move the state.
struct ByGains {
    rows: Vec<[f64; 1 + STATE]>,
    phi: [f64; STATE],
}

fn padded<N: Scalar>(few: &[N]) -> [N; STATE] {
    from_fn(|i| few.get(i).copied().unwrap_or(N::of(0.0)))
}

impl<N: Scalar> Gains<N> {
    fn new() -> Self {
        let lags = Lags::default();
        Self { covariance: Covariance::new(), lags, rows: Vec::new(), seasonal: Vec::new() }
    }

    /// For so many rows. The formulas are those of [`Transient`](super::transient::Transient). None if not stationary, or beyond what
    /// numbers can hold.
    fn run(&mut self, sar: &[N], sma: &[N], rows: usize) -> Option<()> {
        for (lags, length) in [(&mut self.lags.ar, sar.len()), (&mut self.lags.ma, sma.len())] {
            lags.clear();
            lags.extend(0..length);
        }
        if !self.covariance.start(sar, sma, &self.lags) {
            return None;
        }
        let phi = padded(sar);
        let row: [N; STATE] = padded(self.covariance.row());
        let zero = N::of(0.0);
        let after = |x: &[N; STATE], i: usize| x.get(i + 1).copied().unwrap_or(zero);

        self.seasonal.clear();
        let mut moved = row;
        for _ in 0..=rows.max(sma.len() + 1) {
            self.seasonal.push(moved[0]);
            moved = from_fn(|i| after(&moved, i) + phi[i] * moved[0]);
        }

        let mut near: [N; STATE] = from_fn(|i| phi[i] * row[0] + after(&row, i));
        let mut far = near;
        let mut variance = row[0];
        self.rows.clear();
        for _ in 0..rows {
            if !is_positive(variance.value()) || !variance.value().is_finite() {
                return None;
            }
            let inverse = N::of(1.0) / variance;
            self.rows.push((inverse, near));
            let head = far[0];
            let rho = head * inverse;
            let ahead: [N; STATE] = from_fn(|i| after(&far, i) + phi[i] * head);
            far = from_fn(|i| ahead[i] - rho * near[i]);
            near = from_fn(|i| near[i] - rho * ahead[i]);
            variance = variance - rho * head;
        }
        Some(())
    }
}

/// One step of `T`: the numbers move up, and the first goes on as the autoregression says.
fn step<N: Scalar>(d: usize, phi: &[N; MOST], x: &[N; MOST]) -> [N; MOST] {
    let mut out = [N::of(0.0); MOST];
    for i in 0..d {
        out[i] = phi[i] * x[0];
        if i + 1 < d {
            out[i] = out[i] + x[i + 1];
        }
    }
    out
}

/// The transpose of [`step`].
fn step_back(d: usize, phi: &[f64; MOST], x: &[f64; MOST]) -> [f64; MOST] {
    let mut out = [0.0; MOST];
    out[0] = (0..d).map(|i| phi[i] * x[i]).sum();
    out[1..d.max(1)].copy_from_slice(&x[..d.max(1) - 1]);
    out
}

/// The matrix of [`step`].
fn matrix<N: Scalar>(d: usize, phi: &[N; MOST]) -> Square<N> {
    let unit = |j: usize| from_fn(|i| N::of(f64::from(u8::from(i == j && i < d))));
    let columns: Square<N> = from_fn(|j| step(d, phi, &unit(j)));
    from_fn(|i| from_fn(|j| columns[j][i]))
}

/// What of the covariances of the start comes from beyond the last row, one step before it: the autocovariances go on as the seasonal
/// autoregression says, so that their sum solves a linear system.
fn tail<N: Scalar>(
    d: usize,
    (phi, g): (&[N; MOST], &[N; MOST]),
    sar: &[N],
    seasonal: &[N],
    s: usize,
) -> Option<[N; MOST]> {
    let zero = N::of(0.0);
    // Without an autoregression nothing comes over a period, or nothing is there.
    if sar.is_empty() || phi.iter().all(|x| x.value() == 0.0) {
        return Some([zero; MOST]);
    }
    let m = power(d, &matrix(d, phi), s);
    let size = m.iter().flatten().fold(0.0, |most: f64, x| most.max(x.value().abs()));
    if size < NEGLIGIBLE {
        return Some([zero; MOST]);
    }
    let square = product(d, &m, &m);
    let of = |side: &[N], i: usize| side.get(i).copied().unwrap_or(zero);
    let (one, two) = (of(sar, 0), of(sar, 1));
    let system: Square<N> =
        from_fn(|i| from_fn(|j| N::of(f64::from(u8::from(i == j))) - one * m[i][j] - two * square[i][j]));
    let [.., before, newest] = *seasonal else { return None };
    let once = image(d, &m, g);
    let right = from_fn(|i| (one * newest + two * before) * g[i] + two * newest * once[i]);
    Some(image(d, &m, &linear(d, system, right)?))
}

/// The sum of `T^k q T'^k`, or with T transposed. None if it does not come to an end.
fn summed(d: usize, mut moves: Square<f64>, q: Square<f64>) -> Option<Square<f64>> {
    let mut own = q;
    for _ in 0..64 {
        let size = moves.iter().flatten().fold(0.0, |most: f64, x| most.max(x.abs()));
        if size < 1e-11 {
            return Some(own);
        }
        let moved = product(d, &moves, &own);
        for i in 0..d {
            for j in 0..d {
                own[i][j] += (0..d).map(|k| moved[i][k] * moves[j][k]).sum::<f64>();
            }
        }
        moves = product(d, &moves, &moves);
    }
    None
}

impl Coupling {
    /// The numbers `a` are what the values before the first say of the next ones: `a` moves by `T`, and takes up `g v`. So its covariance
    /// with `v_t` is the sum over the past of `T^k g` times the autocovariance of `v`, which is 0 but at multiples of the period:
    /// `c_t = T c_{t+1}`, and `g` times that autocovariance more where t is a multiple. O(n d).
    fn run(&mut self, (ar, ma): (&[f64], &[f64]), sar: &[f64], seasonal: &[f64], s: usize) -> Option<()> {
        let d = ar.len().max(ma.len());
        let of = |side: &[f64], i: usize| side.get(i).copied().unwrap_or(0.0);
        self.phi = from_fn(|i| of(ar, i));
        self.g = from_fn(|i| of(ar, i) + of(ma, i));
        self.tail = tail(d, (&self.phi, &self.g), sar, seasonal, s)?;
        for with in &mut self.with {
            with.clear();
        }
        let length = (seasonal.len() - 1) * s;
        self.with[..d].iter_mut().for_each(|with| with.resize(length, 0.0));
        // How long anything stays: the last number is the first one after d - 1 steps, so it stays longest.
        let mut stays: [f64; MOST] = from_fn(|i| f64::from(u8::from(i + 1 == d)));
        self.reach = 0;
        while self.reach < s && stays.iter().any(|x| x.abs() >= NEGLIGIBLE) {
            stays = step(d, &self.phi, &stays);
            self.reach += 1;
        }
        let mut x = self.tail;
        for (row, covariance) in seasonal.iter().enumerate().skip(1).rev() {
            for (x, g) in x.iter_mut().zip(self.g) {
                *x += covariance * g;
            }
            for t in (row * s - self.reach..row * s).rev() {
                for (out, x) in self.with.iter_mut().zip(&x[..d]) {
                    out[t] = *x;
                }
                x = step(d, &self.phi, &x);
            }
            if self.reach < s {
                x = [0.0; MOST];
            }
        }
        // P = T P T' + what is new: with a_1 = T a_0 + g v_1.
        let first = x;
        let g = &self.g;
        let fresh = from_fn(|i| from_fn(|j| seasonal[0] * g[i] * g[j] + first[i] * g[j] + g[i] * first[j]));
        self.own = summed(d, matrix(d, &self.phi), fresh)?;
        Some(())
    }

    /// Adds to the derivatives by phi, by g and by the autocovariances, and gives those by the tail, given those by the covariances of
    /// the last [`run`](Self::run).
    fn pull(
        &self,
        d: usize,
        (seasonal, s): (&[f64], usize),
        (layout, by_with): (Layout, &[Vec<f64>; MOST]),
        by_own: &Square<f64>,
        out: &mut ByCoupling,
    ) -> Option<[f64; MOST]> {
        let transition = matrix(d, &self.phi);
        let by_fresh = summed(d, from_fn(|i| from_fn(|j| transition[j][i])), *by_own)?;
        let of_first: [f64; MOST] = from_fn(|i| if i < d { self.with[i][0] } else { 0.0 });
        let first = step(d, &self.phi, &of_first);
        let (on_g, on_first) = (image(d, &by_fresh, &self.g), image(d, &by_fresh, &first));
        let moved = product(d, &by_fresh, &product(d, &transition, &self.own));
        for i in 0..d {
            out.seasonal[0] += self.g[i] * on_g[i];
            out.g[i] += 2.0 * (seasonal[0] * on_g[i] + on_first[i]);
            out.phi[i] += 2.0 * moved[i][0];
        }
        // By what the first covariances become one step further.
        let mut by = on_g.map(|x| 2.0 * x);
        for (row, covariance) in seasonal.iter().enumerate().skip(1) {
            // What has died away on its way back through a row carries nothing on.
            if self.reach < s {
                by = [0.0; MOST];
            }
            for i in 0..layout.width {
                let t = row * s - layout.width + i;
                for i in 0..d {
                    out.phi[i] += by[i] * self.with[0][t];
                }
                by = step_back(d, &self.phi, &by);
                let at = (row - 1) * layout.width + i;
                for i in 0..d {
                    // Rows go on a little beyond the data.
                    by[i] += by_with[i].get(at).unwrap_or(&0.0);
                }
            }
            for i in 0..d {
                out.seasonal[row] += by[i] * self.g[i];
                out.g[i] += by[i] * covariance;
            }
        }
        Some(by)
    }
}

/// Derivatives by what the covariances of the start are made of.
struct ByCoupling {
    phi: [f64; MOST],
    g: [f64; MOST],
    seasonal: Vec<f64>,
}

fn image<N: Scalar>(d: usize, m: &Square<N>, x: &[N; MOST]) -> [N; MOST] {
    from_fn(|i| (0..d).fold(N::of(0.0), |sum, j| sum + m[i][j] * x[j]))
}

fn product<N: Scalar>(d: usize, a: &Square<N>, b: &Square<N>) -> Square<N> {
    let mut out = [[N::of(0.0); MOST]; MOST];
    for i in 0..d {
        for k in 0..d {
            for j in 0..d {
                out[i][j] = out[i][j] + a[i][k] * b[k][j];
            }
        }
    }
    out
}

fn power<N: Scalar>(d: usize, m: &Square<N>, exponent: usize) -> Square<N> {
    let mut out: Square<N> = from_fn(|i| from_fn(|j| N::of(f64::from(u8::from(i == j)))));
    for bit in (0..usize::BITS - exponent.leading_zeros()).rev() {
        out = product(d, &out, &out);
        if exponent >> bit & 1 == 1 {
            out = product(d, &out, m);
        }
    }
    out
}

/// Solves a linear system by elimination with the largest pivots. None if it is singular.
fn linear<N: Scalar>(d: usize, mut m: Square<N>, mut right: [N; MOST]) -> Option<[N; MOST]> {
    for k in 0..d {
        let size = |i: &usize| m[*i][k].value().abs();
        let pivot = (k..d).max_by(|a, b| size(a).total_cmp(&size(b)))?;
        m.swap(k, pivot);
        right.swap(k, pivot);
        if !is_positive(m[k][k].value().abs()) {
            return None;
        }
        for i in k + 1..d {
            let by = m[i][k] / m[k][k];
            for j in k..d {
                m[i][j] = m[i][j] - by * m[k][j];
            }
            right[i] = right[i] - by * right[k];
        }
    }
    for k in (0..d).rev() {
        for j in k + 1..d {
            right[k] = right[k] - m[k][j] * right[j];
        }
        right[k] = right[k] / m[k][k];
    }
    Some(right)
}

/// The inverse of a positive definite matrix, and the logarithm of its determinant. None if it is close to singular.
fn inverse(d: usize, m: &Square<f64>) -> Option<(Square<f64>, f64)> {
    let mut low = *m;
    let mut log_det = 0.0;
    for i in 0..d {
        for j in 0..=i {
            let mut sum = m[i][j];
            for k in 0..j {
                sum -= low[i][k] * low[j][k];
            }
            if i == j {
                if !is_positive(sum - SINGULAR * m[i][i]) || !sum.is_finite() {
                    return None;
                }
                low[i][i] = sum.sqrt();
                log_det += libm::log(sum);
            } else {
                low[i][j] = sum / low[j][j];
            }
        }
    }
    let mut out = [[0.0; MOST]; MOST];
    for c in 0..d {
        let mut x: [f64; MOST] = from_fn(|i| f64::from(u8::from(i == c)));
        for i in 0..d {
            for k in 0..i {
                x[i] -= low[i][k] * x[k];
            }
            x[i] /= low[i][i];
        }
        for i in (0..d).rev() {
            for k in i + 1..d {
                x[i] -= low[k][i] * x[k];
            }
            x[i] /= low[i][i];
        }
        for i in 0..d {
            out[i][c] = x[i];
        }
    }
    Some((out, log_det))
}

/// The inverse of `[-s, e; e', q]`.
fn solve(d: usize, s: &Square<f64>, e: &Square<f64>, q: &Square<f64>) -> Option<Solved> {
    let (q, log_q) = inverse(d, q)?;
    let eq = product(d, e, &q);
    let mut h = *s;
    for i in 0..d {
        for j in 0..d {
            h[i][j] += (0..d).map(|k| eq[i][k] * e[j][k]).sum::<f64>();
        }
    }
    let (h, log_h) = inverse(d, &h)?;
    let b = product(d, &h, &eq);
    let mut lower = q;
    for i in 0..d {
        for j in 0..d {
            lower[i][j] -= (0..d).map(|k| eq[k][i] * b[k][j]).sum::<f64>();
        }
    }
    Some(Solved { a: h.map(|row| row.map(|x| -x)), b, d: lower, log_det: log_q + log_h })
}

impl Solved {
    fn times(&self, d: usize, (first, second): ([f64; MOST], [f64; MOST])) -> ([f64; MOST], [f64; MOST]) {
        let row = |m: &Square<f64>, i: usize, x: &[f64; MOST]| (0..d).map(|j| m[i][j] * x[j]).sum::<f64>();
        let column = |m: &Square<f64>, i: usize, x: &[f64; MOST]| (0..d).map(|j| m[j][i] * x[j]).sum::<f64>();
        let part = |i: usize, value: f64| if i < d { value } else { 0.0 };
        (
            from_fn(|i| part(i, row(&self.a, i, &first) + row(&self.b, i, &second))),
            from_fn(|i| part(i, column(&self.b, i, &first) + row(&self.d, i, &second))),
        )
    }
}

/// The prediction errors of all phases of a column, and those standardized. O(n).
fn whiten(
    rows: &[(f64, [f64; STATE])],
    phi: [f64; STATE],
    s: usize,
    v: &[f64],
    errors: &mut [f64],
    white: &mut [f64],
    states: &mut [Vec<f64>; STATE],
) {
    for state in states.iter_mut() {
        state.clear();
        state.resize(s, 0.0);
    }
    let [first, second, third] = states;
    let all = v.chunks(s).zip(errors.chunks_mut(s)).zip(white.chunks_mut(s));
    for (((v, errors), white), (inverse, near)) in all.zip(rows) {
        let root = inverse.sqrt();
        let gain = near.map(|x| x * inverse);
        let states = first.iter_mut().zip(second.iter_mut()).zip(third.iter_mut());
        let out = v.iter().zip(errors).zip(white);
        for (((v, error), white), ((first, second), third)) in out.zip(states) {
            let predicted = *first;
            let e = v - predicted;
            *first = *second + gain[0] * e + phi[0] * predicted;
            *second = *third + gain[1] * e + phi[1] * predicted;
            *third = gain[2] * e;
            (*error, *white) = (e, root * e);
        }
    }
}

/// Takes derivatives by the standardized errors of a column, in `adjoint`, to derivatives by the column, in place, and adds those by the
/// gains. O(n).
fn pull(
    rows: &[(f64, [f64; STATE])],
    (sar, sma): (&[f64], &[f64]),
    s: usize,
    (v, errors): (&[f64], &[f64]),
    adjoint: &mut [f64],
    states: &mut [Vec<f64>; STATE],
    out: &mut ByGains,
) {
    for state in states.iter_mut() {
        state.clear();
        state.resize(s, 0.0);
    }
    let phi: [f64; STATE] = padded(sar);
    let length = sar.len().max(sma.len() + 1);
    let [first, second, third] = states;
    let all = v.chunks(s).zip(errors.chunks(s)).zip(adjoint.chunks_mut(s));
    for (j, (((v, errors), adjoint), (inverse, near))) in all.zip(rows).enumerate().rev() {
        let root = inverse.sqrt();
        let gain = near.map(|x| x * inverse);
        let by = &mut out.rows[j];
        by[0] += steady::dot(adjoint, errors);
        let states = [&*first, &*second, &*third];
        for (k, state) in states.into_iter().enumerate().take(length) {
            let with_errors = steady::dot(state, errors);
            by[1 + k] += with_errors;
            if k < sar.len() {
                // The state of a phase before this row is what was predicted.
                out.phi[k] += steady::dot(state, v) - with_errors;
            }
        }
        let states = first.iter_mut().zip(second.iter_mut()).zip(third.iter_mut());
        for (adjoint, ((first, second), third)) in adjoint.iter_mut().zip(states) {
            let e = root * *adjoint + gain[0] * *first + gain[1] * *second + gain[2] * *third;
            let predicted = phi[0] * *first + phi[1] * *second - e;
            (*third, *second, *first) = (*second, *first, predicted);
            *adjoint = e;
        }
    }
}
