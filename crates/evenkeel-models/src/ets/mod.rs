//! Exponential smoothing with error, trend and season.

mod account;
mod admissible;
mod auto;
mod fit;
mod form;
mod growth;
mod initial;
mod model;
mod parameters;
mod product;
mod recursion;
mod settings;
mod space;
mod spread;
#[cfg(feature = "serde")]
mod state;

pub use account::{EtsAccount, EtsCandidate, EtsStop};
pub use auto::AutoEts;
pub use form::{EtsError, EtsForm, EtsSeason, EtsTrend};
pub use model::EtsModel;
pub use parameters::EtsParameters;
pub use settings::Ets;

pub(crate) use model::prediction;
