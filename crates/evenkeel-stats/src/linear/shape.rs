//! The shape of a matrix in a slice.

use evenkeel_core::Error;

pub(super) fn check_shape(a: &[f64], n: usize) -> Result<(), Error> {
    let expected = n.saturating_mul(n);
    if a.len() == expected { Ok(()) } else { Err(Error::Shape { what: "matrix", expected, found: a.len() }) }
}
