//! Robust trend: the Mann-Kendall test and the Theil-Sen slope.

mod mann_kendall;
mod theil_sen;

pub use mann_kendall::MannKendall;
pub use theil_sen::{TheilSen, TheilSenLine};
