//! The filter of a stream.

use super::covariance::Covariance;
use super::kalman::Kalman;
use super::settings::MOST_DIFFERENCES;

/// A [`Kalman`] filter that learns its d starting levels from the first d observed values, without any prior.
///
/// Until then each unknown level is a column of its own. O(r + d) a step in the steady state.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    pub(super) kalman: Kalman<f64>,
    /// Sums of products of the errors of the unknown levels, d × d by rows, and with those of the data.
    pub(super) gram: Vec<f64>,
    pub(super) cross: Vec<f64>,
    /// Observed values while the levels are unknown.
    pub(super) seen: usize,
}

impl Filter {
    /// Before any observation. None if not stationary.
    pub(super) fn new(ar: &[f64], ma: &[f64], d: usize) -> Option<Self> {
        let mut kalman = Kalman::new(d);
        if !kalman.start(ar, ma, d + 1, &mut Covariance::new()) {
            return None;
        }
        for c in 0..d {
            kalman.set_level(c + 1, c, 1.0);
        }
        Some(Self { kalman, gram: vec![0.0; d * d], cross: vec![0.0; d], seen: 0 })
    }

    /// Whether all levels are known.
    pub(super) fn is_ready(&self) -> bool {
        self.kalman.columns == 1
    }

    /// Takes the next value, or nothing for a gap. Never allocates.
    pub(super) fn step(&mut self, value: Option<f64>) {
        let Some(value) = value else {
            self.kalman.skip();
            return;
        };
        let variance = self.kalman.variance();
        let mut values = [0.0; MOST_DIFFERENCES + 1];
        let mut errors = [0.0; MOST_DIFFERENCES + 1];
        values[0] = value;
        self.kalman.observe(&values, variance, &mut errors);
        if self.is_ready() {
            return;
        }
        let d = self.cross.len();
        for i in 0..d {
            let by = errors[i + 1] / variance;
            for j in 0..d {
                self.gram[i * d + j] += by * errors[j + 1];
            }
            self.cross[i] += by * errors[0];
        }
        self.seen += 1;
        // d values at different times determine a polynomial of degree d - 1.
        if self.seen == d {
            self.collapse();
        }
    }

    /// Puts the least-squares estimate of the levels, and its covariance, into the state.
    fn collapse(&mut self) {
        let (d, m) = (self.cross.len(), self.kalman.dimension());
        // gram = L L', by rows
        for i in 0..d {
            for j in 0..=i {
                let mut sum = self.gram[i * d + j];
                for k in 0..j {
                    sum -= self.gram[i * d + k] * self.gram[j * d + k];
                }
                self.gram[i * d + j] =
                    if i == j { sum.max(f64::MIN_POSITIVE).sqrt() } else { sum / self.gram[j * d + j] };
            }
        }
        // The columns of the levels and the cross products, divided by L.
        for i in 0..d {
            let pivot = self.gram[i * d + i];
            for k in 0..i {
                let by = self.gram[i * d + k];
                self.cross[i] -= by * self.cross[k];
                for s in 0..m {
                    self.kalman.state[(i + 1) * m + s] -= by * self.kalman.state[(k + 1) * m + s];
                }
            }
            self.cross[i] /= pivot;
            for s in 0..m {
                self.kalman.state[(i + 1) * m + s] /= pivot;
            }
        }
        let (data, levels) = self.kalman.state.split_at_mut(m);
        for i in 0..d {
            let column = &levels[i * m..(i + 1) * m];
            for s in 0..m {
                data[s] -= column[s] * self.cross[i];
                for u in 0..m {
                    self.kalman.covariance[s * m + u] += column[s] * column[u];
                }
            }
        }
        self.kalman.state.truncate(m);
        self.kalman.columns = 1;
        self.kalman.steady = false;
        self.gram.clear();
        self.cross.clear();
    }
}
