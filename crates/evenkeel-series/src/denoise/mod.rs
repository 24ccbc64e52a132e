//! Taking noise off, values being kept as they were where there is none.

mod basis;
mod butterworth;
mod complex;
mod edges;
mod median_filter;
mod savitzky_golay;
mod sections;

pub use butterworth::{Butterworth, ButterworthFilter};
pub use edges::Edges;
pub use median_filter::MedianFilter;
pub use savitzky_golay::{SavitzkyGolay, SavitzkyGolayFilter};
