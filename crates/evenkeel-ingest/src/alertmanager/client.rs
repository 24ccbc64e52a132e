//! Sending to an Alertmanager.

use crate::alertmanager::read::{ReceivedAlert, read_alerts};
use crate::alertmanager::sink::AlertSink;
use crate::client_error::ClientError;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::http::Http;
use core::time::Duration;
use evenkeel_core::Timestamp;

/// Sends alerts to an Alertmanager, and asks for them.
///
/// Blocking; without TLS.
///
/// ```no_run
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_ingest::alertmanager::{AlertSink, Client};
///
/// let client = Client::new("http://127.0.0.1:9093")?;
/// let mut sink = AlertSink::new(Duration::from_secs(60))?;
/// // Every few seconds; what could not be delivered is due again.
/// client.flush(&mut sink, Timestamp::from_seconds(1_795_000_000))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Client {
    http: Http,
}

impl Client {
    /// For the server at an address, for example `http://alertmanager:9093`, with a path if it has one.
    ///
    /// # Errors
    /// [`Error::Setting`] if it does not begin with `http://`.
    pub fn new(base: &str) -> Result<Self, Error> {
        Ok(Self { http: Http::new(base)? })
    }

    /// How long a call may take, all in all. Default 30 s.
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

    /// Sends a body that [`AlertSink::poll`] gave.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn send(&self, body: &[u8]) -> Result<(), ClientError> {
        match self.http.post_json("/api/v2/alerts", body)?.status {
            200..=299 => Ok(()),
            status => Err(ClientError::Status { status }),
        }
    }

    /// Sends what is due of a sink, and tells it what came of it; true if anything was sent.
    ///
    /// # Errors
    /// [`ClientError`], also for a status of 400, which counts as [delivered](AlertSink::answered).
    pub fn flush(&self, sink: &mut AlertSink, now: Timestamp) -> Result<bool, ClientError> {
        let Some(body) = sink.poll(now) else { return Ok(false) };
        let sent = self.send(&body);
        let is_delivered = matches!(sent, Ok(()) | Err(ClientError::Status { status: 400 }));
        sink.answered(now, is_delivered);
        sent.map(|()| true)
    }

    /// The alerts that it knows of and that fire.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn alerts(&self) -> Result<Vec<ReceivedAlert>, ClientError> {
        let answered = self.http.get("/api/v2/alerts", "application/json")?;
        if !answered.is_success() {
            return Err(ClientError::Status { status: answered.status });
        }
        Ok(read_alerts(&answered.body, &self.http.limits)?)
    }
}
