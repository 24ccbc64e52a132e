//! CUSUMs of sequential ranks.

mod one_sided_cusum;
mod rank_cusum;
mod ranking;

pub use rank_cusum::{RankCusum, RankCusumBuilder};
