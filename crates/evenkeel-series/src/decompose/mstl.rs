//! MSTL: decomposition with several seasons.

use super::decomposition::{Composition, Decomposition, Dropped, Season};
use super::stl::Stl;
use crate::denoise::Loess;
use crate::missing::missing_as_nan;
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::Error;

/// MSTL: a series as trend + several seasons + remainder, by [`Stl`] for one season after the other.
///
/// For series with daily and weekly seasons. A season for which there are no more than two periods of values
/// is left out, and the result [says so](Decomposition::dropped); without any season left, the trend is the
/// local regression that the shortest season would have had. Growth of the seasons with the level is left to
/// the caller: take logarithms, or a Box-Cox transform, first.
///
/// *Method*: each season in turn, the shortest first, is estimated from the series without the others, and
/// that is iterated. K. Bandara, R. Hyndman, C. Bergmeir, International Journal of Operational Research
/// (2021), arXiv:2107.13462.
///
/// ```
/// use core::f64::consts::TAU;
/// use evenkeel_series::Mstl;
///
/// let hourly: Vec<f64> = (0..24 * 7 * 6)
///     .map(|t| 50.0 + 10.0 * (f64::from(t) / 24.0 * TAU).sin() + 5.0 * (f64::from(t) / 168.0 * TAU).cos())
///     .collect();
/// let parts = Mstl::new([24, 168, 8760]).fit(&hourly)?;
/// assert_eq!(parts.seasons().len(), 2);
/// assert!((parts.seasons()[1].values()[400] - 5.0 * (400.0 / 168.0 * TAU).cos()).abs() < 0.1);
/// assert_eq!(
///     parts.dropped()[0].to_string(),
///     "a season of 8760 needs 17521 values, more than two periods, there are 1008"
/// );
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Settings*: the i-th season (from 1) has a seasonal window of 7 + 4 i periods, as its authors and both
/// implementations have it; jumps of a tenth of each window as in R. [`of`](Self::of) takes an [`Stl`] for
/// each season instead: give smoothers with a jump of 1 for the components of statsmodels, and a seasonal
/// degree of 0 for those of R. Two iterations.
///
/// *Missing values* and *complexity* as with [`Stl`], for each season and iteration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Mstl {
    seasons: Vec<Stl>,
    robust: bool,
    iterate: usize,
}

impl Mstl {
    /// For seasons of these periods, in any order.
    pub fn new(periods: impl IntoIterator<Item = usize>) -> Self {
        let mut periods: Vec<usize> = periods.into_iter().collect();
        periods.sort_unstable();
        let season = |(i, period): (usize, &usize)| Stl::new(*period).seasonal(Loess::strided(11 + 4 * i, 1));
        Self { seasons: periods.iter().enumerate().map(season).collect(), robust: false, iterate: 2 }
    }

    /// With an [`Stl`] for each season, in any order.
    pub fn of(seasons: impl IntoIterator<Item = Stl>) -> Self {
        let mut seasons: Vec<Stl> = seasons.into_iter().collect();
        seasons.sort_by_key(Stl::period);
        Self { seasons, robust: false, iterate: 2 }
    }

    /// Robust against outliers in every decomposition.
    pub fn robust(self) -> Self {
        Self { robust: true, ..self }
    }

    /// How often all seasons are estimated, 1 to 1000; 2 by default. One season alone is estimated once.
    pub fn iterate(self, iterate: usize) -> Self {
        Self { iterate, ..self }
    }

    /// Decomposes a series.
    ///
    /// # Errors
    /// If there is no season, a period occurs twice, a setting is out of range, nothing is observed, or
    /// ([`Error::Missing`]) some phase of a season was never observed.
    pub fn fit(&self, values: &[f64]) -> Result<Decomposition, Error> {
        let n = values.len();
        Error::require(!self.seasons.is_empty(), "periods", "at least one", "none")?;
        for pair in self.seasons.windows(2) {
            Error::require(pair[0].period() != pair[1].period(), "periods", "different", pair[0].period())?;
        }
        let shortest = self.seasons.iter().map(Stl::period).min().unwrap_or(2);
        Error::require(shortest >= 2, "periods", "at least 2", shortest)?;
        Error::require((1..=1000).contains(&self.iterate), "iterate", "in 1..=1000", self.iterate)?;
        let settings: Vec<Stl> =
            self.seasons.iter().map(|stl| if self.robust { stl.robust() } else { *stl }).collect();
        let (kept, short): (Vec<Stl>, Vec<Stl>) =
            settings.iter().partition(|stl| stl.period() < n.div_ceil(2));
        let dropped = short
            .iter()
            .map(|stl| Dropped::new(stl.period(), stl.period().saturating_mul(2).saturating_add(1), n))
            .collect();
        let values: Vec<f64> = missing_as_nan(values);
        let mut rest = values.clone();
        let mut seasons: Vec<Season> =
            kept.iter().map(|stl| Season::new(stl.period(), vec![0.0; n])).collect();
        let mut trend = vec![0.0; n];
        let mut weights = None;
        if kept.is_empty() {
            let smoother = settings[0].trend_smoother();
            trend = if self.robust { smoother.robust(15) } else { smoother }.apply(&values)?;
        }
        let mut passes = kept.iter().map(|stl| stl.passes(n)).collect::<Result<Vec<_>, _>>()?;
        for _ in 0..if kept.len() == 1 { 1 } else { self.iterate } {
            for ((stl, season), pass) in kept.iter().zip(&mut seasons).zip(&mut passes) {
                rest.iter_mut().zip(season.values()).for_each(|(x, s)| *x += s);
                weights = pass.run(stl, &rest, season.values_mut(), &mut trend)?;
                rest.iter_mut().zip(season.values()).for_each(|(x, s)| *x -= s);
            }
        }
        rest.iter_mut().zip(&trend).for_each(|(x, t)| *x -= t);
        Ok(Decomposition {
            composition: Composition::Additive,
            trend,
            seasons,
            remainder: rest,
            weights,
            dropped,
        })
    }
}
