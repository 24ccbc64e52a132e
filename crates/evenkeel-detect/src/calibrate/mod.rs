//! Calibration: from scores to p-values that mean the same for every detector.

mod bonferroni;
mod conformal;
mod extremes;
mod martingale;
mod rank_cusum;

pub use bonferroni::Bonferroni;
pub use conformal::{Conformal, ConformalBuilder};
pub use extremes::{Dspot, DspotBuilder, ParetoFit, Spot, SpotBuilder, Tails};
pub use martingale::{Bet, Martingale, MartingaleBuilder};
pub use rank_cusum::{RankCusum, RankCusumBuilder};
