//! What comes to the loop.

use evenkeel::ingest::collector::Origin;
use evenkeel::ingest::log::Logs;
use evenkeel::ingest::trace::Spans;
use evenkeel::ingest::{Findings, HistogramSeries, Series};
use evenkeel_report::IncidentReport;
use tokio::sync::oneshot;

/// What comes to the loop, read already.
#[derive(Debug)]
#[non_exhaustive]
pub enum Intake {
    /// A page that was scraped.
    Scraped(Origin, Vec<Series>),
    /// A scrape that failed, and why.
    Failed(Origin, String),
    /// Series and histograms that were sent, or answered to a query, and what was wrong with others.
    Metrics(Vec<Series>, Vec<HistogramSeries>, Findings),
    /// A query that failed, and why.
    QueryFailed(String),
    /// Spans that were sent.
    Spans(Spans),
    /// Log records that were sent.
    Logs(Logs),
    /// Whether alerts were delivered; if not, why.
    Delivered(Result<(), String>),
    /// Somebody wants to see a report.
    Report(ReportRequest),
    /// The program is asked to end.
    Stop,
}

/// Which report somebody wants to see, and where it is to go.
#[derive(Debug)]
pub struct ReportRequest {
    /// The number of the incident; `None`: the newest.
    pub(crate) number: Option<u64>,
    /// Takes the report, or the numbers of the incidents of which there are some.
    pub(crate) answer: oneshot::Sender<Result<IncidentReport, Vec<u64>>>,
}
