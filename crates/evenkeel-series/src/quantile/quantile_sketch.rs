//! A quantile sketch: quantiles of arbitrarily many values in bounded memory.

use alloc::vec;
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};

/// The most bins for values of one sign: 512 KB.
const MOST: usize = 1 << 16;
/// Values closer to 0 count as 0.
const TINY: f64 = 1e-100;

/// Counts values in bins of constant relative width, so that every quantile is known to a given relative
/// error. Sketches of many collectors merge into the sketch of all their values.
///
/// *For* latencies and sizes over many processes, or over long times: means of quantiles are not quantiles,
/// but merged sketches give them. *Not for* exact quantiles
/// ([`RollingQuantile`](crate::rolling::RollingQuantile)), nor for values whose differences matter more than
/// their ratios, as times of day.
///
/// *Method*: DDSketch, C. Masson, J. E. Rim, H. K. Lee, Proceedings of the VLDB Endowment 12 (2019)
/// 2195-2205, doi:10.14778/3352063.3352135. Bin k counts the values in (γ^(k-1), γ^k] with γ = (1 + accuracy)
/// / (1 - accuracy), and answers with the value that is equally far, relatively, from both ends. Negative
/// values have bins of their own.
///
/// ```
/// use evenkeel_series::quantile::QuantileSketch;
///
/// // Two processes, one of them slow, and the latencies of both together.
/// let mut fast = QuantileSketch::new(0.01)?;
/// let mut slow = fast.clone();
/// (0..9000).for_each(|i| fast.insert(0.010 + 1e-6 * f64::from(i)));
/// (0..1000).for_each(|i| slow.insert(0.300 + 1e-4 * f64::from(i)));
/// fast.merge(&slow)?;
/// assert_eq!(fast.count(), 10_000);
/// let p99 = fast.quantile(0.99).unwrap();
/// assert!((p99 / 0.39 - 1.0).abs() < 0.01);
/// assert_eq!(fast.max(), Some(0.300 + 1e-4 * 999.0));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// *Guarantee*: [`quantile(p)`](Self::quantile) is within `accuracy`, relative, of the value of rank ⌊p (n -
/// 1)⌋ among the n sorted ones, as long as the sketch [is accurate](Self::is_accurate). Beyond the room for
/// [`bins`](Self::with_bins), the bins of the smallest magnitudes are merged: low quantiles then come out too
/// large in magnitude, high ones stay right. 2048 bins at 0.01 hold magnitudes from 1 to 6e17, of each sign.
///
/// *Merging* is exact: the sketch depends on the values that went in, and not on their order or on how they
/// were divided; merged sketches are equal, bit for bit.
///
/// *Missing* values are left out. O(1) time a value, O(bins) to merge and for a quantile; 16 bytes times the
/// bins, taken at construction.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileSketch {
    accuracy: f64,
    /// The logarithm of γ.
    width: f64,
    above: Bins,
    below: Bins,
    zeros: u64,
    range: Option<(f64, f64)>,
}

/// Counts by key. The key `k` has its place at `k` modulo the number of places, for the keys from the highest
/// one down.
#[derive(Debug, Clone, PartialEq)]
struct Bins {
    counts: Vec<u64>,
    /// The highest and the lowest key there ever was.
    keys: Option<(i32, i32)>,
}

impl Bins {
    fn new(places: usize) -> Self {
        Self { counts: vec![0; places], keys: None }
    }

    fn place(&self, key: i32) -> usize {
        // Within i32 by construction: places are at most 2^16.
        key.rem_euclid(self.counts.len() as i32) as usize
    }

    /// The lowest key that has a place of its own; those below share it.
    fn floor(&self, top: i32) -> i32 {
        top - (self.counts.len() as i32 - 1)
    }

    fn add(&mut self, key: i32, count: u64) {
        if count == 0 {
            return;
        }
        let (top, lowest) = self.keys.unwrap_or((key, key));
        if key > top {
            // The places of the lowest keys go to new highest ones, what they held to the new lowest.
            let (old, new) = (self.floor(top), self.floor(key));
            let gone: u64 = (old..new.min(top + 1))
                .map(|k| {
                    let place = self.place(k);
                    core::mem::take(&mut self.counts[place])
                })
                .fold(0, u64::saturating_add);
            let place = self.place(new);
            self.counts[place] = self.counts[place].saturating_add(gone);
        }
        self.keys = Some((top.max(key), lowest.min(key)));
        let place = self.place(key.max(self.floor(top.max(key))));
        self.counts[place] = self.counts[place].saturating_add(count);
    }

    /// From the lowest key on.
    fn each(&self) -> impl DoubleEndedIterator<Item = (i32, u64)> + '_ {
        let keys = self.keys.map_or(0..0, |(top, _)| self.floor(top)..top + 1);
        keys.map(|key| (key, self.counts[self.place(key)])).filter(|(_, count)| *count > 0)
    }

    fn count(&self) -> u64 {
        self.counts.iter().copied().fold(0, u64::saturating_add)
    }

    fn is_accurate(&self) -> bool {
        self.keys.is_none_or(|(top, lowest)| lowest >= self.floor(top))
    }

    /// Adds the counts of another. Values that share a bin there are counted under its lowest key, which has
    /// a bin there as well.
    fn merge(&mut self, other: &Self) {
        other.each().for_each(|(key, count)| self.add(key, count));
        if let (Some((top, lowest)), Some((_, others))) = (self.keys, other.keys) {
            self.keys = Some((top, lowest.min(others)));
        }
    }

    fn clear(&mut self) {
        self.counts.fill(0);
        self.keys = None;
    }
}

impl QuantileSketch {
    /// With this relative error, in [0.0001, 0.5], and 2048 bins of each sign.
    ///
    /// # Errors
    /// If the accuracy is out of range.
    pub fn new(accuracy: f64) -> Result<Self, Error> {
        Self::with_bins(accuracy, 2048)
    }

    /// With room for so many bins of each sign, 2 to 65536.
    ///
    /// # Errors
    /// If the accuracy or the number is out of range.
    pub fn with_bins(accuracy: f64, bins: usize) -> Result<Self, Error> {
        Error::require((1e-4..=0.5).contains(&accuracy), "accuracy", "in [0.0001, 0.5]", accuracy)?;
        Error::require((2..=MOST).contains(&bins), "bins", "in 2..=65536", bins)?;
        let width = libm::log1p(2.0 * accuracy / (1.0 - accuracy));
        Ok(Self { accuracy, width, above: Bins::new(bins), below: Bins::new(bins), zeros: 0, range: None })
    }

    /// Counts a value; a missing one is left out.
    pub fn insert(&mut self, x: f64) {
        let Some(x) = observed(x).map(|x| x + 0.0) else { return };
        let (low, high) = self.range.unwrap_or((x, x));
        self.range = Some((low.min(x), high.max(x)));
        if x > TINY {
            self.above.add(self.key(x), 1);
        } else if x < -TINY {
            self.below.add(self.key(-x), 1);
        } else {
            self.zeros = self.zeros.saturating_add(1);
        }
    }

    /// Takes all that another sketch counted.
    ///
    /// # Errors
    /// If the other one has another accuracy or number of bins.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        Error::require(self.accuracy == other.accuracy, "accuracy", "the same in both", other.accuracy)?;
        Error::require(self.bins() == other.bins(), "bins", "as many in both", other.bins())?;
        self.above.merge(&other.above);
        self.below.merge(&other.below);
        self.zeros = self.zeros.saturating_add(other.zeros);
        self.range = match (self.range, other.range) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, another) => one.or(another),
        };
        Ok(())
    }

    /// The value of rank ⌊p (n - 1)⌋, from 0, to within the accuracy; `None` if there is no value, or `p` is
    /// not in [0, 1]. At 0 and 1 the exact extremes.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let (low, high) = self.range?;
        if !(0.0..=1.0).contains(&p) {
            return None;
        }
        if p == 0.0 || p == 1.0 {
            return Some(if p == 0.0 { low } else { high });
        }
        let mut rank = libm::floor(p * (self.count() - 1) as f64) as u64;
        let below = self.below.each().rev().map(|(key, count)| (-self.value(key), count));
        let above = self.above.each().map(|(key, count)| (self.value(key), count));
        for (value, count) in below.chain([(0.0, self.zeros)]).chain(above) {
            if rank < count {
                return Some(value.clamp(low, high));
            }
            rank -= count;
        }
        Some(high)
    }

    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.below.count().saturating_add(self.zeros).saturating_add(self.above.count())
    }

    /// The smallest value, exactly.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        self.range.map(|(low, _)| low)
    }

    /// The largest value, exactly.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.range.map(|(_, high)| high)
    }

    /// The relative error of quantiles.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.accuracy
    }

    /// The number of bins of each sign.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.above.counts.len()
    }

    /// Whether no bins had to be merged, so that the accuracy holds for all quantiles.
    #[must_use]
    pub fn is_accurate(&self) -> bool {
        self.above.is_accurate() && self.below.is_accurate()
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.above.clear();
        self.below.clear();
        (self.zeros, self.range) = (0, None);
    }

    /// Of a magnitude from 1e-100 to 1e100: at most 1.2 million from 0.
    fn key(&self, magnitude: f64) -> i32 {
        libm::ceil(libm::log(magnitude) / self.width) as i32
    }

    /// Relatively as far from the lower end of a bin as from the upper one.
    fn value(&self, key: i32) -> f64 {
        libm::exp(f64::from(key) * self.width) * (1.0 - self.accuracy)
    }
}

evenkeel_core::state! {
    QuantileSketch as struct SavedQuantileSketch("QuantileSketch@1") {
        accuracy: f64,
        bins: usize,
        above: Counts,
        below: Counts,
        zeros: u64,
        min: Option<f64>,
        max: Option<f64>,
    }
}

/// Counts that are not 0, by rising key.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    lowest: Option<i32>,
    counts: Vec<(i32, u64)>,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Counts);

#[cfg(feature = "serde")]
impl From<&Bins> for Counts {
    fn from(bins: &Bins) -> Self {
        Self { lowest: bins.keys.map(|(_, lowest)| lowest), counts: bins.each().collect() }
    }
}

#[cfg(feature = "serde")]
impl Counts {
    /// `largest`: the key that the largest magnitude has, where one is to be.
    fn into_bins(self, places: usize, largest: Option<i32>) -> Result<Bins, Error> {
        let mut bins = Bins::new(places);
        let rising = self.counts.windows(2).all(|pair| pair[0].0 < pair[1].0)
            && self.counts.iter().all(|(_, count)| *count > 0);
        Error::require(rising, "keys", "rising, with counts above 0", "not so")?;
        let top = self.counts.last().map(|(key, _)| *key);
        Error::require(top == largest, "keys", "up to that of the largest magnitude", "not so")?;
        let (Some(top), Some(&(first, _))) = (top, self.counts.first()) else {
            Error::require(self.lowest.is_none(), "lowest", "not there without a count", "there")?;
            return Ok(bins);
        };
        let floor = bins.floor(top);
        // A shared bin holds the lowest one; without it the lowest is the first.
        let sound = self
            .lowest
            .is_some_and(|lowest| lowest >= -2_000_000 && first >= floor && lowest.max(floor) == first);
        Error::require(sound, "lowest", "the first key, or below the lowest place", "not so")?;
        for (key, count) in self.counts {
            let place = bins.place(key);
            bins.counts[place] = count;
        }
        bins.keys = self.lowest.map(|lowest| (top, lowest));
        Ok(bins)
    }
}

#[cfg(feature = "serde")]
impl From<&QuantileSketch> for SavedQuantileSketch {
    fn from(sketch: &QuantileSketch) -> Self {
        Self {
            accuracy: sketch.accuracy,
            bins: sketch.bins(),
            above: (&sketch.above).into(),
            below: (&sketch.below).into(),
            zeros: sketch.zeros,
            min: sketch.min(),
            max: sketch.max(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedQuantileSketch> for QuantileSketch {
    type Error = Error;

    fn try_from(state: SavedQuantileSketch) -> Result<Self, Error> {
        let mut sketch = Self::with_bins(state.accuracy, state.bins)?;
        let range = state
            .min
            .zip(state.max)
            .filter(|(min, max)| observed(*min).is_some() && observed(*max).is_some() && min <= max);
        let consistent = range.is_some() || state.min.is_none() && state.max.is_none();
        Error::require(consistent, "min", "observed, and at most the maximum", "not so")?;
        let key = |magnitude: f64| (magnitude > TINY).then(|| sketch.key(magnitude));
        let (low, high) = range.unwrap_or((0.0, 0.0));
        let above = state.above.into_bins(state.bins, key(high))?;
        let below = state.below.into_bins(state.bins, key(-low))?;
        (sketch.above, sketch.below, sketch.zeros) = (above, below, state.zeros);
        sketch.range = range.map(|(min, max)| (min + 0.0, max + 0.0));
        let empty = sketch.count() == 0;
        Error::require(empty == range.is_none(), "min", "there if values are", "not so")?;
        Ok(sketch)
    }
}
