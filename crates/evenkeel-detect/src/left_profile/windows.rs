//! All windows of the history, and their products with the newest one.

use alloc::vec;
use alloc::vec::Vec;
#[cfg(feature = "serde")]
use evenkeel_core::{Error, observed};

/// The history in the order of time. Buffers hold up to twice what is needed, so that it is moved to the front rarely and lies in one
/// piece always.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    window: Option<usize>,
    longest: usize,
    history: usize,
    exclusion: Option<usize>,
    flat: f64,
    values: Vec<f64>,
    /// Whether a value stands in for a missing one.
    held: Vec<bool>,
    /// Of the windows that begin at each value: mean, 1 / (sd √window), and what is added to a correlation: see `describe`.
    means: Vec<f64>,
    scales: Vec<f64>,
    biases: Vec<f64>,
    /// The sums of products of the newest window's values, less the base, with those of the window `history - place` before.
    products: Vec<f64>,
    /// The same since so many values, `summed`.
    fresh: Vec<f64>,
    base: f64,
    summed: usize,
}

/// What a window without spread has for a correlation with one that has some: the distance is then √window.
const CONSTANT: f64 = 0.5;
/// What a window that cannot be compared has.
const INVALID: f64 = -1e9;
/// Standard deviations below count as none, so that no product overflows.
const LEAST_SD: f64 = 1e-140;
const BLOCK: usize = 128;

#[derive(Debug, Clone, Copy)]
pub(super) struct Nearest {
    pub(super) lag: usize,
    pub(super) distance: f64,
}

/// What is not needed any more may still lie around.
impl PartialEq for Windows {
    fn eq(&self, other: &Self) -> bool {
        let of = |w: &Self| {
            (w.window, w.longest, w.history, w.exclusion, w.flat, w.base, w.summed, w.len().min(w.needed()))
        };
        of(self) == of(other)
            && self.recent() == other.recent()
            && self.held[self.first()..] == other.held[other.first()..]
            && self.products == other.products
            && self.fresh == other.fresh
    }
}

impl Windows {
    pub(super) fn new(
        window: Option<usize>,
        longest: usize,
        history: usize,
        exclusion: Option<usize>,
        flat: f64,
    ) -> Self {
        let room = 2 * (history + longest + 1);
        let values = || Vec::with_capacity(room);
        Self {
            window,
            longest,
            history,
            exclusion,
            flat,
            values: values(),
            held: Vec::with_capacity(room),
            means: values(),
            scales: values(),
            biases: values(),
            products: vec![0.0; history],
            fresh: vec![0.0; history],
            base: 0.0,
            summed: 0,
        }
    }

    pub(super) fn clear(&mut self, window: Option<usize>) {
        self.window = window;
        self.values.clear();
        self.held.clear();
        self.means.clear();
        self.scales.clear();
        self.biases.clear();
        self.products.fill(0.0);
        self.fresh.fill(0.0);
        (self.base, self.summed) = (0.0, 0);
    }

    pub(super) fn window(&self) -> Option<usize> {
        self.window
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many values are needed to go on from.
    fn needed(&self) -> usize {
        self.history + self.window.unwrap_or(self.longest) + 1
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
        if self.len() == 2 * (self.history + self.longest + 1) {
            let first = self.first();
            self.values.drain(..first);
            self.held.drain(..first);
            for of_windows in [&mut self.means, &mut self.scales, &mut self.biases] {
                of_windows.drain(..first);
            }
        }
        if self.values.is_empty() {
            self.base = value;
        }
        self.values.push(value);
        self.held.push(x.is_none());
        Some(())
    }

    /// Takes the window that was found, and describes all windows so far.
    pub(super) fn begin(&mut self, window: usize) {
        self.window = Some(window);
        self.describe();
        let Some(start) = self.len().checked_sub(window) else { return };
        for lag in 1..=start.min(self.history) {
            self.products[self.history - lag] = self.product(lag, window);
        }
    }

    /// Makes everything follow the last value.
    pub(super) fn advance(&mut self) {
        let Some(window) = self.window else { return };
        self.describe();
        self.summed += 1;
        let Some(start) = self.len().checked_sub(window) else { return };
        let lags = start.saturating_sub(1).min(self.history);
        self.multiply(window, lags);
        if start > lags && start <= self.history {
            // One more window to look back to.
            let place = self.history - start;
            self.products[place] = self.product(start, window);
            self.fresh[place] = self.product(start, self.summed.min(window));
        }
        if self.summed >= window {
            self.settle(window, start);
        }
    }

    /// Mean and spread of the windows that are new.
    fn describe(&mut self) {
        let Some(window) = self.window else { return };
        while self.means.len() + window <= self.len() {
            let from = self.means.len();
            let values = &self.values[from..from + window];
            let (mean, sd) = moments(values);
            let largest = values.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
            let missing = self.held[from..from + window].iter().filter(|held| **held).count();
            let constant = sd <= self.flat.max(1e-13 * largest).max(LEAST_SD);
            let (scale, bias) = match (4 * missing > window, constant) {
                (true, _) => (0.0, INVALID),
                (_, true) => (0.0, CONSTANT),
                _ => (1.0 / (sd * libm::sqrt(window as f64)), 0.0),
            };
            self.means.push(mean);
            self.scales.push(scale);
            self.biases.push(bias);
        }
    }

    /// The sum of products of the last `count` values with those `lag` before.
    fn product(&self, lag: usize, count: usize) -> f64 {
        let n = self.len();
        let of = |from: usize| self.values[from..from + count].iter();
        of(n - count).zip(of(n - count - lag)).map(|(x, y)| (x - self.base) * (y - self.base)).sum()
    }

    /// The products of the newest window with those `1..=lags` before it, from those of the window before.
    fn multiply(&mut self, window: usize, lags: usize) {
        let last = self.len() - 1;
        let base = self.base;
        let x = self.values[last] - base;
        let places = self.history - lags..self.history;
        let products = &mut self.products[places.clone()];
        let fresh = &mut self.fresh[places];
        let came = &self.values[last - lags..last];
        if lags > 0 {
            let gone = last - window;
            let old = self.values[gone] - base;
            let went = &self.values[gone - lags..gone];
            for (((product, fresh), came), went) in products.iter_mut().zip(fresh).zip(came).zip(went) {
                let new = x * (came - base);
                *product += new - old * (went - base);
                *fresh += new;
            }
        }
    }

    /// A whole window has been summed afresh: what rounding did to the sums before is forgotten. Values are from now on measured from the
    /// newest window's mean, so that products stay as small as they can be.
    fn settle(&mut self, window: usize, start: usize) {
        let lags = start.min(self.history);
        let places = self.history - lags..self.history;
        let mean = self.means[start] - self.base;
        let scale = window as f64 * mean;
        // The fresh sums are those of whole windows only if a whole window has passed since they were begun.
        let products = self.products[places.clone()].iter_mut();
        let means = &self.means[start - lags..start];
        for ((product, fresh), of_other) in products.zip(&mut self.fresh[places]).zip(means) {
            *product = *fresh - scale * (of_other - self.base);
            *fresh = 0.0;
        }
        self.base = self.means[start];
        self.summed = 0;
    }

    /// The nearest neighbor of the newest window.
    pub(super) fn nearest(&self) -> Option<Nearest> {
        let window = self.window?;
        let newest = self.len().checked_sub(window)?;
        let nearest_lag = self.exclusion.unwrap_or(window - 1) + 1;
        let lags = newest.min(self.history);
        if lags < nearest_lag || self.biases[newest] == INVALID {
            return None;
        }
        let others = newest - lags..newest + 1 - nearest_lag;
        if self.scales[newest] == 0.0 {
            return self.nearest_of_constant(window, newest, others);
        }
        let (mean, scale) = (window as f64 * (self.means[newest] - self.base), self.scales[newest]);
        let (mut best, mut at) = (0.5 * INVALID, None);
        let mut correlations = [0.0; BLOCK];
        let mut from = others.start;
        while from < others.end {
            let to = others.end.min(from + BLOCK);
            let correlations = &mut correlations[..to - from];
            let of_windows =
                self.means[from..to].iter().zip(&self.scales[from..to]).zip(&self.biases[from..to]);
            let products = &self.products[from + self.history - newest..to + self.history - newest];
            for ((r, product), ((other, spread), bias)) in
                correlations.iter_mut().zip(products).zip(of_windows)
            {
                *r = (product - mean * (other - self.base)) * scale * spread + bias;
            }
            let highest = largest(correlations);
            if highest > best {
                best = highest;
                at = correlations.iter().position(|r| *r == highest).map(|place| from + place);
            }
            from = to;
        }
        let at = at?;
        // From the values themselves: what the sums have lost does not matter.
        let distance = if self.scales[at] == 0.0 {
            libm::sqrt(window as f64)
        } else {
            self.distance(window, newest, at)
        };
        Some(Nearest { lag: newest - at, distance })
    }

    #[cold]
    fn nearest_of_constant(
        &self,
        window: usize,
        newest: usize,
        mut others: core::ops::Range<usize>,
    ) -> Option<Nearest> {
        if let Some(at) = others.clone().find(|at| self.biases[*at] == CONSTANT) {
            return Some(Nearest { lag: newest - at, distance: 0.0 });
        }
        let at = others.find(|at| self.biases[*at] != INVALID)?;
        Some(Nearest { lag: newest - at, distance: libm::sqrt(window as f64) })
    }

    fn distance(&self, window: usize, a: usize, b: usize) -> f64 {
        let standardized = |from: usize| {
            let (mean, scale) = (self.means[from], self.scales[from]);
            self.values[from..from + window].iter().map(move |x| (x - mean) * scale)
        };
        let squares: f64 = standardized(a).zip(standardized(b)).map(|(x, y)| (x - y) * (x - y)).sum();
        // A scale is that of a sum of squares of 1.
        libm::sqrt(squares * window as f64)
    }

    #[cfg(feature = "serde")]
    pub(super) fn is_lag(&self, lag: usize) -> bool {
        let newest = self.window.and_then(|window| self.len().checked_sub(window));
        newest.is_some_and(|newest| lag >= 1 && lag <= newest.min(self.history))
    }

    #[cfg(feature = "serde")]
    pub(super) fn state(&self) -> State {
        State {
            values: self.recent().to_vec(),
            held: self.held[self.first()..].to_vec(),
            products: self.products[self.history - self.lags()..].to_vec(),
            fresh: self.fresh[self.history - self.lags()..].to_vec(),
            base: self.base,
            summed: self.summed,
        }
    }

    #[cfg(feature = "serde")]
    fn lags(&self) -> usize {
        self.window.map_or(0, |window| self.len().saturating_sub(window)).min(self.history)
    }

    #[cfg(feature = "serde")]
    pub(super) fn restore(&mut self, window: Option<usize>, learn: usize, state: State) -> Result<(), Error> {
        let State { values, held, products, fresh, base, summed } = state;
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
        // The very first value is one that came; what was before a full history may have been bridged.
        let first = held.first().is_none_or(|held| !held) || values.len() == self.needed();
        Error::require(held.len() == values.len() && first, "held", "one for each value", held.len())?;
        Error::require(observed(base).is_some(), "base", "finite", base)?;
        let in_time = summed <= values.len() && window.is_none_or(|window| summed < window);
        Error::require(in_time, "summed", "below the window", summed)?;
        // Into the buffers that are there, which have room for more.
        self.values.extend(values);
        self.held.extend(held);
        let lags = self.lags();
        for sums in [&products, &fresh] {
            let sane = sums.len() == lags && sums.iter().all(|x| x.is_finite());
            Error::require(sane, "products", "a finite one for each window", sums.len())?;
        }
        self.products[self.history - lags..].copy_from_slice(&products);
        self.fresh[self.history - lags..].copy_from_slice(&fresh);
        (self.base, self.summed) = (base, summed);
        self.describe();
        Ok(())
    }
}

/// What a restored history is made of.
#[cfg(feature = "serde")]
pub(super) struct State {
    pub(super) values: Vec<f64>,
    pub(super) held: Vec<bool>,
    pub(super) products: Vec<f64>,
    pub(super) fresh: Vec<f64>,
    pub(super) base: f64,
    pub(super) summed: usize,
}

/// Mean and standard deviation (divided by n), in two passes from the first value, so that a level costs no digits.
fn moments(values: &[f64]) -> (f64, f64) {
    let (n, first) = (values.len() as f64, values[0]);
    let mean = first + sum(values, |x| x - first) / n;
    // Once more takes off what rounding left.
    let mean = mean + sum(values, |x| x - mean) / n;
    (mean, libm::sqrt(sum(values, |x| (x - mean) * (x - mean)) / n))
}

/// A sum in eight lanes: always in the same order, and several at once where the machine can.
fn sum(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += of(*x);
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|x| of(*x)).sum::<f64>()
}

/// The largest number; NaN is passed over.
fn largest(numbers: &[f64]) -> f64 {
    let (chunks, rest) = numbers.as_chunks::<8>();
    let mut lanes = [f64::NEG_INFINITY; 8];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = if *x > *lane { *x } else { *lane };
        }
    }
    lanes.iter().chain(rest).fold(f64::NEG_INFINITY, |most, x| if *x > most { *x } else { most })
}
