//! The question to a forecaster.

/// The question to a forecaster about a series.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Question<'a> {
    /// All that is known, in order.
    pub history: &'a [f64],
    /// How many values after the last are to be forecast.
    pub horizon: usize,
    /// How many values make a season, as the benchmark says; 1 where it knows of none.
    pub season: usize,
    /// The levels in (0, 1) at which quantiles are scored, ascending.
    pub levels: &'a [f64],
}

/// The levels at which quantiles are scored: both ends of the central 95 % interval, and 0.1 to 0.9.
pub const LEVELS: &[f64] = &[
    0.025,
    0.1,
    0.1 * 2.0,
    0.1 * 3.0,
    0.1 * 4.0,
    0.1 * 5.0,
    0.1 * 6.0,
    0.1 * 7.0,
    0.1 * 8.0,
    0.1 * 9.0,
    0.975,
];

impl<'a> Question<'a> {
    /// The question without a season, at the usual [`LEVELS`].
    #[must_use]
    pub fn new(history: &'a [f64], horizon: usize) -> Self {
        Self { history, horizon, season: 1, levels: LEVELS }
    }

    /// With a season of `season` values.
    #[must_use]
    pub fn with_season(mut self, season: usize) -> Self {
        self.season = season;
        self
    }
}
