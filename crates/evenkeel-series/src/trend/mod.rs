//! Robust trend: whether a series rises or falls, and how fast.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`MannKendall`] | the test: whether there is a monotone trend |
//! | [`TheilSen`], [`TheilSenLine`] | the slope: the median of all slopes, with limits |

mod mann_kendall;
mod theil_sen;

pub use mann_kendall::MannKendall;
pub use theil_sen::{TheilSen, TheilSenLine};

evenkeel_core::assert_shared!(MannKendall, TheilSen, TheilSenLine);
