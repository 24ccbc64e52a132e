//! The default detector: several views of a series of which nothing is known.

use super::member_scale::MemberScale;
use crate::adapt::Univariate;
use crate::forecast::{RecursiveSparseAr, SeasonalAr, SpreadChange};
use crate::multivariate::RandomCutForest;
use crate::outlier::LocalMean;
use crate::pattern::{NearestShapes, SymbolSurprise};
#[cfg(feature = "serde")]
use alloc::{format, string::String, vec::Vec};
use evenkeel_core::{Direction, Error, Forecaster, Prediction, Score, Stage, observed};

/// The members, in the order of their scales, with the weight of each and the least that can be usual of it. The
/// local mean counts half: it says for ten values what one has said. Where all is foreseen a symbol is hardly a
/// surprise (1 is one that never came before), and after one that was, none for thousands of values would be as
/// small again.
const MEMBERS: [(&str, f64, f64); 7] = [
    ("surprise", 1.0, 0.0),
    ("spread", 1.0, 0.0),
    ("sizes", 1.0, 0.01),
    ("local mean", 0.5, 0.0),
    ("sequences", 1.0, 0.01),
    ("shapes", 1.0, 0.0),
    ("density", 1.0, 0.0),
];
/// How many members the full tier has that the fast one has not.
const PATTERNS: usize = 3;
/// The trees of the forest, and the values that make a point of it.
const TREES: usize = 20;
const SHINGLE: usize = 8;
/// What is usual is averaged over so many scores.
const MEMORY: u32 = 5_000;
/// From so many first scores of each member only what is usual is learned; and so many first errors of the
/// autoregression, which are those of a model that is not yet known, are ignored altogether.
const QUIET: u32 = 100;
/// The values of the local mean, and the errors of the spread.
const LOCAL: usize = 10;
const SPREAD: usize = 20;
/// The autoregression of the fast tier: its lags; a memory of ten thousand values; how far from its forecast
/// a value is learned as it is.
const LAGS: [usize; 3] = [1, 2, 3];
const FORGETTING: f64 = 0.9999;
const REACH: f64 = 3.0;
/// The largest surprise.
const MOST: f64 = 1e6;

/// How much a detector may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Tier {
    /// About a microsecond a value and 6 kB: many series.
    Fast,
    /// Some ten microseconds a value and 1.5 MB: finds a season, and knows sequences, shapes and densities.
    #[default]
    Full,
}

/// The recommended detector for a series of which nothing is known: several simple views of it, with settings
/// that are the same for every series. `evenkeel-eval` measures it under the name `"evenkeel"`, and
/// [`Monitor`](crate::monitor::Monitor) raises alerts with it.
///
/// *When*: a series of numbers without a history, a season or a unit that anyone has stated. Where you know
/// what goes wrong, take the detector that is made for it: the table at the [top of the crate](crate) lists
/// what each notices.
///
/// *Method*: no single detector is best everywhere, and each is blind to something that another sees.
///
/// | member | notices | tier |
/// | --- | --- | --- |
/// | `surprise`: [`SeasonalAr`], in the fast tier [`RecursiveSparseAr`] on lags 1, 2, 3 | values that do not follow from those before, and from the season | both |
/// | `spread`: [`SpreadChange`] of its errors, 20 values | noise, lost patterns, a sensor that is stuck | both |
/// | `sizes`: [`SymbolSurprise`] without context | values and steps of a size that is rare | both |
/// | `local mean`: [`LocalMean`] of 10 values, half the weight | small shifts that last | both |
/// | `sequences`: [`SymbolSurprise`] with three letters of context | values that rarely follow those before | full |
/// | `shapes`: [`NearestShapes`] | shapes that have hardly been seen | full |
/// | `density`: [`RandomCutForest`] of 20 trees on the last 8 values | levels and stretches that are rare among the last 2,500 | full |
///
/// What each says counts in units of what it has usually said before (the mean of its last 5,000 scores, which
/// learns at most eight times itself of one), and the score is the weighted mean of that; the first 100 scores of
/// each member only set what is usual, and the first 100 errors of the autoregression are ignored. If what is normal has exponential scores, that is the mean surprise -ln P in nats;
/// surprises of members that see different things add up, while a maximum would follow the noisiest. Combination
/// by the mean of standardized scores: C. C. Aggarwal and S. Sathe, Theoretical foundations and algorithms for
/// outlier ensembles, SIGKDD Explorations 17 (2015) 24-47, doi:10.1145/2830544.2830549. Members, windows and
/// weights were chosen with anomalies put into parts of series without any (`evenkeel-eval injected`), not
/// with the labels of a benchmark.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `tier` | [`Tier`] | full | what may be spent on one series |
/// | `seed` | any | 0 | the forest draws at random; the same seed gives the same scores |
///
/// *Score*: 1 is usual, n is n times that. The first comes after about 200 values; sizes count after 500, shapes
/// after 1,300. Direction: that of the member that counts most. It carries what the autoregression expected.
/// [`contributions`](Self::contributions) gives the part of each member.
///
/// *Missing data* (NaN, infinite): each member does as it does alone. No score.
///
/// *Cost*: O(1) in the fast tier; in the full one O(H + T log S) with H = 4,096 points of the shapes and T = 20
/// trees of S = 256 points; finding the
/// season takes O(4,000²) at the 1,000th, 4,000th, 16,000th, ... value. Nothing is allocated but then. *State*: 6
/// kB; 1.5 MB, and 48 bytes for each value of a season.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::DefaultDetector;
///
/// let mut detector = DefaultDetector::builder().build()?;
/// let noise = |i: u32| f64::from(i.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
/// let value = |i: u32| if (700..704).contains(&i) { 9.0 } else { noise(i) };
/// let scores: Vec<f64> = (0..800).map(|i| detector.update(value(i)).map_or(0.0, |s| s.value())).collect();
/// let highest = (0..800).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
/// assert!((700..712).contains(&highest) && scores[highest] > 3.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Parts"))]
pub struct DefaultDetector {
    model: Model,
    spread: SpreadChange,
    sizes: SymbolSurprise,
    local: LocalMean,
    patterns: Option<Patterns>,
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_sequence"))]
    scales: [MemberScale; MEMBERS.len()],
    /// How many errors of the model were ignored, at most [`QUIET`].
    ignored: u32,
    /// The last standardized error of the model.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    innovation: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Model {
    Plain(RecursiveSparseAr),
    Seasonal(SeasonalAr),
}

/// The members of the full tier alone.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
struct Patterns {
    sequences: SymbolSurprise,
    shapes: NearestShapes,
    forest: Univariate<RandomCutForest>,
}

/// Settings of a [`DefaultDetector`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct DefaultDetectorBuilder {
    tier: Tier,
    seed: u64,
}

impl DefaultDetectorBuilder {
    /// What may be spent on one series. Default: [`Tier::Full`].
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

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
        let (model, patterns) = match self.tier {
            Tier::Fast => {
                let model = RecursiveSparseAr::builder(LAGS).forgetting(FORGETTING).bounded(REACH);
                (Model::Plain(model.build()?), None)
            }
            Tier::Full => {
                let sequences = SymbolSurprise::builder().build()?;
                let shapes = NearestShapes::builder().build()?;
                let forest =
                    RandomCutForest::builder(1).shingle(SHINGLE).trees(TREES).seed(self.seed).build()?;
                let patterns = Patterns { sequences, shapes, forest: Univariate(forest) };
                (Model::Seasonal(SeasonalAr::new()?), Some(patterns))
            }
        };
        Ok(DefaultDetector {
            model,
            spread: SpreadChange::new(SPREAD)?,
            sizes: SymbolSurprise::builder().depth(0).build()?,
            local: LocalMean::new(LOCAL)?,
            patterns,
            scales: Default::default(),
            ignored: 0,
            innovation: None,
        })
    }
}

impl DefaultDetector {
    /// The recommended settings.
    pub fn builder() -> DefaultDetectorBuilder {
        DefaultDetectorBuilder::default()
    }

    /// What may be spent on a value.
    #[must_use]
    pub fn tier(&self) -> Tier {
        if self.patterns.is_some() { Tier::Full } else { Tier::Fast }
    }

    /// The season that was found last, in samples; none in the fast tier.
    #[must_use]
    pub fn season(&self) -> Option<usize> {
        match &self.model {
            Model::Plain(_) => None,
            Model::Seasonal(model) => model.season(),
        }
    }

    /// How far the last value was from what was expected of it, in standard deviations with a sign; `None` if
    /// it was missing, and for the first hundred that were expected.
    #[must_use]
    pub fn innovation(&self) -> Option<f64> {
        self.innovation
    }

    /// What the next value is expected to be.
    #[must_use]
    pub fn expected(&self) -> Option<Prediction> {
        let mut next = [Prediction::default()];
        self.model.forecast_into(&mut next).then_some(next[0])
    }

    /// What the last score of each member counted, by its name and in units of its usual one; `None` for one
    /// that gave no score or is still ignored.
    pub fn contributions(&self) -> impl Iterator<Item = (&'static str, Option<f64>)> + '_ {
        let members = if self.patterns.is_some() { MEMBERS.len() } else { MEMBERS.len() - PATTERNS };
        MEMBERS.iter().zip(&self.scales).take(members).map(|((name, ..), scale)| (*name, scale.counts))
    }
}

impl Model {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        match self {
            Self::Plain(model) => model.forecast_into(out),
            Self::Seasonal(model) => model.forecast_into(out),
        }
    }

    fn update(&mut self, x: f64) {
        match self {
            Self::Plain(model) => drop(model.update(x)),
            Self::Seasonal(model) => drop(model.update(x)),
        }
    }

    fn reset(&mut self) {
        match self {
            Self::Plain(model) => model.reset(),
            Self::Seasonal(model) => model.reset(),
        }
    }
}

impl Stage<f64> for DefaultDetector {
    type Output = Score;

    fn update(&mut self, x: f64) -> Option<Score> {
        let expected = self.expected();
        self.model.update(x);
        // What was expected without any spread and comes says nothing.
        self.innovation = expected.and_then(|expected| {
            let x = observed(x)?;
            let deviation = if x == expected.mean() { 0.0 } else { expected.standardize(x) };
            Some(deviation.clamp(-MOST, MOST))
        });
        if self.innovation.is_some() && self.ignored < QUIET {
            self.ignored += 1;
            self.innovation = None;
        }
        // Where nothing has ever been off, an error has no size yet: it counts as a usual one.
        let has_size = expected.is_some_and(|expected| expected.sd() > 0.0);
        let size = |error: f64| if has_size { error } else { error.clamp(-1.0, 1.0) };
        let scores = [
            self.innovation.map(size).and_then(Score::from_deviation),
            self.innovation.and_then(|error| self.spread.update(error)),
            self.sizes.update(x),
            self.local.update(x),
            self.patterns.as_mut().and_then(|patterns| patterns.sequences.update(x)),
            self.patterns.as_mut().and_then(|patterns| patterns.shapes.update(x)),
            self.patterns.as_mut().and_then(|patterns| patterns.forest.update(x)),
        ];
        let (mut sum, mut weights) = (0.0, 0.0);
        let (mut most, mut direction) = (0.0, Direction::Either);
        for ((scale, score), (_, weight, least)) in self.scales.iter_mut().zip(scores).zip(MEMBERS) {
            scale.counts = score.and_then(|score| scale.normalize(score.value(), least, MEMORY, QUIET));
            if let (Some(counts), Some(score)) = (scale.counts, score) {
                sum += weight * counts;
                weights += weight;
                if weight * counts > most {
                    (most, direction) = (weight * counts, score.direction());
                }
            }
        }
        if weights == 0.0 {
            return None;
        }
        let score = Score::new(sum / weights, direction)?;
        Some(match expected {
            Some(expected) => score.with_expected(expected),
            None => score,
        })
    }

    fn reset(&mut self) {
        self.model.reset();
        self.spread.reset();
        self.sizes.reset();
        self.local.reset();
        if let Some(Patterns { sequences, shapes, forest }) = &mut self.patterns {
            sequences.reset();
            shapes.reset();
            Stage::<f64>::reset(forest);
        }
        self.scales = Default::default();
        self.ignored = 0;
        self.innovation = None;
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(DefaultDetector, Tier);

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for DefaultDetector {
    fn schema() -> String {
        let parts = [
            RecursiveSparseAr::schema(),
            SeasonalAr::schema(),
            SpreadChange::schema(),
            SymbolSurprise::schema(),
            LocalMean::schema(),
            NearestShapes::schema(),
            Univariate::<RandomCutForest>::schema(),
        ];
        format!("DefaultDetector@2<{}>", parts.join(","))
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    model: Model,
    spread: SpreadChange,
    sizes: SymbolSurprise,
    local: LocalMean,
    patterns: Option<Patterns>,
    scales: Vec<MemberScale>,
    ignored: u32,
    #[serde(with = "evenkeel_core::exact")]
    innovation: Option<f64>,
}

/// Read as a sequence of any length, so that another number is an error that says so.
#[cfg(feature = "serde")]
fn as_sequence<S: serde::Serializer>(scales: &[MemberScale], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(scales)
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for DefaultDetector {
    type Error = Error;

    fn try_from(p: Parts) -> Result<Self, Error> {
        let of_a_tier = matches!(p.model, Model::Plain(_)) == p.patterns.is_none();
        Error::require(of_a_tier, "patterns", "those of the tier", "others")?;
        let found = p.scales.len();
        let scales: [MemberScale; MEMBERS.len()] = p.scales.try_into().map_err(|_| Error::Shape {
            what: "scales",
            expected: MEMBERS.len(),
            found,
        })?;
        for scale in &scales {
            scale.validate(MEMORY)?;
        }
        if let Model::Plain(model) = &p.model {
            Error::require(model.lags() == LAGS, "lags", "1, 2, 3", format_args!("{:?}", model.lags()))?;
        }
        let innovation = p.innovation.is_none_or(|z| z.abs() <= MOST);
        Error::require(innovation, "innovation", "at most 10^6", format_args!("{:?}", p.innovation))?;
        Error::require(p.ignored <= QUIET, "ignored", "at most 100", p.ignored)?;
        let Parts { model, spread, sizes, local, patterns, ignored, innovation, .. } = p;
        Ok(Self { model, spread, sizes, local, patterns, scales, ignored, innovation })
    }
}
