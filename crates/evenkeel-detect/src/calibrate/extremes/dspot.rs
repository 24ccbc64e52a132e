//! DSPOT: extreme-value calibration of a drifting level.

use super::spot::{Spot, SpotBuilder, Tails};
use crate::calibrate::preallocated::Preallocated;
use evenkeel_core::{Calibrated, Direction, Error, Prediction, Score, Stage, observed};

evenkeel_core::state! {
    /// Notices extreme values of a metric whose level drifts: SPOT on what is left after the mean of the last
    /// normal values is taken away.
    ///
    /// *When*: there is no model of the metric, its level wanders slowly, and single values count. Where a
    /// forecaster fits, `Surprise::new(forecaster).then(spot)` sees smaller deviations.
    ///
    /// *Method*: x minus the mean of the last `depth` values that were no alarms, calibrated as in [`Spot`].
    /// Siffer et al., KDD 2017, doi:10.1145/3097983.3098144. *Deviations*: 1. A value as far on the *other*
    /// side is not taken into the mean either, else ten zeros in an outage would pull it down, and the return
    /// to normal would be the alarm. 2. After `relearn` values in a row that were not taken in, the last
    /// `depth` of them are the new level: a shift that lasts is raised and, when it has become normal,
    /// cleared. With [`plug_in`](DspotBuilder::plug_in) both are as published.
    ///
    /// *Parameters*: those of [`Spot`]; `depth` in [1, 10^6], default 20. The first `depth` values only fill
    /// the mean. `relearn` in [`depth`, 10^9], default ten times `depth`.
    ///
    /// *Output*: p-values of raw values. The score carried along is the deviation from the mean (its
    /// magnitude and side with [`Tails::Both`]), with the mean and the standard deviation of the last `depth`
    /// values as expectation.
    ///
    /// *Missing data*: silent, nothing learned. *Cost*: as [`Spot`]. *State*: as [`Spot`], and 16 `depth`
    /// bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_detect::Dspot;
    ///
    /// let noise = |i: u64| ((i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1u64 << 53) as f64) - 0.5;
    /// let mut dspot = Dspot::builder(1e-3).build()?;
    /// for i in 0..3000 {
    ///     dspot.update(0.01 * i as f64 + noise(i)); // drifts by sixty times its noise
    /// }
    /// assert!(dspot.update(30.0 + 2.0).unwrap().p() < 1e-3);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct Dspot(alloc::format!("Dspot@3<{}>", Spot::schema())) {
        spot: Spot,
        /// The last normal values, a ring.
        recent: Preallocated,
        /// How many normal values came, calibration included; never an alarm.
        normal: u64,
        /// The last values that were not taken into the mean, a ring.
        left_out: Preallocated,
        /// How many of them came in a row.
        run: u64,
        relearn: u64,
        plug_in: bool,
    }
}

/// Settings of a [`Dspot`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct DspotBuilder {
    spot: SpotBuilder,
    depth: usize,
    relearn: Option<usize>,
    plug_in: bool,
}

impl DspotBuilder {
    /// How many of the last normal values make the mean, in [1, 10^6]. Default 20.
    pub fn depth(mut self, values: usize) -> Self {
        self.depth = values;
        self
    }

    /// The quantile of the calibration above which a deviation is a peak, in (0, 1). Default 0.98.
    pub fn level(mut self, level: f64) -> Self {
        self.spot = self.spot.level(level);
        self
    }

    /// How many deviations set the threshold, in [10, 10^7], after the first `depth` values. Default 1000.
    pub fn calibration(mut self, deviations: usize) -> Self {
        self.spot = self.spot.calibration(deviations);
        self
    }

    /// How many values in a row that are too far from the mean become the new level, in [`depth`, 10^9].
    /// Default ten times `depth`.
    pub fn relearn(mut self, values: usize) -> Self {
        self.relearn = Some(values);
        self
    }

    /// The method as published, for comparisons; see [`SpotBuilder::plug_in`].
    pub fn plug_in(mut self) -> Self {
        self.spot = self.spot.plug_in();
        self.plug_in = true;
        self
    }

    /// How many peaks count, in [5, 10^6]; see [`SpotBuilder::max_peaks`]. Default 2000.
    pub fn max_peaks(mut self, peaks: usize) -> Self {
        self.spot = self.spot.max_peaks(peaks);
        self
    }

    /// How many times the promised share of alarms is learned, in [0, 100]; see [`Spot`]. Default 2; 0 is the
    /// published method.
    pub fn learn_alarms(mut self, times: f64) -> Self {
        self.spot = self.spot.learn_alarms(times);
        self
    }

    /// Which tail is tested. Default [`Tails::Upper`].
    pub fn tails(mut self, tails: Tails) -> Self {
        self.spot = self.spot.tails(tails);
        self
    }

    /// The calibrated detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Dspot, Error> {
        Error::require((1..=1_000_000).contains(&self.depth), "depth", "in [1, 10^6]", self.depth)?;
        let relearn = self.relearn.unwrap_or_else(|| self.depth.saturating_mul(10));
        Error::require(
            (self.depth..=1_000_000_000).contains(&relearn),
            "relearn",
            "in [depth, 10^9]",
            relearn,
        )?;
        Ok(Dspot {
            spot: self.spot.build()?,
            recent: Preallocated::new(self.depth),
            normal: 0,
            left_out: Preallocated::new(self.depth),
            run: 0,
            relearn: relearn as u64,
            plug_in: self.plug_in,
        })
    }
}

impl Dspot {
    /// A detector that calls a share `risk` of normal values alarms.
    pub fn builder(risk: f64) -> DspotBuilder {
        DspotBuilder { spot: SpotBuilder::new(risk), depth: 20, relearn: None, plug_in: false }
    }

    /// The threshold in force for the next value, in the unit of the data: above it (below it for
    /// [`Tails::Lower`]) p < risk. The upper one of both. `None` while calibrating.
    #[must_use]
    pub fn threshold(&self) -> Option<f64> {
        Some(self.spot.threshold()? + self.mean()?)
    }

    /// The calibrator of the deviations.
    #[must_use]
    pub fn spot(&self) -> &Spot {
        &self.spot
    }

    /// Mean of the last `depth` normal values; `None` until there are so many. Summed anew for each value, so
    /// that nothing drifts.
    fn mean(&self) -> Option<f64> {
        let depth = self.recent.len();
        (self.normal >= depth as u64).then(|| self.recent.iter().map(|x| x / depth as f64).sum())
    }

    fn remember(&mut self, x: f64) {
        let at = (self.normal % self.recent.len() as u64) as usize;
        self.recent[at] = x;
        self.normal += 1;
    }

    fn leave_out(&mut self, x: f64) {
        if self.plug_in {
            return;
        }
        let at = (self.run % self.left_out.len() as u64) as usize;
        self.left_out[at] = x;
        self.run += 1;
        if self.run >= self.relearn {
            self.recent.copy_from_slice(&self.left_out);
            self.end_run();
        }
    }

    fn end_run(&mut self) {
        if self.run > 0 {
            self.left_out.fill(0.0);
            self.run = 0;
        }
    }
}

impl Stage<f64> for Dspot {
    type Output = Calibrated;

    fn update(&mut self, x: f64) -> Option<Calibrated> {
        let x = observed(x)?;
        let Some(mean) = self.mean() else {
            self.remember(x);
            return None;
        };
        let deviation = x - mean;
        let Some((p, alarm)) = self.spot.assess_and_learn(deviation) else {
            self.remember(x);
            return None;
        };
        let score = match self.spot.tails() {
            Tails::Upper => Score::new(deviation, Direction::Up),
            Tails::Lower => Score::new(-deviation, Direction::Down),
            Tails::Both => Score::from_deviation(deviation),
        }?;
        let depth = self.recent.len() as f64;
        let spread = self.recent.iter().map(|r| (r - mean) / libm::sqrt((depth - 1.0).max(1.0)));
        let sd = libm::sqrt(spread.map(|r| r * r).sum());
        if alarm || (!self.plug_in && self.spot.is_alarm(-deviation)) {
            self.leave_out(x);
        } else {
            self.remember(x);
            self.end_run();
        }
        let score = Prediction::new(mean, sd).map_or(score, |expected| score.with_expected(expected));
        Some(Calibrated::clamped(p, score))
    }

    fn reset(&mut self) {
        self.spot.reset();
        self.recent.fill(0.0);
        self.left_out.fill(0.0);
        (self.normal, self.run) = (0, 0);
    }
}

#[cfg(feature = "serde")]
impl Dspot {
    fn validate(&self) -> Result<(), Error> {
        let Self { recent, normal, left_out, run, relearn, .. } = self;
        let depth = recent.len();
        Error::require((1..=1_000_000).contains(&depth), "depth", "in [1, 10^6]", depth)?;
        let sound = recent.iter().chain(left_out.iter()).all(|x| observed(*x).is_some())
            && left_out.len() == depth
            && *normal <= 1 << 53
            && (depth as u64..=1_000_000_000).contains(relearn)
            && run < relearn;
        Error::require(sound, "recent", "observed values, as many as the depth on both sides", "others")
    }
}
