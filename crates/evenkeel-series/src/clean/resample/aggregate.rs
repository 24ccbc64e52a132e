//! How the samples of a cell are combined.

/// How the samples of one cell are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Aggregate {
    /// Their mean: for gauges. All samples count, also several of the same time.
    Mean,
    /// Their sum: for increments, like requests since the last report. 0 where there is none.
    Sum,
    /// The earliest; of several of the same time the one that came first.
    First,
    /// The latest: for states. Of several of the same time the one that came last, as a correction does.
    Last,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// How many there are; 0 where there is none.
    Count,
    /// The rate of a counter, in units a second: for counts that only ever grow and start again from 0 when
    /// their process does.
    ///
    /// Each sample adds its increase over the sample before it, which may lie in an earlier cell; after a
    /// reset, which is a fall, the increase is the sample itself, as in Prometheus. The rate of a cell is the
    /// sum of the increases of its samples over the time that they took. Nothing is extrapolated: a counter
    /// of constant rate has that rate in every cell, and after a gap there is a mean over the gap, no spike.
    /// The very first sample has no increase; a cell without any is missing. Of several samples of the same
    /// time the one that came last counts. Negative samples count as missing.
    Rate,
}
