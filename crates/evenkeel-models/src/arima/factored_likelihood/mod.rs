//! The exact likelihood of long seasons, one factor after the other.
//!
//! `phi(B) z = theta(B) v` where `v` is the seasonal factor alone: `Phi(B^s) v = Theta(B^s) e`. The phases of
//! `v` are independent of each other, so each is predicted by a state of a few numbers, with gains that all
//! phases share. What is left is where the plain factors start: d = max(p, q) numbers, which `v` knows
//! something of. They are integrated out as unknown levels are, with the covariance that they have with each
//! other and with `v`. That is the likelihood of the long state of the product, in O(n d) instead of O(n s).
//!
//! In formulas: with z given, `v = y - G a` for the innovations `y` from a start of nothing and the responses
//! `G` to the d numbers `a`. As `a` given `v` has mean `c' W v` and covariance `S = P - c' W c`, where W is
//! the inverse covariance of `v`, P that of `a` and `c` the covariances between them, minus twice the
//! logarithm is up to constants `(y - G a)' W (y - G a) + (E a - c' W y)' S^-1 (E a - c' W y)` with
//! `E = 1 + c' W G`, integrated over `a`. Since S may be singular, all is solved with the matrix
//! `[-S, E; E', G' W G]`, whose determinant is up to its sign that of what is integrated out times that of S.
//!
//! - [`phase_prediction`]: the seasonal factor, phase by phase;
//! - [`start_covariance`]: the numbers `a` of the start, their covariances with each other and with `v`;
//! - [`start_system`]: integrates them out;
//! - [`phase_layout`]: which phases of a column are not zero; [`small_matrix`]: matrices of a handful of
//!   rows;
//! - [`factored_likelihood`]: puts it together, with derivatives in reverse mode.

mod factored_likelihood;
mod phase_layout;
mod phase_prediction;
mod small_matrix;
mod start_covariance;
mod start_system;

pub(super) use factored_likelihood::{FactoredLikelihood, LEAST, Refusal};
