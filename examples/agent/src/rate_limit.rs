//! How often is too often.

use std::time::{Duration, Instant};

/// A token bucket: so many requests a second, and as many at once.
#[derive(Debug)]
pub(crate) struct RateLimit {
    per_second: f64,
    tokens: f64,
    last: Instant,
}

impl RateLimit {
    pub(crate) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        Self { per_second, tokens: per_second, last: now }
    }

    /// Whether one more is allowed.
    pub(crate) fn allows(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.last).min(Duration::from_secs(3600));
        self.last = self.last.max(now);
        self.tokens = (self.tokens + passed.as_secs_f64() * self.per_second).min(self.per_second);
        let is_allowed = self.tokens >= 1.0;
        self.tokens -= f64::from(u8::from(is_allowed));
        is_allowed
    }
}
