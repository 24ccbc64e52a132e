//! Gaussian emissions: parameters.

use super::covariance::Covariance;
use super::factor::{MOST, Small, cholesky};
use crate::hmm::emission::Emission;
use crate::hmm::weight::require_states;
use evenkeel_core::{Error, gaussian, observed};

/// Gaussian emissions of one or several coordinates, with a mean and a [`Covariance`] for each state; the
/// default emission of [`Hmm`](crate::hmm::Hmm).
///
/// A missing coordinate is left out of the density, exactly, and filled by its conditional expectation in the
/// expectation step (Dempster, Laird and Rubin 1977, doi:10.1111/j.2517-6161.1977.tb01600.x).
///
/// The likelihood of Gaussian states has no maximum: it grows without bound where a state shrinks onto one
/// value. So standard deviations are kept above a share of those of the history ([`floor`](Self::floor),
/// 0.001 by default), in each coordinate, for matrices along each principal axis of the standardized
/// coordinates: the maximum under a constraint (Hathaway 1985, doi:10.1214/aos/1176349557). There is no prior
/// unless one is [asked for](Self::prior).
///
/// ```
/// use evenkeel_core::Fit;
/// use evenkeel_models::{Hmm, hmm::{Covariance, Gaussian}};
///
/// // Load and latency, row by row; a calm and a busy regime, a latency missing.
/// let history: Vec<f64> = (0..200u32)
///     .flat_map(|t| {
///         let busy = if t % 50 < 35 { 0.0 } else { 1.0 };
///         let (a, b) = (f64::from(t * 7919 % 101) / 100.0, f64::from(t * 31 % 17) / 16.0);
///         [1.0 + 3.0 * busy + a, if t == 70 { f64::NAN } else { 20.0 + 50.0 * busy + a + b }]
///     })
///     .collect();
/// let model = Hmm::new(2).emission(Gaussian::new(2, Covariance::Full)?).fit(&history)?;
/// assert!(model.emission().means(1)[1] > 70.0);
/// assert!(model.transition(0, 0) > 0.9);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    pub(super) dimension: usize,
    pub(super) covariance: Covariance,
    pub(super) means: Vec<f64>,
    pub(super) variances: Vec<f64>,
    pub(super) floor: f64,
    pub(super) prior: Option<(f64, f64)>,
    /// The smallest standard deviation in each coordinate.
    pub(super) least: Vec<f64>,
    /// What follows from the parameters.
    pub(super) log_norms: Vec<f64>,
    /// Inverse variances, state by coordinate, or inverse Cholesky factors, state by matrix.
    pub(super) inverses: Vec<f64>,
}

impl Gaussian {
    /// For rows of so many coordinates; each state begins with mean 0 and variance 1.
    ///
    /// # Errors
    /// If `dimension` is 0, or above 32 with a covariance matrix.
    pub fn new(dimension: usize, covariance: Covariance) -> Result<Self, Error> {
        let mut variances = vec![1.0; covariance.numbers(1, dimension)];
        if covariance.is_matrix() {
            let off = |i: usize| i / dimension != i % dimension;
            variances.iter_mut().enumerate().filter(|(i, _)| off(*i)).for_each(|(_, v)| *v = 0.0);
        }
        Self::from_parameters(dimension, covariance, vec![0.0; dimension], variances)
    }

    /// One coordinate.
    pub(in crate::hmm) fn scalar() -> Self {
        let (log_norms, inverses) = (vec![-gaussian::LN_SQRT_TAU], vec![1.0]);
        Self {
            dimension: 1,
            covariance: Covariance::Diagonal,
            means: vec![0.0],
            variances: vec![1.0],
            floor: FLOOR,
            prior: None,
            least: vec![0.0],
            log_norms,
            inverses,
        }
    }

    /// With given means, state by state, and covariances: a variance a state (spherical), one a state and
    /// coordinate (diagonal), a matrix a state (full) or one matrix (tied), row by row.
    ///
    /// # Errors
    /// If `dimension` is 0, or above 32 with a matrix; a number of states outside of 1 to 64; another number
    /// of variances than these; a mean that is not observed, a variance that is not in [1e-280, 1e280], a
    /// matrix that is not symmetric and positive definite.
    pub fn from_parameters(
        dimension: usize,
        covariance: Covariance,
        means: impl Into<Vec<f64>>,
        variances: impl Into<Vec<f64>>,
    ) -> Result<Self, Error> {
        let (means, variances) = (means.into(), variances.into());
        Error::require(dimension >= 1, "dimension", "at least 1", dimension)?;
        let small = !covariance.is_matrix() || dimension <= MOST;
        Error::require(small, "dimension", "at most 32 with a covariance matrix", dimension)?;
        require_states(means.len(), dimension, "means")?;
        let states = means.len() / dimension;
        let expected = covariance.numbers(states, dimension);
        if variances.len() != expected {
            return Err(Error::Shape { what: "variances", expected, found: variances.len() });
        }
        for mean in &means {
            Error::require(observed(*mean).is_some(), "mean", "finite, at most 1e100", mean)?;
        }
        if !covariance.is_matrix() {
            for v in &variances {
                Error::require((1e-280..=1e280).contains(v), "variance", "in [1e-280, 1e280]", v)?;
            }
        }
        let mut new = Self {
            dimension,
            covariance,
            means,
            variances,
            floor: FLOOR,
            prior: None,
            least: vec![0.0; dimension],
            log_norms: vec![0.0; states],
            inverses: Vec::new(),
        };
        Error::require(
            new.refresh(),
            "covariance",
            "symmetric and positive definite, with variances in [1e-280, 1e280]",
            "another",
        )?;
        Ok(new)
    }

    /// The least standard deviation of a state, as a share of that of the history, in (0, 1); 0.001 by
    /// default.
    ///
    /// # Errors
    /// If `share` is not in (0, 1).
    pub fn floor(mut self, share: f64) -> Result<Self, Error> {
        Error::require(share > 0.0 && share < 1.0, "share", "in (0, 1)", share)?;
        self.floor = share;
        Ok(self)
    }

    /// A prior on the variances: as if each state had `weight` further observations at its mean, with this
    /// variance in each coordinate and none between coordinates, which is the mode under an inverse Wishart
    /// distribution. None by default: then a fit is the maximum of the likelihood.
    ///
    /// # Errors
    /// If `variance` is not in [1e-280, 1e280], or `weight` not above 0 and at most 1e12.
    pub fn prior(mut self, variance: f64, weight: f64) -> Result<Self, Error> {
        Error::require((1e-280..=1e280).contains(&variance), "variance", "in [1e-280, 1e280]", variance)?;
        Error::require(weight > 0.0 && weight <= 1e12, "weight", "in (0, 1e12]", weight)?;
        self.prior = Some((variance, weight));
        Ok(self)
    }

    /// The form of the covariances.
    #[must_use]
    pub fn covariance_form(&self) -> Covariance {
        self.covariance
    }

    /// The means of a state's coordinates.
    ///
    /// # Panics
    /// If there is no such state.
    #[must_use]
    pub fn means(&self, state: usize) -> &[f64] {
        &self.means[state * self.dimension..][..self.dimension]
    }

    /// The covariance of two coordinates in a state.
    ///
    /// # Panics
    /// If there is no such state or coordinate.
    #[must_use]
    pub fn covariance(&self, state: usize, i: usize, j: usize) -> f64 {
        let d = self.dimension;
        assert!(state < self.states() && i < d && j < d, "state {state}, coordinates {i} and {j}");
        match self.covariance {
            Covariance::Spherical if i == j => self.variances[state],
            Covariance::Diagonal if i == j => self.variances[state * d + i],
            Covariance::Spherical | Covariance::Diagonal => 0.0,
            Covariance::Full => self.variances[(state * d + i) * d + j],
            Covariance::Tied => self.variances[i * d + j],
        }
    }

    /// Computes what follows from the parameters; false, if a covariance is none.
    pub(super) fn refresh(&mut self) -> bool {
        let (states, d) = (self.states(), self.dimension);
        let constant = d as f64 * gaussian::LN_SQRT_TAU;
        if !self.covariance.is_matrix() || d == 1 {
            self.inverses.resize(states * d, 0.0);
            for k in 0..states {
                let mut log_norm = -constant;
                for i in 0..d {
                    let variance = self.covariance(k, i, i);
                    if !(1e-280..=1e280).contains(&variance) {
                        return false;
                    }
                    self.inverses[k * d + i] = 1.0 / variance;
                    log_norm -= 0.5 * libm::log(variance);
                }
                self.log_norms[k] = log_norm;
            }
            return true;
        }
        self.inverses.resize(states * d * d, 0.0);
        for k in 0..states {
            let mut l: Small = [[0.0; MOST]; MOST];
            for i in 0..d {
                for j in 0..d {
                    let (here, there) = (self.covariance(k, i, j), self.covariance(k, j, i));
                    let scale = (self.covariance(k, i, i) * self.covariance(k, j, j)).sqrt();
                    let symmetric = (here - there).abs() <= 1e-9 * scale;
                    if !symmetric {
                        return false;
                    }
                    l[i][j] = here;
                }
                if !(1e-280..=1e280).contains(&l[i][i]) {
                    return false;
                }
            }
            if !cholesky(&mut l, d) {
                return false;
            }
            let mut log_norm = -constant;
            for j in 0..d {
                log_norm -= libm::log(l[j][j]);
                // A column of the inverse factor.
                let mut column = [0.0; MOST];
                column[j] = 1.0;
                super::factor::forward(&l, &mut column, d);
                for i in 0..d {
                    self.inverses[(k * d + i) * d + j] = column[i];
                }
            }
            self.log_norms[k] = log_norm;
        }
        self.inverses.iter().chain(&self.log_norms).all(|x| x.is_finite())
    }
}

/// The least standard deviation as a share of that of the history.
const FLOOR: f64 = 1e-3;
