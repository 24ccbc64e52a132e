//! The default detector: an ensemble for a series of which nothing is known.

use crate::adapt::Univariate;
use crate::ensemble::Ensemble;
use crate::forecast::RecursiveSparseAr;
use crate::forecast::Surprise;
use crate::multivariate::RandomCutForest;
use crate::pattern::LeftMatrixProfile;
#[cfg(feature = "serde")]
use alloc::{format, string::String};
use evenkeel_core::{Error, Score, Stage};

/// How many values make a point of the forest.
const SHINGLE: usize = 8;
/// The lags of the autoregression.
const LAGS: [usize; 3] = [1, 2, 3];

type Members = (Univariate<RandomCutForest>, Surprise<RecursiveSparseAr>, LeftMatrixProfile);

/// The recommended detector for a series of which nothing is known: an [`Ensemble`] of one detector of each
/// kind, with settings that are the same for every series. `evenkeel-eval` measures it under the name
/// `"evenkeel"`, and [`DefaultMonitor`](crate::monitor::DefaultMonitor) raises alarms by it.
///
/// *When*: one series of numbers, without a history, a season or a unit that anyone has stated, and 40 to 70
/// µs a value to spend. For many thousands of series, [`Deviation`](crate::outlier::Deviation) takes 0.1 µs.
/// Where you know what goes wrong, take the detector that is made for it: the table at the [top of the
/// crate](crate) lists what each notices.
///
/// *Method*: no single detector is best everywhere, and each is blind to something that another sees.
///
/// | member | sees | blind to |
/// | --- | --- | --- |
/// | [`RandomCutForest`] on the last 8 values, 50 trees of 256 points | levels and patterns that are rare among the last 2,500 values | anything unusual in an unusual stretch |
/// | [`Surprise`] of a [`RecursiveSparseAr`] on lags 1, 2 and 3, forgetting 0.999 | spikes and steps beyond what the last three values lead to expect | shapes that the model can follow |
/// | [`LeftMatrixProfile`] over the last 10,000 values, with the strongest period of the first 1,000 as its window | shapes that did not occur before | noise and levels |
///
/// What each says counts in units of what it usually says (mean of its last 5,000 scores), and the score is
/// the mean of that; the first 100 scores of each member are ignored. Source: that of [`Ensemble`].
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `seed` | any | 0 | the forest draws at random; the same seed gives the same scores |
///
/// *Score*: 1 is usual, n is n times that. The first comes after about 100 values, and shapes count after
/// 1,100 more. Direction: that of the member that counts most. It carries what the autoregression expected.
/// [`contributions`](Self::contributions) gives the part of each member.
///
/// *Missing data* (NaN, infinite): each member does as it does alone; the autoregression and the forest fill
/// the gap, the profile bridges it. No score.
///
/// *Cost*: O(T log S + H + w) with T = 50 trees of S = 256 points, H = 10,000 values and a window of w: 40 to
/// 70 µs a value on one core, nearly all of it for the forest and the profile. Once, at the 1,000th value,
/// O(1,000²) for the period. *State*: 12 · 8 T S + 54 T S bytes of the forest, 90 H + 139 w of the profile,
/// below 1 kB of the rest: 2.8 MB + 139 w. Nothing is allocated after the period is found. A snapshot takes
/// about as much, and carries its settings: one saved under other defaults goes on with those.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::DefaultDetector;
///
/// let mut detector = DefaultDetector::builder().build()?;
/// let noise = |i: u32| f64::from(i.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
/// let value = |i: u32| if (500..504).contains(&i) { 9.0 } else { noise(i) };
/// let scores: Vec<f64> = (0..600).map(|i| detector.update(value(i)).map_or(0.0, |s| s.value())).collect();
/// let highest = (0..600).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
/// assert!((500..512).contains(&highest) && scores[highest] > 3.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct DefaultDetector {
    ensemble: Ensemble<Members>,
}

/// Settings of a [`DefaultDetector`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct DefaultDetectorBuilder {
    seed: u64,
}

impl DefaultDetectorBuilder {
    /// The seed of the forest. Default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// Those of the members' builders; their settings are in range, so none in fact.
    pub fn build(self) -> Result<DefaultDetector, Error> {
        let forest = Univariate(RandomCutForest::builder(1).shingle(SHINGLE).seed(self.seed).build()?);
        let surprise = Surprise::new(RecursiveSparseAr::builder(LAGS).build()?);
        let shapes = LeftMatrixProfile::automatic().build()?;
        Ok(DefaultDetector { ensemble: Ensemble::builder((forest, surprise, shapes)).build()? })
    }
}

impl DefaultDetector {
    /// The recommended settings.
    pub fn builder() -> DefaultDetectorBuilder {
        DefaultDetectorBuilder::default()
    }

    /// What the last score of the forest, of the autoregression and of the profile counted, in this order,
    /// each in units of its usual one; `None` for one that gave no score or is still ignored.
    pub fn contributions(&self) -> impl Iterator<Item = Option<f64>> + '_ {
        self.ensemble.contributions()
    }
}

impl Stage<f64> for DefaultDetector {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        self.ensemble.update(x)
    }

    fn reset(&mut self) {
        Stage::<f64>::reset(&mut self.ensemble);
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for DefaultDetector {
    fn schema() -> String {
        format!("DefaultDetector@1<{}>", Ensemble::<Members>::schema())
    }
}
