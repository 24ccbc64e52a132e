//! What a detector may know beforehand.

use core::time::Duration;

/// What is known before the first row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Setting {
    /// How long a row is, where rows have times: the interval at which a metric is collected is known.
    pub step: Option<Duration>,
    /// How many rows of history will come before those that are scored.
    pub history: usize,
}

impl Setting {
    /// With rows of this length.
    #[must_use]
    pub fn with_step(mut self, step: Duration) -> Self {
        self.step = Some(step);
        self
    }

    /// Sets how many rows of history come first.
    #[must_use]
    pub fn with_history(mut self, rows: usize) -> Self {
        self.history = rows;
        self
    }

    /// How many rows a day has, if it has a whole number, from 2 to 2,000.
    pub(super) fn day(&self) -> Option<usize> {
        let step = self.step.filter(|step| !step.is_zero())?.as_nanos();
        let day = Duration::from_secs(86_400).as_nanos();
        let rows = usize::try_from(day / step).ok().filter(|_| day.is_multiple_of(step))?;
        (2..=2_000).contains(&rows).then_some(rows)
    }
}
