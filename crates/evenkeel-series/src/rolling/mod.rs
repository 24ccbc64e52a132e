//! Statistics of the newest values, by number or by time, of all values so far, and exponentially weighted.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`RollingMoments`] | mean, variance, skewness, kurtosis of the newest values: [`Moments`] |
//! | [`RollingExtremes`] | their minimum and maximum: [`Extremes`] |
//! | [`RollingQuantile`] | median, any quantile and ranks, O(log window) |
//! | [`TimeMoments`], [`TimeExtremes`], [`TimeQuantile`] | the same of a window of time |
//! | [`ExpandingMoments`] | moments of all values so far |
//! | [`Ewm`], [`TimeEwm`] | exponentially weighted mean and variance ([`EwmStats`]), by steps or in irregular time; [`Decay`] |
//! | [`RollingBuilder`], [`RollingQuantileBuilder`], [`TimeRollingBuilder`], [`EwmBuilder`] | their settings |
//!
//! ```
//! use core::time::Duration;
//! use evenkeel_core::{At, Stage, Timestamp};
//! use evenkeel_series::quantile::mad;
//! use evenkeel_series::{Aggregate, Resample, RollingMoments, median};
//!
//! // A counter as it is scraped: irregular, one sample late, restarted after the fourth.
//! let scraped = [(3, 100.0), (33, 160.0), (18, 130.0), (48, 190.0), (63, 12.0), (78, 42.0), (93, 72.0)];
//! let samples = scraped.map(|(second, count)| At::new(Timestamp::from_seconds(second), count));
//!
//! let resampled = Resample::new(Duration::from_secs(30), Aggregate::Rate)?.apply(samples)?;
//! assert_eq!(resampled.report().resets(), 1);
//! let rates = resampled.into_series();
//! assert_eq!(rates.values(), [2.0, 2.0, 1.4, 2.0]);
//!
//! let mut rolling = RollingMoments::builder(3).build()?;
//! let newest = rolling.run(rates.values().iter().copied()).last().flatten().unwrap();
//! assert!((newest.mean() - 1.8).abs() < 1e-12);
//! assert_eq!((median(rates.values()), mad(rates.values())), (Some(2.0), Some(0.0)));
//! # Ok::<(), evenkeel_core::Error>(())
//! ```

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

evenkeel_core::assert_shared!(
    RollingMoments,
    RollingExtremes,
    RollingBuilder<RollingMoments>,
    Ewm,
    TimeEwm,
    RollingQuantile,
    TimeMoments,
    TimeExtremes,
    TimeQuantile,
    TimeRollingBuilder<TimeQuantile>,
    RollingQuantileBuilder,
    ExpandingMoments
);
