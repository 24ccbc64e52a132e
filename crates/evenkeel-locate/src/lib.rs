//! Fault localization: which component, which metric, what kind of fault, how sure, and why.
//!
//! ```
//! use core::time::Duration;
//! use evenkeel_core::{Signal, Timestamp, Unit};
//! use evenkeel_locate::{Case, Fusion, Graph, Metric};
//!
//! // A minute of latencies, four a second; the store is slow for the last ten seconds, and so are its
//! // callers.
//! let column = |normal: f64, faulty: f64| -> Vec<f64> {
//!     (0..240).map(|i| (if i < 200 { normal } else { faulty }) * (1.0 + 0.05 * (i % 5) as f64)).collect()
//! };
//! let calls = Graph::from_edges([("edge", "cart", 100.0), ("cart", "store", 100.0)])?;
//! let (start, step) = (Timestamp::from_seconds(1_700_000_000), Duration::from_millis(250));
//! let mut case = Case::builder(start, step, start + 200 * step).graph(&calls).symptom_at("edge");
//! for (component, normal, faulty) in [("edge", 0.04, 0.66), ("cart", 0.03, 0.65), ("store", 0.01, 0.63)] {
//!     let latency = Metric::new(Signal::new(component, "latency_p99"), column(normal, faulty));
//!     case = case.metric(latency.unit(Unit::Seconds));
//! }
//!
//! let diagnosis = Fusion::default().diagnose(&case.build()?).expect("one cause stands out");
//! for cause in diagnosis.causes() {
//!     println!("{:4.1} %  {}", 100.0 * cause.probability(), cause.component);
//!     cause.evidence.iter().for_each(|evidence| println!("        {evidence}"));
//! }
//! assert_eq!(diagnosis.causes()[0].component, "store");
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! It prints `store` with most of the probability, and under it: "latency_p99 of store is 0.7245 s, expected
//! 0.011 s, since 2023-11-14T22:14:10Z (metric shift, weight 1.00)".
//!
//! A [`Case`] is what is known about an incident. A [`Localizer`] makes a [`Ranking`] of it: suspicion on a
//! scale of its own, empty if it has nothing to go by. A [`Fusion`] listens to several, and its
//! [`Calibration`] makes a [`Diagnosis`](evenkeel_core::Diagnosis): probabilities, with a rest for "none of
//! these", or nothing at all if no cause stands out.
//!
//! | | what it notices | cost |
//! | --- | --- | --- |
//! | [`Fusion`] | the recommended default: what its localizers say together, calibrated | its localizers' |
//! | [`MetricShift`] | metrics that have moved, robustly, whatever their units | O(values) |
//! | [`ExplainAway`] | the same, without those that a callee dragged along | O(values), O(nodes + edges) |
//! | [`CallGap`] | what callers wait for and callees do not; clears components that only wait for their callees | O(values) of calls |
//! | [`SymptomCorrelation`] | metrics that move with what users feel | O(values) |
//! | [`NSigma`], [`RobustScorer`] | the published baselines, as published, to compare with | O(values) |
//! | [`graph`], [`Graph`] | who calls whom: cycles, levels, dominators, betweenness, articulation points, random walks | see there |
//! | [`Propagation`] | the way from a cause to where users feel it, in an order that time allows | O(values) |
//! | [`History`] | the recent past of many metrics on one grid, from which a case is made | O(1) a value |
//! | [`spectrum`] | operations that failed traces went through, and fine ones did not | O(spans) |
//! | [`attributes`] | the combination of attributes (country, version) that explains a change | O(rows 2^attributes) |
//! | [`logs`] | templates of log lines, windows with unusual ones, components that log something else | O(length) a line |
//! | [`ExcessFlow`] | what a component adds to the time or the failures of all requests, by load, without what its callees add | O(values) |
//! | [`traces`] | components whose own time, or network, takes longer; operations that call others than before | O(n log n) for n spans |
//! | [`guess_kind`], [`guess_scope`] | the kind of a metric from its name, and whether it tells of a component's inside | O(length) |
//!
//! Names decide ties, never positions; nothing here depends on the order of metrics, edges or localizers.
//! Missing values, constant columns, short columns, cyclic graphs, unknown names and a stated time outside of
//! the data are handled; each page says how. Components that could not be examined keep a share of the
//! probability.
//!
//! # Features
//! - `std` (default): passed on to the crates below; this one needs the standard library anyway.
//! - `serde`: passed on likewise.
//! - `causal`: the module of that name: Fisher's z, the PC algorithm, CIRCA's regression test.
//!
//! # What it is not
//! It learns no graph: who calls whom comes from you. It does not say *when* something began to be wrong:
//! `evenkeel-detect` does, and its alarm is the stated time here. It acts on nothing: `evenkeel-remedy` does.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod attributes;
mod calibration;
mod call_gap;
mod callee_discount;
mod case;
#[cfg(feature = "causal")]
#[cfg_attr(docsrs, doc(cfg(feature = "causal")))]
pub mod causal;
mod column;
mod coverage;
mod excess_flow;
mod explain_away;
mod fusion;
pub mod graph;
mod history;
mod least_move;
pub mod logs;
mod metric_kind;
mod metric_shift;
mod n_sigma;
mod presence;
mod propagation;
mod ranking;
mod robust_scorer;
pub mod spectrum;
mod symptom_correlation;
pub mod traces;

pub use calibration::Calibration;
pub use call_gap::{CallGap, CallGapBuilder};
pub use case::{CallColumns, Case, CaseBuilder, Change, Metric};
pub use excess_flow::ExcessFlow;
pub use explain_away::ExplainAway;
pub use fusion::Fusion;
pub use graph::Graph;
pub use history::History;
pub use metric_kind::{METRIC_TYPES, MetricScope, MetricType, guess_kind, guess_scope};
pub use metric_shift::{MetricShift, MetricShiftBuilder, Shift};
pub use n_sigma::NSigma;
pub use propagation::{Hop, Propagation};
pub use ranking::{Localizer, Ranking, Suspect};
pub use robust_scorer::RobustScorer;
pub use symptom_correlation::{SymptomCorrelation, SymptomCorrelationBuilder};

evenkeel_core::assert_shared!(
    SymptomCorrelation,
    SymptomCorrelationBuilder,
    Calibration,
    CallColumns<'static>,
    CallGap,
    CallGapBuilder,
    Case<'static>,
    CaseBuilder<'static>,
    Change,
    ExcessFlow,
    ExplainAway,
    Fusion,
    History,
    Hop,
    Metric<'static>,
    MetricShift,
    MetricScope,
    MetricShiftBuilder,
    MetricType,
    NSigma,
    Propagation,
    Ranking,
    RobustScorer,
    Shift,
    Suspect,
    logs::Drain,
    logs::DrainBuilder,
    logs::Line,
    logs::LogChange,
    logs::LogSet,
    logs::Masks,
    logs::Similarity,
    logs::Template,
    logs::TemplateRates,
    logs::TemplateSurprise,
    logs::WindowSurprise,
    attributes::Adtributor,
    attributes::AdtributorCandidate,
    attributes::AttributeCause,
    attributes::AttributeTable,
    attributes::AttributeTableBuilder,
    attributes::AutoRoot,
    attributes::Combination,
    attributes::RiskLoc,
    attributes::ScanStatistic,
    attributes::Squeeze,
    attributes::ValueShare,
    spectrum::OperationSuspicion,
    spectrum::Spectrum,
    spectrum::SpectrumFormula,
    spectrum::TraceCoverage,
    traces::CallChange,
    traces::Span,
    traces::TraceSet,
    traces::TraceTime,
);
evenkeel_core::assert_dyn_compatible!(dyn Localizer<str>);
#[cfg(feature = "causal")]
evenkeel_core::assert_shared!(
    causal::Cpdag,
    causal::FisherZ,
    causal::NodeScore,
    causal::PartialCorrelation,
    causal::PcAlgorithm,
    causal::RegressionTest,
);

/// The program in the readme is tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
