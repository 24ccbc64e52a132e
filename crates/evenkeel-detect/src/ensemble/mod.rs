//! Several detectors together, and the ensemble that is recommended for a series of which nothing is known.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`DefaultDetector`], [`DefaultDetectorBuilder`] | the recommended detector: several views of a series |
//! | [`Tier`] | how much it may cost |
//! | [`Ensemble`], [`EnsembleBuilder`] | what several detectors find unusual together |
//! | [`Members`], [`Count`] | a tuple of two to six detectors; how many they are |

mod default_detector;
mod ensemble;
mod member_scale;

pub use default_detector::{DefaultDetector, DefaultDetectorBuilder, Tier};
pub use ensemble::{Count, Ensemble, EnsembleBuilder, Members};

evenkeel_core::assert_shared!(
    Ensemble<((), ())>,
    EnsembleBuilder<((), ())>,
    DefaultDetector,
    DefaultDetectorBuilder,
    Tier
);
