//! The theta method and its relatives in state space form.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`AutoTheta`] | the kind and the season chosen |
//! | [`Theta`] → [`ThetaModel`] | one [`ThetaKind`], with a [`ThetaSeason`], fitted or with given [`ThetaParameters`] |
//! | [`ThetaCriteria`] | what a fit minimizes |

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

evenkeel_core::assert_shared!(
    AutoTheta,
    Theta,
    ThetaCriteria,
    ThetaKind,
    ThetaModel,
    ThetaParameters,
    ThetaSeason
);
