//! Numbers for sentences.

use alloc::format;
use core::fmt;

/// A number with at most so many significant digits, as a person would write it: 812, 0.333, 1.7e-10.
pub(crate) struct Rounded(pub(crate) f64, pub(crate) usize);

impl Rounded {
    /// The number that is written.
    pub(crate) fn value(&self) -> f64 {
        let Self(x, digits) = *self;
        // Rounding is that of the formatter; reading it back drops the zeros at the end.
        format!("{:.*e}", digits.saturating_sub(1), x).parse().unwrap_or(x)
    }
}

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = self.value();
        let magnitude = f64::abs(rounded);
        if magnitude != 0.0 && !(1e-4..1e7).contains(&magnitude) {
            write!(f, "{rounded:e}")
        } else {
            write!(f, "{rounded}")
        }
    }
}
