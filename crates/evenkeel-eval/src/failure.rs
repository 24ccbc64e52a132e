//! Errors of the evaluation.

use std::fmt;

/// Why a command or a contest cannot be carried out, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure with its reason.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// What your own method may fail with: any error, or a sentence (`"too short".into()`).
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
