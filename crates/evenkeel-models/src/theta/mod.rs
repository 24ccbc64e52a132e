//! The theta method and its relatives.

mod account;
mod model;
mod search;
mod settings;
#[cfg(feature = "serde")]
mod state;

pub use account::ThetaAccount;
pub use model::ThetaModel;
pub use settings::{AutoTheta, Theta, ThetaKind, ThetaParameters, ThetaSeason};
