//! Histograms of all kinds.

mod bucket;
mod exponential;
mod histogram;

pub use bucket::Bucket;
pub use exponential::ExponentialBuckets;
pub use histogram::{Histogram, HistogramSeries};
