//! The unconstrained parameter space of the search, and its starting point.

use super::kind::CesKind;
use super::parameters::Parameters;

/// Seasons that are longer take their starting states from moving averages.
pub(super) const LONGEST_SEARCHED: usize = 24;
/// Complex parameters of level and season that the search starts from.
pub(super) const STARTS: [[f64; 4]; 3] =
    [[1.3, 0.995, 0.1, 0.995], [0.5, 0.9, 0.05, 0.9], [1.0, 0.6, 1.3, 0.99]];

/// One more, where level and potential take nearly all of a surprise.
pub(super) const STEEP: [f64; 4] = [1.9, 0.995, 0.1, 0.995];

/// Two more for long seasons, where the season hardly changes: from a season that learns fast, the border of
/// what is admissible is in the way there.
pub(super) const FIXED: [[f64; 4]; 2] = [[1.5, 0.995, 1e-3, 0.995], [1.95, 0.998, 1e-3, 0.995]];

/// Unconstrained numbers: real parts as they are, imaginary ones as 1 less a square, states as deviations
/// from where they start.
pub(super) struct ParameterSpace {
    pub(super) kind: CesKind,
    pub(super) period: usize,
    pub(super) origin: Parameters,
    pub(super) searched: bool,
}

impl ParameterSpace {
    pub(super) fn smoothing(&self) -> usize {
        match self.kind {
            CesKind::None | CesKind::Simple => 2,
            CesKind::Partial => 3,
            CesKind::Full => 4,
        }
    }

    pub(super) fn point(&self, start: [f64; 4]) -> Vec<f64> {
        let root = |x: f64| (1.0 - x).max(0.0).sqrt();
        let start = if self.kind == CesKind::Full && start[2] < 1.0 {
            [start[0], start[1], 1.3, 0.995]
        } else {
            start
        };
        let real = if self.kind == CesKind::Full { start[2] } else { start[2].min(0.1) };
        let mut x = vec![start[0], root(start[1]), real, root(start[3])];
        x.truncate(self.smoothing());
        let levels = if self.kind == CesKind::Simple && !self.searched { 0 } else { self.origin.level.len() };
        let seasons = match self.kind {
            CesKind::Partial if self.searched => self.period,
            CesKind::Full if self.searched => 2 * self.period,
            _ => 0,
        };
        x.resize(x.len() + 2 * levels + seasons, 0.0);
        x
    }

    pub(super) fn parameters(&self, x: &[f64], out: &mut Parameters) {
        let k = self.smoothing();
        out.alpha = [x[0], 1.0 - x[1] * x[1]];
        out.beta = [
            x.get(2).copied().filter(|_| k > 2).unwrap_or(0.0),
            x.get(3).filter(|_| k > 3).map_or(0.0, |v| 1.0 - v * v),
        ];
        let mut rest = x[k..].iter();
        let mut moved = |from: f64| from + 0.1 * rest.next().unwrap_or(&0.0);
        for (out, from) in out.level.iter_mut().zip(&self.origin.level) {
            *out = [moved(from[0]), moved(from[1])];
        }
        for (out, from) in out.season.iter_mut().zip(&self.origin.season) {
            *out = if self.kind == CesKind::Full {
                [moved(from[0]), moved(from[1])]
            } else {
                [moved(from[0]), 0.0]
            };
        }
    }

    pub(super) fn pull_back(&self, x: &[f64], by: &Parameters, out: &mut [f64]) {
        let k = self.smoothing();
        (out[0], out[1]) = (by.alpha[0], -2.0 * x[1] * by.alpha[1]);
        if k > 2 {
            out[2] = by.beta[0];
        }
        if k > 3 {
            out[3] = -2.0 * x[3] * by.beta[1];
        }
        let width = if self.kind == CesKind::Full { 2 } else { 1 };
        let states = by.level.iter().flatten().chain(by.season.iter().flat_map(|s| &s[..width]));
        for (out, by) in out[k..].iter_mut().zip(states) {
            *out = 0.1 * by;
        }
    }
}
