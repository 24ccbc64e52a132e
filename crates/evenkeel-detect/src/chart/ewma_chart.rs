//! The EWMA control chart.

use crate::chart::in_control::in_control;
use evenkeel_core::{Error, Prediction, Score, Stage, observed};

/// Notices small lasting shifts of a level whose mean and spread are known.
///
/// *When*: shifts of 0.5 to 2 standard deviations that last; for single spikes a larger `lambda`, for steady
/// drifts [`Cusum`](crate::chart::Cusum). The observations must be independent when nothing is wrong: put the
/// chart behind [`Innovations`](crate::forecast::Innovations) if they are not.
///
/// *Method*: z_i = lambda x_i + (1 - lambda) z_(i-1), z_0 = mean, compared with its exact standard error sd
/// sqrt(lambda / (2 - lambda) (1 - (1 - lambda)^(2 i))). S. W. Roberts, Control chart tests based on
/// geometric moving averages, Technometrics 1 (1959) 239-250, doi:10.1080/00401706.1959.10489860.
///
/// *Parameters*: `mean`, `sd` (> 0) in the unit of the data; `lambda` in [1e-9, 1], default 0.2: good for
/// shifts of one standard deviation (Lucas and Saccucci 1990, doi:10.1080/00401706.1990.10484583).
///
/// *Score*: |z_i - mean| in standard errors of z_i; charts usually alarm above 2.7 to 3. Direction: the side
/// of the mean.
///
/// *Missing data*: no score, nothing learned. *Cost*: O(1). *State*: 5 numbers.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::chart::EwmaChart;
///
/// let mut chart = EwmaChart::builder(10.0, 2.0).lambda(0.2).build()?;
/// // A shift by one and a half standard deviations; no single value looks bad.
/// let alarm = chart.run([13.0; 20]).position(|score| score.unwrap().value() > 3.0);
/// assert_eq!(alarm, Some(4));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EwmaChart {
    in_control: Prediction,
    lambda: f64,
    /// z - mean, so that a far-away mean costs no digits.
    deviation: f64,
    /// (1 - lambda)^(2 i) until it is nothing beside 1. From then on the standard error of z, which changes
    /// no more, negated: a bank of many charts has one number less to keep.
    forgotten: f64,
}

/// Settings of an [`EwmaChart`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct EwmaChartBuilder {
    mean: f64,
    sd: f64,
    lambda: f64,
}

impl EwmaChartBuilder {
    /// The weight of the newest value, in [1e-9, 1]. Default 0.2.
    pub fn lambda(mut self, lambda: f64) -> Self {
        self.lambda = lambda;
        self
    }

    /// The chart.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<EwmaChart, Error> {
        let in_control = in_control(self.mean, self.sd)?;
        Error::require((1e-9..=1.0).contains(&self.lambda), "lambda", "in [1e-9, 1]", self.lambda)?;
        Ok(EwmaChart { in_control, lambda: self.lambda, deviation: 0.0, forgotten: 1.0 })
    }
}

impl EwmaChart {
    /// A chart for a process that has this mean and standard deviation when nothing is wrong.
    pub fn builder(mean: f64, sd: f64) -> EwmaChartBuilder {
        EwmaChartBuilder { mean, sd, lambda: 0.2 }
    }

    /// The smoothed value z, in the unit of the data.
    #[must_use]
    pub fn statistic(&self) -> f64 {
        self.in_control.mean() + self.deviation
    }

    /// The standard error of z; 0 before the first value. A limit of L standard errors is `L *
    /// standard_error()` from the mean.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        if self.forgotten < 0.0 { -self.forgotten } else { self.error_after(self.forgotten) }
    }

    #[inline]
    fn error_after(&self, forgotten: f64) -> f64 {
        let lambda = self.lambda;
        self.in_control.sd() * libm::sqrt(lambda / (2.0 - lambda) * (1.0 - forgotten))
    }

    /// The standard error after one more value.
    #[inline]
    fn next_error(&mut self) -> f64 {
        if self.forgotten < 0.0 {
            return -self.forgotten;
        }
        let kept = 1.0 - self.lambda;
        let forgotten = self.forgotten * (kept * kept);
        let error = self.error_after(forgotten);
        self.forgotten = if 1.0 - forgotten < 1.0 { forgotten } else { -error };
        error
    }
}

impl Stage<f64> for EwmaChart {
    type Output = Score;

    #[inline]
    fn update(&mut self, x: f64) -> Option<Score> {
        let x = observed(x)?;
        let kept = 1.0 - self.lambda;
        self.deviation = self.lambda * (x - self.in_control.mean()) + kept * self.deviation;
        let error = self.next_error();
        Some(Score::from_deviation(self.deviation / error)?.with_expected(self.in_control))
    }

    fn reset(&mut self) {
        self.deviation = 0.0;
        self.forgotten = 1.0;
    }
}

#[cfg(feature = "serde")]
evenkeel_core::state! {
    EwmaChart as struct Saved("EwmaChart@1") {
        numbers: [f64; 5],
    }
}

#[cfg(feature = "serde")]
impl From<&EwmaChart> for Saved {
    fn from(c: &EwmaChart) -> Self {
        let forgotten = c.forgotten.max(0.0);
        Self { numbers: [c.in_control.mean(), c.in_control.sd(), c.lambda, c.deviation, forgotten] }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for EwmaChart {
    type Error = Error;

    fn try_from(Saved { numbers: [mean, sd, lambda, deviation, forgotten] }: Saved) -> Result<Self, Error> {
        let fresh = Self::builder(mean, sd).lambda(lambda).build()?;
        Error::require(deviation.is_finite(), "deviation", "finite", deviation)?;
        Error::require((0.0..=1.0).contains(&forgotten), "forgotten", "in [0, 1]", forgotten)?;
        let forgotten = if 1.0 - forgotten < 1.0 { forgotten } else { -fresh.error_after(0.0) };
        Ok(Self { deviation, forgotten, ..fresh })
    }
}
