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

    /// The gradient of `weight / 2` times the sum of squares after a forward pass from the same start, into `out`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_differences() {
        let mut y: Vec<f64> =
            (0..30_u32).map(|t| 1.0 + 0.3 * f64::from(t % 4) + 0.05 * f64::from(t * 37 % 11)).collect();
        y[9] = f64::NAN;
        y[10] = f64::NAN;
        for kind in [CesKind::None, CesKind::Simple, CesKind::Partial, CesKind::Full] {
            let pair = |i: u32| [1.0 + 0.1 * f64::from(i), 0.8];
            let at = Parameters {
                alpha: [1.2, 0.9],
                beta: if kind == CesKind::Full { [1.1, 0.95] } else { [0.2, 0.0] },
                level: (0..if kind == CesKind::Simple { 4 } else { 1 }).map(pair).collect(),
                season: match kind {
                    CesKind::None | CesKind::Simple => vec![],
                    CesKind::Partial => (0..4).map(|i| [pair(i)[0] - 1.2, 0.0]).collect(),
                    CesKind::Full => (0..4).map(|i| [pair(i)[0] - 1.2, 0.1]).collect(),
                },
            };
            let mut pass = Pass::new(kind, y.len());
            pass.forward(&y, &at).unwrap();
            let mut out = at.clone();
            pass.backward(&y, &at, 2.0, &mut out);
            let mut check = |name: &str, slope: f64, turn: &dyn Fn(&mut Parameters, f64)| {
                let mut value = |by: f64| {
                    let mut moved = at.clone();
                    turn(&mut moved, by);
                    pass.forward(&y, &moved).unwrap()
                };
                let expected = (value(1e-6) - value(-1e-6)) / 2e-6;
                assert!(
                    (slope - expected).abs() < 1e-5 * (1.0 + expected.abs()),
                    "{kind:?} {name}: {slope} {expected}"
                );
            };
            for k in 0..2 {
                check("alpha", out.alpha[k], &|p, by| p.alpha[k] += by);
                if !at.season.is_empty() && (k == 0 || kind == CesKind::Full) {
                    check("beta", out.beta[k], &|p, by| p.beta[k] += by);
                    for i in 0..4 {
                        check("season", out.season[i][k], &|p, by| p.season[i][k] += by);
                    }
                }
                for i in 0..at.level.len() {
                    check("level", out.level[i][k], &|p, by| p.level[i][k] += by);
                }
            }
        }
    }
}
