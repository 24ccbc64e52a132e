//! The theta method and its relatives.

mod auto_theta;
mod criteria;
mod fitted;
mod kind;
mod least_squares;
#[cfg(feature = "serde")]
mod snapshot;
mod theta;

pub use auto_theta::AutoTheta;
pub use criteria::ThetaCriteria;
pub use fitted::ThetaModel;
pub use kind::{ThetaKind, ThetaSeason};
pub use theta::{Theta, ThetaParameters};
