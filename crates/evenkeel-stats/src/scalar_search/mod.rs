//! Search in one variable: roots, and minima or maxima, without derivatives except where one is at hand.
//!
//! | what is searched for | function |
//! | --- | --- |
//! | a root inside a bracket | [`brent_root`] |
//! | a quantile, given the logarithm of a tail | [`newton_log_tail`] |
//! | a minimum of a smooth function inside a bracket | [`brent_minimum`] |
//! | an optimum of any unimodal function inside a bracket | [`golden_section`] |
//! | the bracket itself | [`bracket_on_grid`] |
//!
//! Nothing here allocates, and nothing panics unless the function that is searched does.

mod brent_minimum;
mod brent_root;
mod golden_section;
mod grid;
mod newton_log_tail;

pub use brent_minimum::{BrentTolerance, brent_minimum};
pub use brent_root::brent_root;
pub use golden_section::{GoldenSection, golden_section};
pub use grid::{GridBracket, bracket_on_grid};
pub use newton_log_tail::newton_log_tail;
