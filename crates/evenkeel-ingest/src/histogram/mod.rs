//! Histograms of all kinds.

mod bucket;
mod classic_series;
mod exponential;
mod histogram;

pub use bucket::Bucket;
pub use classic_series::classic_histograms;
pub use exponential::ExponentialBuckets;
pub use histogram::{Histogram, HistogramSeries};
