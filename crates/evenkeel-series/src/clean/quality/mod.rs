//! What is wrong with samples: gaps, duplicates, disorder, stale and stuck runs, counter resets, outliers,
//! clock jumps.

mod counter_detection;
mod finding;
mod history_check;
mod quality;
mod quality_report;
mod quality_watch;
mod stuck;

pub use finding::{Defect, Finding};
pub use quality::Quality;
pub use quality_report::QualityReport;
pub use quality_watch::QualityWatch;
