//! Detection by forecasts: any forecaster as a detector, and two small forecasters that learn value by value.

mod innovations;
mod likelihood;
mod local_polynomial;
mod recursive_sparse_ar;
mod surprise;

pub use innovations::Innovations;
pub use likelihood::Likelihood;
pub use local_polynomial::{LocalPolynomial, LocalPolynomialBuilder};
pub use recursive_sparse_ar::{RecursiveSparseAr, RecursiveSparseArBuilder};
pub use surprise::Surprise;
