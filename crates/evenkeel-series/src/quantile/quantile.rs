//! Quantiles of a slice: median, median absolute deviation, all nine definitions.

use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// The factor from the median absolute deviation of a normal distribution to its standard deviation: 1 /
/// z(3/4).
pub const MAD_TO_SD: f64 = 1.482_602_218_505_601_9;

/// Which of the nine sample quantiles of Hyndman and Fan (1996, doi:10.2307/2684934), by numpy's names and
/// R's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum QuantileDefinition {
    /// 1: the inverse of the empirical distribution function.
    InvertedCdf,
    /// 2: the same, with the mean of both values at its steps.
    AveragedInvertedCdf,
    /// 3: the closest observation, the even one of two (SAS).
    ClosestObservation,
    /// 4: linear interpolation of the empirical distribution function.
    InterpolatedInvertedCdf,
    /// 5: its steps' midpoints, interpolated (hydrology).
    Hazen,
    /// 6: by mean plotting positions, p = k / (n + 1) (Minitab, SPSS).
    Weibull,
    /// 7: p = (k - 1) / (n - 1): the default of R, numpy, pandas and here.
    #[default]
    Linear,
    /// 8: nearly median-unbiased, whatever the distribution; recommended by Hyndman and Fan.
    MedianUnbiased,
    /// 9: nearly unbiased for a normal distribution.
    NormalUnbiased,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(QuantileDefinition);

impl QuantileDefinition {
    /// All nine, in order.
    pub const ALL: [Self; 9] = [
        Self::InvertedCdf,
        Self::AveragedInvertedCdf,
        Self::ClosestObservation,
        Self::InterpolatedInvertedCdf,
        Self::Hazen,
        Self::Weibull,
        Self::Linear,
        Self::MedianUnbiased,
        Self::NormalUnbiased,
    ];

    /// The number of Hyndman and Fan, which is R's `type`: 1 to 9.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::InvertedCdf => 1,
            Self::AveragedInvertedCdf => 2,
            Self::ClosestObservation => 3,
            Self::InterpolatedInvertedCdf => 4,
            Self::Hazen => 5,
            Self::Weibull => 6,
            Self::Linear => 7,
            Self::MedianUnbiased => 8,
            Self::NormalUnbiased => 9,
        }
    }

    /// Where the quantile lies among `n` ordered values: the 1-based rank below it, and its share of the way
    /// to the next.
    fn position(self, n: f64, p: f64) -> (f64, f64) {
        let (a, b) = match self {
            Self::InvertedCdf | Self::AveragedInvertedCdf | Self::InterpolatedInvertedCdf => (0.0, 1.0),
            Self::ClosestObservation => (-0.5, 1.5),
            Self::Hazen => (0.5, 0.5),
            Self::Weibull => (0.0, 0.0),
            Self::Linear => (1.0, 1.0),
            Self::MedianUnbiased => (1.0 / 3.0, 1.0 / 3.0),
            Self::NormalUnbiased => (0.375, 0.375),
        };
        let place = n * p + (a + p * (1.0 - a - b));
        // A place that differs from a rank only by rounding is at that rank.
        let fuzz = 4.0 * f64::EPSILON * (1.0 + place.abs());
        let rank = libm::floor(place + fuzz);
        let rest = if (place - rank).abs() <= fuzz { 0.0 } else { place - rank };
        let share = match self {
            Self::InvertedCdf => f64::from(u8::from(rest > 0.0)),
            Self::AveragedInvertedCdf => {
                if rest > 0.0 {
                    1.0
                } else {
                    0.5
                }
            }
            Self::ClosestObservation => f64::from(u8::from(rest > 0.0 || rank % 2.0 != 0.0)),
            _ => rest,
        };
        (rank, share)
    }
}

impl TryFrom<u8> for QuantileDefinition {
    type Error = Error;

    /// By the number of Hyndman and Fan.
    fn try_from(number: u8) -> Result<Self, Error> {
        let index = usize::from(number).wrapping_sub(1);
        let found = Self::ALL.get(index).copied();
        found.ok_or_else(|| Error::parameter("definition", "in 1..=9", number))
    }
}

/// Which quantile to compute, by which definition.
///
/// ```
/// use evenkeel_series::quantile::{Quantile, QuantileDefinition};
///
/// let latencies = [0.031, 0.029, f64::NAN, 0.612, 0.030];
/// assert_eq!(Quantile::new(0.5)?.of(&latencies), Some(0.0305));
/// assert_eq!(Quantile::new(0.5)?.definition(QuantileDefinition::InvertedCdf).of(&latencies), Some(0.030));
/// assert_eq!(Quantile::new(0.5)?.of(&[]), None);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// Missing values are skipped. Time O(n) on average, by selection; memory: a copy of the values, or none with
/// [`of_mut`](Self::of_mut).
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Quantile {
    p: f64,
    definition: QuantileDefinition,
}

impl Quantile {
    /// The value below which a share `p` of the values lies, by the default definition,
    /// [`QuantileDefinition::Linear`].
    ///
    /// # Errors
    /// If `p` is not in [0, 1].
    pub fn new(p: f64) -> Result<Self, Error> {
        Error::require((0.0..=1.0).contains(&p), "p", "in [0, 1]", p)?;
        Ok(Self { p, definition: QuantileDefinition::default() })
    }

    /// By another definition.
    pub fn definition(mut self, definition: QuantileDefinition) -> Self {
        self.definition = definition;
        self
    }

    /// The quantile of the observed values; `None` if there is none.
    #[must_use]
    pub fn of(&self, values: &[f64]) -> Option<f64> {
        self.of_mut(&mut values.to_vec())
    }

    /// The same, without a copy; the values are left in another order.
    #[must_use]
    pub fn of_mut(&self, values: &mut [f64]) -> Option<f64> {
        let values = observed_first(values);
        let n = values.len();
        if n == 0 {
            return None;
        }
        let (lower, share) = self.place(n);
        let (_, below, above) = values.select_nth_unstable_by(lower, f64::total_cmp);
        let below = *below;
        if share == 0.0 {
            return Some(below);
        }
        let above = above.iter().copied().min_by(f64::total_cmp)?;
        Some(if share == 1.0 { above } else { below + share * (above - below) })
    }
}

impl Quantile {
    /// Half of the values are below.
    pub const MEDIAN: Self = HALF;

    /// The share and the definition.
    #[cfg(feature = "serde")]
    pub(crate) fn parts(&self) -> (f64, QuantileDefinition) {
        (self.p, self.definition)
    }

    /// The 0-based rank below it among `n` values, at least 1 of them, and its share of the way to the next.
    fn place(&self, n: usize) -> (usize, f64) {
        let (rank, share) = self.definition.position(n as f64, self.p);
        if rank < 1.0 {
            (0, 0.0)
        } else if rank >= n as f64 {
            (n - 1, 0.0)
        } else {
            (rank as usize - 1, share)
        }
    }

    /// Of `n` values in order, by rank from 0.
    pub(crate) fn of_ordered(&self, n: usize, at: impl Fn(usize) -> Option<f64>) -> Option<f64> {
        if n == 0 {
            return None;
        }
        let (lower, share) = self.place(n);
        let below = at(lower)?;
        if share == 0.0 {
            return Some(below);
        }
        let above = at(lower + 1)?;
        Some(if share == 1.0 { above } else { below + share * (above - below) })
    }
}

/// Moves the observed values to the front.
fn observed_first(values: &mut [f64]) -> &mut [f64] {
    let mut count = 0;
    for i in 0..values.len() {
        if observed(values[i]).is_some() {
            values.swap(count, i);
            count += 1;
        }
    }
    &mut values[..count]
}

const HALF: Quantile = Quantile { p: 0.5, definition: QuantileDefinition::Linear };

/// The median of values that may be reordered, without a copy.
pub(crate) fn median_of_mut(values: &mut [f64]) -> Option<f64> {
    HALF.of_mut(values)
}

/// The median of the observed values, the mean of the two middle ones if their number is even; `None` if
/// there is none. O(n) on average.
///
/// ```
/// assert_eq!(evenkeel_series::median(&[3.0, f64::NAN, 1.0, 10.0]), Some(3.0));
/// ```
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    HALF.of(values)
}

/// The median absolute deviation from the median, unscaled: multiply by [`MAD_TO_SD`] for an estimate of the
/// standard deviation of normal data. `None` if nothing is observed; 0 if more than half of the values are
/// equal. O(n) on average.
///
/// ```
/// use evenkeel_series::quantile::mad;
///
/// assert_eq!(mad(&[1.0, 2.0, 3.0, 4.0, 1000.0]), Some(1.0));
/// assert_eq!(mad(&[5.0, 5.0, 5.0, 9.0]), Some(0.0));
/// ```
#[must_use]
pub fn mad(values: &[f64]) -> Option<f64> {
    let mut values: Vec<f64> = values.iter().copied().filter_map(observed).collect();
    let center = HALF.of_mut(&mut values)?;
    for value in &mut values {
        *value = (*value - center).abs();
    }
    // Deviations of values up to 1e100 can be up to 2e100, which would not count as observed.
    let largest = values.iter().copied().fold(0.0, f64::max);
    if largest > 1e99 {
        values.iter_mut().for_each(|value| *value *= 0.125);
        return HALF.of_mut(&mut values).map(|deviation| deviation * 8.0);
    }
    HALF.of_mut(&mut values)
}
