//! Why a body was refused.

/// Why a body was refused as a whole, or what a server answered instead of data.
///
/// What concerns one point, span or record only is no error: the rest of the body is kept, and the loss is
/// counted as a [`Finding`](crate::Finding).
///
/// ```
/// use evenkeel_ingest::{Error, exposition::Exposition};
///
/// let refused = Exposition::text("up 1\nup{job=\"a} 1\n").unwrap_err();
/// assert!(matches!(refused, Error::Malformed { line: 2, .. }));
/// // What a receiver should answer: the sender must not send the same body again.
/// assert_eq!(refused.status(), 400);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes that are not in the format they are said to be in.
    #[error("line {line}, column {column}: {what}")]
    Malformed {
        /// 1-based line; 0 for binary formats.
        line: usize,
        /// 1-based byte within the line, or the 0-based offset in bytes for binary formats.
        column: usize,
        /// What was expected and what was found.
        what: String,
    },
    /// More of something than a [limit](crate::Limits) allows.
    #[error("more than {limit} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much of it is allowed.
        limit: usize,
    },
    /// A content type or encoding that is not read here.
    #[error("{what} is not supported: {was}")]
    Unsupported {
        /// Which property is not supported.
        what: &'static str,
        /// The value it had.
        was: String,
    },
    /// The server answered with an error in the form of its interface.
    #[error("the server answered {kind}: {message}")]
    Answered {
        /// The server's own class of error, for example `bad_data` or `timeout`.
        kind: String,
        /// The server's own words.
        message: String,
    },
    /// A setting outside its range.
    #[error(transparent)]
    Setting(#[from] evenkeel_core::Error),
}

impl Error {
    /// The HTTP status with which a receiver should refuse a body: never one of 5xx, nor 429, because a body
    /// that was refused for what it is must not be sent again.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLarge { .. } => 413,
            Self::Unsupported { .. } => 415,
            _ => 400,
        }
    }

    pub(crate) fn at(line: usize, column: usize, what: impl Into<String>) -> Self {
        Self::Malformed { line, column, what: what.into() }
    }

    pub(crate) fn json(why: &serde_json::Error) -> Self {
        Self::at(why.line(), why.column(), without_place(&why.to_string()))
    }
}

/// `serde_json` repeats the place at the end of its message.
fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(what, _)| what).into()
}
