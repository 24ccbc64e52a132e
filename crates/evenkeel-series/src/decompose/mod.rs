//! A series as a sum of its parts.

mod classical;
mod decomposition;
mod mstl;
mod stl;

pub use classical::Classical;
pub use decomposition::{Composition, Decomposition, Dropped, Season};
pub use mstl::Mstl;
pub use stl::Stl;
