//! Sparse autoregressions.

mod properties;
