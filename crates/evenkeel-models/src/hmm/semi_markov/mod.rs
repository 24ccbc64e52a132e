//! Hidden semi-Markov models: states with durations that are not geometric.
//!
//! | step | file |
//! | --- | --- |
//! | how long a state lasts | `duration.rs` |
//! | who follows whom, and the durations | `segments.rs` |
//! | sums of exponentials | `log_sums.rs` |
//! | the estimator | `hsmm.rs` |
//! | the expectation step | `expectation.rs` |
//! | the model: likelihood, smoothing, the most probable segments | `fitted.rs`, `viterbi.rs` |
//! | online: the filter, the forecaster | `belief.rs`, `running.rs`, `filter.rs`, `forecast.rs` |
//! | snapshots | `snapshot.rs` |

mod belief;
mod duration;
mod expectation;
mod filter;
mod fitted;
mod forecast;
mod hsmm;
mod log_sums;
mod running;
mod segments;
#[cfg(feature = "serde")]
mod snapshot;
mod viterbi;

pub use duration::{Duration, DurationFamily};
pub use filter::HsmmFilter;
pub use fitted::HsmmModel;
pub use hsmm::Hsmm;
