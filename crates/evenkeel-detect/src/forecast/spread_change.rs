//! Spread change: whether errors are larger or smaller than usual for a while.

#[cfg(feature = "serde")]
use alloc::vec::Vec;
use alloc::{boxed::Box, vec};
use evenkeel_core::{Direction, Error, Score, Stage, observed};

/// Errors count at most so many standard deviations.
const MOST: f64 = 8.0;
/// And so many for what is usual.
const REACH: f64 = 4.0;
/// What is added to both sizes before their ratio is taken, in standard deviations: smaller errors than a
/// twentieth of the usual ones are as good as none.
const LEAST: f64 = 0.05;
/// How many errors the usual size remembers.
const MEMORY: f64 = 5_000.0;

/// Notices that the errors of a forecaster have been larger, or smaller, than usual for a while: a variance
/// that changed, a burst of noise, a pattern that is no longer followed, and a sensor that is stuck.
///
/// *When*: behind [`Innovations`](crate::forecast::Innovations); beside a detector of single surprises.
///
/// *Method*: the mean absolute error of the last `window` values against that of the last five thousand or so
/// (exponentially weighted); the score is the absolute logarithm of the ratio. Single errors count at most
/// eight standard deviations, four for what is usual (bounded learning: P. J. Huber, Ann. Math. Statist. 35
/// (1964) 73-101, doi:10.1214/aoms/1177703732).
///
/// *Parameters*: `window`, in \[2, 10^6\] errors; 20 is a good start.
///
/// *Score*: 0 is usual, 0.7 twice or half as large, at most 6; direction up for larger, down for smaller
/// errors. The first `window` errors give none. *Missing data*: no score, teaches nothing. *Cost*: O(1), and
/// once in `window` values O(`window`). *State*: 8 `window` + 50 bytes.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::forecast::SpreadChange;
///
/// let mut spread = SpreadChange::new(20)?;
/// let error = |i: u32| if i % 2 == 0 { 1.0 } else { -1.0 };
/// assert!(spread.run((0..300).map(error)).flatten().all(|score| score.value() < 0.01));
/// let stuck = spread.run([0.0; 20]).last().flatten().unwrap();
/// assert!(stuck.value() > 2.0 && stuck.direction() == Direction::Down);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SpreadChange {
    /// Sizes of the last errors.
    window: Box<[f64]>,
    next: usize,
    learned: u64,
    sum: f64,
    usual: f64,
}

impl SpreadChange {
    /// A detector by the last `window` errors.
    ///
    /// # Errors
    /// If `window` is not in \[2, 10^6\].
    pub fn new(window: usize) -> Result<Self, Error> {
        Error::require((2..=1_000_000).contains(&window), "window", "in [2, 10^6]", window)?;
        Ok(Self { window: vec![0.0; window].into(), next: 0, learned: 0, sum: 0.0, usual: 0.0 })
    }
}

impl Stage<f64> for SpreadChange {
    type Output = Score;

    fn update(&mut self, error: f64) -> Option<Score> {
        let size = observed(error)?.abs().min(MOST);
        let length = self.window.len();
        self.learned = self.learned.saturating_add(1);
        self.sum += size - self.window[self.next];
        self.window[self.next] = size;
        self.next += 1;
        if self.next == length {
            self.next = 0;
            // Rounding does not add up.
            self.sum = self.window.iter().sum();
        }
        self.usual += (size.min(REACH) - self.usual) / (self.learned as f64).min(MEMORY);
        if self.learned <= length as u64 {
            return None;
        }
        let local = self.sum.max(0.0) / length as f64;
        let ratio = libm::log((local + LEAST) / (self.usual + LEAST));
        Score::new(ratio.abs(), if ratio < 0.0 { Direction::Down } else { Direction::Up })
    }

    fn reset(&mut self) {
        self.window.fill(0.0);
        (self.next, self.learned, self.sum, self.usual) = (0, 0, 0.0, 0.0);
    }
}

evenkeel_core::state! {
    SpreadChange as struct Saved("SpreadChange@1") {
        window: Vec<f64>,
        next: usize,
        learned: u64,
        sum: f64,
        usual: f64,
    }
}

#[cfg(feature = "serde")]
impl From<&SpreadChange> for Saved {
    fn from(s: &SpreadChange) -> Self {
        let SpreadChange { next, learned, sum, usual, .. } = *s;
        Self { window: s.window.to_vec(), next, learned, sum, usual }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for SpreadChange {
    type Error = Error;

    fn try_from(s: Saved) -> Result<Self, Error> {
        let length = s.window.len();
        Self::new(length)?;
        let place = s.next < length && (s.learned % length as u64 == s.next as u64 || s.learned == u64::MAX);
        Error::require(place, "next", "where the learned errors end", s.next)?;
        let sizes = s.window.iter().all(|size| (0.0..=MOST).contains(size));
        let sound = sizes && (0.0..=REACH).contains(&s.usual) && s.sum.abs() <= 2.0 * MOST * length as f64;
        Error::require(sound, "usual", "sizes of errors", s.usual)?;
        let Saved { window, next, learned, sum, usual } = s;
        Ok(Self { window: window.into(), next, learned, sum, usual })
    }
}
