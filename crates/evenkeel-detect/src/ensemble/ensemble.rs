//! An ensemble: several detectors of the same values, combined.

use super::member_scale::MemberScale;
#[cfg(feature = "serde")]
use alloc::{format, string::String, vec::Vec};
use evenkeel_core::{Error, Score, Stage};

/// How many members an ensemble may have.
const MOST: usize = 6;

/// The mean of the scores of several detectors for the same value, each in units of its usual score.
///
/// *When*: nothing is known of the series, or it can go wrong in several ways. No single detector is best
/// everywhere: a model's errors show spikes, densities show rare levels and patterns, matrix profiles show
/// shapes. Members that see different things are worth more than many alike.
///
/// *Method*: a score s of a member counts s / m, where m is the mean of its last scores and s. If scores of
/// what is normal are exponential with mean m, that is the surprise -ln P(S > s) in nats, and surprises of
/// independent members add up; so the ensemble takes their mean, not their maximum, which would follow the
/// noisiest. (Ranks would say the same of all scores that are larger than any before, which is where
/// anomalies are: calibrate the ensemble's score, not the members'.) Because m knows s, a member of which n
/// scores are known counts n + 1 at most, also with the first score that is not 0 after many that were. What
/// is usual learns no more of a score than ten times itself, so that an enormous one does not silence its
/// member. Combination by the mean of standardized scores: C. C. Aggarwal and S. Sathe, Theoretical
/// foundations and algorithms for outlier ensembles, SIGKDD Explorations 17 (2015) 24-47,
/// doi:10.1145/2830544.2830549.
///
/// *Members*: a tuple of two to six detectors of the same values. Scores below 0 count as 0.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `memory` | 1 to 10^9 scores | 5,000 | what is usual is averaged over so many scores; older ones fade. Less than a few events long, and an event becomes usual while it lasts |
/// | `quiet` | 0 to 10^9 scores | 100 | the first scores of a member that are ignored: one that learns as it goes fits the first values almost exactly, and the next ones look enormous to it |
///
/// *Score*: 1 is usual, n is n times that. From the first value that a member scores after its quiet time;
/// members without a score are left out. Direction and dimension are those of the member that counts most;
/// what was expected is what the first member with an expectation expected.
/// [`contributions`](Self::contributions) gives the part of each member. *Missing data*: as each member
/// treats it; no score if no member gives one. *Cost and state*: those of the members and 32 bytes for each.
///
/// ```
/// use evenkeel_core::Stage;
/// use evenkeel_detect::Surprise;
/// use evenkeel_detect::adapt::Univariate;
/// use evenkeel_detect::ensemble::Ensemble;
/// use evenkeel_detect::forecast::LocalPolynomial;
/// use evenkeel_detect::multivariate::RandomCutForest;
/// use evenkeel_detect::pattern::LeftMatrixProfile;
///
/// let forest = Univariate(RandomCutForest::builder(1).shingle(8).trees(20).build()?);
/// let model = Surprise::new(LocalPolynomial::builder().build()?);
/// let shapes = LeftMatrixProfile::builder(24).history(1_000).build()?;
/// let mut ensemble = Ensemble::builder((forest, model, shapes)).build()?;
///
/// // A daily course with noise; one day runs backwards.
/// let noise = |t: u32| f64::from(t.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
/// let value = |t: u32| {
///     let hour = if (960..984).contains(&t) { 24 - t % 24 } else { t % 24 };
///     f64::from(hour) + noise(t)
/// };
/// let scores: Vec<f64> = (0..1_000).map(|t| ensemble.update(value(t)).map_or(0.0, |s| s.value())).collect();
/// let highest = (0..1_000).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
/// assert!((960..984).contains(&highest), "{highest}");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "Parts<M>",
        into = "Parts<M>",
        bound(serialize = "M: Clone + serde::Serialize", deserialize = "M: serde::Deserialize<'de>")
    )
)]
pub struct Ensemble<M> {
    settings: Settings,
    members: M,
    scales: [MemberScale; MOST],
}

/// Settings of an [`Ensemble`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct EnsembleBuilder<M> {
    settings: Settings,
    members: M,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Settings {
    memory: u32,
    quiet: u32,
}

impl<M> EnsembleBuilder<M> {
    /// Over how many scores a member's usual score is averaged, from 1 to 10^9. Default 5,000.
    pub fn memory(mut self, scores: u32) -> Self {
        self.settings.memory = scores;
        self
    }

    /// How many first scores of each member are ignored, at most 10^9. Default 100.
    pub fn quiet(mut self, scores: u32) -> Self {
        self.settings.quiet = scores;
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Ensemble<M>, Error> {
        let Settings { memory, quiet } = self.settings;
        Error::require((1..=1_000_000_000).contains(&memory), "memory", "in [1, 10^9]", memory)?;
        Error::require(quiet <= 1_000_000_000, "quiet", "at most 10^9", quiet)?;
        Ok(Ensemble { settings: self.settings, members: self.members, scales: Default::default() })
    }
}

impl<M> Ensemble<M> {
    /// An ensemble of a tuple of detectors.
    pub fn builder(members: M) -> EnsembleBuilder<M> {
        EnsembleBuilder { settings: Settings { memory: 5_000, quiet: 100 }, members }
    }

    /// The members in their present state.
    pub fn members(&self) -> &M {
        &self.members
    }

    /// What the last score of each member counted, in the order of the tuple; `None` for one that gave no
    /// score or is still ignored.
    pub fn contributions(&self) -> impl Iterator<Item = Option<f64>> + '_
    where
        M: Count,
    {
        self.scales[..M::MEMBERS].iter().map(|scale| scale.counts)
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A tuple that may be an [`Ensemble`].
pub trait Count: sealed::Sealed {
    /// How many members it has.
    const MEMBERS: usize;
}

/// A tuple of two to six detectors of the same values.
pub trait Members<X>: Count {
    /// Updates all; the score of each goes to its place.
    #[doc(hidden)]
    fn update_all(&mut self, x: X, scores: &mut [Option<Score>]);

    /// Resets all.
    #[doc(hidden)]
    fn forget(&mut self);
}

macro_rules! members {
    ($count:literal: $($member:ident $place:tt),+) => {
        impl<$($member),+> sealed::Sealed for ($($member,)+) {}

        impl<$($member),+> Count for ($($member,)+) {
            const MEMBERS: usize = $count;
        }

        impl<X: Copy, $($member: Stage<X, Output = Score>),+> Members<X> for ($($member,)+) {
            fn update_all(&mut self, x: X, scores: &mut [Option<Score>]) {
                $(scores[$place] = self.$place.update(x);)+
            }

            fn forget(&mut self) {
                $(self.$place.reset();)+
            }
        }

        #[cfg(feature = "serde")]
        impl<$($member: evenkeel_core::Snapshot + Clone),+> evenkeel_core::Snapshot for Ensemble<($($member,)+)> {
            fn schema() -> String {
                format!("Ensemble@1<{}>", [$($member::schema()),+].join(","))
            }
        }
    };
}

members!(2: A 0, B 1);
members!(3: A 0, B 1, C 2);
members!(4: A 0, B 1, C 2, D 3);
members!(5: A 0, B 1, C 2, D 3, E 4);
members!(6: A 0, B 1, C 2, D 3, E 4, F 5);

impl<X, M: Members<X>> Stage<X> for Ensemble<M> {
    type Output = Score;

    fn update(&mut self, x: X) -> Option<Score> {
        let mut scores = [None; MOST];
        self.members.update_all(x, &mut scores);
        let (mut sum, mut members) = (0.0, 0.0);
        let mut largest: Option<(f64, Score)> = None;
        for (scale, member) in self.scales.iter_mut().zip(scores) {
            scale.counts = member
                .and_then(|score| scale.normalize(score.value(), self.settings.memory, self.settings.quiet));
            if let (Some(counts), Some(score)) = (scale.counts, member) {
                sum += counts;
                members += 1.0;
                if largest.is_none_or(|(most, _)| counts > most) {
                    largest = Some((counts, score));
                }
            }
        }
        let (_, largest) = largest?;
        let mut score = Score::new(sum / members, largest.direction())?;
        // Not that of the member with the largest score: which one that is depends on the value, and what was
        // expected must not.
        if let Some(expected) = scores.iter().flatten().find_map(Score::expected) {
            score = score.with_expected(expected);
        }
        if let Some(dimension) = largest.dimension() {
            score = score.with_dimension(dimension);
        }
        Some(score)
    }

    fn reset(&mut self) {
        self.members.forget();
        self.scales = Default::default();
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Parts<M> {
    settings: Settings,
    members: M,
    #[serde(with = "evenkeel_core::exact")]
    usual: Vec<f64>,
    scores: Vec<u32>,
    waited: Vec<u32>,
    #[serde(with = "evenkeel_core::exact")]
    counts: Vec<f64>,
}

/// What is saved for a member without a score.
#[cfg(feature = "serde")]
const NO_SCORE: f64 = -1.0;

#[cfg(feature = "serde")]
impl<M> From<Ensemble<M>> for Parts<M> {
    fn from(e: Ensemble<M>) -> Self {
        Self {
            settings: e.settings,
            members: e.members,
            usual: e.scales.iter().map(|scale| scale.usual).collect(),
            scores: e.scales.iter().map(|scale| scale.scores).collect(),
            waited: e.scales.iter().map(|scale| scale.waited).collect(),
            counts: e.scales.iter().map(|scale| scale.counts.unwrap_or(NO_SCORE)).collect(),
        }
    }
}

#[cfg(feature = "serde")]
impl<M> TryFrom<Parts<M>> for Ensemble<M> {
    type Error = Error;

    fn try_from(p: Parts<M>) -> Result<Self, Error> {
        let mut ensemble = EnsembleBuilder { settings: p.settings, members: p.members }.build()?;
        let many = [p.usual.len(), p.scores.len(), p.waited.len(), p.counts.len()] == [MOST; 4];
        Error::require(many, "scales", "one for each member", p.usual.len())?;
        let Settings { memory, quiet } = p.settings;
        let saved = p.usual.into_iter().zip(p.scores).zip(p.waited).zip(p.counts);
        for (scale, (((usual, scores), waited), counts)) in ensemble.scales.iter_mut().zip(saved) {
            let counts = (counts != NO_SCORE).then_some(counts);
            *scale = MemberScale { usual, scores, waited, counts };
            scale.validate(memory, quiet)?;
        }
        Ok(ensemble)
    }
}
