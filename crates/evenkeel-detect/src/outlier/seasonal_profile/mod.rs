//! Seasonal profile: the usual level at this time of the day and of the week.

mod civil;
mod seasonal_profile;
mod slots;

pub use seasonal_profile::{Cycle, SeasonalProfile, SeasonalProfileBuilder};
