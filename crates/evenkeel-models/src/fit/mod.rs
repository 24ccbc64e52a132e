//! What all fits share: their report, the work they may do, and many of them at once.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`FitReport`] | how a fit went, and how good it is |
//! | [`Criteria`] | likelihood and information criteria |
//! | [`Termination`] | why the search ended |
//! | [`Effort`] | how much work an automatic choice may do |
//! | [`fit_all()`] | fits of many series, on all threads with feature `rayon` |

mod effort;
mod fit_all;
mod fit_report;

pub use effort::Effort;
pub use fit_all::fit_all;
pub use fit_report::{Criteria, FitReport, Termination};

evenkeel_core::assert_shared!(Effort, Criteria, FitReport, Termination);
