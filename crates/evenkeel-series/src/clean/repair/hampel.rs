//! The Hampel filter.

use super::repaired::{Change, Repaired};
use crate::missing::missing_as_nan;
use crate::quantile::MAD_TO_SD;
use crate::quantile::{SortedWindow, for_each_neighborhood};
use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, Stage, observed};

/// The longest window: it is kept in order by moving memory.
const LONGEST: usize = 1 << 16;

/// Replaces values that lie far from the median of their neighbors by that median.
///
/// *For* spikes in signals that move slowly against the window. *Not for* seasons with sharp peaks, which
/// look like spikes: [`OutlierRepair`](crate::clean::OutlierRepair) knows seasons.
///
/// *Method*: a value farther from the median of the window than `threshold` times the scaled median absolute
/// deviation is replaced. F. R. Hampel, Journal of the American Statistical Association 69 (1974) 383-393,
/// doi:10.1080/01621459.1974.10482962; R. K. Pearson, IEEE Transactions on Control Systems Technology 10
/// (2002) 55-63, doi:10.1109/87.974338. The window always holds the original values.
///
/// ```
/// use evenkeel_series::clean::Hampel;
///
/// let mut y: Vec<f64> = (0..100).map(|t| (f64::from(t) * 0.1).sin()).collect();
/// y[40] = 25.0;
/// let repaired = Hampel::new(5).apply(&y)?;
/// assert_eq!(repaired.changes().len(), 1);
/// assert_eq!((repaired.changes()[0].index(), repaired.changes()[0].old()), (40, Some(25.0)));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Settings*: `half`: neighbors on each side, 1 to 32767 (fewer at the ends); the window must be more than
/// twice as long as the longest run of spikes. [`threshold`](Self::threshold): 3 by default, Hampel's and
/// Pearson's; 0 is the median filter. [`least`](Self::least): the smallest deviation that may count as such,
/// in the units of the data, 0 by default; where more than half of a window is equal, any other value is
/// replaced unless this forbids it.
///
/// *Missing* values stay missing, and do not count. O(n half) time, O(half) memory beside the values.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Hampel {
    half: usize,
    threshold: f64,
    least: f64,
}

impl Hampel {
    /// With `half` neighbors on each side.
    pub const fn new(half: usize) -> Self {
        Self { half, threshold: 3.0, least: 0.0 }
    }

    /// Values farther than so many scaled median absolute deviations are replaced; at least 0.
    pub const fn threshold(mut self, deviations: f64) -> Self {
        self.threshold = deviations;
        self
    }

    /// Values nearer than this are never replaced; at least 0.
    pub const fn least(mut self, distance: f64) -> Self {
        self.least = distance;
        self
    }

    /// Repairs a finished history, with neighbors on both sides.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn apply(&self, values: &[f64]) -> Result<Repaired, Error> {
        self.validate()?;
        let before = missing_as_nan(values);
        let mut after = before.clone();
        for_each_neighborhood(&before, self.half, |i, window| {
            if let Some(median) = self.replacement(before[i], window) {
                after[i] = median;
            }
        });
        Ok(Repaired::between(&before, after, false))
    }

    /// The same for a stream: a stage that compares each value with the newest `2 half + 1` values, including
    /// itself.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn filter(&self) -> Result<HampelFilter, Error> {
        self.validate()?;
        let length = 2 * self.half + 1;
        Ok(HampelFilter {
            settings: *self,
            values: vec![f64::NAN; length],
            next: 0,
            seen: 0,
            changed: 0,
            last: None,
            window: SortedWindow::new(length),
        })
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require((1..LONGEST / 2).contains(&self.half), "half", "in 1..=32767", self.half)?;
        let holds = |x: f64| x >= 0.0 && x.is_finite();
        Error::require(holds(self.threshold), "threshold", "finite and at least 0", self.threshold)?;
        Error::require(holds(self.least), "least", "finite and at least 0", self.least)
    }

    /// The replacement of a value of a window.
    fn replacement(&self, x: f64, window: &SortedWindow) -> Option<f64> {
        let median = window.median().filter(|_| !x.is_nan())?;
        let reach = (self.threshold * MAD_TO_SD * window.deviation(median)?).max(self.least);
        ((x - median).abs() > reach).then_some(median)
    }
}

/// The causal Hampel filter, made by [`Hampel::filter`].
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_series::clean::Hampel;
///
/// let mut filter = Hampel::new(3).filter()?;
/// let out: Vec<_> = filter.run([1.0, 1.2, 0.9, 1.1, 50.0, 1.0, f64::NAN]).collect();
/// assert_eq!(out[4..], [Some(1.1), Some(1.0), None]);
/// assert_eq!(filter.changed(), 1);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// The output is the value, or the median in its place; none for a missing value, which takes a place in the
/// window but does not count. A true jump is delayed by half a window. [`last_change`](Self::last_change)
/// gives the change of the newest value, [`changed`](Self::changed) the number of changes. O(window) time a
/// value by moving memory, 16 bytes of memory for each place.
#[derive(Debug)]
pub struct HampelFilter {
    settings: Hampel,
    /// A ring; NaN where missing, or before the first value.
    values: Vec<f64>,
    next: usize,
    seen: u64,
    changed: u64,
    last: Option<Change>,
    window: SortedWindow,
}

impl HampelFilter {
    /// The change of the newest value, with its place in the stream; `None` if it was not changed.
    #[must_use]
    pub fn last_change(&self) -> Option<Change> {
        self.last
    }

    /// How many values were replaced.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.changed
    }
}

impl Stage<f64> for HampelFilter {
    type Output = f64;

    fn update(&mut self, x: f64) -> Option<f64> {
        let index = usize::try_from(self.seen).unwrap_or(usize::MAX);
        self.seen = self.seen.saturating_add(1);
        let new = observed(x).unwrap_or(f64::NAN);
        let gone = core::mem::replace(&mut self.values[self.next], new);
        self.next = (self.next + 1) % self.values.len();
        if !gone.is_nan() {
            self.window.remove(gone);
        }
        self.last = None;
        let x = observed(new)?;
        self.window.insert(x);
        let Some(median) = self.settings.replacement(x, &self.window) else { return Some(x) };
        self.changed = self.changed.saturating_add(1);
        self.last = Some(Change::new(index, Some(x), median));
        Some(median)
    }

    fn reset(&mut self) {
        self.values.fill(f64::NAN);
        self.window.clear();
        (self.next, self.seen, self.changed, self.last) = (0, 0, 0, None);
    }
}

/// With the whole capacity of the window, so that a clone does not allocate either.
impl Clone for HampelFilter {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings,
            values: self.values.clone(),
            next: self.next,
            seen: self.seen,
            changed: self.changed,
            last: self.last,
            window: ordered(&self.values),
        }
    }
}

/// The sorted window follows from the values.
impl PartialEq for HampelFilter {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits();
        self.settings == other.settings
            && self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(same)
            && (self.next, self.seen, self.changed, self.last)
                == (other.next, other.seen, other.changed, other.last)
    }
}

fn ordered(values: &[f64]) -> SortedWindow {
    let mut window = SortedWindow::new(values.len());
    values.iter().filter(|x| !x.is_nan()).for_each(|x| window.insert(*x));
    window
}

evenkeel_core::state! {
    HampelFilter as struct SavedHampelFilter("HampelFilter@1") {
        half: usize,
        threshold: f64,
        least: f64,
        values: Vec<f64>,
        next: usize,
        seen: u64,
        changed: u64,
        /// Of the newest value, where it was replaced: by what.
        replaced: Option<f64>,
    }
}

#[cfg(feature = "serde")]
impl From<&HampelFilter> for SavedHampelFilter {
    fn from(filter: &HampelFilter) -> Self {
        Self {
            half: filter.settings.half,
            threshold: filter.settings.threshold,
            least: filter.settings.least,
            values: filter.values.clone(),
            next: filter.next,
            seen: filter.seen,
            changed: filter.changed,
            replaced: filter.last.map(|change| change.new_value()),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedHampelFilter> for HampelFilter {
    type Error = Error;

    fn try_from(state: SavedHampelFilter) -> Result<Self, Error> {
        let settings = Hampel { half: state.half, threshold: state.threshold, least: state.least };
        // The window must be as long as the saved values; checked before anything is allocated for it.
        let length = state.half.saturating_mul(2).saturating_add(1);
        let was = state.values.len();
        Error::require(was == length, "values", "as many as the window is long", was)?;
        let mut filter = settings.filter()?;
        Error::require(state.next < length, "next", "inside the window", state.next)?;
        for (place, x) in filter.values.iter_mut().zip(&state.values) {
            *place = observed(*x).unwrap_or(f64::NAN);
        }
        Error::require(state.changed <= state.seen, "changed", "at most those seen", state.changed)?;
        filter.next = state.next;
        filter.seen = state.seen;
        filter.changed = state.changed;
        if let Some(new) = state.replaced {
            let newest = filter.values[(state.next + length - 1) % length];
            let old = observed(newest).filter(|_| observed(new).is_some() && state.seen > 0);
            Error::require(old.is_some(), "replaced", "observed, for an observed value", new)?;
            let index = usize::try_from(state.seen - 1).unwrap_or(usize::MAX);
            filter.last = Some(Change::new(index, old, new));
        }
        filter.window = ordered(&filter.values);
        Ok(filter)
    }
}
