//! The side of 0 that all data lie on, and forecasts that stay there.

use evenkeel_core::{Prediction, gaussian};

/// On which side of 0 all values lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Side {
    Above,
    Below,
    Both,
}

impl Side {
    pub(super) fn of(seen: &[f64]) -> Self {
        if seen.iter().all(|x| *x >= 0.0) {
            Self::Above
        } else if seen.iter().all(|x| *x <= 0.0) {
            Self::Below
        } else {
            Self::Both
        }
    }

    pub(super) fn holds(self, x: f64) -> bool {
        match self {
            Self::Above => x >= 0.0,
            Self::Below => x <= 0.0,
            Self::Both => true,
        }
    }

    pub(super) fn nearest(self, x: f64) -> f64 {
        if self.holds(x) { x } else { 0.0 }
    }

    /// Median and standard deviation of a normal distribution whose mass beyond 0 is put on 0.
    pub(super) fn cut(self, p: Prediction) -> Prediction {
        let distance = match self {
            Self::Above => p.mean(),
            Self::Below => -p.mean(),
            Self::Both => return p,
        };
        let z = distance / p.sd();
        // Beyond six standard deviations there is no mass, and without spread none is moved.
        if z.is_nan() || z > 6.0 {
            return p;
        }
        let (inside, density) = (gaussian::lower(z), libm::exp(gaussian::log_density(z)));
        let mean = z * inside + density;
        let variance = ((z * z + 1.0) * inside + z * density - mean * mean).max(0.0);
        Prediction::new(self.nearest(p.mean()), p.sd() * libm::sqrt(variance)).unwrap_or(p)
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Side);
