//! The error type of all crates.

use alloc::string::{String, ToString};
use core::fmt::Display;

/// Why settings, a finished history or bytes were refused.
///
/// Streaming never fails: [`Stage::update`](crate::Stage::update) has no error. This type is what
/// constructors, `fit` and readers return, and it says what to change without reading code.
///
/// ```
/// use evenkeel_core::Error;
///
/// let e = Error::parameter("alpha", "in (0, 1]", -0.5);
/// assert_eq!(e.to_string(), "alpha must be in (0, 1], was -0.5");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting outside its range.
    #[error("{name} must be {must}, was {was}")]
    Parameter {
        /// The name of the setting, as in the interface.
        name: &'static str,
        /// The condition it has to meet.
        must: &'static str,
        /// The value it had.
        was: String,
    },
    /// Fewer observations than the method needs.
    #[error("too short: needs {needed} observed values, got {got}")]
    TooShort {
        /// The least number of observed values.
        needed: usize,
        /// How many there were.
        got: usize,
    },
    /// A value is missing where the method cannot do without it.
    #[error("a value is missing at index {at}")]
    Missing {
        /// Its 0-based index.
        at: usize,
    },
    /// Two sizes that must agree differ.
    #[error("{what} must have length {expected}, had {found}")]
    Shape {
        /// What has the wrong size.
        what: &'static str,
        /// The size it must have.
        expected: usize,
        /// The size that was found.
        found: usize,
    },
    /// The arithmetic has no usable answer for this input (a singular system, no variation, an overflow).
    #[error("no usable number: {what}")]
    Numerical {
        /// What could not be computed, and why.
        what: &'static str,
    },
    /// A snapshot of something else, or of another version.
    #[error("snapshot of {found} cannot restore {expected}")]
    Snapshot {
        /// The schema that was asked for.
        expected: String,
        /// The schema that the snapshot names.
        found: String,
    },
    /// Text or bytes in the wrong format.
    #[error("line {line}, column {column}: {what}")]
    Parse {
        /// 1-based line; 0 where the input has no lines.
        line: usize,
        /// 1-based column (a field of a record, or a byte where there are no fields).
        column: usize,
        /// What was expected and what was found.
        what: String,
    },
}

impl Error {
    /// An [`Error::Parameter`] from anything printable.
    pub fn parameter(name: &'static str, must: &'static str, was: impl Display) -> Self {
        Self::Parameter { name, must, was: was.to_string() }
    }

    /// Refuses a parameter that does not hold: `Error::require(alpha > 0.0, "alpha", "> 0", alpha)?`.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `holds` is false.
    pub fn require(
        holds: bool,
        name: &'static str,
        must: &'static str,
        was: impl Display,
    ) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self::parameter(name, must, was)) }
    }
}
