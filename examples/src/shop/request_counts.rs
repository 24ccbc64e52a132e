//! Counting what users get.

use super::event::ShopEvent;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// Requests, and how many of them were bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RequestCounts {
    /// All.
    pub requests: u64,
    /// Failed, or not answered within 250 ms.
    pub bad: u64,
}

impl RequestCounts {
    /// Counts an event, if it is a request.
    pub fn observe(&mut self, event: &ShopEvent) {
        if let ShopEvent::Request { good, .. } = event {
            self.requests += 1;
            self.bad += u64::from(!good);
        }
    }

    /// Takes events for so long, or until the shop is closed, and counts.
    #[must_use]
    pub fn of(events: &Receiver<ShopEvent>, length: Duration) -> Self {
        let (mut counts, end) = (Self::default(), Instant::now() + length);
        while let Ok(event) = events.recv_timeout(end.saturating_duration_since(Instant::now())) {
            counts.observe(&event);
        }
        counts
    }

    /// The share of bad requests; NaN before the first.
    #[must_use]
    pub fn bad_ratio(&self) -> f64 {
        self.bad as f64 / self.requests as f64
    }
}
