//! The Shewhart chart of single values.

use crate::chart::in_control::in_control;
use evenkeel_core::{Error, Prediction, Score, Stage, gaussian, observed};

/// Notices single values far from a known level.
///
/// *When*: one bad value matters and level and spread are known. For small lasting shifts take
/// [`EwmaChart`](crate::chart::EwmaChart) or [`Focus`](crate::change::Focus).
///
/// *Method*: W. A. Shewhart, Economic control of quality of manufactured product, Van Nostrand 1931.
///
/// *Parameters*: `mean`, `sd` (> 0) of a value when nothing is wrong, in the unit of the data.
///
/// *Score*: the distance from the mean in standard deviations, direction its sign; [`Shewhart::limit_for`]
/// says which limit gives which distance between false alarms.
///
/// *Missing data*: no score. *Cost*: O(1). *State*: 2 numbers.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::chart::Shewhart;
///
/// let mut chart = Shewhart::new(10.0, 2.0)?;
/// let limit = Shewhart::limit_for(370.4)?; // one false alarm in 370 values
/// assert!((limit - 3.0).abs() < 1e-4);
/// let score = chart.update(3.0).unwrap();
/// assert!(score.value() > limit && score.direction() == Direction::Down);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shewhart {
    in_control: Prediction,
}

impl Shewhart {
    /// A chart for values that have this mean and standard deviation when nothing is wrong.
    ///
    /// # Errors
    /// If `mean` is not finite, or `sd` is not finite and positive; both are at most 1e100 in magnitude.
    pub fn new(mean: f64, sd: f64) -> Result<Self, Error> {
        Ok(Self { in_control: in_control(mean, sd)? })
    }

    /// The two-sided limit, in standard deviations, that one normal value in `run_length` exceeds.
    ///
    /// # Errors
    /// If `run_length` is not in [2, 1e300].
    pub fn limit_for(run_length: f64) -> Result<f64, Error> {
        Error::require((2.0..=1e300).contains(&run_length), "run_length", "in [2, 1e300]", run_length)?;
        Ok(-gaussian::lower_quantile(0.5 / run_length))
    }

    /// The average number of normal values up to a false alarm at a two-sided limit, in standard deviations.
    ///
    /// # Errors
    /// If `limit` is not in [0, 37].
    pub fn average_run_length(limit: f64) -> Result<f64, Error> {
        Error::require((0.0..=37.0).contains(&limit), "limit", "in [0, 37]", limit)?;
        Ok(0.5 / gaussian::upper(limit))
    }
}

impl Stage<f64> for Shewhart {
    type Output = Score;

    #[inline]
    fn update(&mut self, x: f64) -> Option<Score> {
        let z = self.in_control.standardize(observed(x)?);
        Some(Score::from_deviation(z)?.with_expected(self.in_control))
    }

    fn reset(&mut self) {}
}

#[cfg(feature = "serde")]
evenkeel_core::state! {
    Shewhart as struct Saved("Shewhart@1") {
        numbers: [f64; 2],
    }
}

#[cfg(feature = "serde")]
impl From<&Shewhart> for Saved {
    fn from(c: &Shewhart) -> Self {
        Self { numbers: [c.in_control.mean(), c.in_control.sd()] }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for Shewhart {
    type Error = Error;

    fn try_from(Saved { numbers: [mean, sd] }: Saved) -> Result<Self, Error> {
        Self::new(mean, sd)
    }
}
