mod check;
mod definition;
#[expect(dead_code, reason = "only what the tests look at is used here")]
#[path = "../../../../src/multivariate/random_cut_forest/tree/tree.rs"]
mod tree;
