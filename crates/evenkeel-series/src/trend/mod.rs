//! Whether a series rises or falls, and how fast, whatever its noise.

mod mann_kendall;
mod theil_sen;

pub use mann_kendall::MannKendall;
pub use theil_sen::{TheilSen, TheilSenLine};
