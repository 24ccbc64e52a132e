//! Input that was distrusted, counted by kind.

/// What was not believed, or came too late to count: how often, since this machine was built or recovered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Distrusted {
    /// Samples that had requests, and were not later than the last action's second or than a sample that
    /// counted before.
    pub late_samples: u64,
    /// Samples more than a second ahead of the clock.
    pub future_samples: u64,
    /// Reports on instances and sources with a time more than a second ahead of the clock: they count as of
    /// when they came.
    pub future_reports: u64,
    /// Leases with a smaller token than one seen before.
    pub old_leases: u64,
    /// Incidents whose number does not rise.
    pub old_incidents: u64,
    /// Readings of the clock that were too far ahead or back to be believed at once.
    pub doubted_readings: u64,
    /// Readings of the clock up to a minute before the time.
    pub late_readings: u64,
    /// How often the clock was set back.
    pub set_back: u64,
}

#[cfg(feature = "simulator")]
impl Distrusted {
    pub(crate) fn add(&mut self, more: Self) {
        for (sum, n) in [
            (&mut self.late_samples, more.late_samples),
            (&mut self.future_samples, more.future_samples),
            (&mut self.future_reports, more.future_reports),
            (&mut self.old_leases, more.old_leases),
            (&mut self.old_incidents, more.old_incidents),
            (&mut self.doubted_readings, more.doubted_readings),
            (&mut self.late_readings, more.late_readings),
            (&mut self.set_back, more.set_back),
        ] {
            *sum = sum.saturating_add(n);
        }
    }
}
