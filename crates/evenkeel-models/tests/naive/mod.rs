//! Naive forecasts.

mod properties;
