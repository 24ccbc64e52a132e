//! The detector that is recommended for a series of which nothing is known.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`DefaultDetector`], [`DefaultDetectorBuilder`] | the recommended detector: several views of a series |
//! | [`Tier`] | how much it may cost |

mod default_detector;
mod member_scale;

pub use default_detector::{DefaultDetector, DefaultDetectorBuilder, Tier};

evenkeel_core::assert_shared!(DefaultDetector, DefaultDetectorBuilder, Tier);
