//! A blocking client.

use crate::client_error::ClientError;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::finding::Findings;
use crate::http::Http;
use crate::limits::Limits;
use crate::prometheus::answer::{Answer, Data};
use crate::prometheus::range::{POINTS_PER_SERIES, Range};
use crate::sample::merge_series;
use core::time::Duration;
use evenkeel_core::Timestamp;

/// Asks a Prometheus server, or whatever speaks its interface.
///
/// Blocking, one connection a call or a kept one; for use in a thread of its own. Queries are posted, so that
/// their length has no limit. There is no TLS here: for `https` take a proxy beside the program, or another
/// HTTP client, and [`Answer::parse`].
///
/// ```no_run
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_ingest::prometheus::{Backfill, Client};
///
/// let client = Client::new("http://127.0.0.1:9090")?.timeout(Duration::from_secs(5));
/// let mut polls = Backfill::new(Duration::from_secs(15), Duration::from_secs(30), Duration::from_secs(3600))?;
/// let now = Timestamp::from_seconds(1_795_000_000);
/// while let Some(range) = polls.due(now) {
///     for series in client.query_range("sum by (service) (rate(requests_total[1m]))", range)?.data.into_series() {
///         for step in Backfill::steps(range, &series) {
///             println!("{} {} {:?}", series.labels, step.time, step.value);
///         }
///     }
///     polls.answered(range);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Client {
    http: Http,
}

/// Seconds as decimal text, to the millisecond, which is what the server keeps.
fn seconds(time: Timestamp) -> String {
    let millis = time.as_nanos().div_euclid(1_000_000);
    let sign = if millis < 0 { "-" } else { "" };
    format!("{sign}{}.{:03}", millis.unsigned_abs() / 1000, millis.unsigned_abs() % 1000)
}

impl Client {
    /// For the server at an address, for example `http://prometheus:9090`, with a path if it has one.
    ///
    /// # Errors
    /// [`Error::Setting`] if it does not begin with `http://`.
    pub fn new(base: &str) -> Result<Self, Error> {
        Ok(Self { http: Http::new(base)? })
    }

    /// How long a query may take, all in all. Default 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.set_timeout(timeout);
        self
    }

    /// A header to send with every query, for example `Authorization` or `X-Scope-OrgID`. Its value is not
    /// shown by `Debug`.
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

    /// The value of an expression at a time.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn query(&self, expression: &str, time: Timestamp) -> Result<Answer, ClientError> {
        self.post(
            "query",
            &[("query", expression), ("time", &seconds(time)), ("timeout", &self.server_timeout())],
        )
    }

    /// The values of an expression over a range, in as many queries as the limit of the server takes. If one
    /// of them fails, all do.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn query_range(&self, expression: &str, range: Range) -> Result<Answer, ClientError> {
        let step = format!("{}", range.step.as_secs_f64());
        let mut whole: Option<Answer> = None;
        for part in range.split(POINTS_PER_SERIES) {
            let (start, end) = (seconds(part.start), seconds(part.end));
            let timeout = self.server_timeout();
            let form = [
                ("query", expression),
                ("start", &start),
                ("end", &end),
                ("step", &step),
                ("timeout", &timeout),
            ];
            let answer = self.post("query_range", &form)?;
            match &mut whole {
                None => whole = Some(answer),
                Some(whole) => append(whole, answer, &self.http.limits)?,
            }
        }
        // A range has at least one time.
        whole.ok_or_else(|| ClientError::Transport { what: "nothing was asked".into() })
    }

    /// The server gives up when the client does.
    fn server_timeout(&self) -> String {
        format!("{}ms", self.http.timeout.as_millis().max(1))
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Answer, ClientError> {
        let answered = self.http.post_form(&format!("/api/v1/{path}"), form)?;
        match Answer::parse_within(&answered.body, &self.http.limits) {
            // Errors of Prometheus come with a status of 400, 422 or 503, and say more than that.
            Err(why @ Error::Answered { .. }) => Err(why.into()),
            _ if !answered.is_success() => Err(ClientError::Status { status: answered.status }),
            other => Ok(other?),
        }
    }
}

/// Adds a later part of a range.
fn append(whole: &mut Answer, part: Answer, limits: &Limits) -> Result<(), Error> {
    let Answer { data, histograms, warnings, infos } = part;
    if let (Data::Matrix(all), Data::Matrix(more)) = (&mut whole.data, data) {
        all.extend(more);
        // Parts do not overlap, so there is nothing to find.
        *all = merge_series(core::mem::take(all), &mut Findings::default());
        limits.check_points(all.iter().map(|series| series.samples.len()).sum())?;
    }
    for more in histograms {
        match whole.histograms.iter_mut().find(|series| series.labels == more.labels) {
            Some(series) => series.histograms.extend(more.histograms),
            None => whole.histograms.push(more),
        }
    }
    for (all, more) in [(&mut whole.warnings, warnings), (&mut whole.infos, infos)] {
        all.extend(more);
        all.sort_unstable();
        all.dedup();
    }
    Ok(())
}
