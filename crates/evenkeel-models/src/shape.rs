//! Checks of the length of a history.

use evenkeel_core::Error;

/// # Errors
/// [`Error::Shape`] if there are not as many values as expected.
pub(crate) fn check_shape(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Shape { what, expected, found }) }
}
