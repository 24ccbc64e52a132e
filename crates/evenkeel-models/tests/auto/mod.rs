//! The automatic forecaster.

mod properties;
