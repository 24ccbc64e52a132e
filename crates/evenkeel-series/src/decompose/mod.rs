//! Decomposition of a series into trend, seasons and remainder.

mod classical;
mod decomposition;
mod hodrick_prescott;
mod mstl;
mod stl;

pub use classical::Classical;
pub use decomposition::{Composition, Decomposition, Dropped, Season};
pub use hodrick_prescott::HodrickPrescott;
pub use mstl::Mstl;
pub use stl::Stl;
