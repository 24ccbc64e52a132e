//! Left matrix profile: the distance of the newest window to its nearest neighbor in the past.

use super::real::Real;
use super::search::Search;
use super::windows::Windows;
#[cfg(feature = "serde")]
use alloc::{format, string::String, vec::Vec};
use evenkeel_core::{Direction, Error, Score, Stage, observed};

/// Notices shapes that have not been seen before: the exact left matrix profile, value by value, over a
/// bounded history.
///
/// *When*: the series repeats shapes (cycles, bursts, machine states), and something is wrong when a shape is
/// new, whatever its level and size. Not for series of noise, where every window is as new as any other, and
/// not for level shifts, which have the shape of what was before: see [`Focus`](crate::change::Focus).
///
/// *Method*: each window of the last `window` values is standardized, and so are all windows of the history;
/// the score is the Euclidean distance to the nearest of them: Y. Lu, R. Wu, A. Mueen, M. A. Zuluaga, E.
/// Keogh, Matrix Profile XXIV (DAMP), KDD 2022, doi:10.1145/3534678.3539271. Where DAMP abandons a search as
/// soon as the window can no longer be the largest discord, every distance here is exact, because a score is
/// wanted of every value; [`pruned`](LeftMatrixProfileBuilder::pruned) abandons as DAMP does. The covariances
/// of the newest window with all others come from those of the one before (the recurrence of Y. Zhu et al.,
/// Matrix Profile II, ICDM 2016, doi:10.1109/ICDM.2016.0085), without transforms, block by block of lags, and
/// a block is brought up to date when it is looked at. They are summed afresh every `window` values and the
/// distance to the neighbor found is computed from the values, so that rounding does not add up. A pruned
/// search begins at the neighbor of the window before and goes on from the nearest lag to the farthest.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `window` | 3 to 1,000,000 values | – | one or a few repetitions of the shape; [`automatic`](LeftMatrixProfile::automatic) takes the strongest period of the first values |
/// | `history` | at least 2 `window`, at most 10,000,000 | 10,000, or what `window` needs | how far back neighbors are looked for; costs time and memory in proportion |
/// | `exclusion` | 0 to `history` / 2 | `window` - 1 | neighbors start more than this many values before: by default they share no value, so that nothing new vouches for itself |
/// | `flat` | ≥ 0, in the unit of the data | 0 | a window of no larger standard deviation is constant; so is one whose spread is rounding (10⁻¹³ of its largest magnitude) |
/// | `pruned` | at least 2 scores | none | in how many scores the largest is forgotten that ends a search; `history` is a good choice for a cheap watch, `usize::MAX` is DAMP's |
/// | `learn` | 30 to 1,000,000 values, at most `history` | 1,000 | for an automatic window: how many values the period is sought in |
///
/// *Score*: the distance, from 0 (seen before) to 2 √`window`; √(2 `window`) is that of unrelated shapes. No
/// direction. Two constant windows have distance 0, a constant one and another √`window`.
/// [`neighbor`](Self::neighbor) says how far back the nearest window lies. While little is known all is new:
/// scores sink as the history grows. The last value is part of a window with values before, so that an event
/// is highest somewhat after its beginning and stays visible for `window` values.
///
/// *Missing data*: no score; time goes on, with the last value in its place, and windows of which more than a
/// quarter is missing are not compared. Those at the very beginning are skipped.
///
/// *Deviations*: in the 2 `window` values after one that is more than 10⁷ times as far from the rest as the
/// rest spreads, the neighbor that is found may not be the nearest one; the distance is right.
///
/// *Single precision*: [`build_single`](LeftMatrixProfileBuilder::build_single) makes a
/// `LeftMatrixProfile<f32>`, which searches in single precision, for long histories: 64 bytes instead of 90
/// for each of the history, and about two thirds of the time. A score is still computed from the values in
/// double precision and is the distance to the [`neighbor`](Self::neighbor) that is named, so that none is
/// less than the exact one; but where two windows are about equally near, the other may be named. Most scores
/// are the same; none is larger by more than a hundredth of the largest possible, 2 √`window`, if the windows
/// of the data, times √`window`, spread by between 10⁻¹⁵ and 10¹⁵ and no value is more than 10³ times as far
/// from the rest as the rest spreads.
///
/// *Cost*: O(`history` + `window`) a value, less than a nanosecond for each of the history; pruned
/// O(`window`) for most values, about a twentieth in all where shapes repeat, and O(`history` `window`) at
/// most for one. An automatic window once O(`learn`²). *State*: 90 `history` + 139 `window` bytes; a snapshot
/// takes 17 `history`.
///
/// ```
/// use core::f64::consts::TAU;
/// use evenkeel_core::Stage;
/// use evenkeel_detect::pattern::LeftMatrixProfile;
///
/// let mut profile = LeftMatrixProfile::builder(25).history(400).build()?;
/// let value = |t: u32| {
///     let phase = f64::from(t % 25) / 25.0 * TAU;
///     // One cycle goes up twice.
///     if (450..475).contains(&t) { (2.0 * phase).sin() } else { phase.sin() }
/// };
/// let scores: Vec<f64> = (0..600).map(|t| profile.update(value(t)).map_or(0.0, |s| s.value())).collect();
/// assert!(scores[100..450].iter().all(|s| *s < 1e-6), "each cycle was seen before");
/// assert!(scores[474] > 6.0, "this one was not");
/// assert!(scores[500..].iter().all(|s| *s < 1e-6));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts", bound(serialize = "T: Real", deserialize = "T: Real"))
)]
pub struct LeftMatrixProfile<T = f64> {
    settings: LeftMatrixProfileBuilder,
    windows: Windows<T>,
    search: Search<T>,
    /// The largest score, which decays with time: what pruning compares with.
    largest: f64,
    neighbor: Option<usize>,
    exact: bool,
}

/// Settings of a [`LeftMatrixProfile`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct LeftMatrixProfileBuilder {
    window: Option<usize>,
    history: Option<usize>,
    exclusion: Option<usize>,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    flat: f64,
    learn: usize,
    pruned: Option<usize>,
}

const HISTORY: usize = 10_000;
const MOST: usize = 10_000_000;
/// Pruning begins when there are windows of so many window lengths to compare with: Lu et al. begin to look
/// for discords there.
const SETTLED: usize = 4;

impl LeftMatrixProfileBuilder {
    /// How many windows back neighbors are looked for: at least twice the window, at most 10,000,000. Default
    /// 10,000, or four windows if that is more.
    pub fn history(mut self, windows: usize) -> Self {
        self.history = Some(windows);
        self
    }

    /// Neighbors start more than so many values before, at most half the history. Default: the window less
    /// one.
    pub fn exclusion(mut self, values: usize) -> Self {
        self.exclusion = Some(values);
        self
    }

    /// A window of no larger standard deviation than this, at least 0 in the unit of the data, is constant.
    /// Default 0: only one whose spread is rounding.
    pub fn flat(mut self, sd: f64) -> Self {
        self.flat = sd;
        self
    }

    /// For an automatic window: its period is sought in so many values, in [30, 1,000,000], at most the
    /// history. Default 1,000.
    pub fn learn(mut self, values: usize) -> Self {
        self.learn = values;
        self
    }

    /// Ends the search for a neighbor where DAMP does: at the first that is nearer than the largest score,
    /// since the window can then not be the greatest discord. The score is then the distance to that
    /// neighbor, at least the one to the nearest and less than the largest. The largest score is forgotten:
    /// it sinks by 1 / `memory` of itself with every score, at least 2, so that smaller discords count again
    /// after a great one; `usize::MAX` forgets nothing, as DAMP does. Default: no pruning, each score is
    /// exact.
    pub fn pruned(mut self, memory: usize) -> Self {
        self.pruned = Some(memory);
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<LeftMatrixProfile, Error> {
        self.made()
    }

    /// The detector, its search in single precision: 64 `history` + 158 `window` bytes, about two thirds of
    /// the time, and scores that may be larger by a hundredth of the largest possible; see
    /// [`LeftMatrixProfile`]. Its snapshots are of another schema than those of one in double precision.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build_single(self) -> Result<LeftMatrixProfile<f32>, Error> {
        self.made()
    }

    fn made<T: Real>(self) -> Result<LeftMatrixProfile<T>, Error> {
        let window = self.window.unwrap_or_else(|| crate::period::longest(self.learn));
        Error::require((3..=1_000_000).contains(&window), "window", "in [3, 1,000,000]", window)?;
        let history = self.history.unwrap_or(HISTORY.max(4 * window));
        let room = history >= 2 * window && history <= MOST;
        Error::require(room, "history", "at least twice the window, at most 10,000,000", history)?;
        if let Some(exclusion) = self.exclusion {
            Error::require(exclusion <= history / 2, "exclusion", "at most half the history", exclusion)?;
        }
        Error::require(
            self.flat >= 0.0 && self.flat.is_finite(),
            "flat",
            "at least 0 and finite",
            self.flat,
        )?;
        if self.window.is_none() {
            let room = (30..=1_000_000).contains(&self.learn) && self.learn <= history;
            Error::require(room, "learn", "in [30, 1,000,000], at most the history", self.learn)?;
        }
        if let Some(memory) = self.pruned {
            Error::require(memory >= 2, "pruned", "at least 2", memory)?;
        }
        let windows = Windows::new(self.window, window, history, self.flat);
        let search = Search::new(window, history, self.exclusion);
        Ok(LeftMatrixProfile { settings: self, windows, search, largest: 0.0, neighbor: None, exact: true })
    }
}

impl LeftMatrixProfile {
    /// A detector that compares windows of so many values.
    pub fn builder(window: usize) -> LeftMatrixProfileBuilder {
        LeftMatrixProfileBuilder { window: Some(window), ..Self::automatic() }
    }

    /// A detector that finds its window in the first values: the strongest period of their autocorrelation,
    /// repeated until it has at least 16 values; 100 values (or a third of what is learned from, if that is
    /// less) where no period stands out.
    pub fn automatic() -> LeftMatrixProfileBuilder {
        LeftMatrixProfileBuilder {
            window: None,
            history: None,
            exclusion: None,
            flat: 0.0,
            learn: 1_000,
            pruned: None,
        }
    }
}

impl<T: Real> PartialEq for LeftMatrixProfile<T> {
    fn eq(&self, other: &Self) -> bool {
        let of = |p: &Self| (p.settings, p.largest, p.neighbor, p.exact);
        of(self) == of(other) && self.windows == other.windows && self.search == other.search
    }
}

impl<T: Real> LeftMatrixProfile<T> {
    /// How many values a window has; none while an automatic one is not yet found.
    #[must_use]
    pub fn window(&self) -> Option<usize> {
        self.windows.window()
    }

    /// How many values before the newest window its nearest neighbor starts; of several equally near the
    /// first. None if the last value had no score. With [pruning](LeftMatrixProfileBuilder::pruned) that of
    /// the neighbor that was near enough.
    #[must_use]
    pub fn neighbor(&self) -> Option<usize> {
        self.neighbor
    }

    /// Whether the last score is the distance to the nearest of all windows of the history: always without
    /// [pruning](LeftMatrixProfileBuilder::pruned); with it, if no neighbor was near enough to end the
    /// search.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.exact
    }
}

impl<T: Real> Stage<f64> for LeftMatrixProfile<T> {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let last = self.neighbor.take();
        self.exact = true;
        let x = observed(x);
        self.windows.push(x)?;
        if self.windows.window().is_none() {
            if self.windows.len() < self.settings.learn {
                return None;
            }
            let window = crate::period::window(self.windows.values());
            self.windows.begin(window);
        }
        x?;
        let memory = self.settings.pruned.map(|memory| memory as f64);
        let enough = memory.map(|memory| self.largest * (1.0 - 1.0 / memory));
        let nearest = self.search.nearest(&self.windows, enough, last)?;
        self.neighbor = Some(nearest.lag);
        self.exact = nearest.exact;
        if let Some(sunk) = enough {
            // The first windows are new only because there is little to compare them with.
            let known = self.search.compared(&self.windows) >= SETTLED * self.windows.window()?;
            self.largest = if known { sunk.max(nearest.distance) } else { 0.0 };
        }
        Score::new(nearest.distance, Direction::Either)
    }

    fn reset(&mut self) {
        self.windows.clear(self.settings.window);
        self.search.clear();
        (self.largest, self.neighbor, self.exact) = (0.0, None, true);
    }
}

#[cfg(feature = "serde")]
impl<T: Real> evenkeel_core::Snapshot for LeftMatrixProfile<T> {
    fn schema() -> String {
        format!("{}@1", T::NAME)
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    settings: LeftMatrixProfileBuilder,
    window: Option<usize>,
    pushed: u64,
    #[serde(with = "evenkeel_core::exact")]
    values: Vec<f64>,
    held: Vec<bool>,
    #[serde(with = "evenkeel_core::exact")]
    covariances: Vec<f64>,
    followed: Vec<u64>,
    #[serde(with = "evenkeel_core::exact")]
    largest: f64,
    neighbor: Option<usize>,
    exact: bool,
}

#[cfg(feature = "serde")]
impl<T: Real> From<LeftMatrixProfile<T>> for Parts {
    fn from(p: LeftMatrixProfile<T>) -> Self {
        let (pushed, values, held) = p.windows.state();
        let (covariances, followed) = p.search.state(&p.windows);
        let LeftMatrixProfile { settings, windows, largest, neighbor, exact, .. } = p;
        let window = windows.window();
        Self { settings, window, pushed, values, held, covariances, followed, largest, neighbor, exact }
    }
}

#[cfg(feature = "serde")]
impl<T: Real> TryFrom<Parts> for LeftMatrixProfile<T> {
    type Error = Error;

    fn try_from(p: Parts) -> Result<Self, Error> {
        let mut profile: Self = p.settings.made()?;
        let Parts { window, pushed, values, held, covariances, followed, largest, neighbor, exact, .. } = p;
        profile.windows.restore(window, p.settings.learn, (pushed, values, held))?;
        profile.search.restore(&profile.windows, (covariances, followed))?;
        let known = neighbor.is_none_or(|lag| (1..=profile.windows.lags()).contains(&lag));
        Error::require(known, "neighbor", "inside the history", neighbor.unwrap_or(0))?;
        Error::require(largest >= 0.0 && largest.is_finite(), "largest", "at least 0 and finite", largest)?;
        let pruned = p.settings.pruned.is_some();
        Error::require(pruned || exact && largest == 0.0, "exact", "true without pruning", exact)?;
        (profile.largest, profile.neighbor, profile.exact) = (largest, neighbor, exact);
        Ok(profile)
    }
}
