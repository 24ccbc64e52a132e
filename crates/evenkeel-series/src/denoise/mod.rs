//! Noise filters for a history, without delay, and for a stream.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`SavitzkyGolay`], [`SavitzkyGolayFilter`] | local polynomials: values and derivatives, of a history or a stream |
//! | [`Butterworth`], [`ButterworthFilter`] | recursive low-pass, high-pass, band filters, of a history or a stream |
//! | [`MedianFilter`] | the median of a centered window |
//! | [`Loess`] | local regression, robust or not, across gaps |
//! | [`EdgeMode`] | what a filter takes for values beyond the ends |
//!
//! For streams see also [`Ewm`](crate::rolling::Ewm).

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

evenkeel_core::assert_shared!(
    Butterworth,
    ButterworthFilter,
    SavitzkyGolay,
    SavitzkyGolayFilter,
    MedianFilter,
    EdgeMode,
    Loess
);
