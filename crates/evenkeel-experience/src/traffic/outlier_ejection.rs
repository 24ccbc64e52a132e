//! Outlier ejection.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

/// Requests to one host since the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct HostRequests {
    /// All requests.
    pub total: u64,
    /// Those that succeeded.
    pub successes: u64,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(HostRequests);

/// What a look at all hosts found.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
#[must_use]
pub struct EjectionReport {
    /// The hosts with enough requests, by index.
    pub eligible: Vec<usize>,
    /// The success rate in percent below which a host is an outlier; none with too few eligible hosts.
    pub threshold: Option<f64>,
    /// Hosts that are ejected from now on.
    pub ejected: Vec<usize>,
    /// Outliers that stay because more would be out than may be.
    pub withheld: Vec<usize>,
    /// Hosts whose ejection is over.
    pub returned: Vec<usize>,
}

evenkeel_core::state! {
    /// Takes hosts out of load balancing whose success rate is far below that of the others, for a while.
    ///
    /// Of the hosts with at least `volume` requests since the last look, if there are at least
    /// `minimum_hosts`, those are outliers whose success rate is below `mean - factor * sd` (the standard
    /// deviation of the eligible hosts). They are ejected, in the order of their index, as long as the share
    /// of ejected hosts *after* the ejection is at most `max_percent`. An ejection takes `base_time` times how
    /// often the host has been ejected; a look at which a host is well makes that one less. Source: Envoy,
    /// Outlier detection (documentation), success rate; there the share is compared before the ejection, and
    /// all hosts were ejected in issue 27066. As there, [`always_one`](OutlierEjectionBuilder::always_one)
    /// allows a first ejection even where one host is more than the share.
    ///
    /// | parameter | range | default |
    /// | --- | --- | --- |
    /// | `minimum_hosts` | 1 to 10^6 | 5 |
    /// | `volume` | 1 to 10^12 requests | 100 |
    /// | `factor` | (0, 100] | 1.9 |
    /// | `max_percent` | 0 to 100 | 10 |
    /// | `base_time`, `longest` | above 0 | 30 s, 300 s |
    ///
    /// O(hosts) a look, which allocates its report.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_experience::traffic::{HostRequests, OutlierEjection};
    ///
    /// let mut ejection = OutlierEjection::builder(12).max_percent(20).build()?;
    /// let mut hosts = [HostRequests { total: 200, successes: 199 }; 12];
    /// hosts[7].successes = 120;
    /// let now = Timestamp::EPOCH;
    /// assert_eq!(ejection.look(now, &hosts)?.ejected, [7]);
    /// assert!(ejection.is_ejected(7));
    /// hosts[7] = HostRequests::default();
    /// assert_eq!(ejection.look(now + Duration::from_secs(30), &hosts)?.returned, [7]);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct OutlierEjection("OutlierEjection@1") {
        minimum_hosts: usize,
        volume: u64,
        factor: f64,
        max_percent: u32,
        always_one: bool,
        base_time: Duration,
        longest: Duration,
        until: Box<[Option<Timestamp>]>,
        times: Box<[u32]>,
        latest: Option<Timestamp>,
    }
}

/// Builds an [`OutlierEjection`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct OutlierEjectionBuilder {
    hosts: usize,
    ejection: OutlierEjection,
}

impl OutlierEjectionBuilder {
    /// How many hosts need enough requests until success rates are compared.
    pub fn minimum_hosts(mut self, hosts: usize) -> Self {
        self.ejection.minimum_hosts = hosts;
        self
    }

    /// How many requests are enough.
    pub fn volume(mut self, requests: u64) -> Self {
        self.ejection.volume = requests;
        self
    }

    /// How many standard deviations below the mean an outlier is.
    pub fn factor(mut self, factor: f64) -> Self {
        self.ejection.factor = factor;
        self
    }

    /// The largest percentage of hosts that may be out at the same time.
    pub fn max_percent(mut self, percent: u32) -> Self {
        self.ejection.max_percent = percent;
        self
    }

    /// Ejects one host even if that is more than the percentage.
    pub fn always_one(mut self, always: bool) -> Self {
        self.ejection.always_one = always;
        self
    }

    /// How long a first ejection takes, and the longest.
    pub fn times(mut self, base: Duration, longest: Duration) -> Self {
        (self.ejection.base_time, self.ejection.longest) = (base, longest);
        self
    }

    /// With no host ejected.
    ///
    /// # Errors
    /// If there are no hosts or more than 10^6, or a setting is outside of its range.
    pub fn build(self) -> Result<OutlierEjection, Error> {
        Error::require((1..=1_000_000).contains(&self.hosts), "hosts", "from 1 to 10^6", self.hosts)?;
        let until = vec![None; self.hosts].into_boxed_slice();
        let times = vec![0; self.hosts].into_boxed_slice();
        let ejection = OutlierEjection { until, times, ..self.ejection };
        ejection.validate()?;
        Ok(ejection)
    }
}

impl OutlierEjection {
    /// For so many hosts.
    pub fn builder(hosts: usize) -> OutlierEjectionBuilder {
        let ejection = Self {
            minimum_hosts: 5,
            volume: 100,
            factor: 1.9,
            max_percent: 10,
            always_one: false,
            base_time: Duration::from_secs(30),
            longest: Duration::from_secs(300),
            until: Box::default(),
            times: Box::default(),
            latest: None,
        };
        OutlierEjectionBuilder { hosts, ejection }
    }

    fn validate(&self) -> Result<(), Error> {
        let hosts = (1..=1_000_000).contains(&self.minimum_hosts);
        Error::require(hosts, "minimum_hosts", "from 1 to 10^6", self.minimum_hosts)?;
        let volume = (1..=1_000_000_000_000).contains(&self.volume);
        Error::require(volume, "volume", "from 1 to 10^12", self.volume)?;
        let factor = self.factor > 0.0 && self.factor <= 100.0;
        Error::require(factor, "factor", "in (0, 100]", self.factor)?;
        Error::require(self.max_percent <= 100, "max_percent", "from 0 to 100", self.max_percent)?;
        Error::require(self.base_time > Duration::ZERO, "base_time", "above 0", 0)?;
        Error::require(
            self.longest >= self.base_time,
            "longest",
            "at least base_time",
            self.longest.as_secs(),
        )?;
        if self.times.len() != self.until.len() {
            return Err(Error::Shape { what: "times", expected: self.until.len(), found: self.times.len() });
        }
        let counted = self.until.iter().zip(&self.times).all(|(until, times)| until.is_none() || *times > 0);
        Error::require(counted, "times", "at least 1 for ejected hosts", 0)
    }

    /// Judges all hosts by their requests since the last look. A time before the latest counts as the latest.
    ///
    /// # Errors
    /// If there are not as many entries as hosts, or one has more successes than requests.
    pub fn look(&mut self, now: Timestamp, hosts: &[HostRequests]) -> Result<EjectionReport, Error> {
        if hosts.len() != self.until.len() {
            return Err(Error::Shape { what: "hosts", expected: self.until.len(), found: hosts.len() });
        }
        if let Some(wrong) = hosts.iter().find(|host| host.successes > host.total) {
            return Err(Error::parameter("successes", "at most total", wrong.successes));
        }
        let now = self.latest.map_or(now, |latest| latest.max(now));
        self.latest = Some(now);
        let mut report = EjectionReport::default();
        for (host, until) in self.until.iter_mut().enumerate() {
            if until.is_some_and(|until| until <= now) {
                *until = None;
                report.returned.push(host);
            }
        }
        let is_eligible = |host: &usize| hosts[*host].total >= self.volume && self.until[*host].is_none();
        report.eligible = (0..hosts.len()).filter(is_eligible).collect();
        report.threshold = self.threshold(hosts, &report.eligible);
        let Some(threshold) = report.threshold else { return Ok(report) };
        let mut out = self.until.iter().filter(|until| until.is_some()).count();
        for host in &report.eligible {
            if success_percent(hosts[*host]) >= threshold {
                self.times[*host] = self.times[*host].saturating_sub(1);
            } else if self.may_be_out(out + 1) {
                out += 1;
                self.times[*host] = self.times[*host].saturating_add(1);
                let time = self.base_time.saturating_mul(self.times[*host]).min(self.longest);
                self.until[*host] = Some(now + time);
                report.ejected.push(*host);
            } else {
                report.withheld.push(*host);
            }
        }
        Ok(report)
    }

    /// Whether so many hosts may be out at the same time.
    fn may_be_out(&self, out: usize) -> bool {
        let share = out as u64 * 100 <= u64::from(self.max_percent) * self.until.len() as u64;
        share || (self.always_one && out == 1)
    }

    fn threshold(&self, hosts: &[HostRequests], eligible: &[usize]) -> Option<f64> {
        if eligible.len() < self.minimum_hosts {
            return None;
        }
        let n = eligible.len() as f64;
        let rates = || eligible.iter().map(|host| success_percent(hosts[*host]));
        let mean = rates().sum::<f64>() / n;
        let variance = rates().map(|rate| (rate - mean) * (rate - mean)).sum::<f64>() / n;
        Some(mean - self.factor * libm::sqrt(variance))
    }

    /// Whether a host is out; false if there is no such host.
    #[must_use]
    pub fn is_ejected(&self, host: usize) -> bool {
        self.until.get(host).is_some_and(Option::is_some)
    }

    /// When the ejection of a host is over, at the first look from then on; none if it isn't ejected.
    #[must_use]
    pub fn ejected_until(&self, host: usize) -> Option<Timestamp> {
        self.until.get(host).copied().flatten()
    }

    /// How many hosts there are.
    #[must_use]
    pub fn hosts(&self) -> usize {
        self.until.len()
    }

    /// How many hosts are out.
    #[must_use]
    pub fn ejected(&self) -> usize {
        self.until.iter().filter(|until| until.is_some()).count()
    }
}

fn success_percent(host: HostRequests) -> f64 {
    100.0 * host.successes as f64 / host.total as f64
}
