//! The factored likelihood of long seasons: one factor after the other.

use super::phase_layout::Layout;
use super::phase_prediction::{ByGains, Gains, STATE, padded, pull, whiten};
use super::small_matrix::{MOST, Square};
use super::start_covariance::{ByCoupling, Coupling, NEGLIGIBLE, tail};
use super::start_system::{Solved, solve};
use crate::arima::arma_recursion;
use crate::arima::design::Design;
use crate::arima::dual::{Dual, LANES};
use crate::arima::lag_polynomials::{LagPolynomials, Lags};
use crate::arima::polynomial::step_down;
use crate::arima::profile_least_squares::ProfileLeastSquares;
use crate::count::as_f64;
use core::array::from_fn;

/// The shortest period for which it is used.
pub(in crate::arima) const LEAST: usize = 48;
/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::arima) enum Refusal {
    /// The process is not stationary, or beyond floating point.
    NoValue,
    /// The start is so badly determined that the long way is the more accurate one.
    Unsuited,
}

/// Workspace.
#[derive(Debug, Clone)]
pub(in crate::arima) struct FactoredLikelihood {
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

impl FactoredLikelihood {
    pub(in crate::arima) fn new() -> Self {
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

    /// Whether it applies to a design: a long season, no gaps.
    pub(in crate::arima) fn suits(polynomials: &LagPolynomials, design: &Design) -> bool {
        polynomials.s >= LEAST
            && polynomials.sp + polynomials.sq > 0
            && polynomials.sp < STATE
            && polynomials.sq < STATE
            && polynomials.p.max(polynomials.q) <= MOST
            && design.missing.is_empty()
            && design.length() > polynomials.s
    }

    /// The products of the standardized errors of all columns into `least`, and the logarithm of the
    /// determinant. O(n (p + q)), and O(n d²) for the products.
    pub(in crate::arima) fn products(
        &mut self,
        design: &Design,
        polynomials: &LagPolynomials,
        coefficients: &[f64],
        least: &mut ProfileLeastSquares<f64>,
    ) -> Result<f64, Refusal> {
        let [ar, ma, sar, sma] = polynomials.blocks().map(|(range, _)| &coefficients[range]);
        let (n, s, d, count) =
            (design.length(), polynomials.s, polynomials.p.max(polynomials.q), design.columns.len());
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
        for (out, (of, side)) in [(&mut self.ar, (ar, polynomials.p)), (&mut self.ma, (ma, polynomials.q))] {
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
        for (out, column) in self.v.iter_mut().zip(&design.columns) {
            arma_recursion::innovations(column, &[], &self.ar, &self.ma, out);
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
                seasonal[i][j] -= arma_recursion::dot(c, &x[count + j]);
                seasonal[j][i] = seasonal[i][j];
                square[i][j] = arma_recursion::dot(&x[count + d + i], &x[count + d + j]);
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
                let mut product = arma_recursion::dot(&x[i], &x[j]);
                for k in 0..d {
                    product -= first[k] * lambda[k] + second[k] * a[k];
                }
                least.products[j * count + i] = product;
            }
        }
        let mut log_det = self.solved.log_det;
        for (j, (inverse, _)) in self.gains.rows.iter().enumerate() {
            log_det -= as_f64(s.min(n - j * s)) * libm::log(*inverse);
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
            arma_recursion::innovations(&self.pulled, &[], &[], &self.ma, &mut self.response);
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

    /// Adds the derivatives of `weights.0` times the quadratic form, and of `weights.1` times the logarithm
    /// of the determinant, by the coefficients, after [`products`](Self::products) and the regression of its
    /// columns. O(n (p + q + d)).
    pub(in crate::arima) fn slopes(
        &mut self,
        design: &Design,
        polynomials: &LagPolynomials,
        coefficients: &[f64],
        beta: &[f64],
        weights: (f64, f64),
        slope: &mut [f64],
    ) -> Option<()> {
        let [_, _, sar, sma] = polynomials.blocks().map(|(range, _)| &coefficients[range]);
        let (n, s, d, count) =
            (design.length(), polynomials.s, polynomials.p.max(polynomials.q), design.columns.len());
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
        // The quadratic form is the square of y + c lambda + G a at fixed lambda and a, less lambda' P
        // lambda.
        let [whole, of_c, of_g] = self.layouts;
        let mut rest = self.white[last].clone();
        for k in 0..d {
            whole.add(&mut rest, lambda[k], of_c, &self.white[count + k]);
            whole.add(&mut rest, a[k], of_g, &self.white[count + d + k]);
        }
        let rows = self.gains.rows.len();
        let mut by_gains = ByGains { rows: vec![[0.0; 1 + STATE]; rows], phi: [0.0; STATE] };
        let [ar_block, ma_block, ..] = polynomials.blocks().map(|(range, _)| range);
        let plain = LagPolynomials { sp: 0, sq: 0, s: 1, ..*polynomials }.lags();
        let mut by_ar = vec![0.0; polynomials.p];
        let mut by_ma = vec![0.0; polynomials.q];
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
                    z.extend_from_slice(&design.columns[last]);
                    for (by, regressor) in beta.iter().zip(&design.columns) {
                        z.iter_mut().zip(regressor).for_each(|(out, x)| *out -= by * x);
                    }
                    arma_recursion::pull(z, v, &self.ma, &plain, &mut self.adjoint, &mut by_ar, &mut by_ma);
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
            arma_recursion::pull(&[], &self.response, &self.ma, &none, &mut by_response, &mut [], &mut by_ma);
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
            let [ar, ma, sar, sma] = polynomials.blocks().map(|(range, _)| &seeds[range]);
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
                    by[0] * 0.5 / inverse.value.sqrt() - log * as_f64(s.min(n - j * s)) / inverse.value,
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
