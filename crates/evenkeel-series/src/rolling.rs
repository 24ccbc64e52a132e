//! Statistics of the newest values.

mod builder;
mod extremes;
mod moments;
mod window;

pub use builder::RollingBuilder;
pub use extremes::{Extremes, RollingExtremes};
pub use moments::{Moments, RollingMoments};
