//! The settings of quality checks: what counts as a defect.

use crate::series::nanos;
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

/// Checks the quality of telemetry: gaps, duplicates, disorder, late, stale and stuck runs, counter resets,
/// outliers, a wrong step, a clock that jumped. A finished history gets a
/// [`QualityReport`](crate::clean::QualityReport) with a sentence for each finding; a stream gets a
/// [`QualityWatch`](crate::clean::QualityWatch).
///
/// ```
/// use evenkeel_core::{At, Timestamp};
/// use evenkeel_series::clean::{Defect, Quality};
///
/// // A gauge read every minute: the collector restarted, and then the sensor hung.
/// let read = |i: i64| At::new(Timestamp::from_seconds(1_700_000_000 + 60 * i), (i as f64 * 0.7).sin());
/// let mut samples: Vec<_> = (0..400).map(read).collect();
/// samples[300..330].iter_mut().for_each(|x| x.value = 0.25);
/// samples.drain(100..112);
/// samples.insert(50, samples[49]);
///
/// let report = Quality::new().check(&samples)?;
/// let sentences: Vec<String> = report.findings().iter().map(|f| f.to_string()).collect();
/// assert_eq!(sentences, [
///     "1 sample came twice, equal, at 2023-11-14T23:02:20Z",
///     "gap of 12 samples (720s) after 2023-11-14T23:52:20Z",
///     "stuck at 0.25 for 30 samples from 2023-11-15T03:13:20Z to 2023-11-15T03:42:20Z",
/// ]);
/// assert!(matches!(report.findings()[1].defect(), Defect::Gap { missing: 12, .. }));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// | setting | default | why |
/// | --- | --- | --- |
/// | [`step`](Self::step) | the median interval | half of the samples may be disturbed |
/// | [`gap`](Self::gap) | 1.5 steps | jitter of half a step skips no sample |
/// | [`late`](Self::late) | 5 steps behind the newest | less is a race between senders, reported as disorder |
/// | [`stale`](Self::stale), [`broken`](Self::broken) | 3 and 20 steps without a usable value | two lost samples happen; twenty are an outage |
/// | [`stuck`](Self::stuck) | at least 10 equal values, and chance excluded | values that often repeat must repeat longer |
/// | [`outlier`](Self::outlier) | 6 robust standard deviations from the median of 25 | once in 500 million normal values |
/// | [`patience`](Self::patience) | 5 samples | so many in order, all behind the newest, and the clock has jumped, or the step has changed after 10 |
/// | [`counter`](Self::counter) | detected by how it grows, see below | the fall of a counter is a reset; neither a high nor a constant value is a defect |
/// | [`now`](Self::now) | unknown | without it nothing can be stale or in the future |
/// | [`tolerated`](Self::tolerated) | a tenth of 64 | for the stream: what share of the newest samples may be absent, late or disordered |
///
/// *Method*: except for their order, samples are checked in the order of time. A run of equal values is stuck
/// if fewer than one such run were expected in a thousand such series at the rate at which values repeat
/// elsewhere. An outlier lies farther from the median of its neighbors than so many times the larger of their
/// own scaled median absolute deviation and that of all such distances (Hampel, Journal of the American
/// Statistical Association 69 (1974) 383-393, doi:10.1080/01621459.1974.10482962); the latter keeps calm
/// parts of a series from making outliers of noisier ones. Where more than half of the distances are 0, their
/// mean takes its place. Our addition: the scale is at least that of the normal distribution whose farthest
/// hundredth (in a short history, farthest three) lies as far away, since bursts that come once in a hundred
/// values are normal behavior of a source, not a defect of its data.
///
/// A counter has no negative value, at least 20 changes (1000, if its values are no whole numbers and it
/// never started again, since smooth gauges rise for long as well), at most one of 50 of them a restart,
/// which is a fall to a tenth, or to no more than half and two steps' worth, and at most one of 1000 another
/// fall. What only ever rises in whole numbers (like the bytes of a disk that fills) cannot be distinguished
/// from a counter until it falls: use [`counter(false)`](Self::counter).
///
/// *Missing* values are reported and otherwise left out. Time O(n log n), or O(n) if the samples come in
/// order, each times the 25 of the outliers; memory 32 bytes a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Quality {
    pub(super) step: Option<Duration>,
    pub(super) gap: f64,
    pub(super) late: f64,
    pub(super) stale: f64,
    pub(super) broken: f64,
    pub(super) stuck: u64,
    pub(super) outlier: f64,
    pub(super) patience: u32,
    pub(super) counter: Option<bool>,
    pub(super) now: Option<Timestamp>,
    pub(super) tolerated: f64,
}

impl Quality {
    /// With the defaults.
    pub const fn new() -> Self {
        Self {
            step: None,
            gap: 1.5,
            late: 5.0,
            stale: 3.0,
            broken: 20.0,
            stuck: 10,
            outlier: 6.0,
            patience: 5,
            counter: None,
            now: None,
            tolerated: 0.1,
        }
    }

    /// The expected time from sample to sample. One that differs from the median interval by more than a
    /// tenth is reported.
    pub const fn step(mut self, step: Duration) -> Self {
        self.step = Some(step);
        self
    }

    /// Intervals of at least so many steps are gaps; above 1.
    pub const fn gap(mut self, steps: f64) -> Self {
        self.gap = steps;
        self
    }

    /// Samples at least so many steps behind the newest are late, not just out of order; above 0.
    pub const fn late(mut self, steps: f64) -> Self {
        self.late = steps;
        self
    }

    /// After how many steps without a usable value the source is stale; at least 1.
    pub const fn stale(mut self, steps: f64) -> Self {
        self.stale = steps;
        self
    }

    /// After how many steps without a usable value the source is broken; at least those of
    /// [`stale`](Self::stale).
    pub const fn broken(mut self, steps: f64) -> Self {
        self.broken = steps;
        self
    }

    /// The shortest run of equal values that can be stuck, at least 2.
    pub const fn stuck(mut self, values: u64) -> Self {
        self.stuck = values;
        self
    }

    /// Values farther than so many robust standard deviations are outliers; above 0, infinity for none.
    pub const fn outlier(mut self, deviations: f64) -> Self {
        self.outlier = deviations;
        self
    }

    /// How many samples in order behind the newest show that the clock has jumped, at least 2; twice as many
    /// intervals in a row show that the step has changed.
    pub const fn patience(mut self, samples: u32) -> Self {
        self.patience = samples;
        self
    }

    /// Whether the values are those of a counter.
    pub const fn counter(mut self, counter: bool) -> Self {
        self.counter = Some(counter);
        self
    }

    /// The current time by our own clock: newer samples have a wrong clock, and the newest may be stale. For
    /// [`check`](Self::check) alone.
    pub const fn now(mut self, now: Timestamp) -> Self {
        self.now = Some(now);
        self
    }

    /// What share of the newest 64 samples may be absent, late or out of order before the stream is called
    /// unreliable, in [0, 1]. For [`watch`](Self::watch) alone.
    pub const fn tolerated(mut self, share: f64) -> Self {
        self.tolerated = share;
        self
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        if let Some(step) = self.step {
            nanos(step)?;
        }
        Error::require(self.gap > 1.0 && self.gap.is_finite(), "gap", "finite and above 1", self.gap)?;
        Error::require(self.late > 0.0 && self.late.is_finite(), "late", "finite and above 0", self.late)?;
        Error::require(
            self.stale >= 1.0 && self.stale.is_finite(),
            "stale",
            "finite and at least 1",
            self.stale,
        )?;
        Error::require(
            self.broken >= self.stale && self.broken.is_finite(),
            "broken",
            "finite and at least stale",
            self.broken,
        )?;
        Error::require(self.stuck >= 2, "stuck", "at least 2", self.stuck)?;
        Error::require(self.outlier > 0.0, "outlier", "above 0", self.outlier)?;
        Error::require((2..=64).contains(&self.patience), "patience", "in 2..=64", self.patience)?;
        Error::require((0.0..=1.0).contains(&self.tolerated), "tolerated", "in [0, 1]", self.tolerated)
    }
}

impl Default for Quality {
    fn default() -> Self {
        Self::new()
    }
}
