//! The likelihood of a history as a stationary process: of the differences, with missing values as
//! regressors.

use super::arma_recursion;
use super::chandrasekhar::{Adjoint, Chandrasekhar, CombinedColumn, Recursion};
use super::design::Design;
use super::dual::{Dual, LANES};
use super::factored_likelihood::{FactoredLikelihood, Refusal};
use super::lag_polynomials::{LagPolynomials, Lags};
use super::profile_least_squares::{Concentrated, ProfileLeastSquares};

/// A missing value whose information is below this part of what a known neighborhood would have is not
/// determined by the data.
const UNDETERMINED: f64 = 1e-13;

/// Differenced once and for all, then exact as a stationary process: O(n r) at worst, O(n (p + q)) once the
/// start is forgotten.
///
/// A missing value is filled in with anything and becomes a regressor, 1 there and 0 elsewhere, whose
/// coefficient is integrated out without a prior: the likelihood is that of what was observed (Gómez,
/// Maravall and Peña 1999, doi:10.1016/S0304-4076(98)00036-0). With k of them all is done for k + 1 columns.
///
/// Derivatives go backward: O(n (p + q)) and O(n r) as the value, whatever the number of parameters; forward
/// through the start where its tape would be long.
#[derive(Debug, Clone)]
pub(super) struct StationaryLikelihood {
    start: Chandrasekhar,
    slopes: Recursion<Dual>,
    ar: Vec<(usize, f64)>,
    ma: Vec<(usize, f64)>,
    /// Where the rest begins.
    steps: usize,
    /// Prediction errors of all columns; innovations in the rest.
    e: Vec<Vec<f64>>,
    pub(super) least: ProfileLeastSquares<f64>,
    /// Combinations of columns to differentiate by, and their errors.
    combined: Vec<Vec<f64>>,
    errors: Vec<Vec<f64>>,
    adjoints: Vec<Vec<f64>>,
    by_start: Adjoint,
    /// How many squares at the beginning do not count; None for the exact likelihood.
    pub(super) conditional: Option<usize>,
    /// Made when it is first asked for: for most histories that is never.
    factored: Option<Box<FactoredLikelihood>>,
}

impl StationaryLikelihood {
    pub(super) fn new(design: &Design) -> Self {
        let (n, columns) = (design.length(), design.columns.len());
        Self {
            start: Chandrasekhar::new(),
            slopes: Recursion::new(),
            ar: Vec::new(),
            ma: Vec::new(),
            steps: 0,
            e: vec![vec![0.0; n]; columns],
            least: ProfileLeastSquares::default(),
            combined: Vec::new(),
            errors: Vec::new(),
            adjoints: Vec::new(),
            by_start: Adjoint::default(),
            conditional: None,
            factored: None,
        }
    }

    /// The value by the factors one after the other. None where that is not the way.
    pub(super) fn factored_value(
        &mut self,
        design: &Design,
        polynomials: &LagPolynomials,
        coefficients: &[f64],
        fixed: &[Option<f64>],
    ) -> Option<Result<Concentrated, Refusal>> {
        if self.conditional.is_some() || !FactoredLikelihood::suits(polynomials, design) {
            return None;
        }
        let factored = self.factored.get_or_insert_with(|| Box::new(FactoredLikelihood::new()));
        match factored.products(design, polynomials, coefficients, &mut self.least) {
            Err(Refusal::Unsuited) => None,
            Err(refusal) => Some(Err(refusal)),
            Ok(log_det) => {
                let solved = self.least.solve(fixed, UNDETERMINED);
                let value =
                    solved.map(|(quadratic, more)| Concentrated { quadratic, log_det: log_det + more });
                Some(value.ok_or(Refusal::NoValue))
            }
        }
    }

    /// The derivatives of `weights.0` times the quadratic form, and of `weights.1` times the logarithm of the
    /// determinant, after [`factored_value`](Self::factored_value). None if they are beyond floating point.
    pub(super) fn factored_slopes(
        &mut self,
        design: &Design,
        polynomials: &LagPolynomials,
        coefficients: &[f64],
        weights: (f64, f64),
        slope: &mut [f64],
    ) -> Option<()> {
        self.factored.as_mut()?.slopes(design, polynomials, coefficients, &self.least.beta, weights, slope)
    }

    pub(super) fn value(
        &mut self,
        design: &Design,
        (ar, ma, lags): (&[f64], &[f64], &Lags),
        fixed: &[Option<f64>],
        recorded: bool,
    ) -> Option<Concentrated> {
        if let Some(skipped) = self.conditional {
            return self.conditional_value(design, (ar, ma, lags), fixed, skipped);
        }
        let columns = &design.columns;
        let transient = self.start.run((ar, ma, lags), columns, recorded, &mut self.e)?;
        let from = transient.steps;
        self.steps = from;
        arma_recursion::terms(ar, &lags.ar, &mut self.ar);
        arma_recursion::terms(ma, &lags.ma, &mut self.ma);
        for (c, (e, column)) in self.e.iter_mut().zip(columns).enumerate() {
            let state = self.start.state(c);
            arma_recursion::innovations(&column[from..], state, &self.ar, &self.ma, &mut e[from..]);
        }
        let count = columns.len();
        self.least.clear(design.missing.len(), count);
        for i in 0..count {
            for j in 0..=i {
                let (a, b) = (&self.e[i], &self.e[j]);
                self.least.products[i * count + j] =
                    arma_recursion::dot_weighted(a, b, self.start.inverses())
                        + arma_recursion::dot(&a[from..], &b[from..]);
            }
        }
        let (quadratic, log_det) = self.least.solve(fixed, UNDETERMINED)?;
        Some(Concentrated { quadratic, log_det: transient.log_det + log_det })
    }

    /// The conditional sum of squares: nothing before the series, and its first values do not count. No
    /// determinant.
    fn conditional_value(
        &mut self,
        design: &Design,
        (ar, ma, lags): (&[f64], &[f64], &Lags),
        fixed: &[Option<f64>],
        skipped: usize,
    ) -> Option<Concentrated> {
        self.steps = 0;
        self.start.forget_tape();
        arma_recursion::terms(ar, &lags.ar, &mut self.ar);
        arma_recursion::terms(ma, &lags.ma, &mut self.ma);
        for (e, column) in self.e.iter_mut().zip(&design.columns) {
            arma_recursion::innovations(column, &[], &self.ar, &self.ma, e);
        }
        let count = design.columns.len();
        self.least.clear(design.missing.len(), count);
        for i in 0..count {
            for j in 0..=i {
                self.least.products[i * count + j] =
                    arma_recursion::dot(&self.e[i][skipped..], &self.e[j][skipped..]);
            }
        }
        let (quadratic, log_det) = self.least.solve(fixed, UNDETERMINED)?;
        Some(Concentrated { quadratic, log_det })
    }

    /// How many steps the transient phase of the last value took.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// What the derivatives of the last value run along: the data at the best coefficients of all columns,
    /// and for each missing value the column that is left of it, scaled so that half of its sum of squares
    /// changes as the logarithm of the determinant does, times `log`.
    fn combine(&mut self, design: &Design, log: f64) {
        let (counted, columns) = (self.least.counted, self.least.columns);
        let n = design.length();
        for store in [&mut self.combined, &mut self.errors, &mut self.adjoints] {
            store.resize(counted + 1, Vec::new());
            for v in store.iter_mut() {
                v.resize(n, 0.0);
            }
        }
        let last = columns - 1;
        self.combined[0].copy_from_slice(&design.columns[last]);
        self.errors[0].copy_from_slice(&self.e[last]);
        for (c, &by) in self.least.beta.iter().enumerate() {
            subtract(&mut self.combined[0], by, &design.columns[c]);
            subtract(&mut self.errors[0], by, &self.e[c]);
        }
        let a = &self.least.products;
        for k in 0..counted {
            for (store, of) in [(&mut self.combined, &design.columns), (&mut self.errors, &self.e)] {
                let (before, rest) = store.split_at_mut(k + 1);
                rest[0].copy_from_slice(&of[k]);
                for (j, other) in before[1..].iter().enumerate() {
                    let by = a[k * columns + j] / a[j * columns + j];
                    subtract(&mut rest[0], by, other);
                }
            }
        }
        for k in 0..counted {
            let by = (log / a[k * columns + k]).sqrt();
            for store in [&mut self.combined, &mut self.errors] {
                store[k + 1].iter_mut().for_each(|v| *v *= by);
            }
        }
    }

    /// Derivatives of half the quadratic form, and of `log` times half the log determinant, by the terms of
    /// the products, as far as they stem from the rest, at the last value. Regressors stay at their
    /// coefficients: the form is at its minimum there.
    ///
    /// With a tape, the start is included as far as it does not stem from its covariances.
    pub(super) fn backward(
        &mut self,
        design: &Design,
        lags: &Lags,
        log: f64,
        by_ar: &mut [f64],
        by_ma: &mut [f64],
    ) {
        self.combine(design, log);
        let from = self.steps;
        let counted = self.conditional.unwrap_or(0);
        self.by_start.clear(self.start.width());
        for (k, (z, e)) in self.combined.iter().zip(&self.errors).enumerate() {
            let adjoint = &mut self.adjoints[k][from..];
            arma_recursion::gradient(&z[from..], &e[from..], counted, &self.ma, lags, adjoint, by_ar, by_ma);
            if self.start.is_taped() {
                let column = CombinedColumn {
                    z,
                    errors: &e[..from],
                    inverses: self.start.inverses(),
                    state: &*adjoint,
                    log: if k == 0 { 0.5 * log } else { 0.0 },
                };
                self.start.reverse(lags, column, &mut self.by_start);
            }
        }
        if self.start.is_taped() {
            for &i in &lags.ar {
                by_ar[i] += self.by_start.phi[i];
            }
        }
    }

    /// Derivatives of the quadratic form and of the log determinant that stem from the start, after
    /// [`backward`](Self::backward).
    pub(super) fn forward(
        &mut self,
        ar: &[Dual],
        ma: &[Dual],
        lags: &Lags,
    ) -> Option<([f64; LANES], [f64; LANES])> {
        let mut quadratic = [0.0; LANES];
        if self.conditional.is_some() {
            return Some((quadratic, [0.0; LANES]));
        }
        if self.start.is_taped() {
            if !self.slopes.cover(ar, ma, lags) {
                return None;
            }
            // Everything else is already counted.
            for (by, entry) in self.by_start.row.iter().zip(self.slopes.row()) {
                for (out, slope) in quadratic.iter_mut().zip(entry.slope) {
                    *out += 2.0 * by * slope;
                }
            }
            return Some((quadratic, [0.0; LANES]));
        }
        let transient =
            self.slopes.run(ar, ma, lags, &self.combined, Some(self.steps), |_, inverse, errors, _, _| {
                for error in errors {
                    let square = *error * *error * inverse;
                    for (out, slope) in quadratic.iter_mut().zip(square.slope) {
                        *out += slope;
                    }
                }
            })?;
        for (k, adjoint) in self.adjoints.iter().enumerate() {
            for (known, adjoint) in self.slopes.state(k).iter().zip(&adjoint[self.steps..]) {
                for (out, slope) in quadratic.iter_mut().zip(known.slope) {
                    *out -= 2.0 * adjoint * slope;
                }
            }
        }
        Some((quadratic, transient.log_det.slope))
    }

    /// The state that is predicted after the last value, of the data at the coefficients of the last value.
    /// O(n r).
    pub(super) fn end(&mut self, design: &Design, (ar, ma, lags): (&[f64], &[f64], &Lags)) -> Option<&[f64]> {
        self.combine(design, 0.0);
        self.start.state_after((ar, ma, lags), &self.combined[..1], design.length())
    }
}

fn subtract(from: &mut [f64], by: f64, other: &[f64]) {
    if by != 0.0 {
        for (out, x) in from.iter_mut().zip(other) {
            *out -= by * x;
        }
    }
}
