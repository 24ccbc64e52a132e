//! What comes to the loop.

use evenkeel::ingest::collector::Origin;
use evenkeel::ingest::log::Logs;
use evenkeel::ingest::trace::Spans;
use evenkeel::ingest::{Findings, HistogramSeries, Series};

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
    /// The program is asked to end.
    Stop,
}
