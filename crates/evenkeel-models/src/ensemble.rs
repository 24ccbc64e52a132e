//! Combinations of several forecasters: an [`Ensemble`] makes one forecast of theirs, by a [`Combination`]
//! (mean, median, mean of the middle half).

use evenkeel_core::{Error, Forecaster, Prediction, Stage};

/// The most members.
const MOST: usize = 64;

/// How an [`Ensemble`] makes one forecast of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Combination {
    /// The weighted mean.
    Mean,
    /// The weighted median: members with less than half of the weight cannot move it far.
    Median,
    /// The mean of the middle half of the weight: nearly as efficient as the mean, and robust against a
    /// quarter of the weight going wild at either side. Default.
    #[default]
    MiddleHalf,
}

/// Forecasters whose forecasts are combined, horizon by horizon.
///
/// Combinations are more accurate than choices: the median of four simple methods was among the best six of
/// 61 entries of the M4 competition (F. Petropoulos and I. Svetunkov, International Journal of Forecasting 36
/// (2020) 110-115, doi:10.1016/j.ijforecast.2019.01.006). Weights may come from errors at rolling origins
/// ([`Backtest`](crate::backtest::Backtest)).
///
/// The standard deviation of a combined prediction is the root of the combined variances of the members plus
/// the variance among their means: a member that disagrees makes the forecast less certain. Members that know
/// nothing yet are left out.
///
/// *Parameters*: up to 64 members, weights positive and finite (only their relation matters). *Missing data*
/// is handled by each member. *Cost*: that of the members, and O(k log k) a horizon for k members; a forecast
/// of more than one step allocates k numbers a step.
///
/// ```
/// use evenkeel_core::{Fit, Stage};
/// use evenkeel_models::ensemble::Combination;
/// use evenkeel_models::{Ensemble, SparseAr};
///
/// let history: Vec<f64> = (0..300).map(|t| 100.0 + 20.0 * f64::from(t % 24) + f64::from(t * 7919 % 11)).collect();
/// let members = [SparseAr::new().fit(&history)?, SparseAr::new().seasons([24]).fit(&history)?];
/// let mut both = Ensemble::new(members.map(|member| (member, 1.0)), Combination::Mean)?;
/// let next = both.update(100.0).expect("known after the history");
/// assert!(next.mean() > 0.0);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        try_from = "state::State<F>",
        into = "state::State<F>",
        bound(serialize = "F: Clone + serde::Serialize", deserialize = "F: serde::de::DeserializeOwned")
    )
)]
#[must_use]
pub struct Ensemble<F> {
    combination: Combination,
    members: Vec<F>,
    weights: Vec<f64>,
}

impl<F> Ensemble<F> {
    /// Members with their weights.
    ///
    /// # Errors
    /// If there is none or more than 64, or a weight is not positive and finite.
    pub fn new(members: impl IntoIterator<Item = (F, f64)>, combination: Combination) -> Result<Self, Error> {
        let (members, weights): (Vec<F>, Vec<f64>) = members.into_iter().unzip();
        Error::require((1..=MOST).contains(&members.len()), "members", "1 to 64", members.len())?;
        for weight in &weights {
            Error::require(*weight > 0.0 && weight.is_finite(), "weight", "positive and finite", weight)?;
        }
        Ok(Self { combination, members, weights })
    }

    /// The members, as they were given.
    #[must_use]
    pub fn members(&self) -> &[F] {
        &self.members
    }

    /// Their weights.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// How they are combined.
    #[must_use]
    pub fn combination(&self) -> Combination {
        self.combination
    }
}

impl Combination {
    /// One prediction of several with their weights; they are put in order.
    pub(crate) fn of(self, said: &mut [(Prediction, f64)]) -> Option<Prediction> {
        said.sort_unstable_by(|a, b| a.0.mean().total_cmp(&b.0.mean()).then(a.0.sd().total_cmp(&b.0.sd())));
        let total: f64 = said.iter().map(|(_, weight)| weight).sum();
        let (from, to) = match self {
            Self::Mean => (0.0, total),
            Self::Median => (0.5 * total, 0.5 * total),
            Self::MiddleHalf => (0.25 * total, 0.75 * total),
        };
        let (mut reached, mut mass, mut mean, mut variance, mut square) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let origin = said.first()?.0.mean();
        for (p, weight) in said.iter() {
            let before = reached;
            reached += weight;
            // The member at which the cumulative weight reaches one half counts, or two of them if it lies
            // between.
            let part = if self == Self::Median {
                let tie = 1e-12 * total;
                f64::from(u8::from(before < from + tie && reached > from - tie))
            } else {
                (f64::min(reached, to) - f64::max(before, from)).max(0.0)
            };
            let offset = p.mean() - origin;
            mass += part;
            mean += part * offset;
            square += part * offset * offset;
            variance += part * p.sd() * p.sd();
        }
        let mean = mean / mass;
        let among = (square / mass - mean * mean).max(0.0);
        Prediction::new(origin + mean, (variance / mass + among).sqrt())
    }
}

impl<F: Forecaster> Stage<f64> for Ensemble<F> {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let mut said = [(Prediction::default(), 0.0); MOST];
        let mut count = 0;
        for (member, weight) in self.members.iter_mut().zip(&self.weights) {
            if let Some(p) = member.update(x) {
                said[count] = (p, *weight);
                count += 1;
            }
        }
        self.combination.of(&mut said[..count])
    }

    fn reset(&mut self) {
        self.members.iter_mut().for_each(Stage::reset);
    }
}

impl<F: Forecaster> Forecaster for Ensemble<F> {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if let [out] = out {
            let mut said = [(Prediction::default(), 0.0); MOST];
            let mut count = 0;
            for (member, weight) in self.members.iter().zip(&self.weights) {
                let mut next = [Prediction::default()];
                if member.forecast_into(&mut next) {
                    said[count] = (next[0], *weight);
                    count += 1;
                }
            }
            let next = self.combination.of(&mut said[..count]);
            *out = next.unwrap_or(*out);
            return next.is_some();
        }
        let horizon = out.len();
        let mut all = vec![Prediction::default(); horizon * self.members.len()];
        let mut weights = Vec::with_capacity(self.members.len());
        for (member, weight) in self.members.iter().zip(&self.weights) {
            let at = weights.len() * horizon;
            if member.forecast_into(&mut all[at..at + horizon]) {
                weights.push(*weight);
            }
        }
        if weights.is_empty() {
            return false;
        }
        let mut said = Vec::with_capacity(weights.len());
        for (h, out) in out.iter_mut().enumerate() {
            said.clear();
            said.extend(weights.iter().enumerate().map(|(k, weight)| (all[k * horizon + h], *weight)));
            *out = self.combination.of(&mut said).unwrap_or_default();
        }
        true
    }
}

#[cfg(feature = "serde")]
mod state {
    use super::{Combination, Ensemble};
    use evenkeel_core::{Error, Snapshot};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct State<F> {
        combination: Combination,
        members: Vec<F>,
        #[serde(with = "evenkeel_core::exact")]
        weights: Vec<f64>,
    }

    impl<F: Snapshot + Clone> Snapshot for Ensemble<F> {
        fn schema() -> String {
            format!("Ensemble@1<{}>", F::schema())
        }
    }

    impl<F> From<Ensemble<F>> for State<F> {
        fn from(e: Ensemble<F>) -> Self {
            Self { combination: e.combination, members: e.members, weights: e.weights }
        }
    }

    impl<F> TryFrom<State<F>> for Ensemble<F> {
        type Error = Error;

        fn try_from(s: State<F>) -> Result<Self, Error> {
            if s.members.len() != s.weights.len() {
                return Err(Error::Shape {
                    what: "weights",
                    expected: s.members.len(),
                    found: s.weights.len(),
                });
            }
            Self::new(s.members.into_iter().zip(s.weights), s.combination)
        }
    }
}

evenkeel_core::assert_shared!(Combination, Ensemble<()>);
