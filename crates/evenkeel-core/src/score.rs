//! Scores: how surprising an observation was.

use crate::error::Error;
use crate::forecaster::Prediction;

/// The direction in which an observation was surprising.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Direction {
    /// Higher than expected.
    Up,
    /// Lower than expected.
    Down,
    /// Surprising without a direction: a shape, a combination, a distribution.
    #[default]
    Either,
}

/// A detector's raw score of one observation: larger is more surprising, on the detector's own scale.
///
/// A score is not a probability. A calibrator turns it into one ([`Calibrated`]), and an alarm turns those
/// into few incidents.
///
/// ```
/// use evenkeel_core::{Direction, Prediction, Score};
///
/// let score = Score::new(4.2, Direction::Up).unwrap().with_expected(Prediction::new(10.0, 2.0).unwrap());
/// assert_eq!(score.value(), 4.2);
/// assert_eq!(score.expected().unwrap().mean(), 10.0);
/// assert!(Score::new(f64::NAN, Direction::Up).is_none());
/// let louder = score.with_value(8.4).unwrap();
/// assert_eq!((louder.value(), louder.expected()), (8.4, score.expected()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
#[must_use]
pub struct Score {
    value: f64,
    direction: Direction,
    expected: Option<Prediction>,
    dimension: Option<u32>,
}

impl Score {
    /// A score. `None` if `value` is NaN; an infinite value becomes the largest finite one of its sign.
    #[must_use]
    #[inline]
    pub fn new(value: f64, direction: Direction) -> Option<Self> {
        if value.is_nan() {
            return None;
        }
        Some(Self { value: value.clamp(f64::MIN, f64::MAX), direction, expected: None, dimension: None })
    }

    /// A score from a deviation whose sign is its direction: the value is its magnitude.
    #[must_use]
    #[inline]
    pub fn from_deviation(deviation: f64) -> Option<Self> {
        Self::new(deviation.abs(), if deviation < 0.0 { Direction::Down } else { Direction::Up })
    }

    /// Adds what had been expected.
    #[inline]
    pub fn with_expected(mut self, expected: Prediction) -> Self {
        self.expected = Some(expected);
        self
    }

    /// Adds which dimension of a vector was the most surprising (0-based).
    #[inline]
    pub fn with_dimension(mut self, dimension: u32) -> Self {
        self.dimension = Some(dimension);
        self
    }

    /// The same score with another value, for stages that transform scores. `None` if `value` is NaN; an
    /// infinite value becomes the largest finite one of its sign.
    #[must_use]
    pub fn with_value(self, value: f64) -> Option<Self> {
        Self::new(value, self.direction).map(|new| Self { value: new.value, ..self })
    }

    /// How surprising the observation was; finite.
    #[must_use]
    #[inline]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The direction of the surprise.
    #[must_use]
    #[inline]
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The value with the direction as its sign: negative for [`Direction::Down`].
    #[must_use]
    #[inline]
    pub fn signed(&self) -> f64 {
        if self.direction == Direction::Down { -self.value } else { self.value }
    }

    /// The prediction, where the detector has one.
    #[must_use]
    #[inline]
    pub fn expected(&self) -> Option<Prediction> {
        self.expected
    }

    /// Which dimension of a vector was the most surprising, where there are several.
    #[must_use]
    #[inline]
    pub fn dimension(&self) -> Option<u32> {
        self.dimension
    }
}

/// A score with a p-value: the probability of a score at least as surprising when nothing is wrong. It means
/// the same for every detector, so it is what alarms and combinations work with. It is never 0: finitely many
/// values never show that something is impossible.
///
/// ```
/// use evenkeel_core::{Calibrated, Direction, Score};
///
/// let score = Score::new(4.2, Direction::Up).unwrap();
/// assert_eq!(Calibrated::new(1e-4, score)?.p(), 1e-4);
/// assert!(Calibrated::new(1.5, score).is_err() && Calibrated::new(0.0, score).is_err());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "CalibratedParts", into = "CalibratedParts")
)]
#[must_use]
pub struct Calibrated {
    p: f64,
    score: Score,
}

impl Calibrated {
    /// A p-value for a score.
    ///
    /// # Errors
    /// If `p` is not in (0, 1].
    pub fn new(p: f64, score: Score) -> Result<Self, Error> {
        Error::require(p > 0.0 && p <= 1.0, "p", "in (0, 1]", p)?;
        Ok(Self { p, score })
    }

    /// A p-value for a score, moved into \[the smallest normal number, 1\]; NaN, which says nothing,
    /// becomes 1. For calibrators whose arithmetic can leave the interval by rounding.
    #[inline]
    pub fn clamped(p: f64, score: Score) -> Self {
        Self { p: if p.is_nan() { 1.0 } else { p.clamp(f64::MIN_POSITIVE, 1.0) }, score }
    }

    /// The p-value, in (0, 1]; smaller = more surprising.
    #[must_use]
    #[inline]
    pub fn p(&self) -> f64 {
        self.p
    }

    /// The raw score that it was made from.
    #[inline]
    pub fn score(&self) -> Score {
        self.score
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Parts {
    #[serde(with = "crate::exact")]
    value: f64,
    direction: Direction,
    expected: Option<Prediction>,
    dimension: Option<u32>,
}

#[cfg(feature = "serde")]
impl From<Score> for Parts {
    fn from(s: Score) -> Self {
        Self { value: s.value, direction: s.direction, expected: s.expected, dimension: s.dimension }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Score {
    type Error = Error;

    fn try_from(p: Parts) -> Result<Self, Error> {
        Error::require(p.value.is_finite(), "score", "finite", p.value)?;
        Ok(Self { value: p.value, direction: p.direction, expected: p.expected, dimension: p.dimension })
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct CalibratedParts {
    #[serde(with = "crate::exact")]
    p: f64,
    score: Score,
}

#[cfg(feature = "serde")]
impl From<Calibrated> for CalibratedParts {
    fn from(c: Calibrated) -> Self {
        Self { p: c.p, score: c.score }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<CalibratedParts> for Calibrated {
    type Error = Error;

    fn try_from(c: CalibratedParts) -> Result<Self, Error> {
        Self::new(c.p, c.score)
    }
}
