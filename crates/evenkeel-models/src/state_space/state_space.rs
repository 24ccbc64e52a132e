//! A linear Gaussian state space model from its matrices.

use super::filtered::Filtered;
use super::readings::{Readings, ldl};
use super::smoothed::Smoothed;
use super::system::{Start, System, read, sparse};
use crate::finite_prediction::finite_prediction;
use crate::shape::check_shape;
use evenkeel_core::{Error, Prediction};
use evenkeel_stats::Generator;
use nalgebra::{DMatrix, DVector};

/// A linear Gaussian state space model with known matrices that do not change with time:
///
/// ```text
/// y(t)     = Z s(t) + e(t)      e ~ N(0, H)
/// s(t + 1) = T s(t) + R n(t)    n ~ N(0, Q)
/// ```
///
/// with any number of values y at a time. Use it for a model that [`Structural`](crate::state_space::Structural)
/// does not have; what is to be estimated is searched for around
/// [`log_likelihood`](Self::log_likelihood).
///
/// # Method
/// The Kalman filter (Kalman 1960, doi:10.1115/1.3662552) and the fixed-interval smoother for states and
/// disturbances (de Jong 1989, JASA 84, 1085-1088; Koopman 1993, doi:10.1093/biomet/80.1.117),
/// with an exact diffuse start (Koopman 1997, doi:10.2307/2965434; J. Durbin and S. J. Koopman, Time Series
/// Analysis by State Space Methods, 2012, chapter 5, doi:10.1093/acprof:oso/9780199641178.001.0001): what is
/// unknown before the first value is unknown, and not of a large variance. Several values at a time are
/// learned one after the other, so no matrix is inverted (Koopman and Durbin 2000,
/// doi:10.1111/1467-9892.00186). Covariances are updated in Joseph's form. Once the gain has settled (to
/// 1e-14), a likelihood of one value a time goes on without the covariance.
///
/// Deviation: the diffuse part of the covariance is kept as a product of as many columns as there are unknown
/// directions, of which each value that tells something takes one away.
///
/// # Start
/// Nothing is known of any state, unless [`start`](Self::start) says so.
///
/// # Missing data
/// A value that [`observed`](evenkeel_core::observed) refuses is missing, of several at a time that one alone.
/// Gaps add exactly 0 to the likelihood.
///
/// # Complexity
/// For m states an observed value is O(m²) and a time O(m k) for k entries of T that are not 0; smoothing is
/// O(m³) a time. Memory is O(n m²), for the likelihood O(m²) beside the values.
///
/// ```
/// use evenkeel_models::state_space::StateSpace;
///
/// // Two thermometers in one room, the second of them noisier: the temperature is a random walk.
/// let room = StateSpace::new(1, 2)
///     .transition(&[1.0])
///     .design(&[1.0, 1.0])
///     .observation_covariance(&[0.1, 0.0, 0.0, 1.0])
///     .state_covariance(&[0.05]);
/// let readings = [20.1, 19.0, f64::NAN, 20.5, 20.4, 21.9, 20.3, f64::NAN];
/// let smoothed = room.smooth(&readings)?;
/// assert!((smoothed.state(1).unwrap()[0] - 20.2).abs() < 0.1);
/// // While the first one was silent the temperature is less certain.
/// assert!(smoothed.covariance(1).unwrap()[0] > smoothed.covariance(2).unwrap()[0]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct StateSpace {
    states: usize,
    observations: usize,
    transition: Vec<f64>,
    design: Vec<f64>,
    observation_covariance: Vec<f64>,
    selection: Option<Vec<f64>>,
    state_covariance: Vec<f64>,
    mean: Option<Vec<f64>>,
    covariance: Option<Vec<f64>>,
    diffuse: Option<Vec<bool>>,
}

/// The most states, and the most values at a time.
const LARGEST: usize = 1000;

impl StateSpace {
    /// A model of so many states and so many values at a time, 1 to 1000 each. All its matrices are by rows;
    /// those that are not given are 0.
    pub fn new(states: usize, observations: usize) -> Self {
        let (m, p) = (states.min(LARGEST + 1), observations.min(LARGEST + 1));
        Self {
            states,
            observations,
            transition: vec![0.0; m * m],
            design: vec![0.0; p * m],
            observation_covariance: vec![0.0; p * p],
            selection: None,
            state_covariance: vec![0.0; m * m],
            mean: None,
            covariance: None,
            diffuse: None,
        }
    }

    /// T, states × states.
    pub fn transition(mut self, matrix: &[f64]) -> Self {
        self.transition = matrix.to_vec();
        self
    }

    /// Z, values × states.
    pub fn design(mut self, matrix: &[f64]) -> Self {
        self.design = matrix.to_vec();
        self
    }

    /// H, values × values, symmetric and positive semidefinite.
    pub fn observation_covariance(mut self, matrix: &[f64]) -> Self {
        self.observation_covariance = matrix.to_vec();
        self
    }

    /// R, states × disturbances. Without it each state has a disturbance of its own.
    pub fn selection(mut self, matrix: &[f64]) -> Self {
        self.selection = Some(matrix.to_vec());
        self
    }

    /// Q, disturbances × disturbances, symmetric and positive semidefinite.
    pub fn state_covariance(mut self, matrix: &[f64]) -> Self {
        self.state_covariance = matrix.to_vec();
        self
    }

    /// What is known of the state at the first value: its mean, its covariance (states × states), and of
    /// which states nothing is known. Of these, mean and covariance are not read.
    pub fn start(mut self, mean: &[f64], covariance: &[f64], diffuse: &[bool]) -> Self {
        self.mean = Some(mean.to_vec());
        self.covariance = Some(covariance.to_vec());
        self.diffuse = Some(diffuse.to_vec());
        self
    }

    fn system(&self) -> Result<System, Error> {
        let (m, p) = (self.states, self.observations);
        Error::require((1..=LARGEST).contains(&m), "states", "in 1..=1000", m)?;
        Error::require((1..=LARGEST).contains(&p), "observations", "in 1..=1000", p)?;
        let disturbances = match &self.selection {
            None => m,
            Some(selection) => {
                let r = selection.len() / m;
                Error::require((1..=LARGEST).contains(&r), "selection", "of 1 to 1000 columns", r)?;
                check_shape("selection", m * r, selection.len())?;
                r
            }
        };
        check_matrix("transition", &self.transition, m * m)?;
        check_matrix("design", &self.design, p * m)?;
        check_covariance("observation_covariance", &self.observation_covariance, p)?;
        check_covariance("state_covariance", &self.state_covariance, disturbances)?;
        let q = DMatrix::from_row_slice(disturbances, disturbances, &self.state_covariance);
        let noise = match &self.selection {
            None => q,
            Some(selection) => {
                check_matrix("selection", selection, m * disturbances)?;
                let r = DMatrix::from_row_slice(m, disturbances, selection);
                &r * q * r.transpose()
            }
        };
        let design = self.design.chunks_exact(m).map(|row| {
            row.iter().copied().enumerate().filter(|(_, weight)| *weight != 0.0).collect::<Vec<_>>()
        });
        // A symmetric matrix is the same by rows and by columns.
        let noise = sparse(noise.as_slice(), m);
        Ok(System::new(sparse(&self.transition, m), noise, design.collect(), self.known()?))
    }

    fn known(&self) -> Result<Start, Error> {
        let m = self.states;
        let (Some(mean), Some(covariance), Some(unknown)) = (&self.mean, &self.covariance, &self.diffuse)
        else {
            return Ok(Start::diffuse(m, false));
        };
        check_matrix("mean", mean, m)?;
        check_covariance("covariance", covariance, m)?;
        check_shape("diffuse", m, unknown.len())?;
        let mut start = Start {
            mean: mean.clone(),
            covariance: covariance.clone(),
            diffuse: Vec::new(),
            is_invariant: false,
        };
        for i in (0..m).filter(|i| unknown[*i]) {
            start.mean[i] = 0.0;
            for j in 0..m {
                start.covariance[i * m + j] = 0.0;
                start.covariance[j * m + i] = 0.0;
            }
            start.diffuse.extend((0..m).map(|j| if i == j { 1.0 } else { 0.0 }));
        }
        Ok(start)
    }

    fn readings(&self, system: &System, values: &[f64]) -> Result<Readings, Error> {
        let p = self.observations;
        let whole = values.len() / p * p;
        check_shape("values", if whole == values.len() { whole } else { whole + p }, values.len())?;
        Ok(Readings::new(system, &self.observation_covariance, values))
    }

    /// The filter over a history: the values at the first time, then those at the second, and so on.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a matrix that is not finite, a covariance that is not symmetric and positive
    /// semidefinite, or sizes out of range; [`Error::Shape`] for a matrix of another size, or a history that
    /// ends within a time.
    pub fn filter(&self, values: &[f64]) -> Result<Filtered, Error> {
        let system = self.system()?;
        let readings = self.readings(&system, values)?;
        Ok(Filtered::new(&system, &readings))
    }

    /// The diffuse log-likelihood of a history: [`Filtered::log_likelihood`] without all that it keeps, and
    /// for one value a time without the covariance once the gain has settled.
    ///
    /// # Errors
    /// As [`filter`](Self::filter).
    pub fn log_likelihood(&self, values: &[f64]) -> Result<f64, Error> {
        let system = self.system()?;
        if self.observations == 1 {
            let clean: Vec<f64> =
                values.iter().map(|x| evenkeel_core::observed(*x).unwrap_or(f64::NAN)).collect();
            return Ok(
                super::likelihood::likelihood(&system, self.observation_covariance[0], &clean, &[]).log()
            );
        }
        let readings = self.readings(&system, values)?;
        Ok(Filtered::new(&system, &readings).log_likelihood())
    }

    /// States and disturbances given the whole history.
    ///
    /// # Errors
    /// As [`filter`](Self::filter); [`Error::TooShort`] if the values do not determine all that is unknown at
    /// the start.
    pub fn smooth(&self, values: &[f64]) -> Result<Smoothed, Error> {
        let system = self.system()?;
        let readings = self.readings(&system, values)?;
        Smoothed::new(&system, &readings)
    }

    /// Predictions of the values at the `horizon` times after a history, nearest first, those of one time
    /// together.
    ///
    /// # Errors
    /// As [`smooth`](Self::smooth).
    pub fn forecast(&self, values: &[f64], horizon: usize) -> Result<Vec<Prediction>, Error> {
        let system = self.system()?;
        let readings = self.readings(&system, values)?;
        let filtered = Filtered::new(&system, &readings);
        let mut filter = filtered.last.clone();
        if filter.unknown > 0 {
            let got = filtered.observed();
            return Err(Error::TooShort { needed: got + filter.unknown, got });
        }
        let p = self.observations;
        let mut out = Vec::new();
        for _ in 0..horizon {
            for (i, z) in system.design.iter().enumerate() {
                let h = self.observation_covariance[i * p + i];
                let (mean, variance) = super::likelihood::predicted(&filter, z, h);
                out.push(finite_prediction(mean, variance.sqrt()));
            }
            filter.predict(&system);
        }
        Ok(out)
    }

    /// Values at `times` times that the model itself draws, from this state on; the same for the same seed.
    ///
    /// # Errors
    /// As [`filter`](Self::filter); [`Error::Shape`] if the state has not as many numbers as the model.
    pub fn simulate(&self, state: &[f64], times: usize, seed: u64) -> Result<Vec<f64>, Error> {
        let system = self.system()?;
        check_matrix("state", state, self.states)?;
        let (m, p) = (self.states, self.observations);
        let mut noise = DMatrix::zeros(m, m);
        for &(i, j, value) in &system.noise {
            noise[(i, j)] = value;
        }
        let noise = Scatter::new(&noise);
        let errors = Scatter::new(&DMatrix::from_row_slice(p, p, &self.observation_covariance));
        let mut generator = Generator::new(seed);
        let (mut state, mut next) = (state.to_vec(), vec![0.0; m]);
        let mut out = Vec::new();
        for _ in 0..times {
            let error = errors.draw(&mut generator);
            out.extend(system.design.iter().zip(error.iter()).map(|(z, e)| read(z, &state) + e));
            system.advance(&state, &mut next);
            for (state, (next, n)) in state.iter_mut().zip(next.iter().zip(noise.draw(&mut generator).iter()))
            {
                *state = next + n;
            }
        }
        Ok(out)
    }
}

/// Draws from a normal distribution about 0.
pub(super) struct Scatter {
    lower: DMatrix<f64>,
}

impl Scatter {
    pub(super) fn new(covariance: &DMatrix<f64>) -> Self {
        let k = covariance.nrows();
        let (lower, variances) = ldl(covariance);
        Self { lower: DMatrix::from_fn(k, k, |i, j| lower[i * k + j] * variances[j].sqrt()) }
    }

    pub(super) fn draw(&self, generator: &mut Generator) -> DVector<f64> {
        &self.lower * DVector::from_fn(self.lower.nrows(), |_, _| generator.normal())
    }
}

fn check_matrix(name: &'static str, matrix: &[f64], expected: usize) -> Result<(), Error> {
    check_shape(name, expected, matrix.len())?;
    let sane = matrix.iter().all(|x| x.abs() < 1e100);
    Error::require(sane, name, "finite, below 1e100", "not")
}

fn check_covariance(name: &'static str, matrix: &[f64], size: usize) -> Result<(), Error> {
    check_matrix(name, matrix, size * size)?;
    let cell = |i: usize, j: usize| matrix[i * size + j];
    let symmetric = (0..size).all(|i| (0..i).all(|j| cell(i, j) == cell(j, i)));
    Error::require(symmetric, name, "symmetric", "not")?;
    let positive = (0..size).all(|i| cell(i, i) >= 0.0);
    Error::require(positive, name, "positive semidefinite", "negative on its diagonal")?;
    let dense = DMatrix::from_row_slice(size, size, matrix);
    let scale = DMatrix::from_fn(size, size, |i, j| {
        let by = (cell(i, i) * cell(j, j)).sqrt();
        if by > 0.0 {
            dense[(i, j)] / by
        } else if dense[(i, j)] == 0.0 {
            0.0
        } else {
            2.0
        }
    });
    let least = scale.symmetric_eigenvalues().iter().fold(0.0_f64, |least, x| least.min(*x));
    Error::require(least > -1e-10, name, "positive semidefinite", "with a negative eigenvalue")
}
