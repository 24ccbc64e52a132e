//! Several detectors together, and the ensemble that is recommended for a series of which nothing is known.

mod default_detector;
mod ensemble;

pub use default_detector::{DefaultDetector, DefaultDetectorBuilder};
pub use ensemble::{Count, Ensemble, EnsembleBuilder, Members};
