//! The fitted model.

use super::account::AutoAccount;
use super::candidate::Member;
use crate::Ensemble;
use evenkeel_core::{Forecaster, LARGEST, Prediction, Stage};

/// The forecaster that an [`Auto`](crate::Auto) settled on: a weighted ensemble with calibrated intervals, following a stream.
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before any observation. An update costs what its
/// members' do together, and allocates nothing; nothing is chosen anew.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "state::State", into = "state::State")
)]
pub struct AutoModel {
    ensemble: Ensemble<Member>,
    account: AutoAccount,
}

impl AutoModel {
    pub(super) fn new(ensemble: Ensemble<Member>, account: AutoAccount) -> Self {
        Self { ensemble, account }
    }

    /// What was chosen, and why.
    #[must_use]
    pub fn account(&self) -> &AutoAccount {
        &self.account
    }

    fn widen(&self, p: Prediction) -> Prediction {
        Prediction::new(p.mean(), (p.sd() * self.account.widened).min(LARGEST)).unwrap_or(p)
    }
}

impl Stage<f64> for AutoModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let next = self.ensemble.update(x);
        next.map(|p| self.widen(p))
    }

    fn reset(&mut self) {
        self.ensemble.reset();
    }
}

impl Forecaster for AutoModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let known = self.ensemble.forecast_into(out);
        if known {
            out.iter_mut().for_each(|p| *p = self.widen(*p));
        }
        known
    }
}

#[cfg(feature = "serde")]
mod state {
    use super::{AutoAccount, AutoModel, Ensemble, Member};
    use evenkeel_core::{Error, Snapshot};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct State {
        ensemble: Ensemble<Member>,
        account: AutoAccount,
    }

    impl Snapshot for AutoModel {
        fn schema() -> String {
            format!("AutoModel@1<{}>", Ensemble::<Member>::schema())
        }
    }

    impl From<AutoModel> for State {
        fn from(m: AutoModel) -> Self {
            Self { ensemble: m.ensemble, account: m.account }
        }
    }

    impl TryFrom<State> for AutoModel {
        type Error = Error;

        fn try_from(s: State) -> Result<Self, Error> {
            let widened = s.account.widened;
            Error::require(widened > 0.0 && widened <= 1e6, "widened", "in (0, 1e6]", widened)?;
            Ok(Self::new(s.ensemble, s.account))
        }
    }
}
