//! The likelihood, and its derivatives with respect to variances.

use super::filter::{Filter, Settling};
use super::system::{ChangingRow, System, read};
use crate::count::as_f64;

/// The parts of the diffuse log-likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Likelihood {
    /// Observed values.
    pub(super) observed: usize,
    /// Those of them that were spent on unknown directions of the state.
    pub(super) diffuse: usize,
    /// The sum of the logarithms of the innovations' variances.
    pub(super) log_determinant: f64,
    /// The sum of the squared standardized innovations.
    pub(super) quadratic: f64,
    /// Whether a value had no variance at all, and was not what it had to be.
    pub(super) is_impossible: bool,
}

impl Likelihood {
    pub(super) fn add(&mut self, innovation: f64, variance: f64, diffuse: f64) {
        self.observed += 1;
        if diffuse > 0.0 {
            self.diffuse += 1;
            self.log_determinant += diffuse.ln();
        } else if variance > 0.0 {
            self.log_determinant += variance.ln();
            self.quadratic += innovation * innovation / variance;
        } else if innovation != 0.0 {
            self.is_impossible = true;
        }
    }

    /// Values that say something about the scale.
    pub(super) fn degrees(&self) -> f64 {
        as_f64(self.observed - self.diffuse)
    }

    /// The log-likelihood.
    pub(super) fn log(&self) -> f64 {
        if self.is_impossible {
            return f64::NEG_INFINITY;
        }
        -0.5 * (as_f64(self.observed) * core::f64::consts::TAU.ln() + self.log_determinant + self.quadratic)
    }

    /// The log-likelihood if all variances are multiplied by `scale`.
    pub(super) fn scaled_log(&self, scale: f64) -> f64 {
        let degrees = self.degrees();
        if self.is_impossible {
            return f64::NEG_INFINITY;
        }
        let constants = as_f64(self.observed) * core::f64::consts::TAU.ln() + self.log_determinant;
        -0.5 * (constants + degrees * scale.ln() + self.quadratic / scale)
    }
}

/// The likelihood of a series of one value a time; what is missing is NaN. With coefficients, `regressors` has
/// as many numbers a time.
pub(super) fn likelihood(system: &System, h: f64, y: &[f64], regressors: &[f64]) -> Likelihood {
    let mut sums = Likelihood::default();
    let mut row = ChangingRow::new(system, regressors);
    let mut filter = Filter::new(&system.start);
    let mut settling = Settling::new(system.states);
    let skipped = leading_gaps(system, y);
    let mut rest = &y[skipped..];
    while let Some((&x, after)) = rest.split_first() {
        let time = y.len() - rest.len();
        rest = after;
        if x.is_nan() {
            filter.predict(system);
            settling.restart();
            continue;
        }
        let seen = filter.observe(row.at(time), h, x);
        sums.add(seen.innovation, seen.variance, seen.diffuse);
        let settled = row.is_constant() && settling.check(&filter, seen);
        filter.predict(system);
        if settled {
            let z = row.at(time);
            // Until the next gap.
            let run = rest.iter().position(|x| x.is_nan()).unwrap_or(rest.len());
            let squares = match system.states {
                1 => settled_squares::<1>(system, &mut filter, z, &rest[..run]),
                2 => settled_squares::<2>(system, &mut filter, z, &rest[..run]),
                3 => settled_squares::<3>(system, &mut filter, z, &rest[..run]),
                _ => rest[..run]
                    .iter()
                    .map(|x| filter.step_settled(system, z, *x))
                    .map(|innovation| innovation * innovation)
                    .sum(),
            };
            sums.observed += run;
            sums.log_determinant += as_f64(run) * seen.variance.ln();
            sums.quadratic += squares / seen.variance;
            rest = &rest[run..];
            settling.restart();
        }
    }
    sums
}

/// How many values may be left out because nothing was observed and nothing is forgotten.
pub(super) fn leading_gaps(system: &System, y: &[f64]) -> usize {
    if !system.start.is_invariant {
        return 0;
    }
    y.iter().position(|x| !x.is_nan()).unwrap_or(y.len())
}

/// The sum of the squared innovations, with a constant gain and few states.
fn settled_squares<const M: usize>(
    system: &System,
    filter: &mut Filter,
    z: &[(usize, f64)],
    y: &[f64],
) -> f64 {
    let (mut transition, mut row) = ([[0.0; M]; M], [0.0; M]);
    for &(i, j, value) in &system.transition {
        transition[i][j] += value;
    }
    for &(i, weight) in z {
        row[i] += weight;
    }
    let mut mean: [f64; M] = core::array::from_fn(|i| filter.mean[i]);
    // What an innovation does to the next state.
    let gain: [f64; M] = core::array::from_fn(|i| (0..M).map(|j| transition[i][j] * filter.gain[j]).sum());
    let mut squares = 0.0;
    for x in y {
        let expected: f64 = (0..M).map(|i| row[i] * mean[i]).sum();
        let innovation = x - expected;
        squares += innovation * innovation;
        mean = core::array::from_fn(|i| {
            let carried: f64 = (0..M).map(|j| transition[i][j] * mean[j]).sum();
            carried + gain[i] * innovation
        });
    }
    filter.mean.copy_from_slice(&mean);
    squares
}

/// The likelihood with its derivatives by variances, of a series of one value a time.
#[derive(Debug, Clone, Default)]
pub(super) struct Score {
    gains: Vec<f64>,
    steps: Vec<(f64, f64, f64)>,
}

/// The two sums of a derivative by a variance v at scale c: `(squares / c - expected) / 2`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Slope {
    pub(super) squares: f64,
    pub(super) expected: f64,
}

impl Slope {
    pub(super) fn at(self, scale: f64) -> f64 {
        0.5 * (self.squares / scale - self.expected)
    }
}

impl Score {
    /// `slopes[0]` is that of the irregular; then one for each set of states that share a variance. The last
    /// set begins with `spread` times that variance, too, if that is not 0. With coefficients, the history
    /// has as many regressors a time.
    ///
    /// From smoothed disturbances: Koopman and Shephard 1992, doi:10.1093/biomet/79.4.823; exact in the
    /// diffuse steps, where the gain is that of the diffuse part.
    pub(super) fn evaluate(
        &mut self,
        system: &System,
        h: f64,
        (y, regressors): (&[f64], &[f64]),
        shared: &[core::ops::Range<usize>],
        spread: f64,
        slopes: &mut [Slope],
    ) -> Likelihood {
        let mut sums = Likelihood::default();
        let mut row = ChangingRow::new(system, regressors);
        let m = system.states;
        let skipped = leading_gaps(system, y);
        let y = &y[skipped..];
        let mut filter = Filter::new(&system.start);
        self.gains.clear();
        self.steps.clear();
        let mut settling = Settling::new(m);
        let mut settled = None;
        for (time, &x) in (skipped..).zip(y) {
            if x.is_nan() {
                self.steps.push((f64::NAN, 0.0, 0.0));
                self.gains.extend(core::iter::repeat_n(0.0, m));
                filter.predict(system);
                settling.restart();
                settled = None;
                continue;
            }
            self.gains.extend_from_slice(&filter.gain);
            if let Some(variance) = settled {
                let innovation = filter.step_settled(system, row.at(time), x);
                self.steps.push((innovation, variance, 0.0));
                sums.add(innovation, variance, 0.0);
                continue;
            }
            let seen = filter.observe(row.at(time), h, x);
            let last = self.gains.len() - m;
            self.gains[last..].copy_from_slice(&filter.gain);
            self.steps.push((seen.innovation, seen.variance, seen.diffuse));
            sums.add(seen.innovation, seen.variance, seen.diffuse);
            settled = (row.is_constant() && settling.check(&filter, seen)).then_some(seen.variance);
            filter.predict(system);
        }
        slopes.fill(Slope::default());
        let mut back = Costate::new(m);
        let steps = self.steps.iter().zip(self.gains.chunks_exact(m)).enumerate();
        for (time, (&(v, f, diffuse), gain)) in steps.rev() {
            for (slope, states) in slopes[1..].iter_mut().zip(shared) {
                for i in states.clone() {
                    slope.squares += back.costate[i] * back.costate[i];
                    slope.expected += back.information[i * m + i];
                }
            }
            back.retreat(system);
            if v.is_nan() || (f <= 0.0 && diffuse == 0.0) {
                continue;
            }
            let finite = diffuse == 0.0;
            let z = row.at(skipped + time);
            let (u, d) =
                back.learn(z, gain, if finite { v / f } else { 0.0 }, if finite { 1.0 / f } else { 0.0 });
            slopes[0].squares += u * u;
            slopes[0].expected += d;
        }
        if let (Some(slope), Some(states)) = (slopes.last_mut().filter(|_| spread > 0.0), shared.last()) {
            for i in states.clone() {
                slope.squares += spread * back.costate[i] * back.costate[i];
                slope.expected += spread * back.information[i * m + i];
            }
        }
        sums
    }
}

/// r and N of the backward recursions.
#[derive(Debug, Clone)]
pub(super) struct Costate {
    pub(super) costate: Vec<f64>,
    pub(super) information: Vec<f64>,
    weighted: Vec<f64>,
    scratch: Vec<f64>,
}

impl Costate {
    pub(super) fn new(m: usize) -> Self {
        Self {
            costate: vec![0.0; m],
            information: vec![0.0; m * m],
            weighted: vec![0.0; m],
            scratch: vec![0.0; m * m],
        }
    }

    /// Over a transition, backwards.
    pub(super) fn retreat(&mut self, system: &System) {
        let m = self.costate.len();
        system.retreat(&self.costate, &mut self.scratch[..m]);
        self.costate.copy_from_slice(&self.scratch[..m]);
        system.congruence(&mut self.information, &mut self.scratch, true);
    }

    /// Over a value, backwards: `r = z v / F + L' r`, `N = z z' / F + L' N L` with `L = I - K z'`. Gives the
    /// smoothed error of the observation and its expected square, both over its variance.
    pub(super) fn learn(
        &mut self,
        z: &[(usize, f64)],
        gain: &[f64],
        scaled: f64,
        inverse: f64,
    ) -> (f64, f64) {
        let m = self.costate.len();
        let along: f64 = gain.iter().zip(&self.costate).map(|(k, r)| k * r).sum();
        let u = scaled - along;
        for (out, row) in self.weighted.iter_mut().zip(self.information.chunks_exact(m)) {
            *out = row.iter().zip(gain).map(|(n, k)| n * k).sum();
        }
        let d = inverse + read_dense(gain, &self.weighted);
        for &(i, weight) in z {
            self.costate[i] += weight * u;
            for j in 0..m {
                self.information[i * m + j] -= weight * self.weighted[j];
                self.information[j * m + i] -= weight * self.weighted[j];
            }
        }
        for &(i, a) in z {
            for &(j, b) in z {
                self.information[i * m + j] += a * b * d;
            }
        }
        (u, d)
    }
}

fn read_dense(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The prediction of a value and its variance.
pub(super) fn predicted(filter: &Filter, z: &[(usize, f64)], h: f64) -> (f64, f64) {
    let m = filter.mean.len();
    let variance: f64 = z
        .iter()
        .flat_map(|&(i, a)| z.iter().map(move |&(j, b)| (i, j, a * b)))
        .map(|(i, j, weight)| weight * filter.covariance[i * m + j])
        .sum();
    (read(z, &filter.mean), variance.max(0.0) + h)
}
