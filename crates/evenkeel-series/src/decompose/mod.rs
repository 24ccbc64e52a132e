//! Decomposition of a series into trend, seasons and remainder.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Stl`] | one season, by local regression, robust or not |
//! | [`Mstl`] | several seasons, by repeated STL |
//! | [`Classical`] | one season, by moving averages; additive or multiplicative ([`Composition`]) |
//! | [`Decomposition`] | what these give: trend, each [`Season`], remainder, their strengths |
//! | [`Dropped`] | a season that was left out, and why |
//! | [`HodrickPrescott`] | the trend alone, by penalized second differences |

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

evenkeel_core::assert_shared!(
    Stl,
    Mstl,
    Classical,
    Decomposition,
    Season,
    Dropped,
    Composition,
    HodrickPrescott
);
