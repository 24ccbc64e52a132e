//! Statistics of the newest values, and of all.

mod builder;
mod expanding;
mod extremes;
mod moments;
mod order;
mod quantile;
mod window;

pub use builder::RollingBuilder;
pub use expanding::ExpandingMoments;
pub use extremes::{Extremes, RollingExtremes};
pub use moments::{Moments, RollingMoments};
pub use quantile::{RollingQuantile, RollingQuantileBuilder};
