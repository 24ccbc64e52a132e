//! The tests of `evenkeel-detect`, one module a source file.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod adwin;
mod alarm;
mod bank;
mod bocpd;
mod conformal;
mod conformance;
mod cusum;
mod ewma_chart;
mod extremes;
mod focus;
mod half_space_trees;
mod known_failures;
mod kolmogorov_smirnov;
mod likelihood;
mod page_hinkley;
mod pipeline;
mod random_cut_forest;
mod reference;
mod robust_z;
mod seasonal_profile;
mod shewhart;
mod standardize;
mod stream;
mod surprise;
mod symbol_surprise;
mod univariate;
