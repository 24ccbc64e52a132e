//! The net promoter score.

use crate::experiment::Proportion;
use crate::experiment::moments::require_confidence;
use evenkeel_core::{Error, gaussian};
use evenkeel_stats::sequential::Interval;

/// Answers to "how likely are you to recommend this", from 0 to 10.
///
/// 9 and 10 are promoters, 0 to 6 detractors. The score is the percentage of promoters minus that of
/// detractors, from -100 to 100. Source: F. F. Reichheld, The one number you need to grow, Harv. Bus. Rev. 81(12)
/// (2003) 46-54.
///
/// ```
/// use evenkeel_experience::feedback::NetPromoter;
///
/// let mut answers = NetPromoter::default();
/// for rating in [10, 9, 8, 7, 6, 10, 10, 3] {
///     assert!(answers.add(rating));
/// }
/// assert_eq!(answers.score(), Some(25.0));
/// // Eight answers say next to nothing.
/// assert!(answers.interval(0.95)?.unwrap().contains(-20.0));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct NetPromoter {
    /// Answers of 9 and 10.
    pub promoters: u64,
    /// Answers of 7 and 8.
    pub passives: u64,
    /// Answers of 0 to 6.
    pub detractors: u64,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(NetPromoter);

impl NetPromoter {
    /// Counts an answer; false if it is above 10 and was not counted.
    pub fn add(&mut self, rating: u8) -> bool {
        let count = match rating {
            0..=6 => &mut self.detractors,
            7 | 8 => &mut self.passives,
            9 | 10 => &mut self.promoters,
            _ => return false,
        };
        *count = count.saturating_add(1);
        true
    }

    /// How many answers there are.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.promoters.saturating_add(self.passives).saturating_add(self.detractors)
    }

    /// The score; none without answers.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        let n = self.promoters as f64 + self.passives as f64 + self.detractors as f64;
        (n > 0.0).then(|| 100.0 * (self.promoters as f64 - self.detractors as f64) / n)
    }

    /// Limits for the score of all users, of whom those who answered are taken as a random sample: the
    /// adjusted Wald interval, with 3/4 of an answer added to promoters and detractors each and 3/2 to
    /// passives, which covers as often as said from some dozen answers on. None without answers. Source: B.
    /// Rocks, Interval estimation for the "net promoter score", Am. Stat. 70 (2016) 365-372,
    /// doi:10.1080/00031305.2016.1198279.
    ///
    /// # Errors
    /// If `confidence` is not in (0, 1).
    pub fn interval(&self, confidence: f64) -> Result<Option<Interval>, Error> {
        require_confidence(confidence)?;
        if self.answers() == 0 {
            return Ok(None);
        }
        let (up, down) = (self.promoters as f64 + 0.75, self.detractors as f64 + 0.75);
        let n = up + down + self.passives as f64 + 1.5;
        let score = (up - down) / n;
        let variance = ((up + down) / n - score * score) / n;
        let half = gaussian::upper_quantile(0.5 * (1.0 - confidence)) * libm::sqrt(variance);
        let end = |x: f64| (100.0 * x).clamp(-100.0, 100.0);
        Interval::new(end(score - half), end(score + half)).map(Some)
    }

    /// The share of promoters, whose Wilson limits are good for any number of answers.
    ///
    /// # Errors
    /// If there are no answers.
    pub fn promoter_share(&self) -> Result<Proportion, Error> {
        Proportion::new(self.promoters, self.answers())
    }
}
