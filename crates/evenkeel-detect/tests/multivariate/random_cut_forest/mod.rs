mod random_cut_forest;
mod tree;
#[path = "../../../src/multivariate/random_cut_forest/vector_math.rs"]
mod vector_math;
