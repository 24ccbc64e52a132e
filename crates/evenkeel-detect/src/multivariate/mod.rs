//! Detectors of rows: several metrics at the same time, or several members of a group.

mod correlation_break;
mod group_outlier;
mod half_space_trees;
mod huber_ewm;
mod mahalanobis;
mod random_cut_forest;
mod row_check;
mod subspace;

pub use correlation_break::{CorrelationBreak, CorrelationBreakBuilder};
pub use group_outlier::{GroupOutlier, GroupOutlierBuilder};
pub use half_space_trees::{HalfSpaceTrees, HalfSpaceTreesBuilder};
pub use mahalanobis::{Mahalanobis, MahalanobisBuilder};
pub use random_cut_forest::{Attribution, RandomCutForest, RandomCutForestBuilder};
pub use subspace::{Subspace, SubspaceBuilder};
