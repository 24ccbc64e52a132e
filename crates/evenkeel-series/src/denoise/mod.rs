//! Smoothing and filtering: local regression, Savitzky-Golay, Butterworth and median filters.

mod butterworth;
mod complex;
mod edge_mode;
mod loess;
mod median_filter;
mod orthogonal_polynomials;
mod savitzky_golay;
mod second_order_sections;

pub use butterworth::{Butterworth, ButterworthFilter};
pub use edge_mode::EdgeMode;
pub use loess::Loess;
pub(crate) use loess::{Smoother, bisquare, multiply};
pub use median_filter::MedianFilter;
pub use savitzky_golay::{SavitzkyGolay, SavitzkyGolayFilter};
