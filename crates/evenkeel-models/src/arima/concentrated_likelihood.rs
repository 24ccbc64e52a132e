//! The exact Gaussian likelihood and its derivatives, concentrated over the regressors and the innovation
//! variance.

use super::design::{Design, ROUNDING};
use super::diffuse_likelihood::DiffuseLikelihood;
use super::dual::{Dual, LANES};
use super::lag_polynomials::{LagPolynomials, Lags};
use super::profile_least_squares::Concentrated;
use super::stationary_likelihood::StationaryLikelihood;
use crate::count::as_f64;

/// A design with the workspace to evaluate it again and again without allocation.
#[derive(Debug, Clone)]
pub(super) struct ConcentratedLikelihood {
    design: Design,
    polynomials: LagPolynomials,
    lags: Lags,
    algorithm: Algorithm,
    /// The coefficients of the regressors that are not to be estimated.
    fixed: Vec<Option<f64>>,
    floor: f64,
    /// Whether the factors of a long season are taken one after the other.
    pub(super) factored: bool,
    /// Whether they were for the last value.
    pub(super) was_factored: bool,
    evaluations: usize,
    ar: Vec<f64>,
    ma: Vec<f64>,
    by_ar: Vec<f64>,
    by_ma: Vec<f64>,
    seeds: Vec<Dual>,
    dual_ar: Vec<Dual>,
    dual_ma: Vec<Dual>,
}

#[derive(Debug, Clone)]
enum Algorithm {
    StationaryLikelihood(StationaryLikelihood),
    DiffuseLikelihood(DiffuseLikelihood),
}

impl ConcentratedLikelihood {
    pub(super) fn new(design: Design, polynomials: LagPolynomials) -> Self {
        let algorithm = if design.filtered {
            Algorithm::DiffuseLikelihood(DiffuseLikelihood::new())
        } else {
            Algorithm::StationaryLikelihood(StationaryLikelihood::new(&design))
        };
        let floor = as_f64(design.effective()) * ROUNDING * 1e-2;
        let fixed = vec![None; design.x.len()];
        Self {
            design,
            polynomials,
            lags: polynomials.lags(),
            algorithm,
            fixed,
            floor,
            factored: true,
            was_factored: false,
            evaluations: 0,
            ar: Vec::new(),
            ma: Vec::new(),
            by_ar: Vec::new(),
            by_ma: Vec::new(),
            seeds: Vec::new(),
            dual_ar: Vec::new(),
            dual_ma: Vec::new(),
        }
    }

    /// The same design under other orders.
    pub(super) fn set_orders(&mut self, polynomials: LagPolynomials) {
        self.lags = polynomials.lags();
        self.polynomials = polynomials;
    }

    /// Switches to the conditional sum of squares, of which so many at the beginning do not count, or back.
    /// False where gaps are filtered, which knows only the exact likelihood.
    pub(super) fn use_conditional(&mut self, skipped: Option<usize>) -> bool {
        match &mut self.algorithm {
            Algorithm::StationaryLikelihood(algorithm) => {
                algorithm.conditional = skipped;
                true
            }
            Algorithm::DiffuseLikelihood(_) => skipped.is_none(),
        }
    }

    pub(super) fn design(&self) -> &Design {
        &self.design
    }

    pub(super) fn polynomials(&self) -> LagPolynomials {
        self.polynomials
    }

    pub(super) fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// Fixes coefficients of regressors, in units of the design.
    pub(super) fn fix(&mut self, values: impl Iterator<Item = Option<f64>>) {
        for (out, value) in self.fixed.iter_mut().zip(values) {
            *out = value;
        }
    }

    /// The coefficients of the regressors at the last value.
    pub(super) fn regression(&self) -> &[f64] {
        match &self.algorithm {
            Algorithm::StationaryLikelihood(algorithm) => algorithm.least.regression(),
            Algorithm::DiffuseLikelihood(algorithm) => algorithm.regression(),
        }
    }

    /// The information on the regressors at the last value, by rows.
    pub(super) fn information(&self) -> &[f64] {
        match &self.algorithm {
            Algorithm::StationaryLikelihood(algorithm) => &algorithm.least.information,
            Algorithm::DiffuseLikelihood(algorithm) => algorithm.information(),
        }
    }

    /// The design as a stationary process at the last value; None where its gaps are filtered.
    pub(super) fn complete(&self) -> Option<&StationaryLikelihood> {
        match &self.algorithm {
            Algorithm::StationaryLikelihood(algorithm) => Some(algorithm),
            Algorithm::DiffuseLikelihood(_) => None,
        }
    }

    /// The predicted state after the last value, and whether the start was forgotten before. Only where gaps
    /// are not filtered.
    pub(super) fn end(&mut self) -> Option<(Vec<f64>, bool)> {
        let Algorithm::StationaryLikelihood(algorithm) = &mut self.algorithm else { return None };
        let forgotten = algorithm.steps() < self.design.length();
        let state = algorithm.end(&self.design, (&self.ar, &self.ma, &self.lags))?;
        Some((state.to_vec(), forgotten))
    }

    /// Evaluates. None if the autoregression is not stationary, or if no finite number comes out.
    pub(super) fn value(&mut self, coefficients: &[f64]) -> Option<Concentrated> {
        self.evaluate(coefficients, false)
    }

    /// [`value`](Self::value) by the state of the product of the factors, whatever their season: what
    /// [`end`](Self::end) goes on from.
    pub(super) fn value_of_product(&mut self, coefficients: &[f64]) -> Option<Concentrated> {
        let apart = core::mem::replace(&mut self.factored, false);
        let value = self.evaluate(coefficients, false);
        self.factored = apart;
        value
    }

    fn evaluate(&mut self, coefficients: &[f64], recorded: bool) -> Option<Concentrated> {
        self.evaluations += 1;
        self.polynomials.expand(coefficients, &mut self.ar, &mut self.ma);
        let products = (self.ar.as_slice(), self.ma.as_slice(), &self.lags);
        let apart = match &mut self.algorithm {
            Algorithm::StationaryLikelihood(algorithm) if self.factored => {
                algorithm.factored_value(&self.design, &self.polynomials, coefficients, &self.fixed)
            }
            _ => None,
        };
        self.was_factored = apart.is_some();
        let mut value = match (apart, &mut self.algorithm) {
            (Some(value), _) => value.ok()?,
            (None, Algorithm::StationaryLikelihood(algorithm)) => {
                algorithm.value(&self.design, products, &self.fixed, recorded)?
            }
            (None, Algorithm::DiffuseLikelihood(algorithm)) => {
                algorithm.value(&self.design, products, &self.fixed)?
            }
        };
        // Rounding is all that is left: a perfect fit is not taken for more than that.
        value.quadratic = value.quadratic.max(self.floor);
        (value.quadratic.is_finite() && value.log_det.is_finite()).then_some(value)
    }

    /// Minus the concentrated log-likelihood per observation, without its constants.
    pub(super) fn objective(&self, value: &Concentrated) -> f64 {
        let nu = as_f64(self.design.effective());
        0.5 * (value.quadratic.ln() + value.log_det / nu)
    }

    /// Evaluates, with the derivatives of the objective by the coefficients.
    pub(super) fn gradient(&mut self, coefficients: &[f64], slope: &mut [f64]) -> Option<Concentrated> {
        let value = self.evaluate(coefficients, true)?;
        let nu = as_f64(self.design.effective());
        slope.fill(0.0);
        if let (true, Algorithm::StationaryLikelihood(algorithm)) = (self.was_factored, &mut self.algorithm) {
            let weights = (0.5 / value.quadratic, 0.5 / nu);
            algorithm.factored_slopes(&self.design, &self.polynomials, coefficients, weights, slope)?;
            return slope.iter().all(|s| s.is_finite()).then_some(value);
        }
        if let Algorithm::StationaryLikelihood(algorithm) = &mut self.algorithm {
            for (out, length) in [(&mut self.by_ar, self.ar.len()), (&mut self.by_ma, self.ma.len())] {
                out.clear();
                out.resize(length, 0.0);
            }
            let log = value.quadratic / nu;
            algorithm.backward(&self.design, &self.lags, log, &mut self.by_ar, &mut self.by_ma);
            self.polynomials.contract(coefficients, &self.by_ar, &self.by_ma, slope);
        }
        for from in (0..coefficients.len()).step_by(LANES) {
            self.seeds.clear();
            for (j, v) in coefficients.iter().enumerate() {
                self.seeds.push(Dual::variable(*v, j.checked_sub(from).unwrap_or(LANES)));
            }
            self.polynomials.expand(&self.seeds, &mut self.dual_ar, &mut self.dual_ma);
            let (ar, ma, lags) = (self.dual_ar.as_slice(), self.dual_ma.as_slice(), &self.lags);
            let (quadratic, log_det) = match &mut self.algorithm {
                Algorithm::StationaryLikelihood(algorithm) => algorithm.forward(ar, ma, lags)?,
                Algorithm::DiffuseLikelihood(algorithm) => {
                    algorithm.slopes(&self.design, (ar, ma, lags), &self.fixed)?
                }
            };
            for (lane, out) in slope[from..].iter_mut().take(LANES).enumerate() {
                *out = (*out + 0.5 * quadratic[lane]) / value.quadratic + 0.5 * log_det[lane] / nu;
            }
        }
        slope.iter().all(|s| s.is_finite()).then_some(value)
    }

    /// Log-likelihood in units of the data, at `sigma2` of the design or at the best.
    pub(super) fn log_likelihood(&self, value: &Concentrated, sigma2: Option<f64>) -> f64 {
        let nu = as_f64(self.design.effective());
        let sigma2 = sigma2.unwrap_or(value.quadratic / nu);
        let tau = core::f64::consts::TAU;
        -0.5 * (nu * (tau.ln() + sigma2.ln()) + value.log_det + value.quadratic / sigma2)
            - nu * self.design.scale.ln()
    }
}
