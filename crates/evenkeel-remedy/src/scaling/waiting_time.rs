//! Scaling by the time that requests wait.

use crate::scaling::queueing::MultiServer;
use crate::scaling::scaling_rule::ScalingRule;
use evenkeel_core::{Error, Timestamp, observed};

evenkeel_core::state! {
    /// As few replicas as keep the share of requests that wait longer than a time below a limit.
    ///
    /// *When*: the rate of arrivals is known, and what a replica can do. It then answers a step of the load
    /// with one step of the size, where feedback on utilization takes several. *Not when* requests come in
    /// bursts: they wait longer than this says.
    ///
    /// *Method*: one queue before all replicas ([`MultiServer`], Erlang C), each a number of servers.
    ///
    /// *Parameters*: service rate of one server in requests a second; waiting time in seconds, at least 0;
    /// share in (0, 1]; servers a replica from 1 to 10,000, default 1. *Reading*: arrivals in requests a
    /// second, over all replicas; one that is negative or not [`observed`] is missing. Without arrivals it
    /// wants one replica. What would take more than a million servers wants a million.
    ///
    /// *Cost*: O(servers).
    ///
    /// ```
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_remedy::scaling::{ScalingRule, WaitingTime};
    ///
    /// // A worker does 4 requests a second, a replica has 8 workers; 5 % may wait longer than 0.1 s.
    /// let mut rule = WaitingTime::new(4.0, 0.1, 0.05)?.servers(8)?;
    /// assert_eq!(rule.recommend(Timestamp::EPOCH, 3, &120.0), Some(5));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct WaitingTime("WaitingTime@1") {
        service: f64,
        wait: f64,
        share: f64,
        servers: u32,
    }
}

impl WaitingTime {
    /// With the service rate of a server, so that at most `share` of the requests wait longer than `wait`.
    ///
    /// # Errors
    /// If the rate is not in [1e-100, 1e100], `wait` not in [0, 1e100], or `share` not in [1e-12, 1].
    pub fn new(service: f64, wait: f64, share: f64) -> Result<Self, Error> {
        let rule = Self { service, wait, share, servers: 1 };
        rule.validate()?;
        Ok(rule)
    }

    /// How many requests a replica serves at a time.
    ///
    /// # Errors
    /// If it is not from 1 to 10,000.
    pub fn servers(mut self, servers: u32) -> Result<Self, Error> {
        self.servers = servers;
        self.validate()?;
        Ok(self)
    }

    fn validate(&self) -> Result<(), Error> {
        let service = (1e-100..=1e100).contains(&self.service);
        Error::require(service, "service", "in [1e-100, 1e100]", self.service)?;
        Error::require((0.0..=1e100).contains(&self.wait), "wait", "in [0, 1e100]", self.wait)?;
        Error::require((1e-12..=1.0).contains(&self.share), "share", "in [1e-12, 1]", self.share)?;
        let servers = (1..=10_000).contains(&self.servers);
        Error::require(servers, "servers", "from 1 to 10000", self.servers)
    }
}

impl ScalingRule for WaitingTime {
    type Reading = f64;

    fn recommend(&mut self, _now: Timestamp, _replicas: u32, arrivals: &f64) -> Option<u32> {
        let arrivals = observed(*arrivals).filter(|rate| *rate >= 0.0)?;
        // Next to nothing comes: one server has next to nothing to do.
        if arrivals / self.service < 1e-9 {
            return Some(1);
        }
        // What the formula can't reach needs more than the most servers it knows.
        let servers = if arrivals / self.service >= f64::from(MultiServer::MOST_SERVERS) {
            MultiServer::MOST_SERVERS
        } else {
            MultiServer::smallest(arrivals, self.service, self.wait, self.share)
                .map_or(MultiServer::MOST_SERVERS, |queue| queue.servers())
        };
        Some(servers.div_ceil(self.servers))
    }
}
