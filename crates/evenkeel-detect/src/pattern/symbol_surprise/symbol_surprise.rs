//! Symbol surprise: discretized values scored by the counts of their contexts.

use super::contexts::Contexts;
use alloc::{boxed::Box, vec};
use core::array;
use evenkeel_core::{Checked, Direction, Error, PlausibilityCheck, Score, Stage};

/// How many letters the range has in each alphabet: coarse, for what is frequent, to fine. Two more are for
/// what is outside.
pub(super) const LETTERS: [u8; 3] = [6, 8, 12];
/// Over how many values surprises are averaged.
const AVERAGED: usize = 3;
/// No surprise is larger, in nats: five contexts that are as full as can be, and the letters.
#[cfg(feature = "serde")]
pub(super) const MOST_NATS: f64 = 60.0;
/// How far outside of the range a value still has the first or last letter, in letters: what is farther is not
/// just the next record.
const MARGIN: f64 = 0.5;
/// The farthest end of a range: a step between the two largest values.
#[cfg(feature = "serde")]
pub(super) const LARGEST_END: f64 = 2.0 * evenkeel_core::LARGEST;

/// Notices values and steps that are unusual *after those before them*, with no model of the series:
/// repetitive shapes, stuck sensors, missed beats.
///
/// *When*: one metric whose patterns repeat within a few samples, of any shape; thousands of streams. Not for
/// slow drifts, nor for seasons longer than its context.
///
/// *Method*: the value, and its difference to the one before, are written with 6, 8 and 12 letters: the range
/// of the first `warm_up` values, divided evenly; two more letters stand for what is farther below and above
/// than half a letter. In each of the six texts the next letter is predicted from how often it followed each
/// context of 0 to `depth` letters: of a context that was met n times, a letter that came c times has the
/// probability (c + p) / (n + 1), where p is what the next shorter context says of it. This is prediction by
/// partial matching (J. G. Cleary, I. H. Witten, IEEE Trans. Commun. 32 (1984) 396-402,
/// doi:10.1109/TCOM.1984.1096090) with the blending of D. J. C. MacKay and L. C. Bauman Peto, A hierarchical
/// Dirichlet language model, Natural Language Engineering 1 (1995) 289-308, doi:10.1017/S1351324900000218, of
/// concentration 1. The surprise is -ln of the probability, averaged over the texts and over three values,
/// and divided by ln(t + 10) after t values, so that a letter that was never seen weighs about 1, soon and
/// late. Counts of a context are halved when there are `memory`.
///
/// *A level shift* puts most values into the outer letters, which is a surprise at first and then none. Once
/// half of the values or steps of about the last `warm_up` are there, the range is taken anew from the last
/// `warm_up` values and all texts are learned again from them ([`relearned`](Self::relearned) counts it).
///
/// | parameter | range | default | why |
/// | --- | --- | --- | --- |
/// | `warm_up` | \[16, 10^5\] | 400 | enough to know the range |
/// | `depth` | \[0, 4\] | 3 | contexts of more letters are rarely met again; 0 looks at how often values and steps of such a size come, whatever was before |
/// | `memory` | \[4, 32768\] | 32768 | values of a context until older ones count half |
///
/// *Score*: 0 is certain, 1 a letter that was never seen, up to 1 + `depth` after contexts that were met often.
/// No direction. *Wild values* (by the rule of [`PlausibilityCheck`]) are scored, but no range is taken from
/// them. *Missing data*: no score, nothing learned; the next difference is to the last value that came.
/// *Cost*: O(depth), 6 contexts of each length; learning again costs `warm_up` updates once. *State*: 120
/// bytes, 2 kB, 20 kB, 240 kB and 3 MB for depths of 0 to 4, and 8 `warm_up` bytes.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::pattern::SymbolSurprise;
///
/// let mut surprise = SymbolSurprise::builder().build()?;
/// let heart = |i: u32| f64::from(i % 4 == 0);
/// let last = surprise.run((0..1000).map(heart)).last().flatten().unwrap();
/// assert!(last.value() < 0.01); // it knows the beat
/// assert!(surprise.update(0.0).unwrap().value() > 0.3); // and misses one
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
    /// How many values were learned; the last surprises in nats, the newest last.
    pub(super) learned: u64,
    pub(super) recent: [f64; AVERAGED],
    pub(super) relearned: u64,
    pub(super) check: PlausibilityCheck,
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
    /// How many values set the range, in \[16, 10^5\]. Default 400.
    pub fn warm_up(mut self, values: usize) -> Self {
        self.warm_up = values;
        self
    }

    /// How many letters of context are looked at, in \[0, 4\]. Default 3.
    pub fn depth(mut self, letters: usize) -> Self {
        self.depth = letters;
        self
    }

    /// How many values of a context are counted until older ones count half, in \[4, 32768\]. Default
    /// 32768.
    pub fn memory(mut self, values: u16) -> Self {
        self.memory = values;
        self
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let Self { warm_up, depth, memory } = *self;
        Error::require((16..=100_000).contains(&warm_up), "warm_up", "in [16, 10^5]", warm_up)?;
        Error::require(depth <= super::contexts::DEEPEST, "depth", "in [0, 4]", depth)?;
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
                texts: LETTERS.map(|letters| Contexts::new(usize::from(letters) + 2, self.depth)),
            }),
            last: 0.0,
            ring: vec![0.0; self.warm_up].into(),
            next: 0,
            held: 0,
            learned: 0,
            recent: [0.0; AVERAGED],
            relearned: 0,
            check: PlausibilityCheck::default(),
        })
    }
}

impl View {
    /// The probability of the letters of `x`, in the three texts together; learns them.
    #[inline]
    fn learn(&mut self, x: f64, memory: u16, rate: f64) -> f64 {
        let length = self.high - self.low;
        // In units of the range; where that has no length, another value is as far outside as can be.
        let place = if length > 0.0 {
            (x - self.low) / length
        } else if x == self.low {
            0.0
        } else {
            f64::INFINITY.copysign(x - self.low)
        };
        let mut probability = 1.0;
        let mut is_outside = false;
        for (text, letters) in self.texts.iter_mut().zip(LETTERS) {
            let at = place * f64::from(letters);
            let letter = if at < -MARGIN {
                0
            } else if at > f64::from(letters) + MARGIN {
                letters + 1
            } else {
                1 + (at.max(0.0) as u8).min(letters - 1)
            };
            is_outside |= letter == 0 || letter > letters;
            probability *= text.learn(letter, memory);
        }
        self.outside += rate * (f64::from(u8::from(is_outside)) - self.outside);
        probability
    }

    /// Takes the range of the numbers.
    fn find_range(&mut self, numbers: impl Iterator<Item = f64>) {
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        (self.low, self.high) = numbers.fold(ends, |(low, high), x| (low.min(x), high.max(x)));
        self.outside = 0.0;
        self.texts.iter_mut().for_each(Contexts::clear);
    }
}

impl SymbolSurprise {
    /// A detector.
    pub fn builder() -> SymbolSurpriseBuilder {
        SymbolSurpriseBuilder { warm_up: 400, depth: 3, memory: 32_768 }
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

    /// The score of a value; learns it.
    fn learn(&mut self, x: f64) -> f64 {
        let rate = 1.0 / self.ring.len() as f64;
        let memory = self.settings.memory;
        let [values, steps] = &mut self.views;
        let probability = values.learn(x, memory, rate) * steps.learn(x - self.last, memory, rate);
        self.last = x;
        self.learned = (self.learned + 1).min(1 << 53);
        self.recent.rotate_left(1);
        // Six probabilities have a product: even of those of deep, full contexts each is above 1e-25.
        self.recent[AVERAGED - 1] = (-libm::log(probability) / 6.0).max(0.0);
        let mean = self.recent.iter().sum::<f64>() / AVERAGED as f64;
        mean / libm::log(self.learned as f64 + 10.0)
    }

    /// Takes the ranges from the ring and learns it from the start.
    fn find_ranges(&mut self) {
        let (len, start) = (self.ring.len(), self.next);
        self.views[0].find_range(self.ring.iter().copied());
        let ring = &self.ring;
        let steps = (0..len - 1).map(|i| ring[(start + i + 1) % len] - ring[(start + i) % len]);
        self.views[1].find_range(steps);
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
        (self.learned, self.recent) = (0, [0.0; AVERAGED]);
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
