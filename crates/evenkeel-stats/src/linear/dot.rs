//! The inner product.

/// The sum of products of values at the same place, in order; places that only the longer slice has are left
/// out.
#[must_use]
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
