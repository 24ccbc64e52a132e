//! Local mean: whether the last few values are elsewhere than usual.

#[cfg(feature = "serde")]
use alloc::vec::Vec;
use alloc::{boxed::Box, vec};
use evenkeel_core::{Checked, Error, PlausibilityCheck, Prediction, Score, Stage};

/// How many values the usual mean remembers.
const MEMORY: f64 = 1_000.0;
/// How many values are only learned from.
const WARM_UP: u64 = 200;
/// From so many values on what is learned is bounded.
const SETTLED: u64 = 100;
/// By how many usual distances.
const REACH: f64 = 4.0;
/// The largest score.
const MOST: f64 = 1e6;

/// Notices that the mean of the last few values is far from the usual one: small shifts that last, which no
/// single value shows, and which shapes are blind to.
///
/// *When*: beside detectors of single values or of shapes. Not alone on a series that wanders or has a season
/// longer than `window`.
///
/// *Method*: the distance between the mean of the last `window` values and the mean of the last thousand or
/// so (exponentially weighted), in units of what that distance usually is. A value, and a distance, that is
/// farther than four usual distances off is learned as if it were so far: P. J. Huber, Robust estimation of a
/// location parameter, Ann. Math. Statist. 35 (1964) 73-101, doi:10.1214/aoms/1177703732.
///
/// *Parameters*: `window`, in \[2, 10^6\] values; 10 is a good start.
///
/// *Score*: 1 is usual, n is n times as far as usual, at most 10^6; direction up or down; it carries the usual
/// mean and distance. The first 200 values are only learned from. *Missing data*: no score, teaches nothing;
/// so does a value that can't be of the same series ([`PlausibilityCheck`]). *Cost*: O(1), and once in
/// `window` values O(`window`). *State*: 8 `window` + 150 bytes.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::outlier::LocalMean;
///
/// let mut local = LocalMean::new(10)?;
/// let noise = |i: u32| f64::from(i.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
/// let value = |i: u32| noise(i) + if i < 1_000 { 0.0 } else { 0.8 }; // within the range of single values
/// let last = local.run((0..1_010).map(value)).last().flatten().unwrap();
/// assert!(last.value() > 5.0 && last.direction() == Direction::Up);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LocalMean {
    window: Box<[f64]>,
    /// Where the next value goes, and how many values were learned.
    next: usize,
    learned: u64,
    sum: f64,
    /// The usual mean, and the usual distance of the local one from it.
    mean: f64,
    distance: f64,
    check: PlausibilityCheck,
}

impl LocalMean {
    /// A detector by the mean of the last `window` values.
    ///
    /// # Errors
    /// If `window` is not in \[2, 10^6\].
    pub fn new(window: usize) -> Result<Self, Error> {
        Error::require((2..=1_000_000).contains(&window), "window", "in [2, 10^6]", window)?;
        Ok(Self {
            window: vec![0.0; window].into(),
            next: 0,
            learned: 0,
            sum: 0.0,
            mean: 0.0,
            distance: 0.0,
            check: PlausibilityCheck::default(),
        })
    }

    fn forget(&mut self) {
        self.window.fill(0.0);
        (self.next, self.learned) = (0, 0);
        (self.sum, self.mean, self.distance) = (0.0, 0.0, 0.0);
    }

    fn learn(&mut self, x: f64) -> Option<Score> {
        let length = self.window.len();
        self.learned = self.learned.saturating_add(1);
        if self.learned == 1 {
            self.mean = x;
        }
        self.sum += x - self.window[self.next];
        self.window[self.next] = x;
        self.next += 1;
        if self.next == length {
            self.next = 0;
            // Rounding does not add up.
            self.sum = self.window.iter().sum();
        }
        let held = usize::try_from(self.learned).unwrap_or(length).min(length);
        let shift = self.sum / held as f64 - self.mean;
        let usual = self.distance;
        let (is_settled, is_warm) = (self.learned > SETTLED, self.learned > WARM_UP);
        let reach = if is_settled { REACH * usual } else { f64::INFINITY };
        let rate = 1.0 / (self.learned as f64).min(MEMORY);
        let expected = Prediction::new(self.mean, usual);
        self.mean += rate * (x - self.mean).clamp(-reach, reach);
        self.distance += rate * (shift.abs().min(reach) - self.distance);
        if !is_warm {
            return None;
        }
        let times = if usual > 0.0 {
            shift / usual
        } else if shift == 0.0 {
            0.0
        } else {
            MOST.copysign(shift)
        };
        let score = Score::from_deviation(times.clamp(-MOST, MOST))?;
        Some(match expected {
            Some(expected) => score.with_expected(expected),
            None => score,
        })
    }
}

impl Stage<f64> for LocalMean {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        match self.check.check(x) {
            Checked::Missing | Checked::Implausible(_) => None,
            Checked::Plausible(x) => self.learn(x),
            Checked::StartOver(x) => {
                self.forget();
                self.learn(x)
            }
        }
    }

    fn reset(&mut self) {
        self.forget();
        self.check = PlausibilityCheck::default();
    }
}

evenkeel_core::state! {
    LocalMean as struct Saved("LocalMean@1") {
        window: Vec<f64>,
        next: usize,
        learned: u64,
        sum: f64,
        mean: f64,
        distance: f64,
        check: PlausibilityCheck,
    }
}

#[cfg(feature = "serde")]
impl From<&LocalMean> for Saved {
    fn from(l: &LocalMean) -> Self {
        let LocalMean { next, learned, sum, mean, distance, check, .. } = *l;
        Self { window: l.window.to_vec(), next, learned, sum, mean, distance, check }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Saved> for LocalMean {
    type Error = Error;

    fn try_from(s: Saved) -> Result<Self, Error> {
        Self::new(s.window.len())?;
        let place = s.next < s.window.len()
            && (s.learned % s.window.len() as u64 == s.next as u64 || s.learned == u64::MAX);
        Error::require(place, "next", "where the learned values end", s.next)?;
        let finite = s.window.iter().all(|x| x.is_finite()) && s.mean.is_finite() && s.sum.is_finite();
        let sound = finite && s.distance >= 0.0 && s.distance.is_finite();
        Error::require(sound, "distance", "at least 0, and all numbers finite", s.distance)?;
        let Saved { window, next, learned, sum, mean, distance, check } = s;
        Ok(Self { window: window.into(), next, learned, sum, mean, distance, check })
    }
}
