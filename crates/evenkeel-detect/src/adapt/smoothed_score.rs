//! Exponential smoothing of scores.

use evenkeel_core::{Error, Score, Stage};

/// The exponentially weighted mean of ln(1 + score): it rises with an event, stays high while it lasts, and
/// sinks after it.
///
/// *When*: behind any detector whose single scores flicker during an event, and where lasting surprise
/// matters more than a single one: a threshold or a calibrator then sees one event, not many. Not behind one
/// that accumulates by itself ([`Cusum`](crate::chart::Cusum), [`Focus`](crate::change::Focus)), and not
/// where a single value must alarm at once.
///
/// *Method*: m += 2 / (span + 1) (ln(1 + max(s, 0)) - m), from m = 0. The logarithm keeps one enormous score
/// from outweighing many large ones.
///
/// *Parameters*: `span` >= 1 scores, at most 10^9: the weights of older ones sink by a factor e in half of
/// it. 20 is a good start for rows of a minute; 1 is the logarithm alone.
///
/// *Score*: m, at least 0; direction, expectation and dimension are those of the score that came. *Missing
/// data*: without a score m stays as it is. *Cost and state*: O(1), 24 bytes.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::adapt::SmoothedScore;
/// use evenkeel_detect::chart::Shewhart;
///
/// let mut line = Shewhart::new(0.0, 1.0)?.then(SmoothedScore::new(20)?);
/// let once = line.update(8.0).unwrap().value();
/// assert!(line.run([0.5; 30]).flatten().all(|score| score.value() < 0.5));
/// // Two thirds of that, ten times in a row, say more.
/// assert!(line.run([5.3; 10]).flatten().last().unwrap().value() > 4.0 * once);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmoothedScore {
    span: usize,
    weight: f64,
    mean: f64,
}

impl SmoothedScore {
    /// A stage that smooths over a span of `span` scores.
    ///
    /// # Errors
    /// If the span is not in \[1, 10^9\].
    pub fn new(span: usize) -> Result<Self, Error> {
        Error::require((1..=1_000_000_000).contains(&span), "span", "in [1, 10^9]", span)?;
        Ok(Self { span, weight: 2.0 / (span as f64 + 1.0), mean: 0.0 })
    }
}

impl Stage<Score> for SmoothedScore {
    type Output = Score;

    fn update(&mut self, score: Score) -> Option<Score> {
        self.mean += self.weight * (libm::log1p(score.value().max(0.0)) - self.mean);
        score.with_value(self.mean)
    }

    fn reset(&mut self) {
        self.mean = 0.0;
    }
}

#[cfg(feature = "serde")]
evenkeel_core::state! {
    SmoothedScore as struct Saved("SmoothedScore@1") {
        span: usize,
        mean: f64,
    }
}

#[cfg(feature = "serde")]
impl From<&SmoothedScore> for Saved {
    fn from(s: &SmoothedScore) -> Self {
        Self { span: s.span, mean: s.mean }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for SmoothedScore {
    type Error = Error;

    fn try_from(p: Saved) -> Result<Self, Error> {
        // The logarithm of the largest number is below 710.
        Error::require((0.0..=710.0).contains(&p.mean), "mean", "in [0, 710]", p.mean)?;
        Ok(Self { mean: p.mean, ..Self::new(p.span)? })
    }
}
