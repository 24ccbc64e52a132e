//! M/M/c: Erlang's formulas.

use evenkeel_core::Error;

/// Poisson arrivals, exponential service, `c` servers, one queue (M/M/c).
///
/// *Method*: Erlang B by its recursion over the number of servers, which is stable; Erlang C from it. Source:
/// A. K. Erlang, Solution of some problems in the theory of probabilities of significance in automatic
/// telephone exchanges (1917); R. B. Cooper, Introduction to Queueing Theory (1981), section 3.
///
/// *Cost*: O(servers) once, then O(1). Relative accuracy about 1e-13.
///
/// ```
/// use evenkeel_remedy::scaling::queueing::MultiServer;
///
/// // 120 requests a second, 4 a second and server; at most 5 % may wait longer than 0.1 s.
/// let queue = MultiServer::smallest(120.0, 4.0, 0.1, 0.05)?;
/// assert_eq!(queue.servers(), 35);
/// assert!((queue.longer_than(0.1) - 0.0385).abs() < 1e-4);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct MultiServer {
    arrivals: f64,
    service: f64,
    servers: u32,
    blocking: f64,
}

/// Checks a rate.
pub(super) fn require_rate(name: &'static str, rate: f64) -> Result<(), Error> {
    Error::require((1e-100..=1e100).contains(&rate), name, "in [1e-100, 1e100]", rate)
}

/// From `1/B(c-1)` to `1/B(c)`, at a load.
fn step(inverse: f64, servers: u32, load: f64) -> f64 {
    1.0 + f64::from(servers) / load * inverse
}

impl MultiServer {
    /// The most servers.
    pub const MOST_SERVERS: u32 = 1_000_000;

    /// With rates of arrivals and of service of one server.
    ///
    /// # Errors
    /// If a rate is not in [1e-100, 1e100], or there is no server, or more than a million.
    pub fn new(arrivals: f64, service: f64, servers: u32) -> Result<Self, Error> {
        require_rate("arrivals", arrivals)?;
        require_rate("service", service)?;
        let fits = (1..=Self::MOST_SERVERS).contains(&servers);
        Error::require(fits, "servers", "from 1 to 1000000", servers)?;
        let load = arrivals / service;
        let inverse = (1..=servers).fold(1.0, |inverse, c| step(inverse, c, load));
        Ok(Self { arrivals, service, servers, blocking: 1.0 / inverse })
    }

    /// With as few servers as let no more than a share of the requests wait longer than a time.
    ///
    /// # Errors
    /// If a rate is not in [1e-100, 1e100], `wait` is negative or not finite, `share` is not in (0, 1], or it
    /// would take more than a million servers.
    pub fn smallest(arrivals: f64, service: f64, wait: f64, share: f64) -> Result<Self, Error> {
        require_rate("arrivals", arrivals)?;
        require_rate("service", service)?;
        Error::require((0.0..f64::INFINITY).contains(&wait), "wait", "finite and at least 0", wait)?;
        Error::require(share > 0.0 && share <= 1.0, "share", "in (0, 1]", share)?;
        let load = arrivals / service;
        let mut inverse = 1.0;
        for servers in 1..=Self::MOST_SERVERS {
            inverse = step(inverse, servers, load);
            if f64::from(servers) <= load {
                continue;
            }
            let queue = Self { arrivals, service, servers, blocking: 1.0 / inverse };
            if queue.longer_than(wait) <= share {
                return Ok(queue);
            }
        }
        Err(Error::Numerical { what: "it takes more than a million servers" })
    }

    /// How many servers there are.
    #[must_use]
    pub fn servers(&self) -> u32 {
        self.servers
    }

    /// The offered load: how many servers would be busy if there were enough, in Erlang.
    #[must_use]
    pub fn load(&self) -> f64 {
        self.arrivals / self.service
    }

    /// The load of each server. From 1 on the queue grows without end.
    #[must_use]
    pub fn utilization(&self) -> f64 {
        self.arrivals / (f64::from(self.servers) * self.service)
    }

    /// Whether the queue does not grow without end.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.utilization() < 1.0
    }

    /// Erlang B: the share of requests that find all servers busy, if those are turned away.
    #[must_use]
    pub fn blocking(&self) -> f64 {
        self.blocking
    }

    /// Erlang C: the probability of having to wait; 1 if the queue is not stable.
    #[must_use]
    pub fn waiting(&self) -> f64 {
        let rho = self.utilization();
        if rho < 1.0 { self.blocking / (1.0 - rho * (1.0 - self.blocking)) } else { 1.0 }
    }

    /// How much more the servers can do than comes, in requests a unit of time; at least 0.
    fn spare(&self) -> f64 {
        (f64::from(self.servers) * self.service - self.arrivals).max(0.0)
    }

    /// The probability of waiting longer than a time, at least 0; 1 if the queue is not stable.
    #[must_use]
    pub fn longer_than(&self, wait: f64) -> f64 {
        self.waiting() * libm::exp(-self.spare() * wait.max(0.0))
    }

    /// The mean time in the queue; infinite if it is not stable.
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.waiting() / self.spare()
    }

    /// The mean time until a request is answered; infinite if the queue is not stable.
    #[must_use]
    pub fn mean_time(&self) -> f64 {
        self.mean_wait() + 1.0 / self.service
    }

    /// The mean length of the queue; infinite if it is not stable.
    #[must_use]
    pub fn mean_queue(&self) -> f64 {
        self.mean_wait() * self.arrivals
    }

    /// The mean number of requests that wait or are served; infinite if the queue is not stable.
    #[must_use]
    pub fn mean_requests(&self) -> f64 {
        self.mean_queue() + self.load()
    }
}
