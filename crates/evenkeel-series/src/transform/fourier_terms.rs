//! Fourier terms: harmonics of seasons as regressors.

use alloc::vec::Vec;
use core::f64::consts::TAU;
use core::ops::Range;
use evenkeel_core::Error;

/// A wave: sin or cos of 2 π order t / period.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Wave {
    period: f64,
    order: usize,
    sine: bool,
}

impl Wave {
    /// The season's period, in samples.
    #[must_use]
    pub fn period(&self) -> f64 {
        self.period
    }

    /// How many waves fit in a period.
    #[must_use]
    pub fn order(&self) -> usize {
        self.order
    }

    /// Whether it is the sine rather than the cosine.
    #[must_use]
    pub fn is_sine(&self) -> bool {
        self.sine
    }

    /// The wave at a time, from -1 to 1.
    #[must_use]
    pub fn at(&self, time: usize) -> f64 {
        // The remainder first: it is exact, so that late times are as precise as early ones.
        let turn =
            libm::fmod(libm::fmod(time as f64, self.period) * self.order as f64, self.period) / self.period;
        if self.sine { libm::sin(TAU * turn) } else { libm::cos(TAU * turn) }
    }
}

/// Fourier terms: sines and cosines of several seasons, as regressors of a harmonic regression.
///
/// ```
/// use evenkeel_series::transform::FourierTerms;
///
/// // A day in half hours with its first 24 harmonics, and a week: the 7th harmonic of the week is the
/// // first of the day.
/// let terms = FourierTerms::new([(48.0, 24), (336.0, 7)])?;
/// assert_eq!(terms.waves().len(), 47 + 12);
/// assert_eq!(terms.skipped().len(), 1 + 2);
/// let day = terms.columns(0..48);
/// assert!(day[0].iter().sum::<f64>().abs() < 1e-12);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// Columns that would be duplicates are left out and [listed](Self::skipped): waves of a frequency that a
/// shorter season already has, and the sine of half the sampling rate, which is 0 everywhere. That is what
/// R's `forecast::fourier` does; its time starts at 1.
///
/// *Complexity*: O(waves) a time.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct FourierTerms {
    waves: Vec<Wave>,
    skipped: Vec<Wave>,
}

/// Frequencies closer than that are the same.
const SAME: f64 = 1e-9;

impl FourierTerms {
    /// For seasons as (period in samples, highest order), in the order in which columns are wanted: of each
    /// season sine and cosine of order 1, of order 2, and so on.
    ///
    /// # Errors
    /// If a period is not in [2, 1e9], or an order is 0 or above half of its period: a faster wave than that
    /// looks like a slower one.
    pub fn new(seasons: impl IntoIterator<Item = (f64, usize)>) -> Result<Self, Error> {
        let (mut waves, mut skipped): (Vec<Wave>, Vec<Wave>) = (Vec::new(), Vec::new());
        for (period, orders) in seasons {
            Error::require((2.0..=1e9).contains(&period), "period", "in [2, 1e9]", period)?;
            let possible = orders >= 1 && 2.0 * orders as f64 <= period;
            Error::require(possible, "order", "from 1 to half of the period", orders)?;
            for order in 1..=orders {
                let frequency = order as f64 / period;
                let known = waves.iter().any(|w| {
                    let other = w.order as f64 / w.period;
                    (other - frequency).abs() < SAME * frequency
                });
                for sine in [true, false] {
                    let nothing = sine && 2.0 * order as f64 == period;
                    let wave = Wave { period, order, sine };
                    if known || nothing { skipped.push(wave) } else { waves.push(wave) }
                }
            }
        }
        Ok(Self { waves, skipped })
    }

    /// The waves, in the order of the columns.
    pub fn waves(&self) -> &[Wave] {
        &self.waves
    }

    /// The waves that were left out, because another column is the same or they are 0 everywhere.
    pub fn skipped(&self) -> &[Wave] {
        &self.skipped
    }

    /// All waves at a time.
    ///
    /// # Errors
    /// [`Error::Shape`] if `row` has another length than there are waves.
    pub fn fill(&self, time: usize, row: &mut [f64]) -> Result<(), Error> {
        if row.len() != self.waves.len() {
            return Err(Error::Shape { what: "row", expected: self.waves.len(), found: row.len() });
        }
        row.iter_mut().zip(&self.waves).for_each(|(x, wave)| *x = wave.at(time));
        Ok(())
    }

    /// One column for each wave over some times.
    #[must_use]
    pub fn columns(&self, times: Range<usize>) -> Vec<Vec<f64>> {
        self.waves.iter().map(|wave| times.clone().map(|t| wave.at(t)).collect()).collect()
    }
}
