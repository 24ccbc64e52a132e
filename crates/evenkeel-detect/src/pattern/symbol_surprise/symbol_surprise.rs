//! Symbol surprise: discretized values scored by context tree weighting.

use super::contexts::Contexts;
use alloc::{boxed::Box, vec};
use core::array;
use evenkeel_core::{Checked, Direction, Error, PlausibilityCheck, Score, Stage};

/// The sizes of the alphabets: coarse, for what is frequent, to fine.
pub(super) const LETTERS: [u8; 3] = [6, 8, 12];
/// What a range is widened by on both sides, in its length: some 256 normal values reach to 2.8 standard
/// deviations, 10⁵ to 4.4, which is a quarter of their range farther. So what is outside is not just the next
/// record.
const MARGIN: f64 = 0.25;
/// The farthest end of a range: twice the largest value, and the margin of a range twice as long as that.
#[cfg(feature = "serde")]
pub(super) const LARGEST_END: f64 = (2.0 + 4.0 * MARGIN) * evenkeel_core::LARGEST;

/// Notices values and steps that are unusual *after those before them*, with no model of the series:
/// repetitive shapes, stuck sensors, missed beats.
///
/// *When*: one metric whose patterns repeat within a few samples, of any shape; thousands of streams. Not for
/// slow drifts, nor for seasons longer than its context.
///
/// *Method*: the value, and its difference to the one before, are written with 6, 8 and 12 letters: the first
/// `warm_up` values and a quarter of their length on both sides are the range, all letters but two are equal
/// parts of it, the two stand for what is below and above: letters that were never seen when something leaves
/// the range for the first time. In each of the six texts a mixture over all contexts of up to `depth`
/// letters predicts the next letter: context tree weighting, F. M. J. Willems, Y. M. Shtarkov, T. J.
/// Tjalkens, The context-tree weighting method: basic properties, IEEE Trans. Inf. Theory 41 (1995) 653-664,
/// doi:10.1109/18.382012. *Deviations*: letters instead of bits, each with a prior of 1 / letters; counts of
/// a context are halved when there are `memory`, and the odds of depths are kept within 1e9, so that it
/// forgets.
///
/// *A level shift* puts most values into the outer letters, which is a surprise at first and then none. Once
/// half of the values or steps of about the last `warm_up` are there, the range is taken anew from the last
/// `warm_up` values and all texts are learned again from them ([`relearned`](Self::relearned) counts it).
///
/// | parameter | range | default | why |
/// | --- | --- | --- | --- |
/// | `warm_up` | \[16, 10^5\] | 256 | enough to know the range |
/// | `depth` | \[1, 4\] | 3 | contexts of more letters are rarely met again |
/// | `memory` | \[4, 32768\] | 1024 | values of a context until older ones count half |
///
/// *Score*: the mean over the six texts of -log2 of the probability of its letter, in bits: 0 is certain, 3.1
/// is a guess, more than 12 does not come up. It is a raw surprise: to find strange stretches average it over
/// a few values ([`Ewm`](evenkeel_series::Ewm)) rather than take maxima. No direction. *Wild values* (by the
/// rule of [`PlausibilityCheck`]) are scored, but no range is taken from them. *Missing data*: no score,
/// nothing learned; the next difference is to the last value that came. *Cost*: O(depth), 6 contexts of each
/// length; learning again costs `warm_up` updates once. *State*: 17 kB, 170 kB and 1.9 MB for depths of 2, 3
/// and 4, and 16 `warm_up` bytes.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::pattern::SymbolSurprise;
///
/// let mut surprise = SymbolSurprise::builder().build()?;
/// let heart = |i: u32| f64::from(i % 4 == 0);
/// let last = surprise.run((0..1000).map(heart)).last().flatten().unwrap();
/// assert!(last.value() < 0.1); // it knows the beat
/// assert!(surprise.update(0.0).unwrap().value() > 3.0); // and misses one
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SymbolSurprise {
    pub(super) settings: SymbolSurpriseBuilder,
    /// Of the values, of the differences.
    pub(super) views: [View; 2],
    pub(super) last: f64,
    /// The last `warm_up` values; where the next goes.
    pub(super) ring: Box<[f64]>,
    pub(super) next: usize,
    /// How many values are in the ring while it fills.
    pub(super) held: usize,
    pub(super) relearned: u64,
    pub(super) check: PlausibilityCheck,
    pub(super) sorted: Sorted,
}

/// Room to sort in; never part of the state.
#[derive(Debug, Clone)]
pub(super) struct Sorted(Box<[f64]>);

impl PartialEq for Sorted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// One way to look at the values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct View {
    pub(super) low: f64,
    pub(super) high: f64,
    /// The share of late that was outside.
    pub(super) outside: f64,
    pub(super) texts: [Contexts; 3],
}

/// Settings of a [`SymbolSurprise`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct SymbolSurpriseBuilder {
    pub(super) warm_up: usize,
    pub(super) depth: usize,
    pub(super) memory: u16,
}

impl SymbolSurpriseBuilder {
    /// How many values set the range, in \[16, 10^5\]. Default 256.
    pub fn warm_up(mut self, values: usize) -> Self {
        self.warm_up = values;
        self
    }

    /// How many letters of context are looked at, in \[1, 4\]. Default 3.
    pub fn depth(mut self, letters: usize) -> Self {
        self.depth = letters;
        self
    }

    /// How many values of a context are counted until older ones count half, in \[4, 32768\]. Default 1024.
    pub fn memory(mut self, values: u16) -> Self {
        self.memory = values;
        self
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let Self { warm_up, depth, memory } = *self;
        Error::require((16..=100_000).contains(&warm_up), "warm_up", "in [16, 10^5]", warm_up)?;
        Error::require((1..=super::contexts::DEEPEST).contains(&depth), "depth", "in [1, 4]", depth)?;
        Error::require((4..=32_768).contains(&memory), "memory", "in [4, 32768]", memory)
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<SymbolSurprise, Error> {
        self.validate()?;
        Ok(SymbolSurprise {
            settings: self,
            views: array::from_fn(|_| View {
                low: 0.0,
                high: 0.0,
                outside: 0.0,
                texts: LETTERS.map(|letters| Contexts::new(usize::from(letters), self.depth)),
            }),
            last: 0.0,
            ring: vec![0.0; self.warm_up].into(),
            next: 0,
            held: 0,
            relearned: 0,
            check: PlausibilityCheck::default(),
            sorted: Sorted(vec![0.0; self.warm_up].into()),
        })
    }
}

impl View {
    /// The probability of the letters of `x`, in the three texts together; learns them.
    #[inline]
    fn learn(&mut self, x: f64, memory: u16, rate: f64) -> f64 {
        let side = if x < self.low {
            Some(false)
        } else if x > self.high {
            Some(true)
        } else {
            None
        };
        self.outside += rate * (f64::from(u8::from(side.is_some())) - self.outside);
        let length = self.high - self.low;
        let place = if length > 0.0 { (x - self.low) / length } else { 0.0 };
        let mut probability = 1.0;
        for (text, letters) in self.texts.iter_mut().zip(LETTERS) {
            let letter = match side {
                None => 1 + ((place * f64::from(letters - 2)) as u8).min(letters - 3),
                Some(above) => u8::from(above) * (letters - 1),
            };
            probability *= text.learn(letter, memory);
        }
        probability
    }

    /// Takes the range of the numbers, which are sorted, and a margin.
    fn find_range(&mut self, numbers: &mut [f64]) {
        numbers.sort_unstable_by(f64::total_cmp);
        let (low, high) = (numbers[0], numbers[numbers.len() - 1]);
        let margin = MARGIN * (high - low);
        (self.low, self.high) = (low - margin, high + margin);
        self.outside = 0.0;
        self.texts.iter_mut().for_each(Contexts::clear);
    }
}

impl SymbolSurprise {
    /// A detector.
    pub fn builder() -> SymbolSurpriseBuilder {
        SymbolSurpriseBuilder { warm_up: 256, depth: 3, memory: 1024 }
    }

    /// How often the range was taken anew.
    #[must_use]
    pub fn relearned(&self) -> u64 {
        self.relearned
    }

    /// The range of the values in force, once there is one.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        (self.held == self.ring.len()).then_some((self.views[0].low, self.views[0].high))
    }

    /// The mean surprise in bits; learns.
    fn learn(&mut self, x: f64) -> f64 {
        let rate = 1.0 / self.ring.len() as f64;
        let memory = self.settings.memory;
        let [values, steps] = &mut self.views;
        let probability = values.learn(x, memory, rate) * steps.learn(x - self.last, memory, rate);
        self.last = x;
        // Six probabilities of at least 1e-6 have a product.
        -libm::log2(probability) / 6.0
    }

    /// Takes the ranges from the ring and learns it from the start.
    fn find_ranges(&mut self) {
        let (len, start) = (self.ring.len(), self.next);
        let sorted = &mut self.sorted.0;
        sorted.copy_from_slice(&self.ring);
        self.views[0].find_range(sorted);
        for i in 0..len - 1 {
            sorted[i] = self.ring[(start + i + 1) % len] - self.ring[(start + i) % len];
        }
        self.views[1].find_range(&mut sorted[..len - 1]);
        self.last = self.ring[start];
        for i in 0..len {
            self.learn(self.ring[(start + i) % len]);
        }
        self.views.iter_mut().for_each(|view| view.outside = 0.0);
    }
}

impl SymbolSurprise {
    /// The surprise of a value that is not remembered: neither the range nor the next step is taken from it.
    #[cold]
    fn of_wild(&mut self, x: f64) -> Option<Score> {
        let last = self.last;
        let surprise = self.learn(x);
        self.last = last;
        Score::new(surprise, Direction::Either)
    }

    fn forget(&mut self) {
        for view in &mut self.views {
            (view.low, view.high, view.outside) = (0.0, 0.0, 0.0);
            view.texts.iter_mut().for_each(Contexts::clear);
        }
        self.ring.fill(0.0);
        (self.last, self.next, self.held, self.relearned) = (0.0, 0, 0, 0);
    }
}

impl Stage<f64> for SymbolSurprise {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let x = match self.check.check(x) {
            Checked::Missing => return None,
            Checked::Plausible(x) => x,
            // No range is taken from it. Beyond a known range it is the symbol of what is beyond.
            Checked::Implausible(_) if self.held < self.ring.len() => return None,
            Checked::Implausible(x) => return self.of_wild(x),
            Checked::StartOver(x) => {
                self.forget();
                x
            }
        };
        self.ring[self.next] = x;
        self.next = (self.next + 1) % self.ring.len();
        if self.held < self.ring.len() {
            self.held += 1;
            if self.held == self.ring.len() {
                self.find_ranges();
            }
            return None;
        }
        let surprise = self.learn(x);
        if self.views.iter().any(|view| view.outside > 0.5) {
            self.find_ranges();
            self.relearned = self.relearned.saturating_add(1);
        }
        Score::new(surprise, Direction::Either)
    }

    fn reset(&mut self) {
        self.forget();
        self.check = PlausibilityCheck::default();
    }
}
