//! Hidden Markov models: regimes of a system, estimated, decoded and followed online.
//!
//! | step | file |
//! | --- | --- |
//! | settings, the best of several starts, the number of states | `hmm.rs`, `held_out.rs` |
//! | rows, what is missing | `sequences.rs` |
//! | where EM begins: k-means, random assignments | `initial_values.rs`, `k_means.rs` |
//! | EM: expectation and maximization in turn | `expectation_maximization.rs`, `expectation.rs` |
//! | forward-backward with scaling, with logarithms | `scaled.rs`, `log_space.rs` |
//! | initial probabilities and transitions | `chain.rs` |
//! | what states say | `emission.rs`, `gaussian/`, `gaussian_mixture.rs`, `autoregressive_gaussian.rs`, `categorical.rs`, `poisson.rs` |
//! | the model: smoothing, the most probable path | `fitted.rs`, `posterior.rs`, `viterbi.rs` |
//! | online: the filter, the forecaster | `belief.rs`, `running.rs`, `filter.rs`, `regime.rs`, `forecast.rs` |
//! | explicit durations | `semi_markov/` |
//! | snapshots | `snapshot.rs` |

#![expect(clippy::needless_range_loop, reason = "loops of a constant length over several arrays at once")]

mod autoregressive_gaussian;
mod belief;
mod categorical;
mod chain;
mod emission;
mod expectation;
mod expectation_maximization;
mod expected;
mod exponential;
mod filter;
mod fitted;
mod forecast;
mod gaussian;
mod gaussian_mixture;
mod held_out;
mod hmm;
mod initial_values;
mod k_means;
mod log_space;
mod mixed;
mod poisson;
mod posterior;
mod regime;
mod running;
mod scaled;
mod semi_markov;
mod sequences;
#[cfg(feature = "serde")]
mod snapshot;
mod viterbi;
mod weight;

pub use autoregressive_gaussian::AutoregressiveGaussian;
pub use categorical::Categorical;
pub use emission::{Before, Emission, ForecastEmission};
pub use filter::{HmmFilter, HmmVectorFilter};
pub use fitted::HmmModel;
pub use gaussian::{Covariance, Gaussian};
pub use gaussian_mixture::GaussianMixture;
pub use hmm::Hmm;
pub use poisson::Poisson;
pub use posterior::HmmPosterior;
pub use regime::Regime;
pub use semi_markov::{Duration, DurationFamily, Hsmm, HsmmFilter, HsmmModel};

evenkeel_core::assert_shared!(
    AutoregressiveGaussian,
    Before<'static>,
    Categorical,
    Covariance,
    Duration,
    DurationFamily,
    Gaussian,
    GaussianMixture,
    Hmm,
    HmmFilter<Gaussian>,
    HmmModel,
    HmmPosterior,
    HmmVectorFilter<Gaussian>,
    Hsmm,
    HsmmFilter<Gaussian>,
    HsmmModel,
    Poisson,
    Regime,
);
