//! The theta method and its relatives.

mod account;
mod auto_theta;
mod fitted;
mod kind;
mod least_squares;
#[cfg(feature = "serde")]
mod snapshot;
mod theta;

pub use account::ThetaAccount;
pub use auto_theta::AutoTheta;
pub use fitted::ThetaModel;
pub use kind::{ThetaKind, ThetaSeason};
pub use theta::{Theta, ThetaParameters};
