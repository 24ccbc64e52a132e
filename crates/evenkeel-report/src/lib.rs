//! Pictures of telemetry as SVG, incident reports as one HTML file, and digests that fit the context of an AI agent.
//!
//! ```
//! use evenkeel_core::{At, Prediction, Timestamp, Unit};
//! use evenkeel_report::{AlertSpan, SeriesChart};
//!
//! // A latency that was abnormal for twenty minutes, and what had been expected of it.
//! let at = |minute: i64| Timestamp::from_seconds(1_795_000_000 + 60 * minute);
//! let values: Vec<At<f64>> = (0..600)
//!     .map(|i| At::new(at(i), if (500..520).contains(&i) { 0.71 } else { 0.2 + 0.01 * (i % 7) as f64 }))
//!     .collect();
//! let expected = (200..600).map(|i| At::new(at(i), Prediction::new(0.23, 0.02).unwrap()));
//!
//! let drawing = SeriesChart::new("edge/latency_p99", &values)
//!     .unit(Unit::Seconds)
//!     .expected(0.99, expected)?
//!     .learned(at(0), at(199))
//!     .alert(AlertSpan::new(at(500), Some(at(519)), "p = 1e-9"))
//!     .draw(800);
//!
//! // A file of its own, light or dark as the reader prefers; and the same in words.
//! let svg = drawing.to_string();
//! assert!(svg.starts_with("<svg") && svg.contains("prefers-color-scheme:dark"));
//! assert!(drawing.description().contains("between 200 ms and 710 ms; abnormal 1 time"));
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! | | what it shows |
//! | --- | --- |
//! | [`SeriesChart`], [`AlertSpan`] | a series with what was expected, a forecast, what was learned, and what was abnormal |
//! | [`CauseChart`] | the causes of a diagnosis, ranked, with their evidence |
#![cfg_attr(
    feature = "locate",
    doc = "| [`GraphChart`] | who calls whom, colored by suspicion, and the way from the symptom to the cause |"
)]
//! | [`Timeline`], [`TimelineChart`] | alerts, diagnoses, rulings, actions, verification, in order of time |
//! | [`DecompositionChart`] | trend, seasons and remainder |
//! | [`StateChart`] | the states of a hidden Markov model |
//! | [`BacktestChart`] | forecasts from several origins beside what came |
//! | [`ResultTable`] | results of a benchmark |
//! | [`Drawing`], [`STYLE`] | what these give: an SVG, with its content in words |
#![cfg_attr(
    feature = "page",
    doc = "| [`IncidentReport`] | all of it about incidents as one HTML file, from a live run or from a journal alone |"
)]
#![cfg_attr(
    feature = "digest",
    doc = "| [`Digest`], [`Query`] | a slice of telemetry in at most so many tokens, each number with the query that gives it |"
)]
//!
//! A drawing is laid out for a width: nothing is scaled, so text stays as large on a phone as on a desk. Colors are
//! classes and custom properties, none are in the drawing; nothing is told by color alone. Whatever comes from outside
//! (names, notes, reasons) is escaped by the one writer of elements, which has no way around it.
//!
//! The SVG is written by a small writer of this crate. Of the drawing libraries that were considered, plotters writes
//! colors into each element, which leaves no dark mode, and poloto draws plots with axes of its own, without bands cut at an
//! edge, lanes, graphs and tables; both would be a dependency beside the writer that the rest needs anyway. The page is
//! a template of `askama`, which checks it when it is compiled and escapes what it is given.
//!
//! # Features
//! - `page` (default): the incident report, by `askama`. Takes `locate` and `remedy`.
//! - `digest` (default): digests of telemetry. Takes `locate`.
//! - `locate`: the service graph.
//! - `remedy`: timelines of what the machine of `evenkeel-remedy` said and wrote.
//! - `journal`: passed on to `evenkeel-remedy`, for programs that open a journal to report on it.
//!
//! # What it is not
//! No dashboard: it serves nothing and follows nothing live. No plotting library: it draws what this family of crates
//! knows about, in one style.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod alert_span;
mod backtest_chart;
mod cause_chart;
mod decimation;
mod decomposition_chart;
#[cfg(feature = "digest")]
mod digest;
mod drawing;
#[cfg(feature = "locate")]
mod edge_route;
mod element;
#[cfg(feature = "locate")]
mod graph_chart;
#[cfg(feature = "locate")]
mod graph_layout;
#[cfg(feature = "page")]
mod incident_report;
mod lane;
mod path_data;
mod plot_area;
mod quantity;
mod result_table;
mod series_chart;
mod state_chart;
mod text_layout;
mod time_axis;
mod timeline;
mod timeline_chart;
mod value_axis;

pub use alert_span::AlertSpan;
pub use backtest_chart::BacktestChart;
pub use cause_chart::CauseChart;
pub use decomposition_chart::DecompositionChart;
#[cfg(feature = "digest")]
#[cfg_attr(docsrs, doc(cfg(feature = "digest")))]
pub use digest::{Answer, Digest, DigestBuilder, Query};
pub use drawing::{Drawing, STYLE};
#[cfg(feature = "locate")]
#[cfg_attr(docsrs, doc(cfg(feature = "locate")))]
pub use graph_chart::GraphChart;
#[cfg(feature = "page")]
#[cfg_attr(docsrs, doc(cfg(feature = "page")))]
pub use incident_report::{IncidentReport, IncidentSummary, UserImpact};
pub use quantity::{quantity, significant};
pub use result_table::{Better, ResultTable};
pub use series_chart::SeriesChart;
pub use state_chart::StateChart;
pub use time_axis::clock;
pub use timeline::{Timeline, TimelineEntry, TimelineKind};
pub use timeline_chart::TimelineChart;

evenkeel_core::assert_shared!(
    AlertSpan,
    BacktestChart,
    Better,
    CauseChart,
    DecompositionChart,
    Drawing,
    ResultTable,
    SeriesChart,
    StateChart,
    Timeline,
    TimelineChart,
    TimelineEntry,
    TimelineKind,
);
#[cfg(feature = "locate")]
evenkeel_core::assert_shared!(GraphChart);
#[cfg(feature = "digest")]
evenkeel_core::assert_shared!(Answer, Digest, DigestBuilder<'static>, Query);
#[cfg(feature = "page")]
evenkeel_core::assert_shared!(IncidentReport, IncidentSummary, UserImpact);

/// The program in the readme is tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
