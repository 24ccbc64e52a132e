//! M/G/1: service times of any distribution.

use crate::scaling::queueing::multi_server::require_rate;
use evenkeel_core::Error;

/// Poisson arrivals, service times of any distribution, one server (M/G/1).
///
/// *Method*: the Pollaczek-Khinchine formula. Source: F. Pollaczek, Über eine Aufgabe der
/// Wahrscheinlichkeitstheorie, Mathematische Zeitschrift 32 (1930) 64-100, doi:10.1007/BF01194620. O(1).
///
/// ```
/// use evenkeel_remedy::scaling::queueing::GeneralService;
///
/// // Service times that scatter twice as much as their mean make the queue wait 2.5 times as long.
/// let scattered = GeneralService::new(0.7, 1.0, 4.0)?;
/// let exponential = GeneralService::new(0.7, 1.0, 1.0)?;
/// assert!((scattered.mean_wait() / exponential.mean_wait() - 2.5).abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct GeneralService {
    arrivals: f64,
    mean: f64,
    squared_variation: f64,
}

impl GeneralService {
    /// With a rate of arrivals, the mean of the service time, and its variance over its squared mean.
    ///
    /// # Errors
    /// If the rate or the mean is not in [1e-100, 1e100], or `squared_variation` not in [0, 1e100].
    pub fn new(arrivals: f64, mean: f64, squared_variation: f64) -> Result<Self, Error> {
        require_rate("arrivals", arrivals)?;
        require_rate("mean", mean)?;
        let fits = (0.0..=1e100).contains(&squared_variation);
        Error::require(fits, "squared_variation", "in [0, 1e100]", squared_variation)?;
        Ok(Self { arrivals, mean, squared_variation })
    }

    /// The load of the server. From 1 on the queue grows without end.
    #[must_use]
    pub fn utilization(&self) -> f64 {
        self.arrivals * self.mean
    }

    /// The mean time in the queue; infinite if it is not stable.
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        let rho = self.utilization();
        if rho >= 1.0 {
            return f64::INFINITY;
        }
        rho * self.mean * (1.0 + self.squared_variation) / (2.0 * (1.0 - rho))
    }
}
