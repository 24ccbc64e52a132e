//! Exponential smoothing with error, trend and season (ETS): all 30 forms, and the choice among them.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`AutoEts`] | the form chosen by AICc; each [`EtsCandidate`] is told |
//! | [`Ets`] → [`EtsModel`] | one form, fitted or with given [`EtsParameters`] |
//! | [`EtsForm`] | a form: its [`EtsError`], [`EtsTrend`] and [`EtsSeason`] |
//!
//! # How a fit goes
//!
//! For readers of the source: the steps in their order, with the file of each.
//!
//! 1. `form`: the 30 forms; `parameters`: smoothing parameters and starting states; `admissible`: which of
//!    them let errors die out.
//! 2. `scaled_history` makes the history ready; `initial_states` are heuristic ones; `parameter_space` maps
//!    the numbers of the search to parameters.
//! 3. `recursion`: the likelihood forwards, its gradient backwards.
//! 4. `maximum_likelihood`: the search for one form. `ets` is the estimator of one form, `auto_ets` chooses
//!    it.
//! 5. `fitted`: the model that goes on with the stream. `forecast` predicts several steps; how their
//!    uncertainty grows: `linear_variance`, `product_moments`, `factor_trend_moments`.

mod admissible;
mod auto_ets;
mod candidate;
mod ets;
mod factor_trend_moments;
mod fitted;
mod forecast;
mod form;
mod initial_states;
mod linear_variance;
mod maximum_likelihood;
mod parameter_space;
mod parameters;
mod product_moments;
mod recursion;
mod scaled_history;
#[cfg(feature = "serde")]
mod snapshot;

pub use auto_ets::AutoEts;
pub use candidate::EtsCandidate;
pub use ets::Ets;
pub use fitted::EtsModel;
pub use form::{EtsError, EtsForm, EtsSeason, EtsTrend};
pub use parameters::EtsParameters;

evenkeel_core::assert_shared!(
    AutoEts,
    Ets,
    EtsCandidate,
    EtsError,
    EtsForm,
    EtsModel,
    EtsParameters,
    EtsSeason,
    EtsTrend
);

#[cfg(test)]
#[path = "../../tests/ets/unit/mod.rs"]
mod tests;
