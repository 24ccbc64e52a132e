//! The windows of the history, with the statistics of each.

use super::real::Real;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::ops::Range;
#[cfg(feature = "serde")]
use evenkeel_core::{Error, observed};

/// The history in the order of time. Buffers hold up to twice what is needed, so that it is moved to the
/// front rarely and lies in one piece always.
#[derive(Debug, Clone)]
pub(super) struct Windows<T> {
    window: Option<usize>,
    longest: usize,
    history: usize,
    flat: f64,
    /// How many values there have ever been.
    pushed: u64,
    values: Vec<f64>,
    /// Whether a value stands in for a missing one.
    held: Vec<bool>,
    /// Of the windows that begin at each value: mean; and 1 / (sd √window), 0 if it is constant, NaN if it
    /// cannot be compared.
    means: Vec<f64>,
    scales: Vec<T>,
    /// What a window's covariance with another changes by when both go one value on is `halves` of the one
    /// times `sums` of the other, and the reverse: half of (what came - what went), and what came and what
    /// went, each less its window's mean.
    halves: Vec<T>,
    sums: Vec<T>,
    /// How many windows of the buffer are constant.
    constants: usize,
    /// The windows that spread much less than one shortly before, by the low half of their number since the
    /// beginning: what a covariance had to hold until then has cost it digits that count now. None in double
    /// precision, which has enough of them.
    calmed: VecDeque<u32>,
    /// The smallest scale since the last of these, or since the last whole number of windows.
    wildest: T,
}

/// So much less.
const CALMER: f64 = 4.0;

/// Standard deviations below count as none, so that no product overflows.
const LEAST_SD: f64 = 1e-140;

/// What is not needed any more may still lie around.
impl<T: Real> PartialEq for Windows<T> {
    fn eq(&self, other: &Self) -> bool {
        let of = |w: &Self| (w.window, w.longest, w.history, w.flat, w.pushed, w.len().min(w.needed()));
        of(self) == of(other)
            && self.recent() == other.recent()
            && self.held[self.first()..] == other.held[other.first()..]
    }
}

impl<T: Real> Windows<T> {
    pub(super) fn new(window: Option<usize>, longest: usize, history: usize, flat: f64) -> Self {
        let room = 2 * needed::<T>(history, longest);
        Self {
            window,
            longest,
            history,
            flat,
            pushed: 0,
            values: Vec::with_capacity(room),
            held: Vec::with_capacity(room),
            means: Vec::with_capacity(room),
            scales: Vec::with_capacity(room),
            halves: Vec::with_capacity(room),
            sums: Vec::with_capacity(room),
            constants: 0,
            // Between two of them is one that is not.
            calmed: VecDeque::with_capacity(if T::EXACT { 0 } else { needed::<T>(history, longest) / 2 + 2 }),
            wildest: T::infinity(),
        }
    }

    pub(super) fn clear(&mut self, window: Option<usize>) {
        self.window = window;
        (self.pushed, self.constants) = (0, 0);
        self.held.clear();
        self.calmed.clear();
        self.wildest = T::infinity();
        for of_values in [&mut self.values, &mut self.means] {
            of_values.clear();
        }
        for of_windows in [&mut self.scales, &mut self.halves, &mut self.sums] {
            of_windows.clear();
        }
    }

    pub(super) fn window(&self) -> Option<usize> {
        self.window
    }

    pub(super) fn history(&self) -> usize {
        self.history
    }

    pub(super) fn pushed(&self) -> u64 {
        self.pushed
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(super) fn means(&self) -> &[f64] {
        &self.means
    }

    pub(super) fn scales(&self) -> &[T] {
        &self.scales
    }

    pub(super) fn halves(&self) -> &[T] {
        &self.halves
    }

    pub(super) fn sums(&self) -> &[T] {
        &self.sums
    }

    /// Whether there is any in the history that spreads much less than one shortly before.
    pub(super) fn any_calmed(&self) -> bool {
        !T::EXACT && !self.calmed.is_empty()
    }

    /// The places of the windows, of these, that spread much less than one shortly before.
    pub(super) fn calmed(&self, places: Range<usize>) -> impl Iterator<Item = usize> {
        let before = low_half(self.pushed - self.len() as u64);
        let place = move |at: &u32| at.wrapping_sub(before) as usize;
        let from = self.calmed.partition_point(|at| place(at) < places.start);
        self.calmed.range(from..).map(place).take_while(move |at| *at < places.end)
    }

    /// The mean of the one of these windows that spreads least, but for constant ones.
    pub(super) fn calmest(&self, places: Range<usize>) -> Option<f64> {
        let scales = self.scales[places.clone()].iter().zip(places);
        let (mut most, mut at) = (T::zero(), None);
        for (scale, place) in scales {
            if *scale > most {
                (most, at) = (*scale, Some(place));
            }
        }
        at.map(|at| self.means[at])
    }

    /// The place of the newest window.
    pub(super) fn newest(&self) -> Option<usize> {
        self.means.len().checked_sub(1)
    }

    /// How many windows can be looked back to.
    pub(super) fn lags(&self) -> usize {
        self.newest().map_or(0, |newest| newest.min(self.history))
    }

    /// How many values are needed to go on from.
    fn needed(&self) -> usize {
        needed::<T>(self.history, self.window.unwrap_or(self.longest))
    }

    /// The place of the first value that is needed.
    fn first(&self) -> usize {
        self.len().saturating_sub(self.needed())
    }

    fn recent(&self) -> &[f64] {
        &self.values[self.first()..]
    }

    /// Takes a value, or holds the last one. None if there is none to hold.
    pub(super) fn push(&mut self, x: Option<f64>) -> Option<()> {
        let value = x.or(self.values.last().copied())?;
        if self.len() == 2 * needed::<T>(self.history, self.longest) {
            let first = self.first();
            self.constants -= constants(&self.scales[..first]);
            self.held.drain(..first);
            for of_values in [&mut self.values, &mut self.means] {
                of_values.drain(..first);
            }
            for of_windows in [&mut self.scales, &mut self.halves, &mut self.sums] {
                of_windows.drain(..first);
            }
        }
        self.values.push(value);
        self.held.push(x.is_none());
        self.pushed += 1;
        self.describe();
        Some(())
    }

    /// Takes the window that was found.
    pub(super) fn begin(&mut self, window: usize) {
        self.window = Some(window);
        self.describe();
    }

    /// What is known of the windows that are new.
    fn describe(&mut self) {
        let Some(window) = self.window else { return };
        while self.means.len() + window <= self.len() {
            let from = self.means.len();
            let values = &self.values[from..from + window];
            let (mean, sd) = moments(values);
            let largest = values.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            let missing = self.held[from..from + window].iter().filter(|held| **held).count();
            let constant = sd <= self.flat.max(1e-13 * largest).max(LEAST_SD);
            let scale = T::narrow_scale(match (4 * missing > window, constant) {
                (true, _) => f64::NAN,
                (_, true) => 0.0,
                _ => 1.0 / (sd * libm::sqrt(window as f64)),
            });
            self.constants += constants(&[scale]);
            let (half, sum) = from.checked_sub(1).map_or((0.0, 0.0), |before| {
                let (came, went) = (values[window - 1], self.values[before]);
                (0.5 * (came - went), (came - mean) + (went - self.means[before]))
            });
            self.means.push(mean);
            self.scales.push(scale);
            self.halves.push(T::narrow(half));
            self.sums.push(T::narrow(sum));
            if !T::EXACT {
                self.compare_calm(from, window, scale);
            }
        }
    }

    /// Whether the window at this place is much calmer than one shortly before. What is said depends on no
    /// window that is more than one length before, so that it is the same when it is said again from what was
    /// saved.
    fn compare_calm(&mut self, place: usize, window: usize, scale: T) {
        let number = self.pushed - self.len() as u64 + place as u64;
        if number.is_multiple_of(window as u64) {
            self.wildest = place.checked_sub(1).map_or(T::infinity(), |before| wild(self.scales[before]));
        }
        let kept = (self.needed() - window) as u32;
        let old = |at: &u32| low_half(number).wrapping_sub(*at) > kept;
        while self.calmed.front().is_some_and(old) {
            self.calmed.pop_front();
        }
        if scale.wide() > CALMER * self.wildest.wide() {
            self.calmed.push_back(low_half(number));
            self.wildest = scale;
        } else {
            self.wildest = self.wildest.min(wild(scale));
        }
    }

    /// The first constant one of these windows.
    pub(super) fn constant(&self, mut places: Range<usize>) -> Option<usize> {
        if self.constants == 0 { None } else { places.find(|at| self.scales[*at].is_zero()) }
    }

    pub(super) fn distance(&self, a: usize, b: usize) -> f64 {
        let Some(window) = self.window else { return 0.0 };
        let of = |from: usize| {
            let values = &self.values[from..from + window];
            if T::EXACT {
                return (values, self.means[from], self.scales[from].wide());
            }
            // Once more from the values: a distance is exact, whatever the search is done in.
            let (mean, sd) = moments(values);
            (values, mean, 1.0 / (sd * libm::sqrt(window as f64)))
        };
        let ((xs, mean, scale), (ys, other, spread)) = (of(a), of(b));
        let squares = sum(xs, ys, |x, y| {
            let difference = (x - mean) * scale - (y - other) * spread;
            difference * difference
        });
        // A scale is that of a sum of squares of 1.
        libm::sqrt(squares * window as f64)
    }

    #[cfg(feature = "serde")]
    pub(super) fn state(&self) -> (u64, Vec<f64>, Vec<bool>) {
        (self.pushed, self.recent().to_vec(), self.held[self.first()..].to_vec())
    }

    #[cfg(feature = "serde")]
    pub(super) fn restore(
        &mut self,
        window: Option<usize>,
        learn: usize,
        (pushed, values, held): (u64, Vec<f64>, Vec<bool>),
    ) -> Result<(), Error> {
        if let Some(window) = window {
            let same = self.window.is_none_or(|set| set == window);
            let in_range = (4..=self.longest).contains(&window);
            Error::require(same && in_range, "window", "that of the settings", window)?;
        } else {
            Error::require(self.window.is_none(), "window", "that of the settings", "unknown")?;
            Error::require(values.len() < learn, "values", "fewer than are learned from", values.len())?;
        }
        self.window = window;
        let fits = values.len() <= self.needed();
        Error::require(fits, "values", "as many as the history holds", values.len())?;
        let all = values.iter().all(|x| observed(*x).is_some());
        Error::require(all, "values", "observed", "one that is not")?;
        // Until something is forgotten, all values are there.
        let full = values.len() == self.needed();
        let counted =
            pushed == values.len() as u64 || full && (values.len() as u64..1 << 62).contains(&pushed);
        Error::require(counted, "pushed", "the number of values ever", pushed)?;
        // The very first value is one that came; what was before a full history may have been bridged.
        let first = full || held.first().is_none_or(|held| !held);
        Error::require(held.len() == values.len() && first, "held", "one for each value", held.len())?;
        // Into the buffers that are there, which have room for more.
        self.values.extend(values);
        self.held.extend(held);
        self.pushed = pushed;
        self.describe();
        Ok(())
    }
}

/// How many values are gone on from: those of a window and of all before it, also of a newest window that is
/// half a window older.
fn needed<T: Real>(history: usize, window: usize) -> usize {
    let calm = if T::EXACT { 0 } else { window + 1 };
    history + window + window / 2 + 1 + calm
}

fn low_half(number: u64) -> u32 {
    number as u32
}

/// The scale of a window as one that others may be calmer than: neither a constant one nor one that is not
/// compared is.
fn wild<T: Real>(scale: T) -> T {
    if scale > T::zero() { scale } else { T::infinity() }
}

fn constants<T: Real>(scales: &[T]) -> usize {
    scales.iter().filter(|scale| scale.is_zero()).count()
}

/// Mean and standard deviation (divided by n), in two passes from the first value, so that a level costs no
/// digits.
fn moments(values: &[f64]) -> (f64, f64) {
    let (n, first) = (values.len() as f64, values[0]);
    let mean = first + sum(values, values, |x, _| x - first) / n;
    // Once more takes off what rounding left.
    let mean = mean + sum(values, values, |x, _| x - mean) / n;
    (mean, libm::sqrt(sum(values, values, |x, y| (x - mean) * (y - mean)) / n))
}

/// A sum over pairs in eight lanes: always in the same order, and several at once where the machine can.
fn sum(xs: &[f64], ys: &[f64], of: impl Fn(f64, f64) -> f64) -> f64 {
    let ((xs, x_rest), (ys, y_rest)) = (xs.as_chunks::<8>(), ys.as_chunks::<8>());
    let mut lanes = [0.0; 8];
    for (xs, ys) in xs.iter().zip(ys) {
        for ((lane, x), y) in lanes.iter_mut().zip(xs).zip(ys) {
            *lane += of(*x, *y);
        }
    }
    lanes.iter().sum::<f64>() + x_rest.iter().zip(y_rest).map(|(x, y)| of(*x, *y)).sum::<f64>()
}
