//! The tests of `evenkeel-report`.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[cfg(feature = "page")]
mod browser;
#[cfg(feature = "page")]
mod charts;
#[cfg(feature = "page")]
mod chromium;
mod contrast;
#[cfg(feature = "digest")]
mod digest;
#[cfg(feature = "page")]
mod incident_report;
#[cfg(feature = "page")]
mod markup;
mod quantity;
#[cfg(feature = "page")]
mod sample;
#[cfg(feature = "page")]
mod series_chart;
