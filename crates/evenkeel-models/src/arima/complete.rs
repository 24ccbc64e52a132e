//! The likelihood of a sample without gaps.

use super::kernel::Value;
use super::sample::Sample;
use super::scalar::{Dual, LANES};
use super::steady;
use super::tape::{Adjoint, Tape};
use super::transient::Transient;

/// Differenced once and for all, then exact as a stationary process: O(n r) at worst, O(n (p + q)) once the start is forgotten.
///
/// Derivatives go backward: O(n (p + q)) and O(n r) as the value, whatever the number of parameters; forward through the start
/// where its tape would be long.
#[derive(Debug, Clone)]
pub(super) struct Complete {
    start: Transient<f64>,
    slopes: Transient<Dual>,
    ar: Vec<(usize, f64)>,
    ma: Vec<(usize, f64)>,
    /// Where the rest begins.
    steps: usize,
    /// The data without the constant.
    z: Vec<f64>,
    /// Innovations of the rest: of the data, of the regressor.
    e: Vec<f64>,
    ex: Vec<f64>,
    adjoint: Vec<f64>,
    tape: Tape,
    taped: bool,
    by_start: Adjoint,
}

impl Complete {
    pub(super) fn new(sample: &Sample) -> Self {
        let n = sample.z.len();
        let regressors = if sample.zx.is_some() { n } else { 0 };
        Self {
            start: Transient::new(),
            slopes: Transient::new(),
            ar: Vec::new(),
            ma: Vec::new(),
            steps: 0,
            z: sample.z.clone(),
            e: vec![0.0; n],
            ex: vec![0.0; regressors],
            adjoint: vec![0.0; n],
            tape: Tape::default(),
            taped: false,
            by_start: Adjoint::default(),
        }
    }

    pub(super) fn value(
        &mut self,
        sample: &Sample,
        ar: &[f64],
        ma: &[f64],
        fixed: Option<f64>,
        recorded: bool,
    ) -> Option<Value> {
        // The last gradient may have left other values here.
        if let (Some(constant), Some(x)) = (fixed, &sample.zx) {
            for (out, (z, x)) in self.z.iter_mut().zip(sample.z.iter().zip(x)) {
                *out = z - constant * x;
            }
        }
        let x = if fixed.is_some() { None } else { sample.zx.as_deref() };
        let data = if fixed.is_some() { &self.z } else { &sample.z };
        self.tape.clear();
        self.taped = recorded && Tape::fits(data.len(), ar.len().max(ma.len() + 1));
        let sums = if self.taped {
            let tape = &mut self.tape;
            let record = |i, e, o, near: &[f64], far: &[f64]| tape.push(i, e, o, near, far);
            self.start.run(ar, ma, data, x, None, record)?
        } else {
            self.start.run(ar, ma, data, x, None, |_, _, _, _, _| {})?
        };
        let from = sums.steps;
        self.steps = from;
        steady::terms(ar, &mut self.ar);
        steady::terms(ma, &mut self.ma);
        let e = &mut self.e[from..];
        steady::innovations(&data[from..], self.start.state(0), &self.ar, &self.ma, e);
        let Some(x) = x else {
            return Some(Value {
                quadratic: sums.zz + steady::dot(e, e),
                log_det: sums.log_det,
                constant: fixed.unwrap_or(0.0),
                information: 0.0,
            });
        };
        let ex = &mut self.ex[from..];
        steady::innovations(&x[from..], self.start.state(1), &self.ar, &self.ma, ex);
        let information = sums.xx + steady::dot(ex, ex);
        let cross = sums.zx + steady::dot(e, ex);
        let constant = if information > 0.0 { cross / information } else { 0.0 };
        Some(Value {
            quadratic: sums.zz + steady::dot(e, e) - constant * cross,
            log_det: sums.log_det,
            constant,
            information,
        })
    }

    /// Derivatives of half the quadratic form by the coefficients that stem from the rest, at the last value, where the constant
    /// came out as `constant`. Its own change does not count: the form is at its minimum there.
    ///
    /// With a tape, the start is included as far as it does not stem from its covariances, and `log` times the log determinant.
    pub(super) fn backward(
        &mut self,
        sample: &Sample,
        constant: f64,
        log: f64,
        by_ar: &mut [f64],
        by_ma: &mut [f64],
    ) {
        let from = self.steps;
        if let (Some(x), true) = (&sample.zx, constant != 0.0) {
            for (out, (z, x)) in self.z.iter_mut().zip(sample.z.iter().zip(x)) {
                *out = z - constant * x;
            }
            for (e, ex) in self.e[from..].iter_mut().zip(&self.ex[from..]) {
                *e -= constant * ex;
            }
        }
        let (e, adjoint) = (&self.e[from..], &mut self.adjoint[from..]);
        steady::gradient(&self.z[from..], e, &self.ma, adjoint, by_ar, by_ma);
        if self.taped {
            let state = adjoint.iter().map(|a| -a);
            let (phi, row) = (self.start.phi(), self.start.row());
            self.tape.back(phi, row, &self.z, constant, state, 0.5, log, &mut self.by_start);
            for (out, by) in by_ar.iter_mut().zip(&self.by_start.phi) {
                *out += by;
            }
        }
    }

    /// Derivatives of the quadratic form and of the log determinant that stem from the start, after
    /// [`backward`](Self::backward).
    pub(super) fn forward(&mut self, ar: &[Dual], ma: &[Dual]) -> Option<([f64; LANES], [f64; LANES])> {
        if self.taped {
            if !self.slopes.cover(ar, ma) {
                return None;
            }
            // All the rest is already counted.
            let mut quadratic = [0.0; LANES];
            for (by, entry) in self.by_start.row.iter().zip(self.slopes.row()) {
                for (out, slope) in quadratic.iter_mut().zip(entry.slope) {
                    *out += 2.0 * by * slope;
                }
            }
            return Some((quadratic, [0.0; LANES]));
        }
        let sums = self.slopes.run(ar, ma, &self.z, None, Some(self.steps), |_, _, _, _, _| {})?;
        let mut quadratic = sums.zz.slope;
        for (known, adjoint) in self.slopes.state(0).iter().zip(&self.adjoint[self.steps..]) {
            for (out, slope) in quadratic.iter_mut().zip(known.slope) {
                *out -= 2.0 * adjoint * slope;
            }
        }
        Some((quadratic, sums.log_det.slope))
    }
}
