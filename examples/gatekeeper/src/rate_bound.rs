//! A bound on how often something may be asked.

use std::collections::VecDeque;
use std::time::Duration;

/// At most so many in any minute, by a clock of the caller's. Memory is O(the most).
///
/// ```
/// use evenkeel_gatekeeper::RateBound;
/// use std::time::Duration;
///
/// let mut bound = RateBound::new(2);
/// let at = Duration::from_secs;
/// assert_eq!((bound.take(at(0)), bound.take(at(1))), (Ok(()), Ok(())));
/// assert_eq!(bound.take(at(10)), Err(Duration::from_secs(50)));
/// assert_eq!((bound.take(at(60)), bound.refused()), (Ok(()), 1));
/// ```
#[derive(Debug, Clone)]
pub struct RateBound {
    most: u32,
    taken: VecDeque<Duration>,
    refused: u64,
}

const MINUTE: Duration = Duration::from_secs(60);

impl RateBound {
    /// At most so many in a minute.
    #[must_use]
    pub fn new(most: u32) -> Self {
        Self { most, taken: VecDeque::new(), refused: 0 }
    }

    /// How many are taken in a minute.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.most
    }

    /// Takes one at a time since any beginning.
    ///
    /// # Errors
    /// How long it is until one is taken again, if there were too many.
    pub fn take(&mut self, now: Duration) -> Result<(), Duration> {
        while self.taken.front().is_some_and(|first| now.saturating_sub(*first) >= MINUTE) {
            self.taken.pop_front();
        }
        if self.taken.len() >= self.most as usize {
            self.refused = self.refused.saturating_add(1);
            let free = self.taken.front().map_or(now, |first| *first + MINUTE);
            return Err(free.saturating_sub(now));
        }
        self.taken.push_back(now);
        Ok(())
    }

    /// How many were not taken.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }
}
