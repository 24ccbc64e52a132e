//! Calibration: from scores to [p-values](evenkeel_core::Calibrated) that mean the same for every detector.
//!
//! | | what it does | cost of a value |
//! | --- | --- | --- |
//! | [`RankCusum`] | evidence accumulated over values, under a budget, whatever their distribution | O(1) |
//! | [`Spot`] | single values far into the tail, for a class of tails | O(1), 130 logarithms at a peak |
//! | [`Dspot`] | extreme values around a drifting level | O(depth), 130 logarithms at a peak |
//! | [`Conformal`] | by ranks, whatever the distribution | O(log window) and a move |
//! | [`Martingale`], [`Bet`] | that p-values are no longer uniform, at any time | O(1) |
//! | [`Bonferroni`] | one budget for two calibrators: shifts that last and single spikes | theirs |
//! | [`ParetoFit`] | the exact generalized Pareto fit behind [`Spot`] and [`Dspot`] | batch |
//!
//! [`Tails`] says which side counts. Settings: [`RankCusumBuilder`], [`SpotBuilder`], [`DspotBuilder`],
//! [`ConformalBuilder`], [`MartingaleBuilder`].

mod bonferroni;
mod conformal;
mod extremes;
mod martingale;
mod preallocated;
mod rank_cusum;

pub(crate) use preallocated::Preallocated;

pub use bonferroni::Bonferroni;
pub use conformal::{Conformal, ConformalBuilder};
pub use extremes::{Dspot, DspotBuilder, ParetoFit, Spot, SpotBuilder, Tails};
pub use martingale::{Bet, Martingale, MartingaleBuilder};
pub use rank_cusum::{RankCusum, RankCusumBuilder};

evenkeel_core::assert_shared!(Bonferroni<RankCusum, Spot>, Dspot, DspotBuilder, ParetoFit, Bet, Conformal, ConformalBuilder, Martingale, MartingaleBuilder, RankCusum, RankCusumBuilder, Spot, SpotBuilder);
