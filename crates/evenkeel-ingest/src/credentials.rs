//! What a client says to be let in.

use crate::client_error::ClientError;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// How a client says who it is: a token, or a name with a password, each of which stands in a file.
///
/// The file is read for every request, so a secret that is renewed takes effect without a restart. Blanks and
/// line ends around it are left out. Neither `Debug` nor an error shows it. It goes over the connection as it
/// is: without TLS, only where nobody listens.
///
/// ```
/// use evenkeel_ingest::{Credentials, prometheus::Client};
///
/// let client = Client::new("http://127.0.0.1:9090")?.credentials(Credentials::basic("evenkeel", "/etc/evenkeel/password"));
/// // The name of the file, not what is in it.
/// assert!(format!("{client:?}").contains("/etc/evenkeel/password"));
/// # Ok::<(), evenkeel_ingest::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name, if the file has a password.
    user: Option<String>,
    file: PathBuf,
}

impl Credentials {
    /// A token: `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(token_file: impl AsRef<Path>) -> Self {
        Self { user: None, file: token_file.as_ref().into() }
    }

    /// A name and a password: `Authorization: Basic …`.
    #[must_use]
    pub fn basic(user: impl Into<String>, password_file: impl AsRef<Path>) -> Self {
        Self { user: Some(user.into()), file: password_file.as_ref().into() }
    }

    /// The value of the header `Authorization`.
    pub(crate) fn header(&self) -> Result<String, ClientError> {
        let refused = |what: &dyn fmt::Display| {
            let file = self.file.display().to_string();
            ClientError::Credentials { file, what: what.to_string() }
        };
        let text = fs::read_to_string(&self.file).map_err(|why| refused(&why))?;
        let secret = text.trim();
        if secret.is_empty() {
            return Err(refused(&"is empty"));
        }
        match &self.user {
            Some(user) if user.contains(':') => Err(refused(&"its user has a colon in the name")),
            Some(user) => Ok(format!("Basic {}", base64(format!("{user}:{secret}").as_bytes()))),
            None if !secret.bytes().all(|b| b.is_ascii_graphic()) => {
                Err(refused(&"holds no token: blanks or other than ASCII"))
            }
            None => Ok(format!("Bearer {secret}")),
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .chain([0; 2].iter().take(3 - chunk.len()))
            .fold(0, |bits, b| bits << 8 | usize::from(*b));
        for i in 0..4 {
            let digit = char::from(DIGITS[bits >> (18 - 6 * i) & 63]);
            text.push(if i <= chunk.len() { digit } else { '=' });
        }
    }
    text
}
