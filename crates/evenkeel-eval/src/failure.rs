//! Errors of the evaluation.

use std::{fmt, io};

/// Why a command or a contest cannot be carried out, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    why: String,
    is_closed_pipe: bool,
}

impl Failure {
    /// A failure with its reason.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), is_closed_pipe: false }
    }

    /// That a result cannot be written.
    pub(crate) fn unwritten(why: &io::Error) -> Self {
        let is_closed_pipe = why.kind() == io::ErrorKind::BrokenPipe;
        Self { why: format!("cannot write: {why}"), is_closed_pipe }
    }

    /// Whether nobody reads the output any more, as in `evenkeel-eval --help | head -n 1`: no reason to
    /// complain.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        self.is_closed_pipe
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Failure {}

/// What your own method may fail with: any error, or a sentence (`"too short".into()`).
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
