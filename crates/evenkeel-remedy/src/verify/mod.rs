//! Whether users are fine again.

mod error_ratio;
mod verifier;

pub use error_ratio::{ErrorRatio, ErrorRatioBuilder};
pub use verifier::{Recovery, Sample, Verdict, Verifier};
