//! M/M/1/K: a server with a limited number of places.

use crate::scaling::queueing::multi_server::require_rate;
use evenkeel_core::Error;

/// Poisson arrivals, exponential service, one server, and no more than `capacity` requests at a time, the one
/// that is served included: others are turned away (M/M/1/K).
///
/// Source: L. Kleinrock, Queueing Systems 1 (1975), section 3.6. O(capacity) once, then O(1).
///
/// ```
/// use evenkeel_remedy::scaling::queueing::FiniteQueue;
///
/// let queue = FiniteQueue::new(1.2, 1.0, 10)?;
/// assert!((queue.blocking() - 0.1926).abs() < 1e-4);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct FiniteQueue {
    arrivals: f64,
    blocking: f64,
    mean: f64,
}

impl FiniteQueue {
    /// With rates of arrivals and of service.
    ///
    /// # Errors
    /// If a rate is not in [1e-100, 1e100], or the capacity is not from 1 to 10 million.
    pub fn new(arrivals: f64, service: f64, capacity: u32) -> Result<Self, Error> {
        require_rate("arrivals", arrivals)?;
        require_rate("service", service)?;
        Error::require((1..=10_000_000).contains(&capacity), "capacity", "from 1 to 10 million", capacity)?;
        // Powers of what is at most 1, so that nothing overflows: of the load, or seen from the full end.
        let rho = arrivals / service;
        let full = rho > 1.0;
        let ratio = if full { service / arrivals } else { rho };
        let (mut power, mut sum, mut first) = (1.0, 0.0, 0.0);
        for k in 0..=capacity {
            sum += power;
            first += f64::from(k) * power;
            if k < capacity {
                power *= ratio;
            }
        }
        let distance = first / sum;
        let (blocking, mean) =
            if full { (1.0 / sum, f64::from(capacity) - distance) } else { (power / sum, distance) };
        Ok(Self { arrivals, blocking, mean })
    }

    /// The share of requests that are turned away.
    #[must_use]
    pub fn blocking(&self) -> f64 {
        self.blocking
    }

    /// The mean number of requests that wait or are served.
    #[must_use]
    pub fn mean_requests(&self) -> f64 {
        self.mean
    }

    /// The mean time until a request that was let in is answered.
    #[must_use]
    pub fn mean_time(&self) -> f64 {
        self.mean / (self.arrivals * (1.0 - self.blocking))
    }
}
