//! Feedback as a time series.

use super::net_promoter::NetPromoter;
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Timestamp, Watermark};

evenkeel_core::state! {
    /// Makes one point a period out of single answers, for decomposition, forecasts and detectors.
    ///
    /// The output is the period that just ended, at the time of its beginning, once an observation of a later
    /// one comes. A period without answers gives no point: nobody said anything, which is not a score of 0.
    /// Observations are answers from 0 to 10, or none to let time pass; what is above 10 is missing. The rules
    /// on time are those of [`Watermark`]: a late answer counts in the period of the latest one. O(1), 200
    /// bytes.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::{At, Stage, Timestamp};
    /// use evenkeel_experience::feedback::FeedbackSeries;
    ///
    /// let mut days = FeedbackSeries::new(Duration::from_secs(86_400))?;
    /// let hour = |h: i64, rating| At::new(Timestamp::from_seconds(3600 * h), Some(rating));
    /// let points: Vec<_> = days.run([hour(1, 10), hour(9, 9), hour(15, 2), hour(25, 10)]).flatten().collect();
    /// assert_eq!(points[0].time, Timestamp::EPOCH);
    /// assert_eq!(points[0].value.answers(), 3);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct FeedbackSeries("FeedbackSeries@1") {
        period: Duration,
        clock: Watermark,
        current: Option<i64>,
        answers: NetPromoter,
    }
}

impl FeedbackSeries {
    /// With periods of this length, aligned with the epoch.
    ///
    /// # Errors
    /// If `period` is not from a second to 400 days.
    pub fn new(period: Duration) -> Result<Self, Error> {
        let series =
            Self { period, clock: Watermark::default(), current: None, answers: NetPromoter::default() };
        series.validate()?;
        Ok(series)
    }

    fn validate(&self) -> Result<(), Error> {
        let in_range =
            self.period >= Duration::from_secs(1) && self.period <= Duration::from_secs(400 * 86_400);
        Error::require(in_range, "period", "from a second to 400 days", self.period.as_secs_f64())
    }

    /// The answers of the period that has not ended yet.
    #[must_use]
    pub fn current(&self) -> NetPromoter {
        self.answers
    }

    fn length(&self) -> i64 {
        i64::try_from(self.period.as_nanos()).unwrap_or(i64::MAX)
    }
}

impl Stage<At<Option<u8>>> for FeedbackSeries {
    type Output = At<NetPromoter>;

    fn update(&mut self, x: At<Option<u8>>) -> Option<At<NetPromoter>> {
        let index = self.clock.admit(x.time).as_nanos().div_euclid(self.length());
        let before = *self.current.get_or_insert(index);
        let mut point = None;
        if index > before {
            if self.answers.answers() > 0 {
                let began = Timestamp::from_nanos(before.saturating_mul(self.length()));
                point = Some(At::new(began, self.answers));
            }
            self.answers = NetPromoter::default();
            self.current = Some(index);
        }
        if let Some(rating) = x.value {
            self.answers.add(rating);
        }
        point
    }

    fn reset(&mut self) {
        self.clock = Watermark::default();
        self.current = None;
        self.answers = NetPromoter::default();
    }
}
