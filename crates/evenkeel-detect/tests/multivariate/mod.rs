mod correlation_break;
mod group_outlier;
mod half_space_trees;
mod mahalanobis;
mod random_cut_forest;
mod subspace;
