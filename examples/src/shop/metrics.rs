//! Metrics of an instance, as they are scraped.

use std::fmt::Write as _;

/// An instance's metrics; rates and durations are those since the scrape before. What there is nothing to
/// tell of is NaN: durations without requests, the pool of a service that has none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    /// Requests that came to their end.
    pub requests: f64,
    /// How many of them failed.
    pub errors: f64,
    /// Their mean duration in seconds.
    pub mean: f64,
    /// Their median duration in seconds.
    pub p50: f64,
    /// The 99th percentile of their durations, in seconds.
    pub p99: f64,
    /// Requests being handled at the moment.
    pub inflight: f64,
    /// Connections of the pool in use at the moment.
    pub pool_in_use: f64,
    /// How many connections the pool has.
    pub pool_capacity: f64,
    /// Requests waiting for a connection at the moment.
    pub pool_waiting: f64,
    /// Mean wait for a connection in seconds, of requests that got one or gave up.
    pub pool_wait: f64,
    /// Cores used: processor time over time.
    pub cpu: f64,
    /// Processor time since the start, in seconds, to a hundredth.
    pub cpu_seconds: f64,
    /// Resident memory in bytes.
    pub memory: f64,
    /// Records that wait to be flushed.
    pub outbox: f64,
}

impl Metrics {
    /// The names, in the order of [`values`](Self::values).
    pub const NAMES: [&'static str; 14] = [
        "requests",
        "errors",
        "mean",
        "p50",
        "p99",
        "inflight",
        "pool_in_use",
        "pool_capacity",
        "pool_waiting",
        "pool_wait",
        "cpu",
        "cpu_seconds",
        "memory",
        "outbox",
    ];

    /// The values, in the order of [`NAMES`](Self::NAMES).
    #[must_use]
    pub const fn values(&self) -> [f64; 14] {
        [
            self.requests,
            self.errors,
            self.mean,
            self.p50,
            self.p99,
            self.inflight,
            self.pool_in_use,
            self.pool_capacity,
            self.pool_waiting,
            self.pool_wait,
            self.cpu,
            self.cpu_seconds,
            self.memory,
            self.outbox,
        ]
    }

    /// Every metric by its name.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, f64)> {
        Self::NAMES.into_iter().zip(self.values())
    }

    const fn of(v: [f64; 14]) -> Self {
        Self {
            requests: v[0],
            errors: v[1],
            mean: v[2],
            p50: v[3],
            p99: v[4],
            inflight: v[5],
            pool_in_use: v[6],
            pool_capacity: v[7],
            pool_waiting: v[8],
            pool_wait: v[9],
            cpu: v[10],
            cpu_seconds: v[11],
            memory: v[12],
            outbox: v[13],
        }
    }
}

/// Calls with one other instance.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub(super) other: String,
    /// Whether this instance was the one called.
    pub(super) served: bool,
    pub(super) count: u64,
    pub(super) errors: u64,
    /// How many were slow.
    pub(super) slow: u64,
    /// The sum of their durations.
    pub(super) seconds: f64,
}

/// The answer to a scrape, as a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scraped {
    pub(super) metrics: Metrics,
    pub(super) spans: Vec<Span>,
}

impl Scraped {
    pub(super) fn line(&self) -> String {
        let mut line = self.metrics.values().map(|v| v.to_string()).join(" ");
        for Span { other, served, count, errors, slow, seconds } in &self.spans {
            let side = if *served { '<' } else { '>' };
            let _ = write!(line, " {side}{other},{count},{errors},{slow},{seconds}");
        }
        line
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        let mut values = [f64::NAN; 14];
        for value in &mut values {
            *value = fields.next()?.parse().ok()?;
        }
        let span = |field: &str| {
            let served = field.starts_with('<');
            let mut parts = field.get(1..)?.split(',');
            Some(Span {
                other: parts.next()?.to_string(),
                served,
                count: parts.next()?.parse().ok()?,
                errors: parts.next()?.parse().ok()?,
                slow: parts.next()?.parse().ok()?,
                seconds: parts.next()?.parse().ok()?,
            })
        };
        Some(Self { metrics: Metrics::of(values), spans: fields.map(span).collect::<Option<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scrape_survives_the_wire() {
        let span = |other: &str, served| Span {
            other: other.into(),
            served,
            count: 3,
            errors: 1,
            slow: 2,
            seconds: 0.25,
        };
        let mut values = [0.125; 14];
        values[9] = f64::NAN;
        let scraped = Scraped {
            metrics: Metrics::of(values),
            spans: vec![span("edge-1", true), span("store-2", false)],
        };
        let parsed = Scraped::parse(&scraped.line()).unwrap();
        assert_eq!(parsed.spans, scraped.spans);
        assert!(parsed.metrics.pool_wait.is_nan());
        assert!(parsed.metrics.named().filter(|(name, v)| *name == "pool_wait" || *v == 0.125).count() == 14);
        assert_eq!(Scraped::parse("1 2 x"), None);
    }
}
