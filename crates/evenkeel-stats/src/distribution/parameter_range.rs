//! The ranges of the parameters of distributions.

use evenkeel_core::{Error, LARGEST};

pub(super) fn require_positive(name: &'static str, x: f64) -> Result<(), Error> {
    Error::require((1e-100..=LARGEST).contains(&x), name, "in [1e-100, 1e100]", x)
}

pub(super) fn require_location(name: &'static str, x: f64) -> Result<(), Error> {
    Error::require(x.abs() <= LARGEST, name, "in [-1e100, 1e100]", x)
}
