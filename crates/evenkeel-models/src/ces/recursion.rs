//! The recursion over a history, forwards for the sum of squares and backwards for its gradient.

use super::kind::CesKind;
use super::parameters::{Parameters, seasoned, turned};

/// Workspace of passes over one history.
#[derive(Debug)]
pub(super) struct Pass {
    kind: CesKind,
    /// Level, season, error of each step.
    tape: Vec<([f64; 2], [f64; 2], f64)>,
    level: Vec<[f64; 2]>,
    season: Vec<[f64; 2]>,
}

impl Pass {
    pub(super) fn new(kind: CesKind, n: usize) -> Self {
        Self { kind, tape: vec![([0.0; 2], [0.0; 2], 0.0); n], level: Vec::new(), season: Vec::new() }
    }

    /// The sum of squared errors. None if it is beyond floats.
    pub(super) fn forward(&mut self, y: &[f64], p: &Parameters) -> Option<f64> {
        self.level.clone_from(&p.level);
        self.season.clone_from(&p.season);
        let (mut i, mut j, mut sum) = (0, 0, 0.0);
        for (y, step) in y.iter().zip(&mut self.tape) {
            let level = self.level[i];
            let season = self.season.get(j).copied().unwrap_or([0.0; 2]);
            let e = if y.is_nan() { 0.0 } else { y - level[0] - season[0] };
            *step = (level, season, e);
            sum += e * e;
            self.level[i] = turned(level, p.alpha, e);
            if let Some(state) = self.season.get_mut(j) {
                *state = seasoned(self.kind, season, p.beta, e);
            }
            i = if i + 1 == self.level.len() { 0 } else { i + 1 };
            j = if j + 1 >= self.season.len() { 0 } else { j + 1 };
        }
        sum.is_finite().then_some(sum)
    }

    /// The gradient of `weight / 2` times the sum of squares after a forward pass from the same start, into
    /// `out`.
    pub(super) fn backward(&self, y: &[f64], p: &Parameters, weight: f64, out: &mut Parameters) {
        out.level.fill([0.0; 2]);
        out.season.fill([0.0; 2]);
        let full = self.kind == CesKind::Full;
        let (a, b) = (p.alpha, p.beta);
        let (mut da, mut db) = ([0.0; 2], [0.0; 2]);
        let n = self.tape.len();
        let (mut i, mut j) =
            (n % out.level.len(), if out.season.is_empty() { 0 } else { n % out.season.len() });
        for (y, &(level, season, e)) in y.iter().zip(&self.tape).rev() {
            i = if i == 0 { out.level.len() - 1 } else { i - 1 };
            j = if j == 0 { out.season.len().max(1) - 1 } else { j - 1 };
            let [pl, pc] = out.level[i];
            let [pd, pf] = out.season.get(j).copied().unwrap_or([0.0; 2]);
            let mut pull = 0.0;
            if !y.is_nan() {
                pull = weight * e + (a[0] - a[1]) * pl + (a[0] + a[1]) * pc;
                pull += if full { (b[0] - b[1]) * pd + (b[0] + b[1]) * pf } else { b[0] * pd };
            }
            da[0] += e * (pl + pc) - level[1] * pc;
            da[1] += level[1] * pl + e * (pc - pl);
            out.level[i] = [pl + pc - pull, (a[1] - 1.0) * pl + (1.0 - a[0]) * pc];
            if let Some(state) = out.season.get_mut(j) {
                if full {
                    db[0] += e * (pd + pf) - season[1] * pf;
                    db[1] += season[1] * pd + e * (pf - pd);
                    *state = [pd + pf - pull, (b[1] - 1.0) * pd + (1.0 - b[0]) * pf];
                } else {
                    db[0] += e * pd;
                    *state = [pd - pull, 0.0];
                }
            }
        }
        (out.alpha, out.beta) = (da, db);
    }
}
