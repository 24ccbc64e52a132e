//! Asking a program for its page.

use crate::client_error::ClientError;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::exposition::family::Exposition;
use crate::exposition::parser::Parser;
use crate::http::Http;
use crate::limits::Limits;
use core::time::Duration;

/// Asks a program for its page of metrics, in OpenMetrics if it can, else in text 0.0.4.
///
/// Blocking; without TLS.
///
/// ```no_run
/// use core::time::Duration;
/// use evenkeel_ingest::exposition::Scraper;
///
/// let scraper = Scraper::new("http://127.0.0.1:9100/metrics")?.timeout(Duration::from_secs(5));
/// println!("{} families", scraper.scrape()?.families.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Scraper {
    http: Http,
}

/// What Prometheus asks for, but for protobuf.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.5";

impl Scraper {
    /// For a page, for example `http://127.0.0.1:9100/metrics`.
    ///
    /// # Errors
    /// [`Error::Setting`] if it does not begin with `http://`.
    pub fn new(page: &str) -> Result<Self, Error> {
        Ok(Self { http: Http::new(page)? })
    }

    /// How long a scrape may take, all in all. Default 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.set_timeout(timeout);
        self
    }

    /// A header to send along, for example `Authorization`. Its value is not shown by `Debug`.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.http.headers.push((name.into(), value.into()));
        self
    }

    /// How to be let in. See [`Credentials`].
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.http.credentials = Some(credentials);
        self
    }

    /// Other limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.http.limits = limits;
        self
    }

    /// The page as it is now. The content type says which format it is in; without one, as with any other,
    /// it is read as text 0.0.4. OpenMetrics is read as Prometheus does, which asks less of names.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn scrape(&self) -> Result<Exposition, ClientError> {
        let answered = self.http.get("", ACCEPT)?;
        if !answered.is_success() {
            return Err(ClientError::Status { status: answered.status });
        }
        let is_openmetrics = answered.content_type.starts_with("application/openmetrics-text");
        let parser = if is_openmetrics { Parser::openmetrics().as_prometheus() } else { Parser::text() };
        Ok(parser.limits(self.http.limits).parse(&answered.body)?)
    }
}
