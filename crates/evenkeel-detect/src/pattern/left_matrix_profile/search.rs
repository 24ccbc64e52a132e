//! Nearest neighbor search for the newest window.

use super::real::Real;
use super::windows::Windows;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;
#[cfg(feature = "serde")]
use evenkeel_core::Error;

/// The newest window's covariances with all before it, times the number of values. Those of neighboring lags
/// are a block, and a block follows the newest window when it is looked at: from the covariances it was left
/// with, as long as fewer operations do it than summing afresh; and now and then afresh in any case, so that
/// rounding does not add up.
#[derive(Debug, Clone)]
pub(super) struct Search<T> {
    exclusion: Option<usize>,
    /// With the window `history - place` before.
    covariances: Vec<T>,
    /// How many values there were when each block was last followed.
    followed: Vec<u64>,
    /// The values of the newest window, and of those of a block, less the newest window's mean: only for one
    /// summation.
    scratch: Vec<T>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Nearest {
    pub(super) lag: usize,
    pub(super) distance: f64,
    /// Whether all windows were looked at.
    pub(super) exact: bool,
}

const BLOCK: usize = 128;
/// How many lags are summed at once.
const TILE: usize = 16;

impl<T: Real> PartialEq for Search<T> {
    fn eq(&self, other: &Self) -> bool {
        let of = |s: &Self| s.exclusion;
        of(self) == of(other) && self.covariances == other.covariances && self.followed == other.followed
    }
}

impl<T: Real> Search<T> {
    pub(super) fn new(longest: usize, history: usize, exclusion: Option<usize>) -> Self {
        Self {
            exclusion,
            covariances: vec![T::zero(); history],
            followed: vec![0; history.div_ceil(BLOCK)],
            scratch: Vec::with_capacity(2 * longest + BLOCK),
        }
    }

    pub(super) fn clear(&mut self) {
        self.covariances.fill(T::zero());
        self.followed.fill(0);
    }

    /// The nearest neighbor of the newest window; or, if `enough` is given, one no farther than that, found
    /// the sooner the nearer it is to `last`, the lag of the neighbor of the window before, and to now.
    pub(super) fn nearest(
        &mut self,
        windows: &Windows<T>,
        enough: Option<f64>,
        last: Option<usize>,
    ) -> Option<Nearest> {
        let (window, newest, history) = (windows.window()?, windows.newest()?, windows.history());
        let scale = windows.scales()[newest];
        let lags = self.nearest_lag(window)..windows.lags() + 1;
        if lags.is_empty() || scale.is_nan() {
            return None;
        }
        let others = newest + 1 - lags.end..newest + 1 - lags.start;
        let far = libm::sqrt(window as f64);
        if scale.is_zero() {
            let constant = windows.constant(others.clone()).map(|at| (at, 0.0));
            let any = || others.clone().find(|at| !windows.scales()[*at].is_nan()).map(|at| (at, far));
            let (at, distance) = constant.or_else(any)?;
            return Some(Nearest { lag: newest - at, distance, exact: true });
        }
        // In units of the covariance with a window of scale 1.
        let enough = enough.map_or(f64::INFINITY, |distance| {
            (1.0 - distance * distance / (2.0 * window as f64)) / scale.wide()
        });
        let blocks = (history + 1 - lags.end) / BLOCK..(history - lags.start) / BLOCK + 1;
        let first =
            last.filter(|lag| enough.is_finite() && lags.contains(lag)).map(|lag| (history - lag) / BLOCK);
        let order = first.into_iter().chain(blocks.rev().filter(|block| Some(*block) != first));
        let (mut best, mut at, mut exact) = (T::neg_infinity(), None, true);
        for block in order {
            let places = block * BLOCK..history.min((block + 1) * BLOCK);
            self.follow(windows, block, places.clone());
            let from = others.start.max((newest + places.start).saturating_sub(history));
            let to = others.end.min(newest + places.end - history);
            let covariances = &self.covariances[from + history - newest..to + history - newest];
            let scales = &windows.scales()[from..to];
            let highest = largest(covariances, scales);
            // Of equal ones the earliest.
            if highest >= best {
                best = highest;
                at = covariances.iter().zip(scales).position(|(c, s)| *c * *s == highest).map(|i| from + i);
            }
            if best.wide() >= enough {
                exact = false;
                break;
            }
        }
        // The distance to a constant window is that of a correlation of 1/2.
        let constant = if (best * scale).wide() < 0.5 { windows.constant(others) } else { None };
        if let Some(at) = constant {
            return Some(Nearest { lag: newest - at, distance: far, exact });
        }
        let at = at?;
        // From the values themselves: what the covariances have lost does not matter.
        Some(Nearest { lag: newest - at, distance: windows.distance(newest, at), exact })
    }

    fn nearest_lag(&self, window: usize) -> usize {
        self.exclusion.unwrap_or(window - 1) + 1
    }

    /// How many windows the newest one is compared with.
    pub(super) fn compared(&self, windows: &Windows<T>) -> usize {
        windows.window().map_or(0, |window| (windows.lags() + 1).saturating_sub(self.nearest_lag(window)))
    }

    /// Makes a block's covariances those of the newest window.
    fn follow(&mut self, windows: &Windows<T>, block: usize, places: Range<usize>) {
        let (Some(window), Some(newest)) = (windows.window(), windows.newest()) else { return };
        let history = windows.history();
        let (now, then) = (windows.pushed(), self.followed[block]);
        self.followed[block] = now;
        // Blocks are summed afresh at different times, so that the work is even.
        let turn = |at: u64| (at + (block * window / self.followed.len()) as u64) / window as u64;
        let gap = usize::try_from(now - then).unwrap_or(usize::MAX);
        let possible = places.start.max(history.saturating_sub(newest))..places.end;
        let stale = turn(now) != turn(then)
            || gap > newest
            || gap.saturating_mul(2) >= window
            || windows.any_calmed() && windows.calmed(newest + 1 - gap..newest + 1).next().is_some();
        if stale {
            self.sum(windows, newest, possible);
            return;
        }
        // Windows that one can look back to only since then.
        let known = places.start.max(history.saturating_sub(newest - gap)).min(places.end)..places.end;
        self.sum(windows, newest, possible.start..known.start);
        let covariances = &mut self.covariances[known.clone()];
        for of_newest in newest - gap + 1..=newest {
            let (half, sum) = (windows.halves()[of_newest], windows.sums()[of_newest]);
            let others = of_newest + known.start - history..of_newest + known.end - history;
            let of_others = windows.halves()[others.clone()].iter().zip(&windows.sums()[others]);
            for (covariance, (other_half, other_sum)) in covariances.iter_mut().zip(of_others) {
                *covariance = *covariance + (half * *other_sum + sum * *other_half);
            }
        }
        if !windows.any_calmed() {
            return;
        }
        // Those of windows that have calmed down since then.
        let passed = newest + known.start + 1 - history - gap..newest + known.end - history;
        for at in windows.calmed(passed) {
            // The place it is at now, which may be before all, and those it has been at since then.
            let from = (at + history).saturating_sub(newest).max(known.start);
            let to = (at + history + gap).saturating_sub(newest).min(known.end);
            self.sum(windows, newest, from..to.max(from));
        }
    }

    /// Sums the covariances at these places from the values.
    fn sum(&mut self, windows: &Windows<T>, newest: usize, places: Range<usize>) {
        let Some(window) = windows.window() else { return };
        if places.is_empty() {
            return;
        }
        let mean = windows.means()[newest];
        let first = newest + places.start - windows.history();
        self.scratch.clear();
        self.scratch.extend(windows.values()[newest..newest + window].iter().map(|x| T::narrow(x - mean)));
        // What rounding left of it.
        let rest = total(self.scratch.iter().copied());
        let others = &windows.values()[first..first + places.len() + window - 1];
        // Whatever is taken off of all others does not matter but for rounding, which matters most where they
        // are calmest.
        let center =
            if T::EXACT { mean } else { windows.calmest(first..first + places.len()).unwrap_or(mean) };
        self.scratch.extend(others.iter().map(|x| T::narrow(x - center)));
        let (of_newest, of_others) = self.scratch.split_at(window);
        let covariances = &mut self.covariances[places];
        let means = &windows.means()[first..first + covariances.len()];
        let tiles = covariances.len() - covariances.len() % TILE;
        for from in (0..tiles).step_by(TILE) {
            let mut totals = [T::zero(); TILE];
            for (x, others) in of_newest.iter().zip(of_others[from..].windows(TILE)) {
                for (total, y) in totals.iter_mut().zip(others) {
                    *total = *total + *x * *y;
                }
            }
            covariances[from..from + TILE].copy_from_slice(&totals);
        }
        for (place, covariance) in covariances.iter_mut().enumerate().skip(tiles) {
            let products = of_newest.iter().zip(&of_others[place..]).map(|(x, y)| *x * *y);
            *covariance = total(products);
        }
        for (covariance, other) in covariances.iter_mut().zip(means) {
            *covariance = *covariance - rest * T::narrow(other - center);
        }
    }

    #[cfg(feature = "serde")]
    pub(super) fn state(&self, windows: &Windows<T>) -> (Vec<f64>, Vec<u64>) {
        let first = windows.history() - windows.lags();
        (
            self.covariances[first..].iter().map(|x| x.wide()).collect(),
            self.followed[first / BLOCK..].to_vec(),
        )
    }

    #[cfg(feature = "serde")]
    pub(super) fn restore(
        &mut self,
        windows: &Windows<T>,
        (covariances, followed): (Vec<f64>, Vec<u64>),
    ) -> Result<(), Error> {
        let first = windows.history() - windows.lags();
        let sane =
            covariances.len() == windows.lags() && covariances.iter().all(|x| T::restored(*x).is_finite());
        Error::require(sane, "covariances", "a finite one for each window", covariances.len())?;
        for (covariance, saved) in self.covariances[first..].iter_mut().zip(covariances) {
            *covariance = T::restored(saved);
        }
        let blocks = &mut self.followed[first / BLOCK..];
        let sane = followed.len() == blocks.len() && followed.iter().all(|at| *at <= windows.pushed());
        Error::require(sane, "followed", "no later than now, for each block", followed.len())?;
        blocks.copy_from_slice(&followed);
        Ok(())
    }
}

/// The sum, in their order; of nothing it is what the standard library's is.
fn total<T: Real>(terms: impl Iterator<Item = T>) -> T {
    terms.fold(T::neg_zero(), |sum, term| sum + term)
}

/// The largest product of a covariance and a scale; those of windows that cannot be compared, which are NaN,
/// are passed over.
fn largest<T: Real>(covariances: &[T], scales: &[T]) -> T {
    let ((chunks, rest), (scale_chunks, scale_rest)) =
        (covariances.as_chunks::<8>(), scales.as_chunks::<8>());
    let mut lanes = [T::neg_infinity(); 8];
    for (chunk, scales) in chunks.iter().zip(scale_chunks) {
        for ((lane, c), s) in lanes.iter_mut().zip(chunk).zip(scales) {
            let x = *c * *s;
            *lane = if x > *lane { x } else { *lane };
        }
    }
    let rest = rest.iter().zip(scale_rest).map(|(c, s)| *c * *s);
    lanes.into_iter().chain(rest).fold(T::neg_infinity(), |most, x| if x > most { x } else { most })
}
