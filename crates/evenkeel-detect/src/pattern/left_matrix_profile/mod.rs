//! The left matrix profile: the distance of the newest window to the nearest one before it.

mod left_matrix_profile;
mod real;
mod search;
mod windows;

pub use left_matrix_profile::{LeftMatrixProfile, LeftMatrixProfileBuilder};
