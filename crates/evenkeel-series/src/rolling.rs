//! Statistics of the newest values, and of all.

mod builder;
mod expanding;
mod extremes;
mod in_time;
mod moments;
mod order;
mod quantile;
mod time_window;
mod window;

pub use builder::RollingBuilder;
pub use expanding::ExpandingMoments;
pub use extremes::{Extremes, RollingExtremes};
pub use in_time::{ExtremesInTime, InTimeBuilder, MomentsInTime, QuantileInTime};
pub use moments::{Moments, RollingMoments};
pub use quantile::{RollingQuantile, RollingQuantileBuilder};
