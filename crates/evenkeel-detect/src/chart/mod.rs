//! Control charts: they watch values whose mean and standard deviation in control are known, or learn the
//! mean.

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
