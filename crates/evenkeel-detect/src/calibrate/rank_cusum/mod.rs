//! CUSUMs of sequential ranks.

mod limb;
mod rank_cusum;
mod ranking;

pub use rank_cusum::{RankCusum, RankCusumBuilder};
