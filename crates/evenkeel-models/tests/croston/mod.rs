//! Intermittent demand.

mod properties;
