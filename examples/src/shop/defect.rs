//! Defects of releases.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How a dead service is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// Its process ends, and ends again whenever it is started.
    Killed,
    /// It accepts connections and answers nothing, not even a scrape, also after it is started again.
    Hung,
}

/// The behavior of a version, handed to its processes when they start: a restart changes nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Defect {
    /// The share of requests that fail.
    pub(super) failing: f64,
    /// What is added to every request.
    pub(super) slow: Duration,
    /// The time since the epoch from which on it is slow.
    pub(super) slow_from: Duration,
    pub(super) death: Option<Death>,
}

impl Defect {
    /// What is to be added to a request now.
    pub(super) fn delay(&self) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        if now >= self.slow_from { self.slow } else { Duration::ZERO }
    }

    /// What [`Display`](fmt::Display) wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split(' ');
        Some(Self {
            failing: fields.next()?.parse().ok()?,
            slow: Duration::from_millis(fields.next()?.parse().ok()?),
            slow_from: Duration::from_millis(fields.next()?.parse().ok()?),
            death: match fields.next()? {
                "killed" => Some(Death::Killed),
                "hung" => Some(Death::Hung),
                _ => None,
            },
        })
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let death = match self.death {
            Some(Death::Killed) => "killed",
            Some(Death::Hung) => "hung",
            None => "alive",
        };
        write!(f, "{} {} {} {death}", self.failing, self.slow.as_millis(), self.slow_from.as_millis())
    }
}
