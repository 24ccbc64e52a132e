//! The tests of `evenkeel-detect`, one module a source file.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod adwin;
mod alarm;
mod bank;
mod bocpd;
mod budget;
mod clocks;
mod conformal;
mod conformance;
mod correlation_break;
mod cusum;
mod default_detector;
mod default_monitor;
mod deviation_monitor;
mod ensemble;
mod ewma_chart;
mod extremes;
mod focus;
mod group_outlier;
mod half_space_trees;
mod known_failures;
mod kolmogorov_smirnov;
mod left_profile;
mod likelihood;
mod local_polynomial;
mod mahalanobis;
mod page_hinkley;
mod pipeline;
mod random_cut_forest;
mod rank_cusum;
mod recursive_sparse_ar;
mod reference;
mod reference_shapes;
mod robust_z;
mod score_alarm;
mod seasonal_profile;
#[cfg(feature = "rand")]
mod seeded;
mod shewhart;
mod smoothed;
#[cfg(feature = "spectral")]
mod spectral_residual;
mod standardize;
mod stream;
mod subspace;
mod surprise;
mod symbol_surprise;
mod univariate;
