//! Decomposition.

mod decompositions;
mod hodrick_prescott;
