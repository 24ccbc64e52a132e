//! Detectors of rows: several metrics at the same time, or several members of a group.
//!
//! | | what it notices | cost of a row |
//! | --- | --- | --- |
//! | [`RandomCutForest`], [`Attribution`] | points and patterns unlike those of late, in one metric or many; and which metrics make them so | O(trees log samples) |
//! | [`HalfSpaceTrees`] | values where there were few of late, in one metric or many, cheaply | O(trees depth) |
//! | [`Subspace`] | rows and shapes that leave their usual subspace (streaming PCA) | O(metrics × shingle × components) |
//! | [`Mahalanobis`] | rows whose metrics are strange together | O(metrics³) |
//! | [`CorrelationBreak`] | metrics that no longer move together | O(metrics²) |
//! | [`GroupOutlier`] | the one of a group that is not like the others | O(members) |
//!
//! Settings: [`RandomCutForestBuilder`], [`HalfSpaceTreesBuilder`], [`SubspaceBuilder`],
//! [`MahalanobisBuilder`], [`CorrelationBreakBuilder`], [`GroupOutlierBuilder`].

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

evenkeel_core::assert_shared!(
    Subspace,
    SubspaceBuilder,
    Mahalanobis,
    MahalanobisBuilder,
    GroupOutlier,
    GroupOutlierBuilder,
    CorrelationBreak,
    CorrelationBreakBuilder,
    Attribution,
    HalfSpaceTrees,
    HalfSpaceTreesBuilder,
    RandomCutForest,
    RandomCutForestBuilder
);
