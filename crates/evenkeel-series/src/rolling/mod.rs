//! Statistics of the newest values, by number or by time, of all values so far, and exponentially weighted.

mod ewm;
mod expanding_moments;
mod order_statistics;
mod rolling_builder;
mod rolling_extremes;
mod rolling_moments;
mod rolling_quantile;
mod time_ewm;
mod time_rolling;
mod time_window;
mod window;

pub use ewm::{Decay, Ewm, EwmBuilder, EwmStats};
pub use expanding_moments::ExpandingMoments;
pub use rolling_builder::RollingBuilder;
pub use rolling_extremes::{Extremes, RollingExtremes};
pub use rolling_moments::{Moments, RollingMoments};
pub use rolling_quantile::{RollingQuantile, RollingQuantileBuilder};
pub use time_ewm::TimeEwm;
pub use time_rolling::{TimeExtremes, TimeMoments, TimeQuantile, TimeRollingBuilder};
