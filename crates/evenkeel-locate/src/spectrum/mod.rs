//! Spectrum-based fault localization: what failed requests went through, and fine ones did not.
//!
//! A [`Spectrum`] counts for one element (an operation, a component, a line of code) in how many failed and
//! fine runs it took part; a [`SpectrumFormula`] makes a suspicion of it. A [`TraceCoverage`] counts for all
//! operations of many traces, and knows by how much the time that each spends itself has grown.
//!
//! ```
//! use evenkeel_locate::spectrum::{Span, SpectrumFormula, TraceCoverage};
//!
//! // Each trace: the edge calls the cart; those that call the store, too, fail and are slow.
//! let mut coverage = TraceCoverage::new();
//! for i in 0..20_i64 {
//!     let ms = |from: i64, to: i64| (1_000_000 * from, 1_000_000 * to);
//!     let mut spans = vec![
//!         Span::new("1", None, "edge", "GET /", ms(0, 50)),
//!         Span::new("2", Some("1"), "cart", "list", ms(5, 45)),
//!     ];
//!     if i % 4 == 0 {
//!         spans.push(Span::new("3", Some("2"), "store", "query", ms(10, 40)));
//!     }
//!     coverage.trace(&spans, i % 4 == 0)?;
//! }
//! let ranked = coverage.rank(SpectrumFormula::Ochiai);
//! assert_eq!((ranked[0].component.as_str(), ranked[0].score), ("store", 1.0));
//! # Ok::<(), evenkeel_core::Error>(())
//! ```

mod formula;
mod trace_coverage;

pub use crate::traces::Span;
pub use formula::{Spectrum, SpectrumFormula};
pub use trace_coverage::{OperationSuspicion, TraceCoverage};
