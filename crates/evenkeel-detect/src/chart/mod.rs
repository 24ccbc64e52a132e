//! Control charts: they watch values whose mean and standard deviation in control are known, or learn the
//! mean.
//!
//! | | what it notices | cost of a value |
//! | --- | --- | --- |
//! | [`Shewhart`] | single values far from a known level | O(1) |
//! | [`EwmaChart`] | small lasting shifts of a known level | O(1) |
//! | [`Cusum`] | a lasting shift of known size, soonest | O(1) |
//! | [`PageHinkley`] | a lasting shift away from the mean so far | O(1) |
//!
//! Settings: [`EwmaChartBuilder`], [`CusumBuilder`], [`PageHinkleyBuilder`].

mod cusum;
mod ewma_chart;
pub(crate) mod in_control;
mod page_hinkley;
pub(crate) mod run_length;
mod shewhart;

pub use cusum::{Cusum, CusumBuilder};
pub use ewma_chart::{EwmaChart, EwmaChartBuilder};
pub use page_hinkley::{PageHinkley, PageHinkleyBuilder};
pub use shewhart::Shewhart;

evenkeel_core::assert_shared!(
    Cusum,
    CusumBuilder,
    EwmaChart,
    EwmaChartBuilder,
    PageHinkley,
    PageHinkleyBuilder,
    Shewhart
);
