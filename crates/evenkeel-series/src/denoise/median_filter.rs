//! The median filter.

use super::edge_mode::EdgeMode;
use crate::missing::missing_as_nan;
use crate::rolling::RollingQuantile;
use alloc::vec::Vec;
use evenkeel_core::{Error, Stage};

/// Replaces every value by the median of its neighbors: spikes shorter than half a window vanish, and steps
/// stay sharp.
///
/// *For* impulses on signals with steps. *Not for* Gaussian noise, of which
/// [`SavitzkyGolay`](crate::denoise::SavitzkyGolay) and [`Butterworth`](crate::denoise::Butterworth) remove
/// more, nor for peaks shorter than half a window, which vanish as spikes do;
/// [`Hampel`](crate::clean::Hampel) changes nothing but spikes. For a stream use [`RollingQuantile`], which
/// only looks back.
///
/// *Source*: J. W. Tukey, Exploratory Data Analysis, 1977.
///
/// ```
/// use evenkeel_series::denoise::MedianFilter;
///
/// let y = [1.0, 1.0, 90.0, 1.0, 1.0, 5.0, 5.0, f64::NAN, 5.0];
/// assert_eq!(MedianFilter::new(1).apply(&y)?, [1.0, 1.0, 1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 5.0]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Settings*: `half`: neighbors on each side, 1 to 8388607; [`edges`](Self::edges): by default
/// ([`EdgeMode::Natural`]) there are fewer neighbors at the ends.
///
/// *Missing* values do not count. A place gets the median of what is observed around it, also where its own
/// value is missing, and is missing if nothing is. O(n log half) time on average, O(n + half) memory.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct MedianFilter {
    half: usize,
    edges: EdgeMode,
}

impl MedianFilter {
    /// With `half` neighbors on each side.
    pub const fn new(half: usize) -> Self {
        Self { half, edges: EdgeMode::Natural }
    }

    /// The values assumed beyond the ends.
    pub const fn edges(mut self, edges: EdgeMode) -> Self {
        self.edges = edges;
        self
    }

    /// The medians, one for each value.
    ///
    /// # Errors
    /// If a setting is out of range; [`Error::TooShort`] if there is no value.
    pub fn apply(&self, values: &[f64]) -> Result<Vec<f64>, Error> {
        Error::require((1..1 << 23).contains(&self.half), "half", "in 1..=8388607", self.half)?;
        self.edges.validate()?;
        if values.is_empty() {
            return Err(Error::TooShort { needed: 1, got: 0 });
        }
        // A natural window longer than the series sees no more of it.
        let natural = self.edges == EdgeMode::Natural;
        let half = if natural { self.half.min(values.len()) } else { self.half };
        let values: Vec<f64> = missing_as_nan(values);
        let padded = self.edges.extended(&values, half);
        let mut rolling = RollingQuantile::builder(2 * half + 1).min_periods(1).build()?;
        let medians = rolling.run(padded).skip(2 * half);
        Ok(medians.map(|median| median.unwrap_or(f64::NAN)).collect())
    }
}
