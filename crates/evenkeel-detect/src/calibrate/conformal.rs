//! Conformal p-values: calibration by ranks.

use alloc::collections::VecDeque;
#[cfg(feature = "serde")]
use alloc::string::String;
use alloc::vec::Vec;
use evenkeel_core::{Calibrated, Error, Score, Stage};
use evenkeel_stats::Generator;

/// Turns scores into p-values by their rank among those before: valid whatever their distribution, as long as
/// scores are exchangeable while nothing is wrong.
///
/// *When*: no distribution can be assumed, or as the input of a [`Martingale`](crate::calibrate::Martingale),
/// which asks for just this. A rank among n can't be rarer than 1 / n, so a window that can't carry the risk
/// is refused: for small risks take [`RankCusum`](crate::calibrate::RankCusum) or
/// [`Spot`](crate::calibrate::Spot).
///
/// *Method*: conformal p-values: V. Vovk, A. Gammerman, G. Shafer, Algorithmic learning in a random world,
/// Springer 2005, doi:10.1007/b106715. p = (#{larger} + u #{equal}) / n, the score itself counted. With u = 1
/// it is never too small; with u uniform ([`smoothed`](ConformalBuilder::smoothed)) it is exactly uniform and
/// independent of those before.
///
/// *Parameters*: `risk` in [1e-7, 1): the p-value at which something will be done. `window`, how many scores
/// are ranked, this one counted, in [1 / `risk`, 10^7] and at least 2, default the larger of 1000 and 1 /
/// `risk`: the smallest p is 1 / `window`. *Deviation*: the published method keeps all scores;
/// [`is_exact`](Self::is_exact) says whether that is still so.
///
/// *Output*: from the first score on (then 1, or u). *Cost*: O(log window) comparisons and moving at most `8
/// window` bytes. *State*: 16 `window` bytes and 9 numbers.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::adapt::ValueAsScore;
/// use evenkeel_detect::calibrate::Conformal;
///
/// let mut line = ValueAsScore.then(Conformal::builder(0.01).window(100).build()?);
/// for i in 0..99u32 {
///     line.update(f64::from(i * 37 % 99));
/// }
/// assert_eq!(line.update(500.0).unwrap().p(), 0.01); // larger than all of a hundred
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct Conformal {
    window: usize,
    seed: Option<u64>,
    generator: Generator,
    /// In the order in which they came.
    recent: VecDeque<f64>,
    /// Ascending.
    sorted: Vec<f64>,
    /// Whether a score was dropped, so that not every score is ranked any more.
    dropped: bool,
}

/// Settings of a [`Conformal`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct ConformalBuilder {
    risk: f64,
    window: Option<usize>,
    seed: Option<u64>,
}

impl ConformalBuilder {
    /// How many of the last scores are ranked, this one counted, in [1 / `risk`, 10^7] and at least 2.
    /// Default the larger of 1000 and 1 / `risk`.
    pub fn window(mut self, scores: usize) -> Self {
        self.window = Some(scores);
        self
    }

    /// Breaks ties at random, from this seed. Default: a tie counts as larger.
    pub fn smoothed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The calibrator.
    ///
    /// # Errors
    /// If `risk` or `window` is out of its range: also if a rank among so few scores can never be as rare as
    /// `risk`.
    pub fn build(self) -> Result<Conformal, Error> {
        Error::require((1e-7..1.0).contains(&self.risk), "risk", "in [1e-7, 1)", self.risk)?;
        // A risk that is 1 / n is carried by n scores, whatever the rounding.
        let needed = libm::ceil((1.0 - 1e-12) / self.risk) as usize;
        let window = self.window.unwrap_or(needed.max(1000));
        Error::require((2..=10_000_000).contains(&window), "window", "in [2, 10^7]", window)?;
        Error::require(
            window >= needed,
            "window",
            "at least 1 / risk scores, or no rank is so rare",
            window,
        )?;
        Ok(Conformal::new(window, self.seed))
    }
}

impl Conformal {
    /// A calibrator by ranks, for alarms at p-values of at most `risk`.
    pub fn builder(risk: f64) -> ConformalBuilder {
        ConformalBuilder { risk, window: None, seed: None }
    }

    fn new(window: usize, seed: Option<u64>) -> Self {
        Self {
            window,
            seed,
            generator: Generator::new(seed.unwrap_or(0)),
            recent: VecDeque::with_capacity(window),
            sorted: Vec::with_capacity(window),
            dropped: false,
        }
    }

    /// Whether every score is still ranked: false once more than `window` came.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.dropped
    }

    /// [`update`](Stage::update) with ties broken by `u` in [0, 1] instead.
    pub fn update_with(&mut self, score: Score, u: f64) -> Calibrated {
        let x = score.value();
        if self.recent.len() == self.window {
            self.dropped = true;
            if let Some(oldest) = self.recent.pop_front() {
                let at = self.sorted.partition_point(|s| *s < oldest);
                self.sorted.remove(at);
            }
        }
        let from = self.sorted.partition_point(|s| *s < x);
        let equal = self.sorted[from..].partition_point(|s| *s <= x);
        self.sorted.insert(from, x);
        self.recent.push_back(x);
        let larger = self.sorted.len() - from - equal - 1;
        let p = (larger as f64 + u * (equal + 1) as f64) / self.sorted.len() as f64;
        Calibrated::clamped(p, score)
    }
}

impl Stage<Score> for Conformal {
    type Output = Calibrated;

    fn update(&mut self, score: Score) -> Option<Calibrated> {
        let u = if self.seed.is_some() { self.generator.uniform() } else { 1.0 };
        Some(self.update_with(score, u))
    }

    fn reset(&mut self) {
        self.generator = Generator::new(self.seed.unwrap_or(0));
        self.recent.clear();
        self.sorted.clear();
        self.dropped = false;
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for Conformal {
    fn schema() -> String {
        alloc::format!("Conformal@1<{}>", Generator::schema())
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    window: usize,
    seed: Option<u64>,
    generator: Generator,
    #[serde(with = "evenkeel_core::exact")]
    recent: Vec<f64>,
    given_up: bool,
}

#[cfg(feature = "serde")]
impl From<Conformal> for Parts {
    fn from(c: Conformal) -> Self {
        let recent = c.recent.iter().copied().collect();
        Self { window: c.window, seed: c.seed, generator: c.generator, recent, given_up: c.dropped }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Conformal {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        let sound = parts.recent.len() <= parts.window
            && parts.recent.iter().all(|s| s.is_finite())
            && (!parts.given_up || parts.recent.len() == parts.window);
        Error::require(sound, "recent", "finite scores, no more than the window", "others")?;
        Error::require((2..=10_000_000).contains(&parts.window), "window", "in [2, 10^7]", parts.window)?;
        let mut read = Self::new(parts.window, parts.seed);
        (read.generator, read.dropped) = (parts.generator, parts.given_up);
        read.recent.extend(&parts.recent);
        read.sorted.extend(&parts.recent);
        read.sorted.sort_unstable_by(f64::total_cmp);
        Ok(read)
    }
}
