//! Causal tests and discovery: graphs learned from data, for comparison and for those who have none.
//!
//! | | what it is |
//! | --- | --- |
//! | [`FisherZ`] | the test of a partial correlation |
//! | [`PcAlgorithm`] | a graph of causes learned from independences; its result is a [`Cpdag`] |
//! | [`RegressionTest`] | metrics that do not follow from their causes any more, on a graph that you know (CIRCA) |
//! | [`Granger`](evenkeel_series::hypothesis_tests::Granger) | precedence of one series over another, in `evenkeel-series` |
//!
//! On the public benchmarks graphs learned from the data of an incident locate faults hardly better than chance,
//! and slowly; a call graph, or no graph at all, does better. Nothing here is part of [`Fusion`](crate::Fusion).
//!
//! ```
//! use evenkeel_locate::causal::PcAlgorithm;
//! use evenkeel_stats::Generator;
//!
//! // Load and disk are independent, and both slow the answers down.
//! let mut generator = Generator::new(1);
//! let mut noise = || (0..500).map(|_| generator.normal()).collect::<Vec<f64>>();
//! let (load, disk, other) = (noise(), noise(), noise());
//! let latency: Vec<f64> = (0..500).map(|i| load[i] + disk[i] + 0.5 * other[i]).collect();
//! let graph = PcAlgorithm::new().fit(&[("load", &load[..]), ("disk", &disk), ("latency", &latency)])?;
//! let edges: Vec<String> = graph.directed().iter().map(|(from, to)| format!("{from} -> {to}")).collect();
//! assert_eq!(edges, ["disk -> latency", "load -> latency"]);
//! # Ok::<(), evenkeel_core::Error>(())
//! ```

mod cpdag;
mod fisher_z;
mod pc;
mod regression_test;

pub use cpdag::Cpdag;
pub use fisher_z::{FisherZ, PartialCorrelation};
pub use pc::PcAlgorithm;
pub use regression_test::{NodeScore, RegressionTest};
