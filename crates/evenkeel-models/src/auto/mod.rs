//! A forecaster that chooses everything by itself.
//!
//! 1. [`seasons`]: those that are known or found;
//! 2. [`candidate`]: the models that suit a history;
//! 3. [`validation`]: their errors at past origins, the weights that follow, and what intervals are to be
//!    widened by;
//! 4. [`auto`]: the estimator; [`fitted`]: the ensemble that goes on with the stream, kept on one
//!    [side of 0](side_of_zero).

mod auto;
mod candidate;
mod fitted;
mod report;
mod seasons;
mod side_of_zero;
#[cfg(feature = "serde")]
mod snapshot;
mod validation;

pub use auto::Auto;
pub use fitted::AutoModel;
pub use report::{AutoFamily, AutoMember, AutoReport};
