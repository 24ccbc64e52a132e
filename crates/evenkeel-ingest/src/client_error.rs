//! Why a client has no answer.

use crate::error::Error;

/// Why a query, a scrape or what was sent has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server was not reached, or the connection broke.
    #[error("no answer: {what}")]
    Transport {
        /// What went wrong.
        what: String,
    },
    /// An HTTP status that is an error, with a body that does not say more: of a proxy, most often.
    #[error("HTTP status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// The file of [`Credentials`](crate::Credentials) cannot be read, or holds none. What it holds is not shown.
    #[error("credentials of {file}: {what}")]
    Credentials {
        /// The file.
        file: String,
        /// What is wrong with it.
        what: String,
    },
    /// An answer of the server that is an error or cannot be read, or a query that cannot be made.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl ClientError {
    /// Whether the same may work later: not if the server found what was asked or sent itself wrong.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            // A secret that is being renewed may be there later.
            Self::Transport { .. } | Self::Credentials { .. } => true,
            Self::Status { status } => *status >= 500 || *status == 429,
            Self::Refused(Error::Answered { kind, .. }) => kind != "bad_data" && kind != "execution",
            Self::Refused(_) => false,
        }
    }
}
