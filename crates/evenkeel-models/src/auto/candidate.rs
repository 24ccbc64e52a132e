//! What an ensemble is chosen from.

use super::account::AutoFamily;
use super::settings::Effort;
use crate::sparse_ar::{dense_lags, few_lags};
use crate::{
    AutoEts, Decomposed, DecomposedModel, EtsModel, SimpleSmoothing, SimpleSmoothingModel, SparseAr,
    SparseArModel, Transform, Transformed,
};
use evenkeel_core::{Assessment, Error, Fit, Forecaster, Prediction, Stage};

/// An estimator with its name.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) family: AutoFamily,
    estimator: Estimator,
}

#[derive(Debug, Clone)]
enum Estimator {
    LongLags(Transformed<SparseAr>),
    Course(Transformed<Decomposed<SparseAr>>),
    Smoothing(AutoEts),
    Level(SimpleSmoothing),
}

/// A fitted model of any kind that is chosen among.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) enum Member {
    LongLags(Box<Transformed<SparseArModel>>),
    Course(Box<Transformed<DecomposedModel<SparseArModel>>>),
    Smoothing(Box<EtsModel>),
    Level(SimpleSmoothingModel),
}

impl Candidate {
    fn new(name: impl Into<String>, family: AutoFamily, estimator: Estimator) -> Self {
        Self { name: name.into(), family, estimator }
    }

    /// What suits a history with these seasons, the shortest first.
    pub(super) fn all(history: &[f64], seasons: &[usize], effort: Effort) -> Vec<Self> {
        let mut all = Vec::new();
        let shortest = seasons.first().copied().unwrap_or(1);
        let longest = seasons.last().copied().unwrap_or(1);
        for transform in Transform::ALL.into_iter().filter(|t| t.fits(history)) {
            let scale = match transform {
                Transform::SquareRoot => ", square roots",
                Transform::Logarithm => ", logarithms",
                Transform::None => "",
            };
            let mut add = |what: &str, ar: SparseAr| {
                let estimator = Estimator::LongLags(Transformed::new(transform, ar));
                all.push(Self::new(format!("{what}{scale}"), AutoFamily::LongLags, estimator));
            };
            let dense = || SparseAr::new().lags(dense_lags(shortest)).choose(false);
            if shortest > 1 {
                add("few long lags", SparseAr::new().lags(few_lags(shortest)).choose(false));
            }
            add("long lags", dense());
            add(&format!("long lags of differences over {shortest}"), dense().difference(shortest));
            if longest > shortest {
                add(&format!("long lags of differences over {longest}"), dense().difference(longest));
            }
            if longest > 1 {
                let lags =
                    (1..=5).chain((1..=3).flat_map(|k| (k * shortest).saturating_sub(2)..=k * shortest + 2));
                let rest = SparseAr::new().lags(lags.filter(|lag| *lag > 0)).choose(false);
                let course = Transformed::new(transform, Decomposed::classical(longest, rest));
                let name = format!("course of {longest} and lags of the rest{scale}");
                all.push(Self::new(name, AutoFamily::LongLags, Estimator::Course(course)));
            }
        }
        let _ = effort;
        if history.len() < 400 {
            let period = if shortest <= 24 { shortest } else { 1 };
            all.push(Self::new(
                "exponential smoothing",
                AutoFamily::Smoothing,
                Estimator::Smoothing(AutoEts::new(period)),
            ));
        }
        all.push(Self::new("level", AutoFamily::Fallback, Estimator::Level(SimpleSmoothing::new())));
        all
    }

    pub(super) fn fit(&self, history: &[f64]) -> Result<Member, Error> {
        Ok(match &self.estimator {
            Estimator::LongLags(e) => Member::LongLags(Box::new(e.fit(history)?)),
            Estimator::Course(e) => Member::Course(Box::new(e.fit(history)?)),
            Estimator::Smoothing(e) => Member::Smoothing(Box::new(e.fit(history)?)),
            Estimator::Level(e) => Member::Level(e.fit(history)?),
        })
    }
}

/// The member, whatever it is.
macro_rules! each {
    ($self:expr, $member:ident => $body:expr) => {
        match $self {
            Self::LongLags($member) => $body,
            Self::Course($member) => $body,
            Self::Smoothing($member) => $body,
            Self::Level($member) => $body,
        }
    };
}

impl Stage<f64> for Member {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        each!(self, member => member.update(x))
    }

    fn reset(&mut self) {
        each!(self, member => member.reset());
    }
}

impl Forecaster for Member {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        each!(self, member => member.forecast_into(out))
    }

    fn assess(&self, x: f64) -> Option<Assessment> {
        each!(self, member => member.assess(x))
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for Member {
    fn schema() -> String {
        format!(
            "Member@1<{},{},{},{}>",
            Transformed::<SparseArModel>::schema(),
            Transformed::<DecomposedModel<SparseArModel>>::schema(),
            EtsModel::schema(),
            SimpleSmoothingModel::schema()
        )
    }
}
