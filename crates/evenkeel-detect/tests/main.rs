//! The tests of `evenkeel-detect`, one module a source file.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod alarm;
mod bank;
mod bocpd;
mod conformal;
mod conformance;
mod correlation_break;
mod cusum;
mod ewma_chart;
mod extremes;
mod focus;
mod group_outlier;
mod half_space_trees;
mod left_profile;
mod local_polynomial;
mod mahalanobis;
mod page_hinkley;
mod pipeline;
mod random_cut_forest;
mod reference;
mod reference_shapes;
mod shewhart;
#[cfg(feature = "spectral")]
mod spectral_residual;
mod stream;
mod subspace;
mod surprise;
mod symbol_surprise;
mod univariate;
