//! Snapshots of Gaussian emissions.

use super::covariance::Covariance;
use super::gaussian::Gaussian;
use evenkeel_core::Error;

evenkeel_core::state! {
    Gaussian as struct SavedGaussian("Gaussian@1") {
        dimension: usize,
        covariance: Covariance,
        means: Vec<f64>,
        variances: Vec<f64>,
        floor: f64,
        prior: Option<(f64, f64)>,
        least: Vec<f64>,
    }
}

impl From<&Gaussian> for SavedGaussian {
    fn from(g: &Gaussian) -> Self {
        let g = g.clone();
        let Gaussian { dimension, covariance, means, variances, floor, prior, least, .. } = g;
        Self { dimension, covariance, means, variances, floor, prior, least }
    }
}

impl TryFrom<SavedGaussian> for Gaussian {
    type Error = Error;

    fn try_from(s: SavedGaussian) -> Result<Self, Error> {
        let mut new =
            Self::from_parameters(s.dimension, s.covariance, s.means, s.variances)?.floor(s.floor)?;
        if let Some((variance, weight)) = s.prior {
            new = new.prior(variance, weight)?;
        }
        if s.least.len() != s.dimension {
            return Err(Error::Shape { what: "least", expected: s.dimension, found: s.least.len() });
        }
        for least in &s.least {
            Error::require((0.0..=1e100).contains(least), "least", "in [0, 1e100]", least)?;
        }
        new.least = s.least;
        Ok(new)
    }
}
